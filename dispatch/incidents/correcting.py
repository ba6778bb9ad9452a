"""Correcting the facts of a case: what it is called, what it is, how grave, and where."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from command_center.accounts.scope import Scope
from command_center.audit import services as audit
from command_center.feed import services as feed
from command_center.jurisdictions.selectors import at_point
from dispatch.incidents import clocks, selectors
from dispatch.incidents.errors import NotAllowedError, UnknownError
from dispatch.incidents.lifecycle import Stage
from dispatch.incidents.locking import check_version, lock
from dispatch.incidents.models import Category, Incident
from dispatch.incidents.writing import save, write

if TYPE_CHECKING:
    from command_center.accounts.models import User


@dataclass(frozen=True, slots=True)
class Correction:
    """What is corrected of a case; None leaves a thing as it is."""

    title: str | None = None
    description: str | None = None
    category: str | None = None
    severity: int | None = None
    place: str | None = None
    position: tuple[float, float] | None = None


def correct(
    *, incident_id: int, scope: Scope, user: User, version: int, correction: Correction
) -> Incident:
    """Correct the facts of a case. A new severity or category starts the stage's clock from its beginning.

    Raises StaleError, UnknownError, and NotAllowedError unless one is responsible for it or commands above.
    """
    with feed.transaction() as publication:
        incident = lock(incident_id, scope)
        check_version(incident, version)
        if not selectors.may_correct(incident, selectors.actor_of(user)):
            raise NotAllowedError("only who is responsible, or commands above, corrects a case")
        was, changed = incident.code, _apply(incident, correction)
        if changed:
            if {"category", "severity"} & changed.keys():
                _restart(incident)
            if {"category", "position"} & changed.keys():
                incident.repeats_id = selectors.original_of(incident)
            write(incident, "changed", user=user, detail={"changed": changed})
            save(publication, incident, was=was)
            audit.record(
                action=audit.Action.INCIDENT_CHANGED,
                actor=user,
                subject=incident.number,
                code=incident.code,
                detail={"changed": sorted(changed)},
            )
    return incident


def _restart(incident: Incident) -> None:
    """The clock of the present stage by the new table, from when the stage began."""
    if incident.stage != Stage.SUSPENDED:
        clocks.start_clock(incident, incident.stage_since)


def _apply(incident: Incident, wanted: Correction) -> dict[str, Any]:
    changed: dict[str, Any] = {}
    for name in ("title", "description", "severity", "place"):
        value = getattr(wanted, name)
        if value is not None and value != getattr(incident, name):
            changed[name] = [getattr(incident, name), value]
            setattr(incident, name, value)
    if wanted.category is not None and wanted.category != incident.category_id:
        changed["category"] = [incident.category_id, wanted.category]
        incident.category = category_of(wanted.category)
    if wanted.position is not None and wanted.position != (incident.longitude, incident.latitude):
        changed["position"] = [[incident.longitude, incident.latitude], list(wanted.position)]
        incident.longitude, incident.latitude = wanted.position
        changed |= _belong(incident, at_point(*wanted.position))
    return changed


def _belong(incident: Incident, code: str) -> dict[str, Any]:
    """A place that is known better can lie in another jurisdiction, but only below who is responsible."""
    if not code or code == incident.code:
        return {}
    if not code.startswith(incident.owner):
        raise UnknownError("lat", "the place lies outside who is responsible; transfer the case")
    changed = {"code": [incident.code, code]}
    incident.code = code
    return changed


def category_of(code: str) -> Category:
    """A category that a case can have: one in use, and not a group. Raises UnknownError."""
    category = selectors.categories_in_use().filter(pk=code).first()
    if category is None:
        raise UnknownError("category", f"there is no category {code} in use")
    return category
