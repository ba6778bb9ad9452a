"""REST: how the system does, for the console's status line."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest
from ninja import Router, Schema

from command_center.health import selectors
from command_center.health.warnings import warnings

router = Router(tags=["system"])


class ProcessData(Schema):
    """One process; `age_s` is the age of its last word in seconds."""

    name: str
    ready: bool
    detail: str
    age_s: float


class WarningData(Schema):
    """What an administrator ought to see to: a code, and what it names."""

    code: str
    detail: dict[str, str]


class SystemData(Schema):
    """The state of the installation."""

    version: str
    processes: list[ProcessData]
    warnings: list[WarningData]


@router.get("/system", response=SystemData)
def system(request: HttpRequest) -> SystemData:
    """How every process does."""
    return SystemData(
        version=settings.VERSION,
        processes=[
            ProcessData(name=state.name, ready=state.ready, detail=state.detail, age_s=state.age_s)
            for state in selectors.process_states()
        ],
        warnings=[
            WarningData(code=warning.code, detail=dict(warning.detail)) for warning in warnings()
        ],
    )
