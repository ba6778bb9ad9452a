"""A slot looks like one stream to its receiver, whatever fills it, loses packets and mixes up their order."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from conferencing.media.streams.layer import Layer
from conferencing.media.streams.slot import PayloadTypes, Slot
from conferencing.media.wire import rtcp, rtp, vp8
from conferencing.media.wire.numbers import ahead, seconds_from

TYPES = PayloadTypes(media=120, rtx=121)


@dataclass
class Publisher:
    """A layer, and the packets of its stream."""

    ssrc: int
    sequence: int
    timestamp: int
    picture: int
    layer: Layer = field(init=False)

    def __post_init__(self) -> None:
        self.layer = Layer(ssrc=self.ssrc, clock_rate=90000, repairs=True)

    def frame(self, parts: int, *, keyframe: bool) -> list[rtp.Packet]:
        """A frame's packets, each of them different."""
        packets = []
        for part in range(parts):
            start = b"\x90" if part == 0 else b"\x80"
            head = start + b"\xc0" + (0x8000 | self.picture).to_bytes(2, "big") + b"\x05"
            data = rtp.build(
                payload_type=96,
                sequence=self.sequence,
                timestamp=self.timestamp,
                ssrc=self.ssrc,
                payload=head + bytes([0 if keyframe else 1]) + self.ssrc.to_bytes(4, "big"),
                marker=part == parts - 1,
                extensions={4: b"0"},
            )
            packets.append(vp8.read(rtp.parse(data)))
            self.sequence = (self.sequence + 1) & 0xFFFF
        self.timestamp = (self.timestamp + 3600) & 0xFFFFFFFF
        self.picture = (self.picture + 1) & 0x7FFF
        return packets


@dataclass
class Receiver:
    """A slot, and what came out of it."""

    slot: Slot = field(
        default_factory=lambda: Slot(
            ssrc=1, rtx_ssrc=2, clock_rate=90000, sequence=65530, send_time_id=3
        )
    )
    sent: list[rtp.Packet] = field(default_factory=list)
    out: bytearray = field(default_factory=lambda: bytearray(2048))

    def take(self, packet: rtp.Packet, now: float) -> bool:
        sizes = self.slot.write(memoryview(self.out), 16, 2048, [packet], 0x123456, now)
        for size in sizes:
            self.sent.append(vp8.read(rtp.parse(bytes(self.out[16 : 16 + size]))))
        return bool(sizes)

    def repeat(self, sequence: int, now: float) -> rtp.Packet | None:
        size = self.slot.repeat(memoryview(self.out), 0, sequence, 0, now)
        return rtp.parse(bytes(self.out[:size])) if size else None


def new_publishers() -> list[Publisher]:
    return [
        Publisher(100, 65500, 2**32 - 9000, 0x7FF0),
        Publisher(200, 5, 77, 3),
        Publisher(300, 30000, 2**31, 400),
    ]


frames = st.lists(
    st.tuples(st.integers(0, 2), st.integers(1, 4), st.booleans(), st.permutations(range(4))),
    min_size=1,
    max_size=40,
)


@settings(max_examples=300, deadline=None)
@given(frames, st.data())
def test_what_a_receiver_sees_is_one_stream(
    script: list[tuple[int, int, bool, list[int]]], data: st.DataObject
) -> None:
    publishers, receiver, now = new_publishers(), Receiver(), 0.0
    current: Publisher | None = None
    sources: dict[int, bytes] = {}
    for who, parts, lossy, order in script:
        now += 0.04
        publisher = publishers[who]
        switching = publisher is not current
        packets = publisher.frame(parts, keyframe=switching)
        if switching:
            publisher.layer.receive(packets[0], now)
            receiver.slot.switch(publisher.layer, packets[0], TYPES, now)
            receiver.take(packets[0], now)
            current, packets = publisher, packets[1:]
        arriving = [packets[at] for at in order if at < len(packets)]
        for packet in arriving[: data.draw(st.integers(0, len(arriving)))] if lossy else arriving:
            if publisher.layer.receive(packet, now):
                receiver.take(packet, now)
    numbers = [one.sequence for one in receiver.sent]
    # No number carries two packets, and none lies outside what was counted through.
    assert len(set(numbers)) == len(numbers)
    for one in receiver.sent:
        assert (one.ssrc, one.payload_type) == (1, 120)
        sources[one.sequence] = one.data[one.end - 4 : one.end]
    in_order = sorted(receiver.sent, key=lambda one: ahead(one.sequence, 65530))
    assert in_order[0].sequence == 65530
    for before, after in pairwise(in_order):
        step = (after.picture - before.picture) & 0x7FFF
        if sources[before.sequence] != sources[after.sequence]:
            # At a switch everything goes on by one: no gap that nobody could ever fill.
            assert ahead(after.sequence, before.sequence) == 1
            assert step == 1
            assert (after.tl0 - before.tl0) & 0xFF == 1
        assert step < 0x4000
        assert 0 <= ((after.timestamp - before.timestamp) & 0xFFFFFFFF) < 2**31


