"""What the REST API takes and answers about incidents."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

from ninja import Schema
from pydantic import AwareDatetime, Field, StringConstraints

from command_center.api.parameters import AgoMs, Id, Latitude, Longitude
from dispatch.incidents.feed import IncidentData
from dispatch.incidents.lifecycle import Action, Need, Stage
from dispatch.incidents.models import Source
from dispatch.incidents.orders import Asks, End

Severity = Annotated[int, Field(ge=1, le=4)]
Words = Annotated[str, StringConstraints(strip_whitespace=True)]
"""Text that a person writes; blanks around it are none of it."""
Version = Annotated[int, Field(ge=1, lt=2**31, description="the version it was seen at")]


class IncidentFilter(Schema):
    """Which incidents.

    `owed`: somebody still owes something; `stage` a list such as `reported,accepted`; `number`: whole, from its
    day on, or as the consoles shorten it (`1122-0012`, `0012` for today's); `text`: such a number, or words of
    title, place or description; `unit` was sent; `callback`: a call-back is owed.
    """

    stage: str | None = None
    owed: bool | None = None
    severity: Severity | None = None
    category: str | None = Field(default=None, pattern=r"^[0-9]{2,8}$")
    source: Source | None = None
    code: str | None = Field(default=None, pattern=r"^[0-9]{1,15}$")
    alarm: Id | None = None
    supervised: bool | None = None
    redispatch: bool | None = None
    callback: bool | None = None
    unit: Id | None = None
    number: str | None = Field(default=None, max_length=16)
    text: str | None = Field(default=None, max_length=60)
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None


class CategoryData(Schema):
    """A node of the category tree; a group has no `parent`."""

    code: str
    parent: str | None
    name: str
    name_en: str
    severity: int
    photo_required: bool


class AttachmentData(Schema):
    """A picture or document of a case; its content is at `/attachments/{id}`.

    When, where (`lat`/`lng`) and whether it was taken on the spot, as the page says that sent it; null where
    that says nothing. On the spot is what the page's camera has just taken: no browser can vouch for it.
    """

    id: int
    name: str
    type: str
    size: int
    at: str
    taken_at: str | None
    on_spot: bool | None
    lat: float | None
    lng: float | None


class EntryData(Schema):
    """A line of the timeline. `of` is the number of the merged case that it comes from."""

    id: int
    at: str
    kind: str
    stage: Stage
    actor: str | None
    text: str
    detail: dict[str, Any]
    attachments: list[AttachmentData]
    of: str | None


class AllowedAction(Schema):
    """A transition that this person may make now, and the fields it wants."""

    action: Action
    needs: list[Need]


class SupervisionData(Schema):
    """An order from above. `by` is null for one that the system gave.

    Of those, `escalates` is the id of the order by hand that was not kept, or null if a stage was overdue.
    `overdue_at`: when an order was escalated; `end`: how it ended, null while it is in force.
    """

    id: int
    stage: Stage
    code: str
    at: str
    by: str | None
    text: str
    asks: Asks
    due_at: str | None
    overdue_at: str | None
    escalates: int | None
    lifted_at: str | None
    lifted_by: str | None
    end: End | None
    may_lift: bool


class ExtensionData(Schema):
    """More time asked for; `granted` is null until it is decided."""

    stage: Stage
    minutes: int
    reason: str
    asked_at: str
    asked_by: str
    granted: bool | None


class PersonData(Schema):
    """A person who took part, and as what."""

    name: str
    part: str


class Callback(StrEnum):
    """Whether a call-back is owed."""

    NOT_WANTED = "not_wanted"
    LATER = "later"
    OWED = "owed"
    DONE = "done"


class MergedData(Schema):
    """Another case that this one took in, or that took this one in."""

    id: int
    number: str
    title: str


class LinkData(Schema):
    """Another case that belongs together with this one; only where it exists for who asks."""

    incident: IncidentData
    reason: str
    at: str
    by: str
    may_unlink: bool


class LinkMade(Schema):
    """Two linked cases, the older first, and why."""

    incidents: tuple[int, int]
    reason: str


class LinkReason(Schema):
    """Why two cases belong together, if that needs saying; left out, what is on record stays."""

    reason: Words | None = Field(default=None, max_length=200)


class May(Schema):
    """What else this person may do with the case."""

    correct: bool
    supervise: bool
    ask_extension: bool
    decide_extension: bool
    ask_help: bool
    answer_help: bool
    dismiss_redispatch: bool
    see_caller: bool
    call_back: bool
    tell_apart: bool


class CallBackData(Schema):
    """A call-back. `words` are what the caller said, null for who may not see callers."""

    at: str
    by: str
    reached: bool
    satisfied: int | None
    words: str | None


class IncidentDetail(Schema):
    """A case with all that belongs to it."""

    incident: IncidentData
    description: str
    reported_by: str | None
    has_caller: bool
    callback: Callback
    callbacks: list[CallBackData]
    timeline: list[EntryData]
    actions: list[AllowedAction]
    may: May
    people: list[PersonData]
    supervisions: list[SupervisionData]
    extensions: list[ExtensionData]
    links: list[LinkData]
    merged: list[MergedData]
    merged_into: MergedData | None


class CallerData(Schema):
    """Who called."""

    name: str = Field(default="", max_length=40)
    phone: str = Field(default="", max_length=24, pattern=r"^[0-9+() -]*$")
    address: str = Field(default="", max_length=200)
    callback: bool = False


class NewIncident(Schema):
    """A report. Give a position, a code, or both; without a severity the category's holds."""

    title: str = Field(default="", max_length=120)
    description: str = Field(default="", max_length=4000)
    category: str = Field(max_length=8)
    severity: Severity | None = None
    source: Source = Source.MANUAL
    code: str = Field(default="", pattern=r"^[0-9]{0,15}$")
    lat: Latitude | None = None
    lng: Longitude | None = None
    place: str = Field(default="", max_length=200)
    caller: CallerData | None = None


class AlarmIds(Schema):
    """Alarms, by id."""

    alarms: list[Id] = Field(min_length=1, max_length=100)


class MoreAlarms(AlarmIds):
    """Alarms that a case takes in."""

    version: Version


class ActionRequest(Schema):
    """A transition. Which of the fields are wanted, `actions` of the case says."""

    version: Version
    text: Words = Field(default="", max_length=2000)
    target: str | None = Field(default=None, pattern=r"^[0-9]{4,15}$")
    until: AwareDatetime | None = None
    score: int | None = Field(default=None, ge=1, le=5)
    into: Id | None = None


class IncidentChange(Schema):
    """Facts to correct; what is left out stays."""

    version: Version
    title: Words | None = Field(default=None, min_length=1, max_length=120)
    description: str | None = Field(default=None, max_length=4000)
    category: str | None = Field(default=None, max_length=8)
    severity: Severity | None = None
    place: str | None = Field(default=None, max_length=200)
    lat: Latitude | None = None
    lng: Longitude | None = None


class CommentText(Schema):
    """What somebody has to say."""

    text: Words = Field(min_length=1, max_length=2000)


class SupervisionOrder(Schema):
    """An order to finish; `asks` is what the case is to come to, `due_at` is after now."""

    text: Words = Field(min_length=1, max_length=500)
    asks: Asks = Asks.CLOSED
    due_at: AwareDatetime | None = None


class LiftedOrder(Schema):
    """Why an order is taken back, if that needs saying."""

    text: Words = Field(default="", max_length=500)


class CallBackMade(Schema):
    """A call-back: whether the caller was reached, and then how satisfied they are, 1 to 5."""

    reached: bool
    satisfied: int | None = Field(default=None, ge=1, le=5)
    words: Words = Field(default="", max_length=1000)


class OtherIncident(Schema):
    """Another case."""

    other: Id


class ExtensionWish(Schema):
    """More time, and why."""

    minutes: int = Field(ge=1, le=60 * 24 * 60)
    reason: Words = Field(min_length=1, max_length=500)


class ExtensionDecision(Schema):
    """Whether more time is granted."""

    granted: bool
    note: Words = Field(default="", max_length=500)


class TakenAt(Schema):
    """When and where a picture was taken, if that is known, and what there is to say of it."""

    text: Words = Field(default="", max_length=2000)
    taken_ago_ms: AgoMs | None = None
    on_spot: bool | None = None
    lat: Latitude | None = None
    lng: Longitude | None = None


class LikelyDuplicate(Schema):
    """An open case that may be the same; `metres` is null where a place is unknown."""

    incident: IncidentData
    metres: float | None
    apart_s: float
