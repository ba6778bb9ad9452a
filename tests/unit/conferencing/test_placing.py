"""Which node takes a seat: laws that hold whatever nodes there are."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from conferencing.policy.placing import (
    Node,
    Place,
    Placement,
    home_for,
    named_for,
    node_for,
)
from tests.support.city import CITY, EAST, SOUTH

NAMES = ("city", "east", "south", "spare")
CODES = (CITY, EAST.code, EAST.villages[0], SOUTH.code, SOUTH.villages[0])
nodes = st.lists(
    st.builds(
        Node,
        name=st.sampled_from(NAMES),
        load=st.floats(0, 1),
        full=st.booleans(),
        line=st.sampled_from(["", "machine", "network"]),
    ),
    unique_by=lambda node: node.name,
)
named = st.dictionaries(st.sampled_from(CODES), st.sampled_from(NAMES))
codes = st.sampled_from(CODES)


@given(codes, nodes, named, st.sampled_from(("", *NAMES)))
def test_a_home_is_found_whenever_a_node_lives(
    code: str, living: list[Node], of: dict[str, str], prefer: str
) -> None:
    name = home_for(code, living, of, prefer=prefer)
    names = {one.name for one in living}
    assert (name is None) is (not living)
    if prefer in names:
        assert name == prefer, "a home that lives is kept"
    elif (own := named_for(code, of)) in names:
        assert name == own


@given(codes, nodes, named, st.sampled_from(NAMES))
def test_a_seat_is_never_sent_where_it_would_be_refused_or_alone(
    code: str, living: list[Node], of: dict[str, str], home: str
) -> None:
    by_name = {one.name: one for one in living}
    name = node_for(code, Placement(Place(home, "boot", 1)), living, of)
    if home not in by_name:
        assert name is None
        return
    base = by_name[home]
    linked = [one for one in living if one is base or (base.line != "" and one.line == base.line)]
    fitting = {one.name for one in linked if not one.full}
    assert (name is None) is (not fitting), "it is refused only when every node in reach is full"
    if name is None:
        return
    assert name in fitting
    own = named_for(code, of)
    if own in fitting:
        assert name == own
    elif not base.full:
        assert name == home


class Moves(RuleBasedStateMachine):
    """Seats come, nodes die and come back: nobody moves but who must."""

    def __init__(self) -> None:
        super().__init__()
        self.now = Placement(Place("city", "1", 1))
        self.boots = dict.fromkeys(NAMES, 1)

    @rule(seat=st.integers(1, 5), node=st.sampled_from(NAMES))
    def seat(self, seat: int, node: str) -> None:
        before, boot = self.now, str(self.boots[node])
        self.now = before.seated(seat, node, boot)
        assert (self.now.of(seat).node, self.now.of(seat).boot) == (node, boot)
        stale = before.at(node)
        for other in set(range(1, 6)) - {seat}:
            was = before.of(other)
            moved = self.now.of(other) != was
            assert not moved or (stale is not None and was == stale.place and was.boot != boot)

    @rule(node=st.sampled_from(NAMES[1:]))
    def die(self, node: str) -> None:
        self.boots[node] += 1
        branch, before = self.now.at(node), self.now
        if branch is None:
            return
        self.now = before.without(branch.place)
        for seat in range(1, 6):
            assert self.now.of(seat) == (before.home if seat in branch.seats else before.of(seat))

    @invariant()
    def one_place_each(self) -> None:
        seats = [seat for branch in self.now.branches for seat in branch.seats]
        assert len(seats) == len(set(seats))
        assert len({branch.place.node for branch in self.now.branches}) == len(self.now.branches)
        assert all(branch.seats for branch in self.now.branches)


TestMoves = Moves.TestCase
