"""A command under judgement: the conference, who asks, and when."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from conferencing.policy.conference import (
    PRESENT,
    Conference,
    Presence,
    Seat,
    SeatKind,
    SeatRole,
)
from conferencing.policy.rights import RANK, leads, role_of, rules_over, sees
from conferencing.policy.verdict import Decided, Note, Noted, Outcome, Refusal, Refused


class NoError(Exception):
    """Ends the judging of a command with a refusal; never leaves `decide`."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal)
        self.refused = Refused(refusal)


def require(condition: bool, refusal: Refusal) -> None:
    """Refuse unless."""
    if not condition:
        raise NoError(refusal)


@dataclass(frozen=True, slots=True)
class Case:
    """See the module. Methods that find something refuse when it is not there."""

    conference: Conference
    actor: Seat
    now: datetime

    @property
    def role(self) -> SeatRole:
        """What the one who asks is in the room."""
        return role_of(self.conference, self.actor)

    @property
    def rank(self) -> int:
        """The same as a number, the chair's the highest."""
        return RANK[self.role]

    def found(self, number: int) -> Seat:
        """A seat that the one who asks may know of."""
        seat = self.conference.seat(number)
        if seat is None or not sees(self.conference, self.actor, seat):
            raise NoError(Refusal.NO_SEAT)
        return seat

    def ruled(self, number: int) -> Seat:
        """A seat that the one who asks rules."""
        seat = self.found(number)
        require(leads(self.conference, self.actor), Refusal.NOT_ALLOWED)
        require(rules_over(self.conference, self.actor, seat), Refusal.NOT_RULED)
        return seat

    def ruled_present(self, number: int) -> Seat:
        """A ruled seat that is in the room, of somebody who can be spoken to."""
        seat = self.ruled(number)
        require(seat.kind is not SeatKind.CAMERA, Refusal.WRONG_STATE)
        require(seat.presence in PRESENT, Refusal.NOT_PRESENT)
        return seat

    def rules(self, seat: Seat) -> bool:
        """Whether the one who asks rules a seat."""
        return rules_over(self.conference, self.actor, seat)

    def require_chair(self) -> None:
        """Refuse anybody but a chair."""
        require(self.role is SeatRole.CHAIR, Refusal.NOT_ALLOWED)

    def require_lead(self) -> None:
        """Refuse who rules nobody."""
        require(leads(self.conference, self.actor), Refusal.NOT_ALLOWED)

    def require_joined(self) -> None:
        """Refuse who is not in the room."""
        require(self.actor.presence is Presence.JOINED, Refusal.NOT_PRESENT)

    def unchanged(self) -> Decided:
        """What was asked is so already."""
        return Decided(self.conference)

    def changed(self, conference: Conference, *outcomes: Outcome) -> Decided:
        """The conference after it."""
        return Decided(conference, outcomes)

    def seat_changed(self, seat: Seat, *outcomes: Outcome, **changes: Any) -> Decided:
        """The same with one seat changed."""
        return Decided(self.conference.with_seat(seat.number, **changes), outcomes)

    def note(self, what: Noted, seat: Seat | None = None) -> Note:
        """A line of the minutes by the one who asks."""
        return Note(what, self.actor.number, None if seat is None else seat.number)

    def later(self, decided: Decided) -> Case:
        """The case after a first part was decided."""
        return replace(self, conference=decided.conference)
