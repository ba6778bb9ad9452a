"""Nothing that arrives makes a parser raise anything but its own refusal."""

from __future__ import annotations

import contextlib
import re
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from conferencing.media.description.answer import Local, answer
from conferencing.media.description.offer import BadOfferError, parse_offer
from conferencing.media.shell.private import read_binding
from conferencing.media.wire import h264, rtcp, rtp, rtx, vp8
from conferencing.media.wire.demux import stun_username
from tests.unit.conferencing.media.test_wire import BLOCK, KEY, SPS

MANY = settings(max_examples=2500, deadline=None)
_OTHERS = re.compile(r"a=(rtpmap|fmtp|rtcp-fb):(?!96|97|102|103|111)")
OFFER = [
    row
    for row in (Path(__file__).parent / "chromium_offer.sdp").read_text("ascii").splitlines()
    if not _OTHERS.match(row)
]
LOCAL = Local("u", "p", "AA:BB", "127.0.0.1", 8189, 1, 1)
SEEDS = (
    bytes.fromhex("90600001 00000000 00000001 bede0001 10aa0000 90e0 9234 07 20") + KEY,
    bytes.fromhex("80660001 00000000 00000001") + b"\x78" + len(SPS).to_bytes(2, "big") + SPS,
    rtcp.receiver_report(1, [BLOCK]) + rtcp.remb(1, 10**6, [2]) + rtcp.nack(1, 2, range(9)),
    bytes.fromhex("0001 000c 2112a442") + bytes(12) + b"\0\x06\0\x07ab:cdef\0",
)


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """A packet as it should be, with some bytes changed and its end cut off, or noise alone."""
    if draw(st.booleans()):
        return draw(st.binary(max_size=64))
    data = bytearray(draw(st.sampled_from(SEEDS)))
    for at, value in draw(
        st.lists(st.tuples(st.integers(0, len(data) - 1), st.integers(0, 255)), max_size=4)
    ):
        data[at] = value
    return bytes(data[: draw(st.integers(0, len(data)))])


@MANY
@given(damaged(), st.integers(0, 15))
def test_rtp_and_what_it_carries(data: bytes, number: int) -> None:
    with contextlib.suppress(rtp.BadPacketError):
        packet = rtp.parse(data)
        assert 12 <= packet.start <= packet.end <= len(data)
        rtp.extension(data, packet.extension_at, number)
        rtp.text_extension(data, packet.extension_at, number)
        rtp.audio_level(packet, number)
        h264.picture_size(h264.read(packet))
        with contextlib.suppress(rtp.BadPacketError):
            rtx.unwrap(packet, payload_type=96, ssrc=1)
        found = vp8.read(packet)
        vp8.picture_size(found)
        if found.picture_at:
            assert found.start < found.picture_at <= found.end - 2
    rtp.extension(data, rtp.extension_start(data), number)


@MANY
@given(damaged())
def test_rtcp(data: bytes) -> None:
    assert len(rtcp.parse(data)) <= rtcp.MAX_MESSAGES


@MANY
@given(damaged())
def test_stun(data: bytes) -> None:
    stun_username(data)
    assert read_binding(data, "password") is None


@MANY
@given(st.data())
def test_offers(data: st.DataObject) -> None:
    rows = list(OFFER)
    for _ in range(data.draw(st.integers(0, 3))):
        at = data.draw(st.integers(0, len(rows) - 1))
        head = rows[at].partition(":")[0]
        rows[at] = data.draw(
            st.sampled_from(
                ["", head, f"{head}:", f"{head}: ", f"{head}:{'9' * 5000}", rows[at] + " x"]
            )
            | st.text(max_size=20).map(f"{head}:{{}}".format)
        )
    with contextlib.suppress(BadOfferError):
        offer = parse_offer("\r\n".join(rows))
        assert "a=ice-lite" in answer(offer, LOCAL, {})
