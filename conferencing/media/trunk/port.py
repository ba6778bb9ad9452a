"""The port that other nodes send to, and to nobody else anything."""

from __future__ import annotations

import socket
from collections.abc import Callable

from conferencing.media.node.feedback import Feedback
from conferencing.media.node.forwarder import LARGEST, Forwarder
from conferencing.media.node.gathering import BATCHES, Gathering
from conferencing.media.shell.datagrams import BATCH_IN, SIZE
from conferencing.media.shell.private import ffi
from conferencing.media.trunk import messages
from conferencing.media.trunk.ends import Trunk
from conferencing.media.trunk.messages import Levels, Sources, Wants
from conferencing.media.wire import rtcp, rtp, rtx
from conferencing.media.wire.demux import KINDS, Kind, is_rtcp
from conferencing.media.wire.rtp import HEADER_BYTES

PAUSED_S = 1.0
"""A stream that has sent nothing for so long begins anew with its next packet."""


class TrunkPort(Gathering):
    """Datagrams of trunks by the address they come from; `flush_all` sends what came of them, here and to browsers."""

    def __init__(
        self,
        handle: socket.socket,
        forwarder: Forwarder,
        feedback: Feedback,
        *,
        hear: Callable[[Trunk, Sources | Wants | Levels, float], None],
        flush_all: Callable[[], None],
    ) -> None:
        super().__init__(handle)
        self.by_address: dict[bytes, Trunk] = {}
        self.strange = 0
        """datagrams of nobody known, or of streams that were not told of"""
        self.forged = 0
        """datagrams with another seal"""
        self._forwarder = forwarder
        self._feedback = feedback
        self._hear = hear
        self._flush_all = flush_all
        self._length = ffi.new("int *")

    def read(self, now: float) -> int:
        """Take in what is there."""
        inbox, total = self.inbox, 0
        for _ in range(BATCHES):
            count = inbox.receive()
            total += count
            for number in range(count):
                size = inbox.size(number)
                trunk = self.by_address.get(inbox.source(number))
                if (
                    trunk is None
                    or size < HEADER_BYTES
                    or KINDS[inbox.view[number * SIZE]] != Kind.MEDIA
                ):
                    self.strange += 1
                else:
                    self._media(trunk, number, size, now)
            if count < BATCH_IN:
                break
        self._forwarder.forward_all(now)
        self._flush_all()
        return total

    def _media(self, trunk: Trunk, number: int, size: int, now: float) -> None:
        at, view = number * SIZE, self.inbox.view
        control = is_rtcp(view[at + 1])
        if not control:
            ssrc = rtp.ssrc_of(view[at : at + HEADER_BYTES])
            if ssrc not in trunk.streams and ssrc not in trunk.repairs:
                self.strange += 1
                return  # libsrtp would keep state for each
        length = self._length
        length[0] = size
        if not trunk.way.seal.opens(self.inbox.pointers[number], length, rtcp=control):
            self.forged += 1
            return
        trunk.heard_at = now
        data = bytes(view[at : at + length[0]])
        trunk.received_octets += len(data)
        if control:
            self._control(trunk, data, now)
        else:
            self._packet(trunk, data, now)

    def _control(self, trunk: Trunk, data: bytes, now: float) -> None:
        said = rtcp.parse(data)
        self._feedback.hear(trunk, said, now)
        for one in said:
            if isinstance(one, rtcp.Application):
                message = messages.read(one)
                if message is not None:
                    self._hear(trunk, message, now)

    def _packet(self, trunk: Trunk, data: bytes, now: float) -> None:
        if len(data) > LARGEST:
            return
        try:
            packet = rtp.parse(data)
            stream = trunk.streams.get(packet.ssrc)
            if stream is None:
                stream = trunk.repairs[packet.ssrc]
                repaired = (
                    rtx.unwrap(
                        packet,
                        payload_type=stream.source.payload_type,
                        ssrc=stream.layer.ssrc,
                    )
                    if packet.payload_type == stream.source.rtx_type
                    else None
                )
                if repaired is None:
                    return
                packet = repaired
            elif packet.payload_type != stream.source.payload_type:
                return
            fresh = not stream.layer.flows(now, within=PAUSED_S)
            self._forwarder.take(stream, packet, now, fresh=fresh)
        except rtp.BadPacketError:
            return
