"""The language that stored rules are written in: a tree of conditions, each true or false at every moment.

The root's truth is the alarm: it is raised when the tree becomes true and cleared when it becomes false. Every
node is closed (`extra="forbid"`), so a misspelt key is an error with its place. Times are seconds, lengths metres,
positions WGS-84 degrees; `docs/rules.md` tells it with examples.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PlainSerializer, model_validator
from pydantic_core import PydanticCustomError

from iot_bridge.rules.engine.places import MAX_RADIUS_M, check_polygon

MAX_DEPTH = 6
MAX_NODES = 40
MAX_EXPRESSION = 400
MAX_COUNT = 100

Real = Annotated[float, Field(allow_inf_nan=False)]
Seconds = Annotated[int, Field(ge=1, le=31_536_000, description="s")]
EventName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,31}$", description="an event's type")]
Events = Annotated[list[EventName], Field(min_length=1, max_length=12)]
FieldName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,31}$")]
Expr = Annotated[str, Field(min_length=1, max_length=MAX_EXPRESSION, description="CEL")]
Prefix = Annotated[str, Field(pattern=r"^[0-9]{1,15}$", description="beginning of a code")]


Clock = Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]


class Node(BaseModel):
    """Base of every condition."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Threshold(Node):
    """A reported number beyond a limit, with hysteresis.

    `above`: true from `raise_at` up, false again at `clear_at` or below it; `below` the other way round. Between
    the two it stays as it was. Without `clear_at` it ends where it began. Without `event` every message that
    carries the field counts.
    """

    type: Literal["threshold"]
    event: EventName | None = None
    field: FieldName
    direction: Literal["above", "below"] = "above"
    raise_at: Real
    clear_at: Real | None = None

    @model_validator(mode="after")
    def _ordered(self) -> Threshold:
        if self.clear_at is not None:
            wrong = self.clear_at > self.raise_at
            if self.direction == "below":
                wrong = self.clear_at < self.raise_at
            if wrong:
                side = self.direction
                raise PydanticCustomError(
                    "clear_beyond_raise",
                    "clear_at must not lie {side} raise_at",
                    {"key": "clear_at", "side": side},
                )
        return self


class Event(Node):
    """An event of one of these types happened within the last `lasts_s`."""

    type: Literal["event"]
    events: Events
    where: Expr | None = None
    lasts_s: Seconds = 300


class Between(Node):
    """From a beginning event until an ending one: a lane from `occupied` until `vacated`.

    `begin_where` and `end_where` say which of these events count; an event that fits both begins.
    """

    type: Literal["between"]
    begin: Events
    end: Events
    begin_where: Expr | None = None
    end_where: Expr | None = None


class Held(Node):
    """Another condition has held without a break for `for_s`."""

    type: Literal["held"]
    for_s: Seconds
    of: Condition


class Count(Node):
    """At least so many events of these types within a sliding window."""

    type: Literal["count"]
    events: Events
    where: Expr | None = None
    at_least: Annotated[int, Field(ge=2, le=MAX_COUNT)]
    within_s: Annotated[int, Field(ge=1, le=604_800, description="s")]


class Rate(Node):
    """A reported number rose (or fell) by so much within a sliding window."""

    type: Literal["rate"]
    event: EventName | None = None
    field: FieldName
    direction: Literal["rise", "fall"] = "rise"
    by: Annotated[float, Field(gt=0, allow_inf_nan=False)]
    within_s: Annotated[int, Field(ge=1, le=604_800, description="s")]


class Absence(Node):
    """No event of these types (of any type, without them) for `for_s`."""

    type: Literal["absence"]
    events: Events | None = None
    for_s: Seconds


