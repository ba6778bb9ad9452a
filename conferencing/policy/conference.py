"""A conference as a value: its seats, its rules, its floor and its roll call. Immutable, and written as JSON.

`form` tells how the JSON is made; a change of these models that old rows do not fit raises it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from command_center.jurisdictions.codes import Level

MOST_SEATS = 200


class Value(BaseModel):
    """Base of everything a conference is made of: closed, and immutable once made."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Presence(StrEnum):
    """How it stands with a seat."""

    INVITED = "invited"
    """called, and no page of this person is open"""
    RINGING = "ringing"
    """called, and a page rings"""
    WAITING = "waiting"
    """in the lobby"""
    JOINED = "joined"
    AWAY = "away"
    """joined, and the connection is lost: the seat and the floor are kept"""
    DECLINED = "declined"
    NO_ANSWER = "no_answer"
    RECALLED = "recalled"
    LEFT = "left"
    REMOVED = "removed"


CALLED = frozenset({Presence.INVITED, Presence.RINGING})
"""A person who has not answered yet."""
PRESENT = frozenset({Presence.JOINED, Presence.AWAY})
"""In the room, a lost connection included."""
OUT = frozenset({Presence.DECLINED, Presence.RECALLED, Presence.REMOVED})
"""The seat gives no right any more until it is called again."""


class SeatKind(StrEnum):
    """What sits there."""

    POST = "post"
    """a person at a post of theirs"""
    CAMERA = "camera"
    """a camera that somebody in the room has added: it shows a place, says nothing, and asks for nothing"""
    GUEST = "guest"
    """somebody without an account, who came by a chair's link"""


class SeatLevel(StrEnum):
    """At which of the three levels a seat is."""

    CITY = "city"
    TOWNSHIP = "township"
    VILLAGE = "village"


LEVELS = {
    Level.PREFECTURE: SeatLevel.CITY,
    Level.CITY: SeatLevel.CITY,
    Level.TOWNSHIP: SeatLevel.TOWNSHIP,
    Level.VILLAGE: SeatLevel.VILLAGE,
    Level.GRID: SeatLevel.VILLAGE,
}


class SeatRole(StrEnum):
    """What a seat may do in the room; derived, see `rights`."""

    CHAIR = "chair"
    MODERATOR = "moderator"
    PARTICIPANT = "participant"


class FloorRule(StrEnum):
    """Who may speak. Chairs and moderators always may."""

    OPEN = "open"
    """everybody"""
    ASKED = "asked"
    """whoever has been given the floor"""
    SINGLE = "single"
    """whoever has been given the floor, one at a time"""


class Seat(Value):
    """One place in the room. `number` is never given twice in a conference."""

    number: int
    kind: SeatKind = SeatKind.POST
    user: int | None
    guest: int | None = None
    """the link by which a guest came"""
    name: str
    place: str = ""
    """what the jurisdiction is called"""
    township: str = ""
    """what the township is called that the jurisdiction is or lies in"""
    code: str
    level: SeatLevel
    commands: bool
    """whether the post is one that commands (dispatcher, township officer)"""
    presence: Presence
    since: AwareDatetime
    called_at: AwareDatetime | None = None
    called_by: int | None = None
    automatic: bool = False
    """a duty room that consented: its page answers by itself"""
    hand_at: AwareDatetime | None = None
    floor: bool = False
    microphone: bool = True
    """what the person wants"""
    muted_by: SeatRole | None = None
    """muted from above: the person cannot undo it, nor a lower role"""
    removed_by: SeatRole | None = None
    """who put it out: no lower role can call it back"""
    connection: str = ""
    """the socket that holds the seat"""
    device: str = ""
    """which camera"""
    raised: bool = False
    """brought up (上送) out of its township's sub-room, so that the whole sees and hears it"""


class RollCall(Value):
    """A roll call under way. `answers` by seat, in the order of the answers."""

    number: int
    by: int
    started_at: AwareDatetime
    expected: tuple[int, ...]
    answers: tuple[tuple[int, AwareDatetime], ...] = ()

    def answered(self, seat: int) -> datetime | None:
        """When a seat answered."""
        return next((at for number, at in self.answers if number == seat), None)


class RecordingTrouble(StrEnum):
    """Why the last recording came to an early end."""

    NONE = ""
    DISK_FULL = "disk_full"
    UNWRITABLE = "unwritable"
    """the media node cannot write its folder for recordings"""
    CANNOT_RECORD = "cannot_record"
    """this kind of media node does not record"""
    FAILED = "failed"


class Recording(Value):
    """A recording under way. A media node that dies begins a new part of the same recording."""

    number: int
    by: int
    since: AwareDatetime


class SubRoom(Value):
    """A township's sub-room (乡镇分会场) while it is open: `code` is the township's. See `audience`."""

    code: str
    name: str
    opened_at: AwareDatetime
    spotlight: int | None = None


class Conference(Value):
    """See the module. `code` is the jurisdiction that opened it; `severity` as alarms have it, 1 the gravest."""

    form: Literal[1] = 1
    code: str
    severity: int = Field(ge=1, le=4)
    opened_at: AwareDatetime
    ended_at: AwareDatetime | None = None
    empty_since: AwareDatetime | None = None
    floor: FloorRule = FloorRule.ASKED
    locked: bool = False
    lobby: bool = False
    spotlight: int | None = None
    """shown large in the whole; each sub-room has its own"""
    sub_rooms: tuple[SubRoom, ...] = ()
    announcing: int | None = None
    """the chair that speaks into every sub-room as well"""
    seats: tuple[Seat, ...] = ()
    roll_call: RollCall | None = None
    roll_calls: int = 0
    recording: Recording | None = None
    recordings: int = 0
    recording_trouble: RecordingTrouble = RecordingTrouble.NONE

    def seat(self, number: int) -> Seat | None:
        """A seat by its number."""
        return next((seat for seat in self.seats if seat.number == number), None)

    def seat_of(self, user: int) -> Seat | None:
        """A person's seat."""
        return next((seat for seat in self.seats if seat.user == user), None)

    def camera(self, device: str) -> Seat | None:
        """A camera's seat."""
        return next((seat for seat in self.seats if seat.device == device), None)

    def people(self) -> tuple[Seat, ...]:
        """The seats of people."""
        return tuple(seat for seat in self.seats if seat.kind is not SeatKind.CAMERA)

    def seat_of_guest(self, link: int) -> Seat | None:
        """The seat of whoever came by a link."""
        return next((seat for seat in self.seats if seat.guest == link), None)

    def at(self, presence: Iterable[Presence]) -> tuple[Seat, ...]:
        """The seats in one of these states."""
        wanted = frozenset(presence)
        return tuple(seat for seat in self.seats if seat.presence in wanted)

    def with_seat(self, number: int, **changes: Any) -> Conference:
        """The same with one seat changed."""
        return self.with_seats(
            seat.model_copy(update=changes) for seat in self.seats if seat.number == number
        )

    def with_seats(self, changed: Iterable[Seat]) -> Conference:
        """The same with these seats in the place of those of the same number; new ones at the end."""
        fresh = {seat.number: seat for seat in changed}
        kept = tuple(fresh.pop(seat.number, seat) for seat in self.seats)
        return self.changed(seats=(*kept, *fresh.values()))

    def changed(self, **changes: Any) -> Conference:
        """The same with some facts changed."""
        return self.model_copy(update=changes)
