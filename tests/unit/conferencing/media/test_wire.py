"""Packets read and written: made by hand after the RFCs, and a browser's own."""

from __future__ import annotations

import pytest

from conferencing.media.wire import h264, rtcp, rtp, rtx, vp8
from conferencing.media.wire.demux import KINDS, Kind, stun_username
from conferencing.media.wire.numbers import ahead, middle, ntp_from, seconds_from


def test_a_header_is_read_with_csrcs_extension_and_padding() -> None:
    data = bytes.fromhex(
        "b2e0 1234 00000102 deadbeef"  # V=2 P X CC=2, M, PT 96
        "00000001 00000002"  # two CSRCs
        "bede 0001 10ff 0000"  # one-byte extension 1 of one byte
        "0102030405 000003".replace(" ", "")
    )
    packet = rtp.parse(data)
    assert (packet.payload_type, packet.marker, packet.sequence) == (96, 0x80, 0x1234)
    assert (packet.timestamp, packet.ssrc) == (0x102, 0xDEADBEEF)
    assert data[packet.start : packet.end] == bytes([1, 2, 3, 4, 5])
    assert rtp.extension(data, packet.extension_at, 1) == b"\xff"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "80600001",
        "00600001 00000000 00000001",  # version 0
        "90600001 00000000 00000001 bede",  # extension cut off
        "90600001 00000000 00000001 bede00ff",  # … longer than the packet
        "a0600001 00000000 00000001 00",  # padding of no length
        "a0600001 00000000 00000001 0009",  # padding longer than the payload
        "8f600001 00000000 00000001",  # CSRCs cut off
    ],
)
def test_what_is_no_packet_is_refused(text: str) -> None:
    with pytest.raises(rtp.BadPacketError):
        rtp.parse(bytes.fromhex(text))


def test_extensions_of_both_forms_are_found() -> None:
    one = rtp.build(
        payload_type=96,
        sequence=1,
        timestamp=2,
        ssrc=3,
        payload=b"x",
        extensions={4: b"mid", 10: b"hi"},
    )
    at = rtp.extension_start(one)
    assert rtp.text_extension(one, at, 4) == "mid"
    assert rtp.text_extension(one, at, 10) == "hi"
    assert rtp.extension(one, at, 9) is None
    two = bytes.fromhex("90600001 00000000 00000001 10000002 0a02 6869 0400 0000")
    assert rtp.text_extension(two, rtp.extension_start(two), 10) == "hi"
    assert rtp.extension(two, rtp.extension_start(two), 4) == b""


def test_a_level_counts_up_to_loud() -> None:
    def level(value: int, *before: int) -> int | None:
        extensions = {4: bytes(before), 1: bytes([value])} if before else {1: bytes([value])}
        data = rtp.build(
            payload_type=111, sequence=1, timestamp=2, ssrc=3, payload=b"x", extensions=extensions
        )
        return rtp.audio_level(rtp.parse(data), 1)

    assert level(0x80 | 20) == 107  # V set, −20 dBov
    assert level(127) == 0
    assert level(20, 7) == 107  # another extension stands before it


# -- VP8 ---------------------------------------------------------------------------------------------


def packet(payload: bytes, payload_type: int = 96) -> rtp.Packet:
    return rtp.parse(
        rtp.build(
            payload_type=payload_type, sequence=1, timestamp=2, ssrc=3, payload=payload, marker=True
        )
    )


KEY = bytes.fromhex("10 00 00 9d012a 8002 6801")
"""An intra frame's first bytes: 640 × 360."""


def test_a_key_frame_of_vp8_is_seen_with_its_size() -> None:
    found = vp8.read(packet(bytes.fromhex("90 e0 9234 07 20") + KEY))
    assert found.keyframe
    assert (found.picture, found.tl0) == (0x1234, 7)
    assert vp8.picture_size(found) == (640, 360)


@pytest.mark.parametrize(
    ("descriptor", "keyframe"),
    [("10", True), ("00", False), ("11", False), ("90 80 8001", True), ("80 80 8001", False)],
)
def test_only_the_first_partitions_start_begins_one(descriptor: str, keyframe: bool) -> None:
    assert vp8.read(packet(bytes.fromhex(descriptor) + KEY)).keyframe is keyframe
    assert not vp8.read(packet(bytes.fromhex(descriptor) + b"\x11" + KEY[1:])).keyframe


def test_a_narrow_picture_id_is_widened() -> None:
    found = vp8.read(packet(bytes.fromhex("90 c0 25 07") + KEY))
    assert (found.picture, found.tl0) == (0x25, 7)
    assert found.data[found.start : found.end] == bytes.fromhex("90 c0 8025 07") + KEY
    assert found.keyframe


# -- H.264 -------------------------------------------------------------------------------------------

