"""Device events as the API shows them, and how those of a filter are found."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from ninja import Schema

from command_center.accounts.scope import Scope
from command_center.api.lanes import Group, Lanes, bounds, distinct
from command_center.feed.messages import iso
from iot_bridge.intake.models import DeviceEvent
from iot_bridge.protocol.messages import EVENTS
from iot_bridge.protocol.topics import Kind

PAIRS = [(str(kind), type_) for kind, types in EVENTS.items() for type_ in types]
TYPES = sorted({type_ for _kind, type_ in PAIRS})


class DeviceEventData(Schema):
    """One message of a device. `kind` and `code` are the device's then.

    `skew_ms` is the device's clock minus the server's.
    """

    id: int
    device_id: str
    kind: Kind
    code: str
    event_id: str
    type: str
    at: str
    device_at: str | None
    skew_ms: int | None
    data: dict[str, Any]


@dataclass(frozen=True, slots=True)
class EventFilter:
    """Which events of a scope."""

    scope: Scope
    device: str | None = None
    kind: Kind | None = None
    type: str | None = None
    since: datetime | None = None
    until: datetime | None = None


def event_data(row: DeviceEvent) -> DeviceEventData:
    """A row as the API shows it."""
    skew = None if row.device_at is None else int((row.device_at - row.at).total_seconds() * 1000)
    return DeviceEventData(
        id=row.id,
        device_id=row.device_id,
        kind=Kind(row.kind),
        code=row.code,
        event_id=row.event_id,
        type=row.type,
        at=iso(row.at),
        device_at=iso(row.device_at) if row.device_at else None,
        skew_ms=skew,
        data=row.data,
    )


def events_of(wanted: EventFilter) -> QuerySet[DeviceEvent]:
    """The events of a filter."""
    exact = {
        "device_id": wanted.device,
        "kind": wanted.kind,
        "type": wanted.type,
        "at__gte": wanted.since,
        "at__lt": wanted.until,
    }
    rows = DeviceEvent.objects.filter(wanted.scope.condition())
    return rows.filter(**{name: value for name, value in exact.items() if value is not None})


def lanes_of(wanted: EventFilter) -> Lanes:
    """Where those events stand in the indexes."""
    if wanted.device is not None:
        types = TYPES if wanted.type is None else [wanted.type]
        return Lanes(
            "device_event_by_device",
            (
                Group(("device_id",), [(wanted.device,)]),
                Group(("type",), [(one,) for one in types]),
            ),
        )
    pairs = [
        (kind, type_)
        for kind, type_ in PAIRS
        if wanted.kind in (None, kind) and wanted.type in (None, type_)
    ]
    codes = distinct(DeviceEvent, "code", wanted.scope.prefixes)
    return Lanes(
        "device_event_by_code",
        (Group(("code",), [(code,) for code in codes]), Group(("kind", "type"), pairs)),
    )


def ids_around(wanted: EventFilter) -> tuple[int, int | None]:
    """Ids that enclose the filter's time."""
    return bounds(DeviceEvent, "at", since=wanted.since, until=wanted.until)
