"""Cases as they are, unchanged by others until the transaction ends."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress

from django.db.models import Q

from command_center.accounts.scope import Scope
from dispatch.incidents.errors import StaleError
from dispatch.incidents.models import Incident


def lock(incident_id: int, scope: Scope) -> Incident:
    """The row of a case in scope, unchanged by others until the transaction ends. Raises DoesNotExist."""
    return lock_where(incident_id, scope.condition())


def lock_any(incident_id: int) -> Incident:
    """The row of a case for who is not bound to a scope: the system, and units that were sent."""
    return lock_where(incident_id, Q())


def lock_where(incident_id: int, condition: Q) -> Incident:
    """The row of a case that meets a condition, as `lock` does."""
    rows = Incident.objects.select_for_update(of=("self",)).select_related("category")
    return rows.get(condition, pk=incident_id)


def lock_all(incident_ids: Iterable[int], condition: Q) -> dict[int, Incident]:
    """Those of some cases that meet a condition, by id, locked in the order of their ids.

    Who locks several always does so here: one waits for the other, and there is no deadlock.
    """
    locked: dict[int, Incident] = {}
    for pk in sorted(set(incident_ids)):
        with suppress(Incident.DoesNotExist):
            locked[pk] = lock_where(pk, condition)
    return locked


def check_version(incident: Incident, version: int) -> None:
    """Refuse to act on a picture of the case that is no longer true."""
    if version != incident.version:
        raise StaleError(incident)
