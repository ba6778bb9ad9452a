"""Frames out of packets: whole, in order, with gaps where something never came."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conferencing.engines.cues import CueBegin, CueSpeaking, read_cues
from conferencing.media.streams.assembling import Assembler, Frame
from conferencing.media.wire import h264, rtp, vp8

PATIENCE_S = 0.5


def packets(
    codec: str, frames: list[list[bytes]], *, start: int = 65_000, ticks: int = 2**32 - 5000
) -> list[rtp.Packet]:
    """Payloads as packets with indexes, a frame each 3000 ticks, over the wrap of both numbers."""
    made, index = [], start
    for number, parts in enumerate(frames):
        for place, payload in enumerate(parts):
            packet = rtp.parse(
                rtp.build(
                    payload_type=96,
                    sequence=index & 0xFFFF,
                    timestamp=(ticks + 3000 * number) & 0xFFFFFFFF,
                    ssrc=1,
                    payload=payload,
                    marker=place == len(parts) - 1,
                )
            )
            if codec != "opus":
                packet = (vp8 if codec == "vp8" else h264).read(packet)
            packet.index = index
            made.append(packet)
            index += 1
    return made


def vp8_frame(number: int, size: int, *, key: bool) -> tuple[list[bytes], bytes]:
    """The payloads of a picture of so many parts, and what it is when put together."""
    head = bytes([0x10 if key else 0x11, 0, 0])
    if key:
        head += b"\x9d\x01\x2a" + (320).to_bytes(2, "little") + (180).to_bytes(2, "little")
    parts = [head + bytes([number & 0xFF]), *(bytes([number & 0xFF] * 20) for _ in range(size - 1))]
    described = [
        bytes([0x90 if place == 0 else 0x80, 0x80]) + (0x8000 | number).to_bytes(2, "big") + part
        for place, part in enumerate(parts)
    ]
    return described, b"".join(parts)


@given(
    sizes=st.lists(st.integers(1, 4), min_size=1, max_size=20),
    keys=st.sets(st.integers(1, 19)),
    lost=st.sets(st.integers(0, 79)),
    seed=st.integers(0, 2**16),
)
def test_pictures_are_whole_in_order_and_never_refer_to_what_is_missing(
    sizes: list[int], keys: set[int], lost: set[int], seed: int
) -> None:
    made = [
        vp8_frame(number, size, key=number == 0 or number in keys)
        for number, size in enumerate(sizes)
    ]
    sent = packets("vp8", [parts for parts, _ in made])
    of = [number for number, (parts, _) in enumerate(made) for _ in parts]
    broken = {of[place] for place in lost if place < len(of)}
    # What comes is shuffled among its neighbours, as repairs are; the first stays the first.
    arriving = [packet for place, packet in enumerate(sent) if place not in lost]
    order = random.Random(seed)
    arriving[1:] = sorted(arriving[1:], key=lambda one: one.index + order.uniform(0, 6))
    assembler = Assembler("vp8", patience_s=PATIENCE_S)
    got: list[Frame] = []
    for packet in arriving:
        got += assembler.push(packet, 0.0)
    got += assembler.overdue(PATIENCE_S)

    if arriving and arriving[0] is sent[0]:
        expected, running = [], False
        for number, (_, data) in enumerate(made):
            key = number == 0 or number in keys
            running = number not in broken and (running or key)
            if running:
                expected.append((data, key))
        assert [(frame.data, frame.keyframe) for frame in got] == expected
        first = next((n for n in range(len(made)) if n not in broken), 0)
        if got and first == 0:
            place = {data: number for number, (_, data) in enumerate(made)}
            assert all(frame.timestamp == 3000 * place[frame.data] for frame in got)
    assert all(frame.keyframe for frame in got[:1])


def test_a_hole_is_waited_for_then_is_a_gap() -> None:
    made = [vp8_frame(number, 2, key=number in (0, 3)) for number in range(5)]
    sent = packets("vp8", [parts for parts, _ in made])
    assembler = Assembler("vp8", patience_s=PATIENCE_S)
    got = [frame for packet in sent[:2] for frame in assembler.push(packet, 0.0)]
    assert [frame.size for frame in got] == [(320, 180)]
    for packet in sent[3:]:
        assert assembler.push(packet, 0.1) == []
    assert assembler.overdue(0.2) == []
    late = assembler.overdue(0.1 + PATIENCE_S)
    assert [frame.timestamp for frame in late] == [9000, 12000]
    assert assembler.missing == 1


def test_sound_keeps_its_gaps() -> None:
    sent = packets("opus", [[bytes([number])] for number in range(6)])
    assembler = Assembler("opus", patience_s=PATIENCE_S)
    got = [frame for packet in (*sent[:2], *sent[4:]) for frame in assembler.push(packet, 0.0)]
    got += assembler.overdue(1.0)
    assert [(frame.data, frame.timestamp) for frame in got] == [
        (b"\0", 0),
        (b"\1", 3000),
        (b"\4", 12000),
        (b"\5", 15000),
    ]


SPS = bytes.fromhex("6742c01f95a014016e9b808080a0")
PPS, IDR, SLICE = b"\x68\xce\x3c\x80", b"\x65" + bytes(30), b"\x41" + bytes(9)


@pytest.mark.parametrize("marked", [True, False], ids=["marker", "no marker"])
def test_h264_comes_as_units_with_start_codes(marked: bool) -> None:
    aggregated = b"\x18" + b"".join(len(one).to_bytes(2, "big") + one for one in (SPS, PPS))
    fragments = [b"\x7c\x85" + IDR[1:15], b"\x7c\x05" + IDR[15:25], b"\x7c\x45" + IDR[25:]]
    sent = packets("h264", [[aggregated, *fragments], [SLICE], [SLICE]])
    if not marked:
        for packet in sent:
            packet.marker = 0
    assembler = Assembler("h264", patience_s=PATIENCE_S)
    got = [frame for packet in sent for frame in assembler.push(packet, 0.0)]
    start = b"\0\0\0\1"
    assert got[0].data == start + SPS + start + PPS + start + IDR
    assert got[0].keyframe
    assert got[0].size is not None
    assert got[1].data == start + SLICE
    assert len(got) == (3 if marked else 2)


def test_a_cue_file_that_is_cut_off_is_read_as_far_as_it_goes() -> None:
    begin = CueBegin(room="room", name="one", wall=1.5)
    speaking = CueSpeaking(at=2.0, peers=["seat-1"])
    lines = [begin.model_dump_json(), speaking.model_dump_json(), '{"type":"speaking","at":3']
    assert list(read_cues(lines)) == [begin, speaking]
