"""RTSP and pictures in RTP: read, written, and read again; damage ends in nothing worse than a gap."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conferencing.media.wire import h264, rtp, rtsp
from conferencing.media.wire.pictures import (
    H264,
    Assembler,
    Picture,
    h264_payloads,
    vp8_payloads,
)

SPS, PPS = bytes.fromhex("6764001facd9405005bb"), bytes.fromhex("68ebe3cb22c0")
UNITS = st.lists(
    st.tuples(st.sampled_from([1, 5]), st.binary(min_size=2, max_size=400)), min_size=1, max_size=4
)


def packets(picture: Picture, sequence: int, most: int) -> list[rtp.Packet]:
    payloads = h264_payloads(picture, most)
    return [
        rtp.parse(
            rtp.build(
                payload_type=96, sequence=(sequence + at) & 0xFFFF, timestamp=picture.timestamp,
                ssrc=1, payload=payload, marker=at == len(payloads) - 1,
            )
        )
        for at, payload in enumerate(payloads)
    ]  # fmt: skip


@given(pictures=st.lists(UNITS, min_size=1, max_size=5), most=st.integers(20, 300))
def test_pictures_go_into_packets_and_come_out_again(
    pictures: list[list[tuple[int, bytes]]], most: int
) -> None:
    assembler, sequence = Assembler(H264, (SPS, PPS)), 65_530
    begun = False
    for number, units in enumerate(pictures, 1):
        slices = tuple(bytes([0x60 | kind]) + body for kind, body in units)
        key = any(kind == 5 for kind, _ in units)
        sent = Picture((SPS, PPS, *slices) if key else slices, 3000 * number, key)
        made = packets(sent, sequence, most)
        sequence += len(made)
        found = [picture for packet in made for picture in assembler.feed(packet)]
        begun = begun or key
        assert found == ([sent] if begun else [])


def test_after_a_gap_nothing_comes_until_the_next_key_picture() -> None:
    key = Picture((SPS, PPS, b"\x65" + bytes(900)), 0, key=True)
    plain = [Picture((b"\x61" + bytes(900),), 3000 * n, key=False) for n in (1, 2)]
    assembler, sequence = Assembler(H264), 0
    shown: list[Picture] = []
    for number, picture in enumerate((key, plain[0], plain[1], key)):
        made = packets(picture, sequence, 300)
        sequence += len(made)
        for at, packet in enumerate(made):
            if not (number == 1 and at == 1):
                shown += assembler.feed(packet)
    assert [one.key for one in shown] == [True, True]
    assert assembler.broken == 2


@given(st.lists(st.binary(max_size=60), max_size=20))
def test_no_bytes_break_the_assembler(payloads: list[bytes]) -> None:
    assembler = Assembler(H264, (SPS, PPS))
    for number, payload in enumerate(payloads):
        data = rtp.build(
            payload_type=96, sequence=number, timestamp=number // 3, ssrc=1, payload=payload
        )
        for picture in assembler.feed(rtp.parse(data)):
            assert picture.units


def test_a_vp8_frame_is_cut_with_one_beginning() -> None:
    payloads = vp8_payloads(bytes(range(250)), 0x1234, 104)
    assert b"".join(one[4:] for one in payloads) == bytes(range(250))
    assert [one[0] & 0x10 for one in payloads] == [0x10, 0, 0]
    assert payloads[0][2:4] == b"\x92\x34"


def test_an_sps_says_profile_and_b_slices_are_seen() -> None:
    assert h264.key_of(SPS[1]) == "h264-high"
    assert h264.key_of(110) is None
    assert h264.reorders(bytes([0x01, 0b10100000]))  # first_mb_in_slice 0, slice_type 1
    assert h264.reorders(bytes([0x01, 0b10011100]))  # slice_type 6
    assert not h264.reorders(bytes([0x41, 0b11000000]))


# -- RTSP ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "rtsp://user:secret@10.0.0.1/",
        "http://10.0.0.1/",
        "rtsp://10.0.0.1\\@evil/",
        "rtsp://10.0.0.1/a b",
        "rtsp://10.0.0.1:0/",
        "rtsp://10.0.0.1:99999/",
        "rtsp:///x",
        "rtsp://10.0.0.1/\r\nTEARDOWN",
    ],
)
def test_only_a_plain_address_is_taken(text: str) -> None:
    with pytest.raises(rtsp.BadRtspError):
        rtsp.read_address(text)


def test_an_address_is_read() -> None:
    location = rtsp.read_address("rtsp://[fd00::8]:8554/cam/realmonitor?channel=1&subtype=0")
    assert (location.host, location.port) == ("[fd00::8]", 8554)
    assert location.url.endswith(":8554/cam/realmonitor?channel=1&subtype=0")


def test_digest_is_computed_as_the_standard_has_it() -> None:
    """RFC 7616, section 3.9.1, without its body of another method."""
    challenge = (
        'Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=MD5, '
        'nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"',
    )
    told = rtsp.authorization(
        challenge, rtsp.Login("Mufasa", "Circle of Life"), "GET", "/dir/index.html",
        nonce_count=1, cnonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
    )  # fmt: skip
    assert told is not None
    assert 'response="8ca523f5e9506fed4657c9700eebdbec"' in told


@pytest.mark.parametrize(
    ("base", "control", "url"),
    [
        ("rtsp://h/a/", "trackID=1", "rtsp://h/a/trackID=1"),
        ("rtsp://h/a", "trackID=1", "rtsp://h/a/trackID=1"),
        ("rtsp://h/a?x=1", "trackID=1", "rtsp://h/a?x=1/trackID=1"),
        ("rtsp://h:8554/a", "/b/c", "rtsp://h:8554/b/c"),
        ("rtsp://h/a", "rtsp://h/a/t", "rtsp://h/a/t"),
        ("rtsp://h/a", "*", "rtsp://h/a"),
    ],
)
def test_a_track_is_asked_for_where_cameras_mean_it(base: str, control: str, url: str) -> None:
    text = f"v=0\nm=audio 0 RTP/AVP 8\nm=video 0 RTP/AVP 98\na=rtpmap:98 H265/90000\na=control:{control}\n"
    track = rtsp.video_track(text, base)
    assert track is not None
    assert (track.codec, track.payload_type, track.control) == ("H265", 98, url)


@given(st.binary(max_size=300))
def test_no_bytes_break_the_reader(data: bytes) -> None:
    with contextlib.suppress(rtsp.BadRtspError):
        rtsp.parse_head(data)
    rtsp.video_track(data.decode("utf-8", "replace"), "rtsp://h/")
