"""What the REST API takes and answers about conferences."""

from __future__ import annotations

from typing import Annotated

from ninja import Schema
from pydantic import Field, StringConstraints

from command_center.api.parameters import Id
from conferencing.conferences.shown import About, AboutKind, ConferenceData, MessageData
from conferencing.policy.commands import Act
from conferencing.policy.conference import FloorRule, SeatLevel, SeatRole
from conferencing.policy.verdict import Attendance, Noted

Code = Annotated[str, Field(pattern=r"^[0-9]{4,15}$")]
MOST_INVITED = 100


class PersonAtPost(Schema):
    """Somebody who could have a seat. `online`: a page of theirs is open and would ring.

    `automatic`: this duty room consented to be joined without an answer. `busy`: the severity of the
    conference that they are in, or null.
    """

    user: int
    name: str
    code: str
    online: bool
    automatic: bool
    busy: int | None


class ChainPlace(Schema):
    """A jurisdiction of the responsible chain, and who holds posts there."""

    code: str
    name: str
    level: SeatLevel
    proposed: bool
    """by itself responsible: the village, its township, the city"""
    people: list[PersonAtPost]


class Proposal(Schema):
    """Whom to call about a place: the chain from the village up, and what else lies under the code."""

    code: str
    chain: list[ChainPlace]


class Invited(Schema):
    """A person at a post of theirs."""

    user: Id
    code: Code


class NewConference(Schema):
    """Open a conference. `automatic`: duty rooms that consented join without an answer."""

    title: Annotated[str, StringConstraints(strip_whitespace=True, max_length=120)] = ""
    severity: Annotated[int, Field(ge=1, le=4)] = 3
    about: About = About()
    invite: Annotated[list[Invited], Field(max_length=MOST_INVITED)] = []
    automatic: bool = False
    floor: FloorRule = FloorRule.ASKED
    lobby: bool = False


class Invitations(Schema):
    """Call more people."""

    invite: Annotated[list[Invited], Field(min_length=1, max_length=MOST_INVITED)]
    automatic: bool = False
    version: Annotated[int | None, Field(ge=1, lt=2**31)] = None


class CameraFilter(Schema):
    """Near which place (degrees WGS-84) or jurisdiction, and what is looked for in ids, names and sites."""

    lat: Annotated[float | None, Field(ge=-90, le=90)] = None
    lng: Annotated[float | None, Field(ge=-180, le=180)] = None
    code: str | None = Field(default=None, pattern=r"^[0-9]{1,15}$")
    q: str | None = Field(default=None, max_length=60)


class CameraChoice(Schema):
    """A camera that may be added. `distance_m` from the place that was asked about; `seat` in this conference."""

    device: str
    name: str
    site: str
    code: str
    place: str
    lat: float | None
    lng: float | None
    distance_m: int | None
    seat: int | None


class CameraChoices(Schema):
    """The nearest first; `more`: there are others, to be found by `q`."""

    items: list[CameraChoice]
    more: bool


class AddedCameras(Schema):
    """Cameras to add, by device id."""

    devices: Annotated[
        list[Annotated[str, Field(max_length=64)]], Field(min_length=1, max_length=16)
    ]
    version: Annotated[int | None, Field(ge=1, lt=2**31)] = None


class ActRequest(Schema):
    """A command, the same as in the socket's `act` frame."""

    command: Annotated[Act, Field(discriminator="type")]
    version: Annotated[int | None, Field(ge=1, lt=2**31)] = None


class ConferenceFilter(Schema):
    """Which conferences. `code`: opened at, or about, this subtree."""

    open: bool | None = None
    about: AboutKind | None = None
    about_id: str | None = Field(default=None, max_length=40)
    code: str | None = Field(default=None, pattern=r"^[0-9]{1,15}$")


class NoteData(Schema):
    """A line of the minutes: who did what, to whom, when. `by` null is the system."""

    at: str
    what: Noted
    by: str | None
    seat: int | None
    name: str | None


class AttendedData(Schema):
    """A line of an attendance record."""

    seat: int
    name: str
    code: str
    attendance: Attendance
    at: str | None


class RollCallRecord(Schema):
    """A roll call that is over."""

    number: int
    by: str
    started_at: str
    closed_at: str
    lines: list[AttendedData]


class ConferenceDetail(Schema):
    """One conference, what one is in it, and its minutes. `may_enter`: one may come in without a call."""

    conference: ConferenceData
    version: int
    you: int | None
    role: SeatRole | None
    may_enter: bool
    minutes: list[NoteData]
    roll_calls: list[RollCallRecord]


class Messages(Schema):
    """What was written in the room, oldest first."""

    items: list[MessageData]


class Consent(Schema):
    """Whether one's own page joins by itself when a chair asks for it (a duty room that is always manned)."""

    automatic: bool
