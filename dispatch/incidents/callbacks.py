"""回访: calling back whoever called about a case and asked for it, once it has been handled or refused.

What the caller said stays apart from the case as the caller does; the case only says that there was a
call-back, whether the caller was reached, and how satisfied they were.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils import timezone

from command_center.accounts.scope import Scope
from command_center.audit import services as audit
from command_center.feed import services as feed
from dispatch.incidents.errors import ConflictError, UnknownError
from dispatch.incidents.locking import lock
from dispatch.incidents.models import CallBack, Caller, Incident
from dispatch.incidents.selectors import is_time_to_call_back
from dispatch.incidents.writing import tell, write

if TYPE_CHECKING:
    from command_center.accounts.models import User


def record(
    *,
    incident_id: int,
    scope: Scope,
    user: User,
    reached: bool,
    satisfied: int | None = None,
    words: str = "",
) -> Incident:
    """Put a call-back on record; this makes no new version of what others act on.

    Raises Incident.DoesNotExist, ConflictError where nobody wants one or it is too early, UnknownError
    unless there is a degree of satisfaction exactly when the caller was reached.
    """
    if reached != (satisfied is not None):
        raise UnknownError("satisfied", "say how satisfied the caller is, if reached")
    with feed.transaction() as publication:
        incident = lock(incident_id, scope)
        caller = Caller.objects.filter(incident=incident, callback=True).first()
        if caller is None:
            raise ConflictError(f"nobody wants to be called back about {incident.number}")
        if not is_time_to_call_back(incident):
            raise ConflictError(
                f"{incident.number} is {incident.stage}; call back once it is handled"
            )
        now = timezone.now()
        CallBack.objects.create(
            caller=caller,
            at=now,
            by=user,
            by_name=user.display_name,
            reached=reached,
            satisfied=satisfied,
            words=words,
        )
        told = {"reached": reached} | ({"satisfied": satisfied} if reached else {})
        write(incident, "called_back", user=user, detail=told, now=now)
        tell(publication, incident)
        audit.record(
            action=audit.Action.CALLER_CALLED_BACK,
            actor=user,
            subject=incident.number,
            code=incident.code,
            detail=told,
        )
    return incident
