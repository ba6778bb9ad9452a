"""Maintenance windows: planning, changing, ending them, and what follows for devices and their alarms.

`tend` is the one place that puts devices out of service and back: it compares what the running windows cover
with what the devices say, so a device registered or moved meanwhile follows within moments, and it may run as
often as it likes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import connection
from django.db.models import Q
from django.utils import timezone

from command_center.accounts.scope import Scope
from command_center.audit.services import Action, record
from command_center.feed import services as feed
from command_center.feed.sections import RemovedById
from iot_bridge.alarms import servicing
from iot_bridge.devices.services import Service, put_in_service
from iot_bridge.maintenance.feed import window_data
from iot_bridge.maintenance.models import MaintenanceWindow, WindowState
from iot_bridge.maintenance.overlapping import Span, unsettled
from iot_bridge.maintenance.selectors import (
    Overlap,
    device_in,
    equipment_of,
    jurisdiction_exists,
    overlaps_of,
)
from iot_bridge.protocol.topics import Kind

if TYPE_CHECKING:
    from command_center.accounts.models import User
    from iot_bridge.devices.models import Device

LONGEST = timedelta(days=31)
"""What stands longer than this is no maintenance; plan it again, so that somebody looks."""


class WindowRefusedError(Exception):
    """What the window's state or times do not allow; `code` is stable."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class WindowOverlapsError(Exception):
    """There are windows for the same equipment at the same time, of which nobody said that they know."""

    def __init__(self, overlaps: Sequence[Overlap]) -> None:
        super().__init__(", ".join(str(overlap.window.pk) for overlap in overlaps))
        self.overlaps = overlaps


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody plans: a device's id, or a subtree's code with kinds (none: all).

    `beside`: the windows that it is to stand beside, by their ids. Of the very same equipment it never does.
    """

    begins_at: datetime
    ends_at: datetime
    reason: str
    device: str | None = None
    code: str | None = None
    kinds: Sequence[Kind] = ()
    beside: Collection[int] = ()


def overlaps(*, wanted: Wanted, scope: Scope) -> list[Overlap]:
    """What a plan would overlap, as far as the scope reaches. Raises LookupError as `plan` does."""
    window = _new(wanted, scope)
    span = Span(wanted.begins_at, wanted.ends_at)
    return overlaps_of(scope, equipment_of(window), span)


def overlaps_of_change(
    *, window_id: int, scope: Scope, begins_at: datetime, ends_at: datetime
) -> list[Overlap]:
    """What a window would overlap with other times that it does not overlap now. Raises DoesNotExist."""
    window = MaintenanceWindow.objects.filter(scope.condition()).get(pk=window_id)
    return _newly(window, scope, Span(begins_at, ends_at))


def plan(*, wanted: Wanted, scope: Scope, actor: User) -> MaintenanceWindow:
    """Plan a window; one that has begun runs at once.

    Raises LookupError for a device or jurisdiction that does not exist in the scope, WindowRefusedError,
    WindowOverlapsError.
    """
    now = timezone.now()
    _check_times(wanted.begins_at, wanted.ends_at, now)
    window = _new(wanted, scope)
    window.by, window.by_name, window.planned_at = actor, actor.display_name, now
    with feed.transaction() as publication:
        _take_turn()
        span = Span(wanted.begins_at, wanted.ends_at)
        found = overlaps_of(scope, equipment_of(window), span)
        _check_overlaps(found, wanted.beside)
        window.save()
        _publish(publication, window)
        _record(Action.MAINTENANCE_PLANNED, window, actor, beside=found)
        _tend(publication, now)
    window.refresh_from_db()
    return window


def change(
    *,
    window_id: int,
    scope: Scope,
    actor: User,
    begins_at: datetime | None = None,
    ends_at: datetime | None = None,
    reason: str | None = None,
    beside: Collection[int] = (),
) -> MaintenanceWindow:
    """Change the times or the reason; of one that runs only its end and reason.

    What it overlapped before it may go on overlapping. Raises WindowRefusedError, WindowOverlapsError.
    """
    now = timezone.now()
    with feed.transaction() as publication:
        _take_turn()
        window = _locked(window_id, scope)
        if window.state == WindowState.ENDED:
            raise WindowRefusedError("window_ended")
        if begins_at is not None and window.state == WindowState.RUNNING:
            raise WindowRefusedError("window_running")
        span = Span(begins_at or window.begins_at, ends_at or window.ends_at)
        _check_times(span.begins, span.ends, now)
        found = _newly(window, scope, span)
        _check_overlaps(found, beside)
        window.begins_at, window.ends_at = span.begins, span.ends
        window.reason = reason or window.reason
        window.save()
        _publish(publication, window)
        _record(Action.MAINTENANCE_CHANGED, window, actor, beside=found)
        _tend(publication, now)
    window.refresh_from_db()
    return window


def end(*, window_id: int, scope: Scope, actor: User) -> MaintenanceWindow:
    """End a window that runs before its time: its devices are in service again at once."""
    now = timezone.now()
    with feed.transaction() as publication:
        window = _locked(window_id, scope)
        if window.state != WindowState.RUNNING:
            ended = window.state == WindowState.ENDED
            raise WindowRefusedError("window_ended" if ended else "window_not_running")
        window.state, window.ended_at = WindowState.ENDED, now
        window.ended_by_name = actor.display_name
        window.save()
        _publish(publication, window)
        _record(Action.MAINTENANCE_ENDED, window, actor)
        _tend(publication, now)
    return window


def remove(*, window_id: int, scope: Scope, actor: User) -> None:
    """Take back a plan. What has begun stays on record: end it instead. Raises WindowRefusedError."""
    with feed.transaction() as publication:
        window = _locked(window_id, scope)
        if window.state != WindowState.PLANNED:
            raise WindowRefusedError("window_running")
        _record(Action.MAINTENANCE_REMOVED, window, actor)
        publication.emit("window.removed", code=window.code, data=RemovedById(id=window.id))
        window.delete()


def tend(*, now: datetime) -> int:
    """Begin and end windows whose time has come, and have devices and alarms follow; how many changed."""
    with feed.transaction() as publication:
        return _tend(publication, now)


def _tend(publication: feed.Publication, now: datetime) -> int:
    turned = _turn(publication, now)
    running = list(
        MaintenanceWindow.objects.filter(state=WindowState.RUNNING).order_by("ends_at", "id")
    )
    devices = put_in_service(publication, _wanted_of(running))
    alarms = servicing.follow_devices(publication, at=now)
    return turned + devices + alarms


def _turn(publication: feed.Publication, now: datetime) -> int:
    over = Q(ends_at__lte=now) & ~Q(state=WindowState.ENDED)
    due = Q(state=WindowState.PLANNED, begins_at__lte=now)
    rows = MaintenanceWindow.objects.filter(over | due).order_by("id")
    turned = 0
    # What somebody is changing at this moment turns with their change, or a second later.
    for window in rows.select_for_update(skip_locked=True):
        if window.ends_at <= now:
            window.state, window.ended_at = WindowState.ENDED, now
        else:
            window.state = WindowState.RUNNING
        window.save()
        _publish(publication, window)
        turned += 1
    return turned


def _wanted_of(running: Iterable[MaintenanceWindow]) -> list[Service]:
    """What covers what; in the order of their ends, so that of several the one that lasts longest is told."""
    return [
        Service(
            device=window.device_id,
            code=window.code,
            kinds=tuple(window.kinds),
            until=window.ends_at,
            reason=window.reason,
        )
        for window in running
    ]


_PLANNING = 0x6D61696E
"""The database's advisory lock of whoever plans."""


