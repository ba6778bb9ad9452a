"""REST: orders from above, more time, who is sent instead, and help."""

from __future__ import annotations

from django.http import HttpRequest
from ninja import Router

from command_center.accounts.policy import Permission
from command_center.api.auth import require, user_of
from dispatch.incidents import help as helping
from dispatch.incidents import redispatch, supervision
from dispatch.incidents.access import as_problems, incident_within_reach
from dispatch.incidents.feed import IncidentData, incident_data
from dispatch.incidents.schemas import (
    CommentText,
    ExtensionDecision,
    ExtensionWish,
    LiftedOrder,
    SupervisionOrder,
)

router = Router(tags=["incidents"])


@router.post("/incidents/{int:incident_id}/supervisions", response=IncidentData)
def supervise(request: HttpRequest, incident_id: int, wanted: SupervisionOrder) -> IncidentData:
    """Order a case to be finished, from above."""
    scope = require(request, Permission.INCIDENTS_HANDLE)
    with as_problems(scope):
        return incident_data(
            supervision.supervise(
                incident_id=incident_id,
                scope=scope,
                user=user_of(request),
                text=wanted.text,
                asks=wanted.asks,
                due_at=wanted.due_at,
            )
        )


@router.post(
    "/incidents/{int:incident_id}/supervisions/{int:supervision_id}/lift", response=IncidentData
)
def lift(
    request: HttpRequest, incident_id: int, supervision_id: int, wanted: LiftedOrder
) -> IncidentData:
    """Take an order back, from the level that gave it or above. 409 if it is no longer in force."""
    scope = require(request, Permission.INCIDENTS_HANDLE)
    with as_problems(scope):
        return incident_data(
            supervision.lift(
                incident_id=incident_id,
                supervision_id=supervision_id,
                scope=scope,
                user=user_of(request),
                text=wanted.text,
            )
        )


@router.post("/incidents/{int:incident_id}/extensions", response=IncidentData)
def ask_extension(request: HttpRequest, incident_id: int, wanted: ExtensionWish) -> IncidentData:
    """Ask for more time; who was sent may, too."""
    incident_within_reach(request, incident_id, Permission.INCIDENTS_HANDLE)
    with as_problems():
        return incident_data(
            supervision.ask_extension(
                incident_id=incident_id,
                user=user_of(request),
                minutes=wanted.minutes,
                reason=wanted.reason,
            )
        )


@router.post("/incidents/{int:incident_id}/extensions/decision", response=IncidentData)
def decide_extension(
    request: HttpRequest, incident_id: int, wanted: ExtensionDecision
) -> IncidentData:
    """Grant or refuse more time."""
    scope = require(request, Permission.INCIDENTS_HANDLE)
    with as_problems(scope):
        return incident_data(
            supervision.decide_extension(
                incident_id=incident_id,
                scope=scope,
                user=user_of(request),
                granted=wanted.granted,
                note=wanted.note,
            )
        )


@router.post("/incidents/{int:incident_id}/redispatch/dismiss", response=IncidentData)
def dismiss_redispatch(request: HttpRequest, incident_id: int) -> IncidentData:
    """Say that nobody has to be sent in the place of a unit that did not come. 409 if none is missed."""
    scope = require(request, Permission.INCIDENTS_HANDLE)
    with as_problems(scope):
        return incident_data(
            redispatch.dismiss(incident_id=incident_id, scope=scope, user=user_of(request))
        )


@router.post("/incidents/{int:incident_id}/help", response=IncidentData)
def ask_help(request: HttpRequest, incident_id: int, wanted: CommentText) -> IncidentData:
    """Ask the level above for help; who was sent asks who is responsible. 409 while help is asked for."""
    incident_within_reach(request, incident_id, Permission.INCIDENTS_HANDLE)
    with as_problems():
        return incident_data(
            helping.ask(incident_id=incident_id, user=user_of(request), text=wanted.text)
        )


@router.post("/incidents/{int:incident_id}/help/answer", response=IncidentData)
def answer_help(request: HttpRequest, incident_id: int, wanted: CommentText) -> IncidentData:
    """Say what help there is, from the level that was asked or one above it."""
    scope = require(request, Permission.INCIDENTS_HANDLE)
    with as_problems(scope):
        return incident_data(
            helping.answer(
                incident_id=incident_id, scope=scope, user=user_of(request), text=wanted.text
            )
        )
