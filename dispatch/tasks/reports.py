"""A report from a phone's queue, which sends again what it heard no answer to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from command_center.accounts.policy import Role
from command_center.accounts.scope import Scope
from command_center.accounts.selectors import posts_of
from command_center.feed import services as feed
from dispatch.incidents import reporting
from dispatch.incidents.feed import IncidentData, incident_data
from dispatch.incidents.models import Source
from dispatch.incidents.services import ConflictError
from dispatch.tasks import replies

if TYPE_CHECKING:
    from command_center.accounts.models import User


def source_of(user: User) -> Source:
    """What a report from the field is: a patrol's, a village's, or what a department has entered."""
    roles = {role for role, _code in posts_of(user)}
    if Role.PATROL in roles:
        return Source.PATROL
    if Role.VILLAGE_OFFICER in roles:
        return Source.VILLAGE
    return Source.MANUAL if Role.DEPARTMENT_OFFICER in roles else Source.PATROL


def report_once(
    *, wanted: reporting.Report, key: str, scope: Scope, user: User
) -> tuple[IncidentData, bool]:
    """Take a report; the same one with the same key is answered as the first time. Whether it is new, too.

    Raises UnknownError where code, position or category is not one; ConflictError if the key was given to
    another request.
    """
    request = replies.fingerprint("report", wanted)
    try:
        return _report(wanted, key, request, scope, user)
    except ConflictError:
        # The same request may have come twice at once: then the other one has the answer.
        remembered = replies.recall(user=user, key=key, request=request)
        if remembered is None:
            raise
        return IncidentData.model_validate(remembered), False


def _report(
    wanted: reporting.Report, key: str, request: str, scope: Scope, user: User
) -> tuple[IncidentData, bool]:
    with feed.transaction():
        remembered = replies.recall(user=user, key=key, request=request)
        if remembered is not None:
            return IncidentData.model_validate(remembered), False
        incident = reporting.report(wanted=wanted, scope=scope, user=user)
        answer = incident_data(incident)
        replies.remember(user=user, key=key, request=request, answer=answer.model_dump(mode="json"))
    return answer, True
