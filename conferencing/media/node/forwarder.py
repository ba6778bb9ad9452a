"""The way of a packet through the node. What runs for every packet that is sent stands in `_forward`."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

from conferencing.media.node.origin import Partner
from conferencing.media.node.peer import Peer
from conferencing.media.node.source import Outlet, Stream
from conferencing.media.shell.datagrams import BATCH_OUT, SIZE
from conferencing.media.shell.private import ROOM, ffi
from conferencing.media.streams.slot import MAX_ROOM
from conferencing.media.wire import h264, rtcp, rtp, rtx, vp8
from conferencing.media.wire.numbers import send_time

MOST_AT_ONCE = 32
LARGEST = SIZE - ROOM - MAX_ROOM


class Forwarder:
    """Takes unprotected packets in, and puts protected ones into each receiver's outbox."""

    def __init__(self, *, on_new_stream: Callable[[Stream], None]) -> None:
        self.forwarded = 0
        self.refused = 0
        """packets that SRTP did not take: a number used before, most likely"""
        self._length = ffi.new("int *")
        self._batched: list[Stream] = []
        self._on_new_stream = on_new_stream

    def arrive(self, peer: Peer, data: bytes, now: float) -> None:
        """An RTP packet of a peer, its keys checked. What cannot be read, or was not agreed on, is dropped."""
        if len(data) > LARGEST:
            return
        try:
            packet = rtp.parse(data)
            stream = peer.streams.get(packet.ssrc)
            fresh = False
            if stream is None:
                stream = peer.repairs.get(packet.ssrc)
                if stream is None:
                    stream = peer.place(packet)
                    if stream is None:
                        return
                    fresh = packet.ssrc in peer.streams
            source = stream.source
            if packet.payload_type != source.payload_type:
                if packet.payload_type != source.rtx_type or packet.ssrc not in peer.repairs:
                    return
                repaired = rtx.unwrap(
                    packet, payload_type=source.payload_type, ssrc=stream.layer.ssrc
                )
                if repaired is None:
                    return
                packet = repaired
            elif not fresh and packet.ssrc != stream.layer.ssrc:
                return
            self.take(stream, packet, now, fresh=fresh)
        except rtp.BadPacketError:
            return

    def take(self, stream: Stream, packet: rtp.Packet, now: float, *, fresh: bool) -> None:
        """A packet as its origin sent it; `fresh`: the stream begins with it. Raises BadPacketError."""
        source, layer = stream.source, stream.layer
        if source.codec == "vp8":
            packet = vp8.read(packet)
        elif source.codec == "h264":
            packet = h264.read(packet)
        if not layer.receive(packet, now):
            return
        if packet.keyframe:
            size = (vp8 if source.codec == "vp8" else h264).picture_size(packet)
            if size is not None:
                layer.width, layer.height = size
        if fresh:
            self._on_new_stream(stream)
        if source.muted:
            return
        if not source.video:
            source.peer.hear(packet, now)
        if stream.track is not None:
            stream.track.take(packet, now)
        if stream.waiting and (packet.keyframe or not source.video):
            self._switch(stream, packet, now)
        if stream.forwards:
            if not stream.batch:
                self._batched.append(stream)
            stream.batch.append(packet)

    def _switch(self, stream: Stream, packet: rtp.Packet, now: float) -> None:
        # What came before goes out before: to who leaves another layer for this one, too.
        self.forward_all(now)
        waiting, stream.waiting = stream.waiting, []
        for outlet in waiting:
            outlet.pending = None
            if self._begin(outlet, stream, packet, now):
                self.send_report(outlet, stream)

    def _begin(self, outlet: Outlet, stream: Stream, packet: rtp.Packet, now: float) -> bool:
        """Fill an outlet by this stream from this packet on."""
        types = outlet.types_for(stream.source.key)
        if types is None:
            return False
        if outlet.stream is not None:
            outlet.stream.forwards.remove(outlet)
        outlet.slot.switch(stream.layer, packet, types, now)
        outlet.stream = stream
        stream.forwards.append(outlet)
        return True

    def replay(self, stream: Stream, now: float) -> None:
        """Begin all that wait with the last key picture, if all that came since is still kept.

        For a source that cannot be asked for another one.
        """
        packets = stream.layer.since_keyframe() if stream.waiting else []
        if not packets:
            return
        self.forward_all(now)
        packets, saved = squeezed(packets)
        waiting, stream.waiting = stream.waiting, []
        for outlet in waiting:
            outlet.pending = None
            if self._begin(outlet, stream, packets[0], now):
                for at in range(0, len(packets), MOST_AT_ONCE):
                    self._forward([outlet], packets[at : at + MOST_AT_ONCE], now)
                outlet.slot.catch_up(packets[-1].index + 1, saved)

    def forward_all(self, now: float) -> None:
        """Put out what has arrived since the last time."""
        batched, self._batched = self._batched, []
        for stream in batched:
            packets, stream.batch = stream.batch, []
            for at in range(0, len(packets), MOST_AT_ONCE):
                self._forward(stream.forwards, packets[at : at + MOST_AT_ONCE], now)

    def _forward(self, outlets: list[Outlet], packets: list[rtp.Packet], now: float) -> None:
        length, wanted = self._length, len(packets)
        stamp = send_time(now)
        for outlet in outlets:
            connection = outlet.connection
            out = connection.outbox
            count = out.count
            if count + wanted > BATCH_OUT:
                if not out.room(wanted):
                    continue
                count = out.count
            sizes = outlet.slot.write(out.view, count * SIZE, SIZE, packets, stamp, now)
            outgoing, protect, pointers = connection.outgoing, connection.protect, out.pointers
            number = 0
            for size in sizes:
                length[0] = size
                if protect(outgoing, pointers[count + number], length):
                    break
                sizes[number] = length[0]
                number += 1
            if number < len(sizes):
                # A number used before: nothing after it leaves either, and is asked for again.
                self.refused += len(sizes) - number
                del sizes[number:]
            if sizes:
                out.push_run(connection.pointer, sizes)

    def repeat(self, outlet: Outlet, numbers: tuple[int, ...], now: float) -> None:
        """Answer a NACK."""
        connection, peer = outlet.connection, outlet.peer
        out = connection.outbox
        stamp = send_time(now)
        for number in numbers:
            if peer.repeat_budget <= 0 or not out.room():
                return
            count = out.count
            size = outlet.slot.repeat(out.view, count * SIZE, number, stamp, now)
            if not size:
                continue
            peer.repeat_budget -= 1
            self._length[0] = size
            if connection.protect(connection.outgoing, out.pointers[count], self._length):
                self.refused += 1
                continue
            out.push(connection.pointer, self._length[0])

    def send_rtcp(self, peer: Partner, data: bytes) -> None:
        """A compound packet to a partner."""
        connection = peer.connection
        out = connection.outbox
        if connection.keys is None or len(data) > LARGEST or not out.room():
            return
        count = out.count
        out.view[count * SIZE : count * SIZE + len(data)] = data
        self._length[0] = len(data)
        if connection.protect_rtcp(connection.outgoing, out.pointers[count], self._length):
            self.refused += 1
            return
        out.push(connection.pointer, self._length[0])

    def send_report(self, outlet: Outlet, stream: Stream) -> None:
        """The source's last sender report, brought to now, as this receiver must see it."""
        report = stream.report
        if report is None or outlet.connection.keys is None:
            return
        now = time_of_day()
        passed = int((now - stream.report_at) * stream.layer.clock_rate)
        moved = replace(report, timestamp=report.timestamp + passed)
        self.send_rtcp(outlet.peer, rtcp.sender_report(outlet.slot.report(moved, now)))


def squeezed(packets: list[rtp.Packet]) -> tuple[list[rtp.Packet], int]:
    """Pictures of the past, each a millisecond after the one before, and how much time that saves (at 90 kHz).

    At their own pace a receiver would show all of them, and be as late for seconds.
    """
    found, picture, last = [], -1, None
    for packet in packets:
        picture += packet.timestamp != last
        last = packet.timestamp
        timestamp = (packets[0].timestamp + 90 * picture) & 0xFFFFFFFF
        found.append(replace(packet, timestamp=timestamp))
    return found, (packets[-1].timestamp - found[-1].timestamp) & 0xFFFFFFFF


def time_of_day() -> float:
    """Seconds since 1970, for sender reports."""
    return time.time()
