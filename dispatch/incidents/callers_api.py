"""REST: who called, and calling back (回访)."""

from __future__ import annotations

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Router, Status

from command_center.accounts.policy import Permission
from command_center.api.auth import require, user_of
from command_center.audit import services as audit
from dispatch.incidents import callbacks
from dispatch.incidents.access import as_problems, incident_in_scope
from dispatch.incidents.feed import IncidentData, incident_data
from dispatch.incidents.models import Caller
from dispatch.incidents.schemas import CallBackMade, CallerData

router = Router(tags=["incidents"])


@router.get("/incidents/{int:incident_id}/caller", response=CallerData)
def get_caller(request: HttpRequest, incident_id: int) -> CallerData:
    """Who called. Only for who may call back, and every look is put on record."""
    incident = incident_in_scope(request, incident_id, Permission.INCIDENTS_CALLERS)
    caller = get_object_or_404(Caller, incident=incident)
    audit.record(
        action=audit.Action.CALLER_SEEN,
        actor=user_of(request),
        subject=incident.number,
        code=incident.code,
    )
    return CallerData(
        name=caller.name, phone=caller.phone, address=caller.address, callback=caller.callback
    )


@router.post("/incidents/{int:incident_id}/callbacks", response={201: IncidentData})
def call_back(request: HttpRequest, incident_id: int, wanted: CallBackMade) -> Status[IncidentData]:
    """Put a call-back on record. 409 where nobody wants one, or before the case is handled."""
    scope = require(request, Permission.INCIDENTS_CALLERS)
    with as_problems(scope):
        called = callbacks.record(
            incident_id=incident_id,
            scope=scope,
            user=user_of(request),
            reached=wanted.reached,
            satisfied=wanted.satisfied,
            words=wanted.words,
        )
    return Status(201, incident_data(called))
