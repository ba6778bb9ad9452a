"""REST: what devices sent, by device, place and time; how much of it when; and all of that as files."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import override
from ninja import Query, Router, Schema
from pydantic import AfterValidator, Field

from command_center.accounts.policy import Permission
from command_center.accounts.scope import Scope
from command_center.api.auth import require
from command_center.api.lanes import bounds, newest
from command_center.api.pagination import CursorText, Limit, Page, lane_page
from command_center.api.problems import FieldProblem, Problem, ProblemCode
from command_center.feed.messages import iso
from command_center.jurisdictions.codes import BadCodeError, level_of
from command_center.spreadsheets import CSV_TYPE, as_csv
from iot_bridge.alarms.models import Alarm
from iot_bridge.alarms.selectors import lanes_of as alarm_lanes
from iot_bridge.devices.models import Device
from iot_bridge.history import counting, table
from iot_bridge.history.buckets import Buckets, divide
from iot_bridge.intake.events import (
    DeviceEventData,
    EventFilter,
    event_data,
    events_of,
    ids_around,
    lanes_of,
)
from iot_bridge.intake.models import DeviceEvent
from iot_bridge.protocol.topics import Kind

router = Router(tags=["history"])

EXPORTED = 10_000
"""Lines of a file at most: the newest."""

DeviceId = Annotated[str | None, Query(max_length=64, description="the id in its topic")]
Prefix = Annotated[
    str | None,
    Query(pattern=r"^[0-9]{1,15}$", description="beginning of a division code: that whole subtree"),
]


def _aware(moment: datetime) -> datetime:
    return moment if timezone.is_aware(moment) else timezone.make_aware(moment)


Time = Annotated[datetime, AfterValidator(_aware)]
"""ISO 8601; without a zone it is the installation's."""
Moment = Annotated[Time | None, Query(description="ISO 8601; without a zone: the installation's")]


class Bucket(Schema):
    """One part of the time: events by type, and alarms by severity when they were raised."""

    at: str
    events: dict[str, int]
    alarms: dict[str, int]


class Timeline(Schema):
    """How much came when. Each bucket is `step_s` long, from its `at`; the last ends at `until`.

    `kept_from`: the oldest event that is still there, when of earlier ones only counts are kept.
    """

    since: str
    until: str
    step_s: int
    buckets: list[Bucket]
    kept_from: str | None


class Span(Schema):
    """A device or a subtree (neither: all one may see), and a time."""

    device: str | None = Field(default=None, max_length=64)
    code: str | None = Field(default=None, pattern=r"^[0-9]{4,15}$")
    since: Time
    until: Time


def _scope_of_device(scope: Scope, device: str | None) -> None:
    """A device outside the scope does not exist, whatever it once sent from inside."""
    if device is not None:
        get_object_or_404(Device.objects.filter(scope.condition("jurisdiction_id")), pk=device)


@router.get("/events", response=Page[DeviceEventData])
def list_events(
    request: HttpRequest,
    device: DeviceId = None,
    code: Prefix = None,
    kind: Kind | None = None,
    type: Annotated[str | None, Query(max_length=24)] = None,
    since: Moment = None,
    until: Moment = None,
    limit: Limit = 50,
    cursor: CursorText = None,
) -> dict[str, Any]:
    """What the devices of one's scope sent, newest first."""
    scope = require(request, Permission.DEVICES_VIEW)
    _scope_of_device(scope, device)
    wanted = EventFilter(scope.under(code), device, kind, type, since, until)
    return lane_page(
        events_of(wanted),
        lanes_of(wanted),
        show=event_data,
        limit=limit,
        cursor=cursor,
        within=ids_around(wanted),
    )


def _wrong(field: str, message: str) -> Problem:
    problem = FieldProblem(field=field, message=message, code="bad_span")
    return Problem(ProblemCode.VALIDATION_ERROR, f"wrong: {field}", [problem])


def _divided(span: Span) -> Buckets:
    try:
        if span.code is not None:
            level_of(span.code)
    except BadCodeError as error:
        raise _wrong("code", str(error)) from error
    try:
        return divide(span.since, span.until, timezone.get_default_timezone())
    except ValueError as error:
        raise _wrong("until", str(error)) from error


@router.get("/history/timeline", response=Timeline)
def timeline(request: HttpRequest, span: Annotated[Span, Query()]) -> Timeline:
    """Events by type and alarms by severity over time."""
    scope = require(request, Permission.DEVICES_VIEW)
    seen = require(request, Permission.ALARMS_VIEW)
    _scope_of_device(scope, span.device)
    buckets = _divided(span)
    events = counting.events_over_time(scope.under(span.code), span.device, buckets)
    alarms = counting.alarms_over_time(seen.under(span.code), span.device, buckets)
    first = counting.kept_from(scope.under(span.code))
    return Timeline(
        since=iso(buckets.start),
        until=iso(buckets.end),
        step_s=int(buckets.step.total_seconds()),
        buckets=[
            Bucket(at=iso(edge), events=dict(happened), alarms=dict(raised))
            for edge, happened, raised in zip(buckets.edges(), events, alarms, strict=False)
        ],
        kept_from=iso(first) if first else None,
    )


@router.get("/history/export")
def export(
    request: HttpRequest,
    span: Annotated[Span, Query()],
    what: Literal["events", "alarms"] = "events",
    language: Literal["zh-Hans", "en"] = "zh-Hans",
) -> HttpResponse:
    """The newest 10 000 events or alarms of a span as CSV."""
    scope = require(
        request, Permission.DEVICES_VIEW if what == "events" else Permission.ALARMS_VIEW
    )
    _scope_of_device(scope, span.device)
    if span.until <= span.since:
        raise _wrong("until", "the end lies before the beginning")
    with override(language.lower()):
        found = _events(scope, span) if what == "events" else _alarms(scope, span)
        body = as_csv(found)
    name = f"{what}-{span.device or span.code or 'all'}-{span.since:%Y%m%d}.csv"
    disposition = f'attachment; filename="{name}"'
    return HttpResponse(
        body,
        content_type=CSV_TYPE,
        headers={"Content-Disposition": disposition},
    )


def _events(scope: Scope, span: Span) -> Any:
    wanted = EventFilter(scope.under(span.code), span.device, since=span.since, until=span.until)
    least, below = ids_around(wanted)
    ids = newest(events_of(wanted), lanes_of(wanted), below=below, least=least, limit=EXPORTED)
    return table.events_table(_in_order(DeviceEvent, ids))


def _alarms(scope: Scope, span: Span) -> Any:
    inside = scope.under(span.code)
    rows = Alarm.objects.filter(
        inside.condition(), raised_at__gte=span.since, raised_at__lt=span.until
    )
    if span.device is not None:
        rows = rows.filter(device_id=span.device)
    least, below = bounds(Alarm, "raised_at", since=span.since, until=span.until)
    lanes = alarm_lanes(inside, device=span.device)
    ids = newest(rows, lanes, below=below, least=least, limit=EXPORTED)
    return table.alarms_table(_in_order(Alarm, ids))


def _in_order(model: Any, ids: list[int]) -> Any:
    """The rows of these ids, some hundred at a time."""
    for start in range(0, len(ids), 500):
        part = ids[start : start + 500]
        found = model.objects.in_bulk(part)
        yield from (found[pk] for pk in part if pk in found)
