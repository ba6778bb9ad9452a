"""A conference of the tests as a value: two chairs, two townships with two villages each, a patrol, a stranger."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from conferencing.policy.commands import Caller, Command, Enter, Invite, Join
from conferencing.policy.conference import (
    CALLED,
    FloorRule,
    Presence,
    Seat,
    SeatKind,
    SeatLevel,
)
from conferencing.policy.deciding import SYSTEM, decide, opened
from conferencing.policy.verdict import Decided, Outcome, Refusal, Refused
from tests.support.city import CITY, EAST, SOUTH

START = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def caller(user: int, code: str, level: SeatLevel, *, commands: bool) -> Caller:
    """Somebody with a post."""
    return Caller(user=user, name=f"n{user}", code=code, level=level, commands=commands)


CHAIR = caller(1, CITY, SeatLevel.CITY, commands=True)
CHAIR2 = caller(2, CITY, SeatLevel.CITY, commands=True)
TOWN = caller(3, EAST.code, SeatLevel.TOWNSHIP, commands=True)
TOWN2 = caller(4, SOUTH.code, SeatLevel.TOWNSHIP, commands=True)
VILLAGE = caller(5, EAST.villages[0], SeatLevel.VILLAGE, commands=False)
VILLAGE_B = caller(6, EAST.villages[1], SeatLevel.VILLAGE, commands=False)
OTHER = caller(7, SOUTH.villages[0], SeatLevel.VILLAGE, commands=False)
PATROL = caller(8, EAST.code, SeatLevel.TOWNSHIP, commands=False)
NEWCOMER = caller(9, SOUTH.villages[1], SeatLevel.VILLAGE, commands=False)
GUEST = Caller(
    kind=SeatKind.GUEST,
    user=None,
    guest=1,
    name="水利专家",
    code=CITY,
    level=SeatLevel.CITY,
    commands=False,
)
PEOPLE = (CHAIR, CHAIR2, TOWN, TOWN2, VILLAGE, VILLAGE_B, OTHER, PATROL)
"""In the order of their seats, from 1."""


class Room:
    """A conference and its clock; `do` carries a command out and keeps what it became."""

    def __init__(self, *, floor: FloorRule = FloorRule.ASKED, lobby: bool = False) -> None:
        self.now = START
        self.value = opened(
            code=CITY, severity=2, opener=CHAIR, floor=floor, lobby=lobby, now=self.now
        )
        self.outcomes: list[Outcome] = []

    def ask(self, command: Command, by: Caller | int) -> Decided | Refused:
        """What would become of a command."""
        return decide(self.value, command, self.number(by), self.now)

    def do(self, command: Command, by: Caller | int) -> Decided:
        """Carry out a command that must not be refused."""
        verdict = self.ask(command, by)
        assert isinstance(verdict, Decided), verdict
        self.value = verdict.conference
        self.outcomes += verdict.outcomes
        return verdict

    def refusal(self, command: Command, by: Caller | int) -> Refusal:
        """Why a command is refused."""
        verdict = self.ask(command, by)
        assert isinstance(verdict, Refused), verdict
        return verdict.refusal

    def number(self, who: Caller | int) -> int:
        """The number of somebody's seat; one that there is not for a stranger."""
        if isinstance(who, int):
            return who
        seat = self._found(who)
        return 999 if seat is None else seat.number

    def _found(self, who: Caller) -> Seat | None:
        if who.user is None:
            return self.value.seat_of_guest(who.guest or 0)
        return self.value.seat_of(who.user)

    def seat(self, who: Caller) -> Seat:
        """Somebody's seat."""
        seat = self._found(who)
        assert seat is not None
        return seat

    def wait(self, **time: float) -> None:
        """Let time go by."""
        self.now += timedelta(**time)

    def join(self, *people: Caller) -> Room:
        """These take their seats."""
        for who in people:
            self.do(Join(connection=f"c{who.user}"), who)
        return self

    def enter(self, who: Caller, *, lobby: bool | None = None) -> Decided:
        """Somebody comes in without a call."""
        return self.do(Enter(who=who, connection=f"c{who.user}", lobby=lobby), SYSTEM)


def full_room(**rules: Any) -> Room:
    """Everybody is called and in."""
    room = Room(**rules)
    room.do(Invite(people=PEOPLE[1:]), CHAIR)
    assert all(seat.presence in CALLED for seat in room.value.seats)
    room.join(*PEOPLE)
    assert all(seat.presence is Presence.JOINED for seat in room.value.seats)
    return room
