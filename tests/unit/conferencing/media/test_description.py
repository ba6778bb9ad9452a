"""Offers read and answered: real ones of Chromium 156, with three slots, and of Firefox 153, with all twelve."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from conferencing.media.description.answer import Local, Outgoing, answer
from conferencing.media.description.offer import BadOfferError, NoCodecError, Offer, parse_offer
from conferencing.media.wire import rtp

TEXT = (Path(__file__).parent / "chromium_offer.sdp").read_text("ascii")
FIREFOX = (Path(__file__).parent / "firefox_offer.sdp").read_text("ascii")
LOCAL = Local("ufragufrag", "p" * 32, "AA:BB", "192.0.2.1", 8189, 7, 2)
OUTGOING = {"3": Outgoing(100, 101, "video-0"), "5": Outgoing(200, 201, "audio-0")}


@pytest.fixture
def offer() -> Offer:
    return parse_offer(TEXT)


def sections(text: str) -> dict[str, list[str]]:
    """The answer's media sections by mid."""
    found = {}
    for part in text.split("\r\nm=")[1:]:
        rows = ("m=" + part).split("\r\n")
        found[next(row[6:] for row in rows if row.startswith("a=mid:"))] = rows
    return found


def test_a_browsers_offer_is_read(offer: Offer) -> None:
    assert [(line.kind, line.direction) for line in offer.lines] == [
        ("video", "sendonly"),
        ("audio", "sendonly"),
        ("video", "sendonly"),
        ("video", "recvonly"),
        ("video", "recvonly"),
        ("audio", "recvonly"),
    ]
    camera, microphone, screen = offer.lines[:3]
    assert camera.rids == ("q", "h", "f")
    assert camera.extensions[rtp.RID] == 10
    assert [(one.key, one.payload_type, one.rtx) for one in camera.codecs] == [
        ("vp8", 96, 97),
        ("h264", 102, 103),
        ("h264-main", 116, 117),
    ]
    assert [one.key for one in microphone.codecs] == ["opus"]
    assert screen.repairs == {screen.ssrcs[0]: next(iter(screen.repairs.values()))}


def test_the_answer_is_ice_lite_with_one_candidate_and_one_bundle(offer: Offer) -> None:
    text = answer(offer, LOCAL, OUTGOING)
    assert "a=ice-lite\r\n" in text
    assert "a=group:BUNDLE 0 1 2 3 4 5\r\n" in text
    for rows in sections(text).values():
        candidates = [row for row in rows if row.startswith("a=candidate:")]
        assert candidates == ["a=candidate:1 1 udp 2130706431 192.0.2.1 8189 typ host"]
        assert "a=setup:passive" in rows
        assert "a=rtcp-mux" in rows


def test_what_is_sent_is_taken_in_vp8_and_by_rid(offer: Offer) -> None:
    camera = sections(answer(offer, LOCAL, OUTGOING))["0"]
    assert camera[0] == "m=video 8189 UDP/TLS/RTP/SAVPF 96 97"
    assert "a=recvonly" in camera
    assert "a=simulcast:recv q;h;f" in camera
    assert "a=rtcp-fb:96 goog-remb" in camera
    assert not any("transport-cc" in row or "video-orientation" in row for row in camera)


def test_a_slot_is_answered_with_its_own_stream(offer: Offer) -> None:
    found = sections(answer(offer, LOCAL, OUTGOING))
    assert "a=sendonly" in found["3"]
    assert "a=ssrc-group:FID 100 101" in found["3"]
    assert "a=msid:video-0 video-0" in found["3"]
    assert found["3"][0].endswith(" 96 97 102 103 116 117 41 42")
    assert "a=inactive" in found["4"]  # nothing was given for it
    assert not any(row.startswith("a=ssrc-group") for row in found["5"])


def test_firefox_is_answered_as_it_numbers_and_names_things() -> None:
    """Ports of 0 but for the first line, codecs from 120 on, `extmap` with a direction, H.264 only by a plug-in."""
    offer = parse_offer(FIREFOX)
    camera, microphone, screen = offer.lines[:3]
    assert [camera.kind, microphone.kind, screen.kind] == ["video", "audio", "video"]
    assert [line.kind for line in offer.lines if line.receives] == ["video"] * 9 + ["audio"] * 3
    assert camera.rids == ("q", "h", "f")
    assert camera.extensions[rtp.RID] == 9
    assert camera.extensions[rtp.REPAIRED_RID] == 10
    assert [(one.key, one.payload_type, one.rtx) for one in camera.codecs] == [("vp8", 120, 124)]
    assert microphone.extensions[rtp.AUDIO_LEVEL] == 1
    found = sections(answer(offer, LOCAL, {"3": Outgoing(100, 101, "video-0")}))
    assert found["0"][0] == "m=video 8189 UDP/TLS/RTP/SAVPF 120 124"
    assert "a=simulcast:recv q;h;f" in found["0"]
    assert "a=ssrc-group:FID 100 101" in found["3"]


@pytest.mark.parametrize(
    ("pattern", "put", "told"),
    [
        (r"^v=0", "x", "no SDP"),
        (r"^a=rtcp-mux$", "", "rtcp-mux"),
        (r"^a=setup:actpass$", "a=setup:passive", "DTLS client"),
        (r"^a=group:BUNDLE.*$", "a=group:BUNDLE 0 1", "BUNDLE"),
        (r"^a=mid:1$", "a=mid:0", "same mid"),
        (r"^a=recvonly$", "a=sendrecv", "sendonly, recvonly"),
        (r"^a=fingerprint:.*$", "a=fingerprint:md5 00:11", "fingerprint"),
        (r"^a=ice-pwd:.*$", "a=ice-pwd:short", "ice-pwd"),
        (r"UDP/TLS/RTP/SAVPF", "RTP/AVP", "SAVPF"),
    ],
)
def test_what_no_node_answers_is_refused_with_the_reason(pattern: str, put: str, told: str) -> None:
    with pytest.raises(BadOfferError, match=told):
        parse_offer(re.sub(pattern, put, TEXT, flags=re.MULTILINE))


def test_no_codec_in_common_is_told_apart() -> None:
    with pytest.raises(NoCodecError, match="VP8 or"):
        parse_offer(TEXT.replace("VP8/", "VP7/").replace("H264/", "H263/"))