SPS = bytes.fromhex("6742c01fda014016ec0440000003004000000c83c60ca8")


@pytest.mark.parametrize(
    ("payload", "keyframe"),
    [
        (SPS, True),
        (b"\x78" + len(SPS).to_bytes(2, "big") + SPS + b"\0\x04\x68\xce\x3c\x80", True),  # STAP-A
        (b"\x65\x88\x84", True),  # IDR slice
        (b"\x7c\x85\x88", True),  # FU-A that begins one
        (b"\x7c\x05\x88", False),  # … that goes on
        (b"\x61\x88", False),
        (b"\x68\xce", False),
        (b"", False),
    ],
)
def test_a_key_frame_of_h264_is_seen(payload: bytes, keyframe: bool) -> None:
    assert h264.read(packet(payload)).keyframe is keyframe


def test_an_sps_says_the_size() -> None:
    assert h264.picture_size(packet(SPS)) == (1280, 720)
    assert h264.picture_size(packet(SPS[:6])) is None


# -- RTX ---------------------------------------------------------------------------------------------


def test_a_retransmission_gives_back_the_packet() -> None:
    wrapped = rtp.parse(
        rtp.build(payload_type=97, sequence=9, timestamp=5, ssrc=8, payload=b"\x12\x34\x10abc")
    )
    found = rtx.unwrap(wrapped, payload_type=96, ssrc=3)
    assert found is not None
    assert (found.payload_type, found.sequence, found.ssrc, found.timestamp) == (96, 0x1234, 3, 5)
    assert found.data[found.start : found.end] == b"\x10abc"
    padding = rtp.parse(bytes.fromhex("a0610001 00000005 00000008 00000004"))
    assert rtx.unwrap(padding, payload_type=96, ssrc=3) is None


# -- RTCP --------------------------------------------------------------------------------------------

BLOCK = rtcp.ReportBlock(3, 25, -7, 0x12345, 99, 0xABCD, 65536)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (
            rtcp.sender_report(rtcp.SenderReport(1, ntp_from(1e9), 2, 3, 4, (BLOCK,))),
            rtcp.SenderReport(1, ntp_from(1e9), 2, 3, 4, (BLOCK,)),
        ),
        (rtcp.receiver_report(1, [BLOCK] * 2), rtcp.ReceiverReport(1, (BLOCK, BLOCK))),
        (rtcp.nack(1, 2, [65534, 65535, 3, 40]), rtcp.Nack(1, 2, (65534, 65535, 3, 40))),
        (rtcp.picture_loss(1, 2), rtcp.KeyframeRequest(1, 2)),
        (rtcp.remb(1, 2_500_000, [5, 6]), rtcp.Remb(1, 2_499_984 + 16, (5, 6))),
        (rtcp.bye([7]), rtcp.Bye((7,))),
        # By Chrome: a FIR, and a REMB of 299,964 bit/s.
        (bytes.fromhex("84ce0004 00000001 00000000 00000002 01000000"), rtcp.KeyframeRequest(1, 2)),
    ],
)
def test_what_is_written_is_read(data: bytes, message: rtcp.Message) -> None:
    assert rtcp.parse(data) == [message]
    assert rtcp.parse(rtcp.description(1, "somebody") + data) == [message]
    assert rtcp.parse(data + b"\x80\xc9\xff\xff") == [message]  # what follows is cut off


def test_more_blocks_than_fit_make_more_reports() -> None:
    found = rtcp.parse(rtcp.receiver_report(1, [BLOCK] * 40))
    assert [len(one.blocks) for one in found if isinstance(one, rtcp.ReceiverReport)] == [31, 9]


# -- the rest ----------------------------------------------------------------------------------------


def test_numbers_wrap() -> None:
    assert ahead(2, 65535) == 3
    assert ahead(65535, 2) == -3
    assert seconds_from(ntp_from(1_700_000_000.25)) == pytest.approx(1_700_000_000.25)
    assert middle(0x1122334455667788) == 0x33445566


def test_the_first_byte_tells_the_protocol() -> None:
    assert [KINDS[first] for first in (0, 3, 20, 63, 128, 191)] == [
        *(Kind.STUN, Kind.STUN, Kind.DTLS, Kind.DTLS, Kind.MEDIA, Kind.MEDIA)
    ]
    assert {KINDS[first] for first in (4, 19, 64, 127, 192, 255)} == {Kind.OTHER}


def test_a_binding_request_names_whom_it_is_for() -> None:
    head = bytes.fromhex("0001 000c 2112a442") + bytes(12)
    assert stun_username(head + b"\0\x06\0\x07ab:cdef\0") == "ab"
    assert stun_username(b"\x01\x01" + head[2:] + b"\0\x06\0\x07ab:cdef\0") is None
    assert stun_username(head + b"\0\x06\0\x07\xff\xfe:cdef\0") is None
