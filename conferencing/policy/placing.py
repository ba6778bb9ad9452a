"""On which media node a seat's media is: one is the room's home, others carry a jurisdiction's seats, or what the
home has no room for. All others are linked to the home, none to each other, as the jurisdictions are. Pure.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Place:
    """A room at one start of a node; where any of the three differs, browsers offer again. `node` is "" at first."""

    node: str = ""
    boot: str = ""
    epoch: int = 0


@dataclass(frozen=True, slots=True)
class Branch:
    """Seats that are not at the home."""

    place: Place
    seats: frozenset[int]


@dataclass(frozen=True, slots=True)
class Placement:
    """Where everybody of a conference is."""

    home: Place
    branches: tuple[Branch, ...] = ()

    def of(self, seat: int) -> Place:
        """Where a seat is, or would be."""
        branch = next((one for one in self.branches if seat in one.seats), None)
        return self.home if branch is None else branch.place

    def at(self, node: str) -> Branch | None:
        """The branch at a node."""
        return next((one for one in self.branches if one.place.node == node), None)

    def places(self) -> tuple[Place, ...]:
        """The home, then the others."""
        return (self.home, *(one.place for one in self.branches))

    def spokes(self) -> tuple[Place, ...]:
        """What must be linked to the home: not a branch whose node has become the home itself."""
        return tuple(place for place in self.places()[1:] if place.node != self.home.node)

    def seated(self, seat: int, node: str, boot: str) -> Placement:
        """With a seat at a node. Another start of a node than is known has nobody of before."""
        others = tuple(
            replace(one, seats=one.seats - {seat})
            for one in self.branches
            if one.place.node != node or one.place.boot != boot
        )
        others = tuple(one for one in others if one.seats and one.place.node != node)
        if (node, boot) == (self.home.node, self.home.boot):
            same = self.at(node)
            kept = () if same is None or same.place.boot != boot else (same,)
            return replace(self, branches=(*others, *kept))
        known = self.at(node)
        if known is not None and known.place.boot == boot:
            fresh = replace(known, seats=known.seats | {seat})
        else:
            epoch = 1 + max(place.epoch for place in self.places())
            fresh = Branch(Place(node, boot, epoch), frozenset({seat}))
        return replace(self, branches=(*others, fresh))

    def without(self, place: Place) -> Placement:
        """Without a branch that is dead: its seats are to be placed again, nobody else's."""
        return replace(self, branches=tuple(one for one in self.branches if one.place != place))


@dataclass(frozen=True, slots=True)
class Node:
    """A node that answers. Two can be linked if they are on the same `line` and that is not ""."""

    name: str
    load: float
    full: bool = False
    line: str = ""


def named_for(code: str, named: Mapping[str, str]) -> str | None:
    """The node that is there for a jurisdiction: of all that enclose it the narrowest."""
    found = [one for one in named if code.startswith(one)]
    return named[max(found, key=len)] if found else None


def home_for(
    code: str, nodes: Collection[Node], named: Mapping[str, str], *, prefer: str = ""
) -> str | None:
    """Where a conference of a jurisdiction has its home: where it was, if that lives, else with its own node.

    Else with the least loaded that is there for all; one that is there for somebody else is the last resort.
    """
    living = {one.name: one for one in nodes}
    own = named_for(code, named)
    for name in (prefer, own):
        if name in living:
            return name
    taken = set(named.values())
    ordered = sorted(living, key=lambda name: (name in taken, living[name].full, living[name].load))
    return ordered[0] if ordered else None


def node_for(
    code: str, placement: Placement, nodes: Collection[Node], named: Mapping[str, str]
) -> str | None:
    """Which node takes a seat of a jurisdiction. None where all are full.

    Its own, if it has one that lives; else the home; else, where that is full, one that the room is on already, or
    the least loaded.
    """
    living = {one.name: one for one in nodes}
    home = living.get(placement.home.node)
    if home is None:
        return None

    def fits(name: str | None) -> bool:
        one = living.get(name or "")
        return one is not None and not one.full and (one is home or _linkable(one, home))

    own = named_for(code, named)
    if own is not None and fits(own):
        return own
    if not home.full:
        return home.name
    there = {branch.place.node for branch in placement.branches}
    taken = set(named.values())
    others = sorted(
        (name for name in living if fits(name)),
        key=lambda name: (name not in there, name in taken, living[name].load, name),
    )
    return others[0] if others else None


def _linkable(one: Node, other: Node) -> bool:
    return one.line == other.line != ""
