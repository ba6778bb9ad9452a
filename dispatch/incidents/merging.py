"""Two cases that are one: what the merged one had goes over, and both histories stay."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from django.db.models import Q
from django.utils import timezone

from command_center.accounts.scope import Scope
from command_center.feed import services as feed
from dispatch.incidents import selectors
from dispatch.incidents.errors import ConflictError, UnknownError
from dispatch.incidents.lifecycle import OWED, Action
from dispatch.incidents.locking import check_version, lock_all
from dispatch.incidents.models import Incident, IncidentAlarm
from dispatch.incidents.moving import Words, end_fulfilled, move
from dispatch.incidents.writing import named, save, tell, write

if TYPE_CHECKING:
    from command_center.accounts.models import User


def merge(
    *, incident_id: int, into_id: int, scope: Scope, user: User, version: int, words: Words
) -> Incident:
    """What the merged case had goes over; both histories stay, and are shown together.

    Raises StaleError, ConflictError, RefusedError, UnknownError, Incident.DoesNotExist.
    """
    with feed.transaction() as publication:
        incident, into, partners = _lock_for_merging(incident_id, into_id, scope)
        check_version(incident, version)
        told = replace(words, detail={**words.detail, "into": into.number})
        move(publication, incident, selectors.actor_of(user), Action.MERGE, told, user=user)
        if into.pk == incident.pk or into.stage not in OWED:
            raise UnknownError(
                "into", f"{into.number} is {into.stage}; merge into an open incident"
            )
        incident.merged_into = into
        incident.save(update_fields=["merged_into"])
        Incident.objects.filter(merged_into=incident).update(merged_into=into)
        IncidentAlarm.objects.filter(incident=incident).update(incident=into)
        incident.supervisions.filter(lifted_at=None).update(incident=into)
        end_fulfilled(into, timezone.now())
        write(into, "merged_in", user=user, text=incident.title, detail={"number": incident.number})
        _take_over_links(publication, incident, into, partners)
        save(publication, into)
    return incident


def _lock_for_merging(
    incident_id: int, into_id: int, scope: Scope
) -> tuple[Incident, Incident, dict[int, Incident]]:
    """The two cases, and by id those that the first is linked to: they too get another neighbour.

    Those are locked wherever they lie, for a link goes over whether or not this person knows of it.
    """
    linked = selectors.partners_of(incident_id)
    locked = lock_all(
        {incident_id, into_id, *linked}, scope.condition() | Q(pk__in=linked - {incident_id})
    )
    if incident_id not in locked:
        raise Incident.DoesNotExist
    if into_id not in locked or not scope.covers(locked[into_id].code):
        raise UnknownError("into", f"there is no incident {into_id}")
    partners = selectors.partners_of(incident_id)
    if not partners <= locked.keys():
        raise ConflictError(f"{locked[incident_id].number} has changed meanwhile; try again")
    return locked[incident_id], locked[into_id], {pk: locked[pk] for pk in partners}


def _take_over_links(
    publication: feed.Publication,
    incident: Incident,
    into: Incident,
    partners: Mapping[int, Incident],
) -> None:
    """What a merged case was linked to, the surviving one is linked to: once, and never to itself."""
    known = selectors.partners_of(into.pk)
    for link in selectors.links_of(incident.pk).order_by("id"):
        partner = partners[link.other_id if link.one_id == incident.pk else link.one_id]
        if partner.pk == into.pk:
            link.delete()
            continue
        if partner.pk in known:
            link.delete()
        else:
            link.one, link.other = sorted((into, partner), key=lambda case: case.pk)
            link.save()
            for case, neighbour in ((into, partner), (partner, into)):
                detail = {**named(neighbour), "by_merge": True}
                write(case, "linked", text=link.reason, detail=detail)
        tell(publication, partner)