class Schedule(Node):
    """Local time of day and kind of day. With `until` before `from` it goes over midnight, and the day on which
    it began counts. `weekdays` 1 (Monday) to 7; `days` by the working calendar of this installation.
    """

    model_config = ConfigDict(populate_by_name=True)

    type: Literal["schedule"]
    days: Literal["all", "workdays", "holidays"] = "all"
    weekdays: Annotated[list[Annotated[int, Field(ge=1, le=7)]], Field(max_length=7)] | None = None
    begin: Clock | None = Field(default=None, alias="from")
    until: Clock | None = None

    @model_validator(mode="after")
    def _both(self) -> Schedule:
        if (self.begin is None) != (self.until is None):
            key = "from" if self.begin is None else "until"
            text = "give both from and until, or neither"
            raise PydanticCustomError("half_hours", text, {"key": key})
        return self


class Circle(Node):
    """A circle around a point."""

    lat: Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)]
    lng: Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]
    radius_m: Annotated[float, Field(gt=0, le=MAX_RADIUS_M)]


def _polygon(value: dict[str, Any]) -> dict[str, Any]:
    try:
        return check_polygon(value)
    except ValueError as error:
        raise PydanticCustomError("bad_polygon", "{detail}", {"detail": str(error)}) from error


Polygon = Annotated[dict[str, Any], AfterValidator(_polygon), PlainSerializer(dict)]


class Area(Node):
    """The device stands within a circle, or within a GeoJSON Polygon or MultiPolygon (RFC 7946, longitude first)."""

    type: Literal["area"]
    circle: Circle | None = None
    polygon: Polygon | None = None

    @model_validator(mode="after")
    def _one(self) -> Area:
        if (self.circle is None) == (self.polygon is None):
            raise PydanticCustomError("one_area", "give either circle or polygon")
        return self


class Within(Node):
    """The device belongs to one of these jurisdictions, or one below them."""

    type: Literal["jurisdiction"]
    codes: Annotated[list[Prefix], Field(min_length=1, max_length=50)]


class Expression(Node):
    """A CEL expression over one message; its truth holds until the next such message."""

    type: Literal["expression"]
    events: Events | None = None
    expr: Expr


class All(Node):
    """Every one of these."""

    type: Literal["all"]
    of: Annotated[list[Condition], Field(min_length=1, max_length=12)]


class Any_(Node):  # noqa: N801 - `Any` is typing's
    """At least one of these."""

    type: Literal["any"]
    of: Annotated[list[Condition], Field(min_length=1, max_length=12)]


class Not(Node):
    """The opposite."""

    type: Literal["not"]
    of: Condition


Condition = Annotated[
    Threshold
    | Event
    | Between
    | Held
    | Count
    | Rate
    | Absence
    | Schedule
    | Area
    | Within
    | Expression
    | All
    | Any_
    | Not,
    Field(discriminator="type"),
]


class Definition(Node):
    """What a rule says: `when` it holds."""

    when: Condition


for _model in (Held, All, Any_, Not, Definition):
    _model.model_rebuild()


def children(node: Node) -> list[tuple[str, Any]]:
    """The conditions that a node is made of, each with its place as a JSON pointer from the node."""
    if isinstance(node, All | Any_):
        return [(f"/of/{index}", child) for index, child in enumerate(node.of)]
    if isinstance(node, Held | Not):
        return [("/of", node.of)]
    return []


def expressions(node: Node) -> list[tuple[str, str, list[str] | None]]:
    """A node's own expressions: the key, the text, and the types of the events they are asked about."""
    found: list[tuple[str, str | None, list[str] | None]] = []
    if isinstance(node, Event | Count):
        found = [("where", node.where, node.events)]
    elif isinstance(node, Between):
        found = [
            ("begin_where", node.begin_where, node.begin),
            ("end_where", node.end_where, node.end),
        ]
    elif isinstance(node, Expression):
        found = [("expr", node.expr, node.events)]
    return [(key, text, events) for key, text, events in found if text is not None]


def event_lists(node: Node) -> list[tuple[str, list[str]]]:
    """The event types a node names, with the keys they stand under."""
    if isinstance(node, Between):
        return [("begin", node.begin), ("end", node.end)]
    if isinstance(node, Event | Count | Absence | Expression):
        return [("events", node.events)] if node.events is not None else []
    if isinstance(node, Threshold | Rate):
        return [("event", [node.event])] if node.event is not None else []
    return []
