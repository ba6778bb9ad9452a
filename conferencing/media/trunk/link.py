"""One room on one trunk: what is told there when, and what is made of what comes."""

from __future__ import annotations

from conferencing.media.node.peer import OWN_SSRC
from conferencing.media.node.room import Room
from conferencing.media.trunk import messages
from conferencing.media.trunk.ends import SILENT_S, Trunk
from conferencing.media.trunk.exports import Exports, Numbers
from conferencing.media.trunk.imports import Imports
from conferencing.media.trunk.messages import Levels, Sources, SourceTold, Wants
from conferencing.media.trunk.rounds import Rounds

REPEAT_S = 2.0


class Link:
    """See the module. Times are in seconds of the loop's clock."""

    def __init__(self, room: Room, trunk: Trunk, numbers: Numbers, now: float) -> None:
        self.room = room
        self.trunk = trunk
        self.imports = Imports(room, trunk)
        self.exports = Exports(room, trunk, numbers, self.imports.origins)
        room.onward.append(self.exports)
        self._round = int(1000 * now)
        """higher than any of a link before this one, which the other end may remember"""
        self._told: dict[tuple[str, str], SourceTold] = {}
        self._wanted: list[int] = []
        self._seen = (-1, -1)
        self._repeat_at = 0.0
        self._sources: Rounds[SourceTold] = Rounds()
        self._wants: Rounds[int] = Rounds()
        self._sources_at = self._wants_at = -1e9

    # -- telling -----------------------------------------------------------------------------------

    def tell(self, now: float) -> None:
        """What has changed, or, every two seconds, everything."""
        whole = now >= self._repeat_at
        if whole:
            self._repeat_at = now + REPEAT_S
            self._expire(now)
        revision, looks = self._seen
        self._seen = self.room.revision, self.room.looks
        if whole or revision != self.room.revision:
            self._tell_sources(now, whole=whole)
        if whole or self._seen != (revision, looks):
            self._tell_wants(whole=whole)

    def _tell_sources(self, now: float, *, whole: bool) -> None:
        told = {(one.peer, one.source.value): one for one in self.exports.told(now)}
        changed = [one for key, one in told.items() if _differs(one, self._told.get(key))]
        whole = whole or bool(self._told.keys() - told.keys())
        self._told = told
        if whole or changed:
            self._round += 1
            of = list(told.values()) if whole else changed
            self._send(*messages.sources(self.room.name, self._round, of, whole=whole))
            self.exports.pass_on()

    def _tell_wants(self, *, whole: bool) -> None:
        wanted = self.imports.needed()
        if whole or wanted != self._wanted:
            self._wanted = wanted
            self._round += 1
            self._send(*messages.wants(self.room.name, self._round, wanted))

    def tell_levels(self, now: float) -> None:
        """How loud voices are here, unless nobody is heard."""
        levels = self.exports.levels(now)
        if levels:
            self._send(Levels(room=self.room.name, levels=levels))

    def _send(self, *told: Sources | Wants | Levels) -> None:
        for message in told:
            self.trunk.send(messages.write(message, OWN_SSRC))

    # -- hearing -----------------------------------------------------------------------------------

    def hear(self, message: Sources | Wants | Levels, now: float) -> None:
        """What the other end tells of this room."""
        match message:
            case Sources():
                self._hear_sources(message, now)
            case Wants():
                asked = self._wants.take(message.round, message.part, message.parts, message.ssrcs)
                if asked is not None:
                    self._wants_at = now
                    if self.exports.ask(frozenset(asked)):
                        self.room.looks += 1
                        self.room.tell_wanted(now)
            case Levels():
                self.imports.levels(message.levels, now)

    def _hear_sources(self, message: Sources, now: float) -> None:
        if self._sources.late(message.round):
            return
        if not message.whole:
            self.imports.take(message.sources, now, whole=False)
            return
        there = self._sources.take(message.round, message.part, message.parts, message.sources)
        if there is not None:
            self._sources_at = now
            self.imports.take(there, now, whole=True)

    def _expire(self, now: float) -> None:
        """What was not said again is not so any more."""
        if self.imports.origins and now - self._sources_at > SILENT_S:
            self.imports.close(now)
        if self.exports.asked and now - self._wants_at > SILENT_S:
            self.exports.ask(frozenset())
            self.room.tell_wanted(now)

    def close(self, now: float) -> None:
        """The room goes on here alone."""
        self.room.onward.remove(self.exports)
        self.exports.close()
        self.imports.close(now)


def _differs(one: SourceTold, other: SourceTold | None) -> bool:
    """In anything but rates, which are told with the whole."""
    if other is None:
        return True
    layers = [(layer.rid, layer.ssrc, layer.height) for layer in one.layers]
    return (one.codec, one.muted, one.flows) != (other.codec, other.muted, other.flows) or (
        layers != [(layer.rid, layer.ssrc, layer.height) for layer in other.layers]
    )
