"""REST: maintenance windows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Annotated, Any

from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Router, Schema, Status
from pydantic import AwareDatetime, Field, StringConstraints, model_validator

from command_center.accounts.policy import Permission
from command_center.api.auth import require, user_of
from command_center.api.pagination import CursorText, Limit, Page, page
from command_center.api.parameters import CodePrefix, under
from command_center.api.problems import FieldProblem, Problem, ProblemCode
from iot_bridge.maintenance import services
from iot_bridge.maintenance.feed import WindowData, window_data
from iot_bridge.maintenance.models import MaintenanceWindow, WindowState
from iot_bridge.maintenance.overlapping import Relation
from iot_bridge.protocol.topics import Kind

router = Router(tags=["maintenance"])

Beside = Annotated[list[int], Field(default_factory=list, max_length=200)]
Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]

TIMES = {
    "window_over_before_it_begins": "it must end after it begins, and in the future",
    "window_too_long": "31 days at most; plan it again so that somebody looks",
}
OVERLAPS = (
    "other windows are for this equipment at this time: change the one for the same equipment, "
    "or name the others in `beside`"
)
STATES = {
    "window_ended": "plan another",
    "window_running": "end it early, or change its end and reason",
    "window_not_running": "take the plan back instead",
}


class WindowPlan(Schema):
    """A window: of a device, or of all devices below `code` that are of one of `kinds` (none: all).

    Without `begins_at` it begins now. `beside`: the overlapping windows, by their ids, that it is to stand beside;
    see `POST /maintenance/overlaps`.
    """

    device: str | None = Field(default=None, max_length=64)
    code: str | None = Field(default=None, pattern=r"^[0-9]{4,15}$")
    kinds: list[Kind] = Field(default_factory=list, max_length=20)
    begins_at: AwareDatetime | None = None
    ends_at: AwareDatetime
    reason: Reason
    beside: Beside

    @model_validator(mode="after")
    def _of_one_thing(self) -> WindowPlan:
        _check_one_thing(self)
        return self


class WindowChange(Schema):
    """What is to be different; what is left out stays. `beside` as in a plan."""

    begins_at: AwareDatetime | None = None
    ends_at: AwareDatetime | None = None
    reason: Reason | None = None
    beside: Beside


class WindowDraft(Schema):
    """What is about to be planned, as in a plan; or `window`, one that is about to get these times."""

    device: str | None = Field(default=None, max_length=64)
    code: str | None = Field(default=None, pattern=r"^[0-9]{4,15}$")
    kinds: list[Kind] = Field(default_factory=list, max_length=20)
    window: int | None = None
    begins_at: AwareDatetime | None = None
    ends_at: AwareDatetime

    @model_validator(mode="after")
    def _of_one_thing(self) -> WindowDraft:
        if self.window is None:
            _check_one_thing(self)
        elif self.device is not None or self.code is not None:
            raise ValueError("a window that is there has its device or code")
        return self


class WindowOverlap(Schema):
    """A window at the same time. Its equipment is the `same`, `covers` all of one's own, is `within` it, or `crosses` it."""

    window: WindowData
    relation: Relation


def _check_one_thing(wanted: WindowPlan | WindowDraft) -> None:
    if (wanted.device is None) == (wanted.code is None):
        raise ValueError("give either a device or a code")


def _wanted(plan: WindowPlan) -> services.Wanted:
    return services.Wanted(
        device=plan.device,
        code=plan.code,
        kinds=plan.kinds,
        begins_at=plan.begins_at or datetime.now(UTC),
        ends_at=plan.ends_at,
        reason=plan.reason,
        beside=plan.beside,
    )


@contextmanager
def _as_problems() -> Iterator[None]:
    try:
        yield
    except (LookupError, MaintenanceWindow.DoesNotExist) as error:
        raise Http404 from error
    except services.WindowOverlapsError as error:
        errors = [
            FieldProblem(field="beside", message=str(one.window.pk), code=one.relation)
            for one in error.overlaps
        ]
        raise Problem(ProblemCode.WINDOW_OVERLAPS, OVERLAPS, errors) from error
    except services.WindowRefusedError as error:
        if error.code in STATES:
            raise Problem(ProblemCode(error.code), STATES[error.code]) from error
        wrong = FieldProblem(field="ends_at", message=TIMES[error.code], code=error.code)
        raise Problem(ProblemCode.VALIDATION_ERROR, "wrong: ends_at", [wrong]) from error