def test_without_loss_numbers_go_on_by_one_across_switches() -> None:
    publishers, receiver, now = new_publishers(), Receiver(), 0.0
    for publisher in publishers * 2:
        now += 0.04
        first, *rest = publisher.frame(3, keyframe=True)
        publisher.layer.receive(first, now)
        receiver.slot.switch(publisher.layer, first, TYPES, now)
        for packet in (first, *rest):
            publisher.layer.receive(packet, now)
            receiver.take(packet, now)
    numbers = [one.sequence for one in receiver.sent]
    assert numbers == [(65530 + step) & 0xFFFF for step in range(18)]


def test_a_late_packet_gets_the_number_that_waited_for_it_unless_a_switch_came() -> None:
    publisher, receiver = Publisher(100, 10, 0, 0), Receiver()
    first, late, last = publisher.frame(3, keyframe=True)
    publisher.layer.receive(first, 0.0)
    receiver.slot.switch(publisher.layer, first, TYPES, 0.0)
    for packet in (first, last, late):
        publisher.layer.receive(packet, 0.0)
        receiver.take(packet, 0.0)
    assert [one.sequence for one in receiver.sent] == [65530, 65532, 65531]
    _, older = publisher.frame(2, keyframe=False)
    key = publisher.frame(1, keyframe=True)[0]
    publisher.layer.receive(key, 0.0)
    receiver.slot.switch(publisher.layer, key, TYPES, 0.0)
    publisher.layer.receive(older, 0.0)
    assert not receiver.take(older, 0.0)
    assert receiver.take(key, 0.0)


def test_what_is_asked_for_comes_as_a_repair_of_the_same_bytes_and_not_twice_in_a_row() -> None:
    publisher, receiver = Publisher(100, 10, 0, 0), Receiver()
    packets = publisher.frame(3, keyframe=True)
    publisher.layer.receive(packets[0], 0.0)
    receiver.slot.switch(publisher.layer, packets[0], TYPES, 0.0)
    for packet in packets:
        publisher.layer.receive(packet, 0.0)
        receiver.take(packet, 0.0)
    repaired = receiver.repeat(65531, 1.0)
    assert repaired is not None
    assert (repaired.ssrc, repaired.payload_type) == (2, 121)
    payload = repaired.data[repaired.start : repaired.end]
    original = receiver.sent[1]
    assert payload[:2] == (65531).to_bytes(2, "big")
    assert payload[2:] == original.data[original.start : original.end]
    assert receiver.repeat(65531, 1.001) is None
    again = receiver.repeat(65531, 1.1)
    assert again is not None
    assert again.sequence == repaired.sequence + 1
    assert receiver.repeat(65529, 2.0) is None  # before the first
    assert receiver.repeat(65533, 2.0) is None  # not sent yet


def test_sender_reports_move_with_the_stream() -> None:
    publisher, receiver = Publisher(100, 10, 5000, 0), Receiver()
    receiver.take(Publisher(200, 1, 1, 1).frame(1, keyframe=True)[0], 0.0)
    packet = publisher.frame(1, keyframe=True)[0]
    publisher.layer.receive(packet, 1.0)
    receiver.slot.switch(publisher.layer, packet, TYPES, 1.0)
    receiver.take(packet, 1.0)
    source = rtcp.SenderReport(100, 0, 5000 + 900, 1, 1)
    report = receiver.slot.report(source, 1_700_000_000.0)
    assert report.ssrc == 1
    assert report.timestamp - receiver.sent[-1].timestamp == 900
    assert seconds_from(report.ntp) == 1_700_000_000.0
