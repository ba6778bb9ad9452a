"""A trunk: the other node as a partner, sealed and at a fixed address."""

from __future__ import annotations

from collections.abc import Callable

from conferencing.media.node.origin import Partner
from conferencing.media.node.source import Stream
from conferencing.media.shell.datagrams import Outbox, Pin, socket_address
from conferencing.media.shell.seals import PlainSeal, Seal, SrtpSeal, make_key

SILENT_S = 6.0
"""What the other end says is repeated every two seconds."""


class TrunkWay:
    """Implements `Way`. Raises OSError for a host that is no address of the socket's family."""

    def __init__(self, outbox: Outbox, host: str, port: int, *, protected: bool) -> None:
        self.host, self.port, self.protected = host, port, protected
        self.outbox = outbox
        self.name = socket_address(host, port)
        if len(self.name) != outbox.name_bytes:
            raise OSError(f"{host} is of another family than this node's trunk address")
        self.key = make_key()
        self.keys: bytes | None = self.key
        self.seal: Seal = (SrtpSeal if protected else PlainSeal)(self.key)
        self.outgoing = self.seal.outgoing
        self.protect, self.protect_rtcp = self.seal.protect, self.seal.protect_rtcp
        self._pin: Pin | None = outbox.pin(self.name)
        self.pointer = self._pin.pointer

    def forget(self, ssrc: int) -> None:
        """A stream is over."""
        self.seal.forget(ssrc)

    def close(self) -> None:
        """Nothing leaves any more."""
        self.keys = None
        pin, self._pin = self._pin, None
        if pin is not None:
            self.outbox.unpin(pin)


class Trunk(Partner):
    """The other node. `boot` is its own name for this start of it."""

    def __init__(
        self, boot: str, way: TrunkWay, send: Callable[[Trunk, bytes], None], now: float
    ) -> None:
        super().__init__(way)
        self.boot = boot
        self.way = way
        self.opened_at = now
        self.heard_at: float | None = None
        self.streams: dict[int, Stream] = {}
        """by SSRC"""
        self.repairs: dict[int, Stream] = {}
        """by SSRC of the repair stream"""
        self.received_octets = 0
        self.received_bitrate = 0
        self.sent_bitrate = 0
        self._measured = (0, 0)
        self._send = send

    def stream_of(self, ssrc: int) -> Stream | None:
        """What it sends under this SSRC."""
        return self.streams.get(ssrc)

    def send(self, data: bytes) -> None:
        """An RTCP packet to the other end."""
        self._send(self, data)

    def alive(self, now: float) -> bool:
        """Whether it was heard lately."""
        return self.heard_at is not None and now - self.heard_at < SILENT_S

    def measure(self) -> None:
        """The rates of the last second."""
        sent = sum(outlet.slot.octets for outlet in self.outlets.values())
        before_sent, before_received = self._measured
        self.sent_bitrate = 8 * max(0, sent - before_sent)
        self.received_bitrate = 8 * (self.received_octets - before_received)
        self._measured = (sent, self.received_octets)
