"""Cases that belong together and are not the same: a burst main, and the road that is closed for it.

A link lies between the two, whoever made it. It changes nothing that others act on, so like a comment it
makes no new version of either case; both histories tell of it, to whom both cases exist.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from command_center.accounts.policy import Permission
from command_center.audit import services as audit
from command_center.feed import services as feed
from command_center.jurisdictions.codes import common_ancestor
from dispatch.incidents.errors import ConflictError, IncidentError, NotAllowedError
from dispatch.incidents.lifecycle import Actor, Stage
from dispatch.incidents.locking import lock_all
from dispatch.incidents.models import Incident, Link
from dispatch.incidents.selectors import actor_of, links_of, may_correct, reach
from dispatch.incidents.writing import named, tell, write

if TYPE_CHECKING:
    from command_center.accounts.models import User


class SelfLinkError(IncidentError):
    """A case belongs together with others, not with itself."""


@dataclass(frozen=True, slots=True)
class Linked:
    """A link, and whether it was made just now."""

    row: Link
    new: bool


def may_link(one: Incident, other: Incident, actor: Actor) -> bool:
    """Whether a person may link two cases, or part them: who is responsible for either, or commands above it."""
    return may_correct(one, actor) or may_correct(other, actor)


def link(*, incident_id: int, other_id: int, user: User, reason: str | None) -> Linked:
    """Link two cases. Once linked they stay so; a reason that is not the one on record replaces it, None does not.

    Raises Incident.DoesNotExist unless both exist for this person, NotAllowedError, SelfLinkError, and
    ConflictError of a case that went into another one.
    """
    with feed.transaction() as publication:
        pair = _lock_pair(incident_id, other_id, user)
        if incident_id == other_id:
            raise SelfLinkError("an incident is not linked to itself")
        gone = next((case for case in pair if case.stage == Stage.MERGED), None)
        if gone is not None:
            raise ConflictError(f"{gone.number} was merged into another incident")
        one, other = pair
        row = Link.objects.filter(one=one, other=other).first()
        known = row is not None
        if row is None:
            row = Link(one=one, other=other, at=timezone.now(), by=user, by_name=user.display_name)
        elif reason in (None, row.reason):
            return Linked(row, new=False)
        row.reason = reason or ""
        row.save()
        _record(publication, pair, user, "linked", row.reason, {"again": True} if known else {})
    return Linked(row, new=not known)


def unlink(*, incident_id: int, other_id: int, user: User) -> None:
    """Part two cases; those that are not linked stay so. Raises Incident.DoesNotExist, NotAllowedError."""
    with feed.transaction() as publication:
        pair = _lock_pair(incident_id, other_id, user)
        row = links_of(incident_id).filter(one=pair[0], other=pair[-1]).first()
        if row is not None:
            row.delete()
            _record(publication, pair, user, "unlinked")


def _lock_pair(incident_id: int, other_id: int, user: User) -> tuple[Incident, ...]:
    """Both cases (one, if they are the same), the older first, for a person who may link them."""
    locked = lock_all((incident_id, other_id), reach(user, Permission.INCIDENTS_VIEW))
    if incident_id not in locked or other_id not in locked:
        raise Incident.DoesNotExist
    if not may_link(locked[incident_id], locked[other_id], actor_of(user)):
        raise NotAllowedError(
            "only who is responsible for one of the two, or commands above, links"
        )
    return tuple(locked.values())


def _record(
    publication: feed.Publication,
    pair: tuple[Incident, ...],
    user: User,
    what: str,
    reason: str = "",
    more: Mapping[str, Any] = MappingProxyType({}),
) -> None:
    """Both histories tell of it and every console hears; the audit has it where both cases can be seen."""
    one, other = pair
    now = timezone.now()
    for case, neighbour in ((one, other), (other, one)):
        write(case, what, user=user, text=reason, detail={**named(neighbour), **more}, now=now)
        tell(publication, case)
    audit.record(
        action=audit.Action.INCIDENT_CHANGED,
        actor=user,
        subject=one.number,
        code=common_ancestor([one.code, other.code]),
        detail={what: other.number},
    )