def _take_turn() -> None:
    """Nobody else plans until this transaction ends: of two who record one outage, the second sees the first."""
    if connection.vendor == "postgresql":  # the other has one writer anyway
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_PLANNING])


def _new(wanted: Wanted, scope: Scope) -> MaintenanceWindow:
    """A window that is not saved yet, without who plans it."""
    device, code = _about(wanted, scope)
    return MaintenanceWindow(
        code=code,
        device=device,
        kinds=sorted(wanted.kinds),
        begins_at=wanted.begins_at,
        ends_at=wanted.ends_at,
        reason=wanted.reason,
    )


def _newly(window: MaintenanceWindow, scope: Scope, span: Span) -> list[Overlap]:
    equipment = equipment_of(window)
    before = Span(window.begins_at, window.ends_at)
    known = {
        overlap.window.pk for overlap in overlaps_of(scope, equipment, before, without=window.pk)
    }
    after = overlaps_of(scope, equipment, span, without=window.pk)
    return [overlap for overlap in after if overlap.window.pk not in known]


def _check_overlaps(found: Sequence[Overlap], beside: Collection[int]) -> None:
    left = set(unsettled([(one.window.pk, one.relation) for one in found], beside))
    if left:
        raise WindowOverlapsError([one for one in found if one.window.pk in left])


def _about(wanted: Wanted, scope: Scope) -> tuple[Device | None, str]:
    if wanted.device is not None:
        device = device_in(scope, wanted.device)
        if device is None:
            raise LookupError(wanted.device)
        return device, device.jurisdiction_id
    code = wanted.code or ""
    if not code or not scope.covers(code) or not jurisdiction_exists(code):
        raise LookupError(code)
    return None, code


def _check_times(begins_at: datetime, ends_at: datetime, now: datetime) -> None:
    if ends_at <= begins_at or ends_at <= now:
        raise WindowRefusedError("window_over_before_it_begins")
    if ends_at - max(begins_at, now) > LONGEST:
        raise WindowRefusedError("window_too_long")


def _locked(window_id: int, scope: Scope) -> MaintenanceWindow:
    rows = MaintenanceWindow.objects.select_for_update(of=("self",))
    return rows.filter(scope.condition()).get(pk=window_id)


def _publish(publication: feed.Publication, window: MaintenanceWindow) -> None:
    publication.emit("window.changed", code=window.code, data=window_data(window))


def _record(
    action: Action, window: MaintenanceWindow, actor: User, beside: Sequence[Overlap] = ()
) -> None:
    record(
        action=action,
        actor=actor,
        subject=f"{window.device_id or window.code} #{window.id}",
        code=window.code,
        detail={
            "from": window.begins_at.isoformat(),
            "until": window.ends_at.isoformat(),
            "kinds": window.kinds,
            "reason": window.reason,
            **({"beside": [one.window.pk for one in beside]} if beside else {}),
        },
    )
