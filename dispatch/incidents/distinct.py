"""Two cases that look alike and are not the same: said once, by a person, and remembered for both."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils import timezone

from command_center.accounts.scope import Scope
from command_center.audit import services as audit
from command_center.feed import services as feed
from command_center.jurisdictions.codes import common_ancestor
from dispatch.incidents.errors import NotAllowedError, UnknownError
from dispatch.incidents.locking import lock_all
from dispatch.incidents.models import Incident, NotDuplicate
from dispatch.incidents.selectors import actor_of, may_correct
from dispatch.incidents.writing import named, tell, write

if TYPE_CHECKING:
    from command_center.accounts.models import User


def tell_apart(*, incident_id: int, other_id: int, scope: Scope, user: User) -> Incident:
    """Say that a case is not the same as another; said again, nothing changes. Makes no new version.

    Raises Incident.DoesNotExist, UnknownError of the other, and NotAllowedError unless one is responsible
    for either of the two, or commands above.
    """
    with feed.transaction() as publication:
        locked = _lock_both(incident_id, other_id, scope)
        incident, other = locked[incident_id], locked[other_id]
        actor = actor_of(user)
        if not (may_correct(incident, actor) or may_correct(other, actor)):
            raise NotAllowedError("only who is responsible for one of the two tells them apart")
        one, two = sorted(locked.values(), key=lambda case: case.pk)
        now = timezone.now()
        _row, is_new = NotDuplicate.objects.get_or_create(
            one=one, other=two, defaults={"at": now, "by": user, "by_name": user.display_name}
        )
        if not is_new:
            return incident
        for case, neighbour in ((one, two), (two, one)):
            if case.repeats_id == neighbour.pk:
                case.repeats = None
                case.save(update_fields=["repeats"])
            write(case, "not_duplicate", user=user, detail=named(neighbour), now=now)
            tell(publication, case)
        audit.record(
            action=audit.Action.INCIDENT_CHANGED,
            actor=user,
            subject=incident.number,
            code=common_ancestor([one.code, two.code]),
            detail={"not_duplicate_of": other.number},
        )
    return incident


def _lock_both(incident_id: int, other_id: int, scope: Scope) -> dict[int, Incident]:
    locked = lock_all((incident_id, other_id), scope.condition())
    if incident_id not in locked:
        raise Incident.DoesNotExist
    if other_id not in locked or other_id == incident_id:
        raise UnknownError("other", f"there is no other incident {other_id}")
    return locked