@router.get("/maintenance", response=Page[WindowData])
def list_windows(
    request: HttpRequest,
    state: WindowState | None = None,
    code: CodePrefix = None,
    device: str | None = None,
    limit: Limit = 50,
    cursor: CursorText = None,
) -> dict[str, Any]:
    """Maintenance windows in one's scope, newest first."""
    scope = require(request, Permission.DEVICES_VIEW)
    rows = MaintenanceWindow.objects.filter(scope.condition())
    if state is not None:
        rows = rows.filter(state=state)
    if code:
        rows = rows.filter(under(code))
    if device is not None:
        rows = rows.filter(device_id=device)
    return page(rows, show=window_data, limit=limit, cursor=cursor, descending=True)


@router.get("/maintenance/{int:window_id}", response=WindowData)
def get_window(request: HttpRequest, window_id: int) -> WindowData:
    """One window."""
    scope = require(request, Permission.DEVICES_VIEW)
    rows = MaintenanceWindow.objects.filter(scope.condition())
    return window_data(get_object_or_404(rows, pk=window_id))


@router.post("/maintenance", response={201: WindowData})
def plan(request: HttpRequest, wanted: WindowPlan) -> Status[WindowData]:
    """Plan a window; one that begins now runs when this has answered. 409 `window_overlaps`."""
    scope = require(request, Permission.ALARMS_MAINTAIN)
    with _as_problems():
        window = services.plan(wanted=_wanted(wanted), scope=scope, actor=user_of(request))
    return Status(201, window_data(window))


@router.post("/maintenance/overlaps", response=list[WindowOverlap])
def find_overlaps(request: HttpRequest, draft: WindowDraft) -> list[WindowOverlap]:
    """What a plan would overlap, or a window with other times does not overlap yet; the next to begin first.

    Only windows in one's scope: of those above one sees that the equipment is out of service, and why.
    """
    scope = require(request, Permission.ALARMS_MAINTAIN)
    begins_at = draft.begins_at or datetime.now(UTC)
    with _as_problems():
        found = (
            services.overlaps(
                wanted=services.Wanted(
                    device=draft.device,
                    code=draft.code,
                    kinds=draft.kinds,
                    begins_at=begins_at,
                    ends_at=draft.ends_at,
                    reason="",
                ),
                scope=scope,
            )
            if draft.window is None
            else services.overlaps_of_change(
                window_id=draft.window, scope=scope, begins_at=begins_at, ends_at=draft.ends_at
            )
        )
    return [WindowOverlap(window=window_data(one.window), relation=one.relation) for one in found]


@router.patch("/maintenance/{int:window_id}", response=WindowData)
def change(request: HttpRequest, window_id: int, wanted: WindowChange) -> WindowData:
    """Change a window's times or reason; of one that runs its end and reason. 409 `window_ended`, `window_overlaps`."""
    scope = require(request, Permission.ALARMS_MAINTAIN)
    with _as_problems():
        return window_data(
            services.change(
                window_id=window_id, scope=scope, actor=user_of(request), **wanted.model_dump()
            )
        )


@router.post("/maintenance/{int:window_id}/end", response=WindowData)
def end(request: HttpRequest, window_id: int) -> WindowData:
    """End a window that runs. 409 `window_not_running`, `window_ended`."""
    scope = require(request, Permission.ALARMS_MAINTAIN)
    with _as_problems():
        return window_data(services.end(window_id=window_id, scope=scope, actor=user_of(request)))


@router.delete("/maintenance/{int:window_id}", response={204: None})
def remove(request: HttpRequest, window_id: int) -> Status[None]:
    """Take back a plan. 409 `window_running` for one that has begun."""
    scope = require(request, Permission.ALARMS_MAINTAIN)
    with _as_problems():
        services.remove(window_id=window_id, scope=scope, actor=user_of(request))
    return Status(204, None)
