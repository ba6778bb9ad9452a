"""Where a room's sources come from, and who is at the other end of a connection.

A browser is both. Another node is at the other end of one connection, and its room's people are origins. What sends
without a connection of this kind is an origin alone.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from conferencing.engines.messages import SourceKind
from conferencing.media.shell.datagrams import Outbox
from conferencing.media.streams.bandwidth import Downlink
from conferencing.media.streams.layer import Layer
from conferencing.media.streams.speakers import Voice
from conferencing.media.wire.rtp import Packet

if TYPE_CHECKING:
    from conferencing.media.node.source import Outlet, Source, Stream

REPEATS_PER_S = 2000
"""Retransmissions that a receiver gets each second, however much it asks for."""


class Way(Protocol):
    """How packets leave: sealed by `protect`, to the address at `pointer`, through `outbox`."""

    keys: Any
    """None until packets can leave"""
    outgoing: Any
    pointer: int
    outbox: Outbox
    protect: Callable[[Any, Any, Any], int]
    protect_rtcp: Callable[[Any, Any, Any], int]


class Origin(ABC):
    """Somebody whose sources a room has, by whatever way they come."""

    round_trip: float | None = None
    is_somebody = True
    """False of equipment: a room with nothing else in it is empty"""

    def __init__(self, room: str, name: str) -> None:
        self.room = room
        self.name = name
        self.sources: dict[str, Source] = {}
        self.streams: dict[int, Stream] = {}
        """by SSRC"""
        self.muted: frozenset[SourceKind] = frozenset()
        self.voice = Voice()

    def source(self, kind: SourceKind) -> Source | None:
        """The line that carries this kind."""
        return next((one for one in self.sources.values() if one.kind is kind), None)

    def source_for(self, outlet: Outlet) -> Source | None:
        """The line of which a receiver's slot is to show something."""
        return self.source(outlet.source_kind)

    def shown(self) -> list[Source]:
        """What it sends, each picture once."""
        return list(self.sources.values())

    def muted_voice(self) -> bool:
        """Whether its microphone is muted here, or there is none."""
        source = self.source(SourceKind.MICROPHONE)
        return source is None or source.muted

    @abstractmethod
    def hear(self, packet: Packet, now: float) -> None:
        """A packet of the microphone: how loud it is."""

    @abstractmethod
    def ask_keyframe(self, layer: Layer) -> None:
        """Somebody needs a key frame of this layer; it is called at most twice a second."""

    @abstractmethod
    def ask_again(self, layer: Layer, lost: Sequence[int]) -> None:
        """These sequence numbers of a layer did not come."""


class Partner:
    """The other end of a connection: what goes there, and what its reports say."""

    def __init__(self, connection: Way) -> None:
        self.connection = connection
        self.outlets: dict[int, Outlet] = {}
        """by SSRC"""
        self.downlink = Downlink()
        self.down_lost = 0.0
        self.down_bitrate = 0
        self.down_steady = 0
        """the lesser rate of the last two seconds: what a report of now can know of"""
        self.sent_octets = 0
        self.clock_offset: float | None = None
        """node's time of day less this partner's, in seconds"""
        self.repeat_budget = REPEATS_PER_S
        self.round_trip: float | None = None

    def stream_of(self, ssrc: int) -> Stream | None:
        """What it sends under this SSRC."""
        raise NotImplementedError
