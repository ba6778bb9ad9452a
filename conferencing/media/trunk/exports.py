"""A room's way out over one trunk: what could be sent there, and what is, because somebody there asked for it."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from typing import Literal, cast

from conferencing.media.node.origin import Origin, Partner
from conferencing.media.node.room import Key, Room
from conferencing.media.node.source import Outlet, Source, Stream
from conferencing.media.streams.slot import PayloadTypes, Slot
from conferencing.media.trunk.codecs import TYPES
from conferencing.media.trunk.messages import LayerTold, SourceTold

MOST_VOICES = 16
Codec = Literal["vp8", "h264", "h264-main", "h264-high", "opus"]


class Numbers:
    """SSRCs of a trunk, each given once in its life: a number that comes again would bring an old nonce back."""

    def __init__(self) -> None:
        self._next = 16

    def pair(self) -> tuple[int, int]:
        """For a stream and its repair."""
        self._next += 2
        return self._next - 2, self._next - 1


class Exports:
    """Implements `Onward`. `foreign` are the room's origins that come from the trunk's other end."""

    def __init__(
        self, room: Room, trunk: Partner, numbers: Numbers, foreign: Mapping[str, Origin]
    ) -> None:
        self.room = room
        self.asked: frozenset[int] = frozenset()
        self._trunk = trunk
        self._numbers = numbers
        self._foreign = foreign
        self._outlets: dict[Key, Outlet] = {}

    @property
    def sent(self) -> int:
        """How many streams are sent now."""
        return sum(one.stream is not None for one in self._outlets.values())

    def _offered(self) -> Iterator[tuple[Origin, Source]]:
        for origin in self.room.origins():
            if self._foreign.get(origin.name) is not origin:
                for source in origin.shown():
                    if source.streams:
                        yield origin, source

    def told(self, now: float) -> list[SourceTold]:
        """All that could be sent; what has gone loses its numbers."""
        found: list[SourceTold] = []
        there: set[Key] = set()
        for origin, source in self._offered():
            layers = []
            for rid, stream in source.streams.items():
                key = (origin.name, source.kind, rid)
                there.add(key)
                slot = self._outlet(key, source).slot
                layer = stream.layer
                layers.append(
                    LayerTold(
                        rid=rid,
                        ssrc=slot.ssrc,
                        rtx=slot.rtx_ssrc,
                        height=layer.height or 0,
                        bitrate=layer.bitrate,
                    )
                )
            found.append(
                SourceTold(
                    peer=origin.name,
                    source=source.kind,
                    codec=cast("Codec", source.key),
                    muted=source.muted,
                    flows=source.flows(now),
                    layers=tuple(layers),
                )
            )
        for key in self._outlets.keys() - there:
            self._drop(key)
        return found

    def _outlet(self, key: Key, source: Source) -> Outlet:
        outlet = self._outlets.get(key)
        if outlet is None:
            ssrc, rtx_ssrc = self._numbers.pair()
            slot = Slot(
                ssrc=ssrc,
                rtx_ssrc=rtx_ssrc,
                clock_rate=source.clock_rate,
                # Short of half the range: RFC 3711, section 3.3.1 has receivers guess the roll-over count.
                sequence=secrets.randbelow(0x7000),
                rtx_sequence=secrets.randbelow(0x7000),
            )
            types = {name: PayloadTypes(*numbers) for name, numbers in TYPES.items()}
            outlet = Outlet(peer=self._trunk, slot=slot, mid="", index=0, types=types)
            self._outlets[key] = self._trunk.outlets[ssrc] = outlet
        return outlet

    def _drop(self, key: Key) -> None:
        outlet = self._outlets.pop(key)
        outlet.show(None)
        self._trunk.outlets.pop(outlet.slot.ssrc, None)

    def levels(self, now: float) -> dict[str, int]:
        """The loudest voices that the other end does not know by itself."""
        found = {
            origin.name: int(loudness)
            for origin in self.room.origins()
            if self._foreign.get(origin.name) is not origin
            and not origin.muted_voice()
            and (loudness := origin.voice.loudness(now)) >= 1
        }
        loudest = sorted(found, key=lambda name: -found[name])[:MOST_VOICES]
        return {name: found[name] for name in loudest}

    # -- what is asked for -------------------------------------------------------------------------

    def ask(self, ssrcs: frozenset[int]) -> bool:
        """The other end wants these, and no others; whether that is new."""
        if ssrcs == self.asked:
            return False
        self.asked = ssrcs
        self.pass_on()
        return True

    def wants(self) -> Iterator[Key]:
        """The layers that are asked for there."""
        return (key for key, outlet in self._outlets.items() if outlet.slot.ssrc in self.asked)

    def pass_on(self) -> None:
        """Send them, as far as they are here, and nothing else."""
        for key, outlet in self._outlets.items():
            outlet.show(self._stream(key) if outlet.slot.ssrc in self.asked else None)

    def _stream(self, key: Key) -> Stream | None:
        name, kind, rid = key
        origin = self.room.origin(name)
        if origin is None or self._foreign.get(name) is origin:
            return None
        source = origin.source(kind)
        return source.streams.get(rid) if source is not None and not source.muted else None

    def close(self) -> None:
        """Nothing goes there any more."""
        for key in list(self._outlets):
            self._drop(key)
        self.asked = frozenset()
