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
from iot_bridge.protocol.topics import Kind

router = Router(tags=["maintenance"])

Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]

TIMES = {
    "window_over_before_it_begins": "it must end after it begins, and in the future",
    "window_too_long": "31 days at most; plan it again so that somebody looks",
}
STATES = {
    "window_ended": "plan another",
    "window_running": "end it early, or change its end and reason",
    "window_not_running": "take the plan back instead",
}


class WindowPlan(Schema):
    """A window: of a device, or of all devices below `code` that are of one of `kinds` (none: all).

    Without `begins_at` it begins now.
    """

    device: str | None = Field(default=None, max_length=64)
    code: str | None = Field(default=None, pattern=r"^[0-9]{4,15}$")
    kinds: list[Kind] = Field(default_factory=list, max_length=20)
    begins_at: AwareDatetime | None = None
    ends_at: AwareDatetime
    reason: Reason

    @model_validator(mode="after")
    def _of_one_thing(self) -> WindowPlan:
        if (self.device is None) == (self.code is None):
            raise ValueError("give either a device or a code")
        return self


class WindowChange(Schema):
    """What is to be different; what is left out stays."""

    begins_at: AwareDatetime | None = None
    ends_at: AwareDatetime | None = None
    reason: Reason | None = None


@contextmanager
def _as_problems() -> Iterator[None]:
    try:
        yield
    except (LookupError, MaintenanceWindow.DoesNotExist) as error:
        raise Http404 from error
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
    """Plan a window; one that begins now runs when this has answered."""
    scope = require(request, Permission.ALARMS_MAINTAIN)
    with _as_problems():
        window = services.plan(
            wanted=services.Wanted(
                device=wanted.device,
                code=wanted.code,
                kinds=wanted.kinds,
                begins_at=wanted.begins_at or datetime.now(UTC),
                ends_at=wanted.ends_at,
                reason=wanted.reason,
            ),
            scope=scope,
            actor=user_of(request),
        )
    return Status(201, window_data(window))


@router.patch("/maintenance/{int:window_id}", response=WindowData)
def change(request: HttpRequest, window_id: int, wanted: WindowChange) -> WindowData:
    """Change a window's times or reason; of one that runs its end and reason. 409 `window_ended`."""
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
