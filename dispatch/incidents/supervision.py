"""督办: orders from above to finish what is overdue, by hand or by itself; and more time, asked and granted."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.db.models import F, Q
from django.utils import timezone

from command_center.accounts.policy import Permission
from command_center.accounts.scope import Scope
from command_center.audit import services as audit
from command_center.feed import services as feed
from command_center.feed.messages import iso
from command_center.jurisdictions.codes import Level, level_of, parent_of
from dispatch.incidents import clocks
from dispatch.incidents.lifecycle import COMMANDERS, OFFICERS, OWED, Actor, Stage
from dispatch.incidents.models import Extension, Incident, Supervision
from dispatch.incidents.selectors import actor_of, handlers_of, reach
from dispatch.incidents.services import (
    ConflictError,
    NotAllowedError,
    UnknownError,
    lock,
    lock_any,
    lock_where,
    save,
    write,
)

if TYPE_CHECKING:
    from command_center.accounts.models import User


def may_supervise(incident: Incident, actor: Actor) -> bool:
    """Whether a person commands at, or above, the level over the responsible one."""
    return incident.stage in OWED and any(
        role in COMMANDERS and _above(incident.owner).startswith(code) for role, code in actor.posts
    )


def may_ask(incident: Incident, actor: Actor) -> bool:
    """Whether a person may ask for more time: who is responsible, or was sent."""
    if incident.stage not in OWED or incident.due_at is None:
        return False
    is_owner = any(role in OFFICERS and code == incident.owner for role, code in actor.posts)
    return is_owner or actor.user_id in handlers_of(incident)


def wish_of_another(incident: Incident, user_id: int) -> bool:
    """Whether more time is asked for, by somebody else."""
    return incident.extensions.filter(granted=None).exclude(asked_by_id=user_id).exists()


def _above(owner: str) -> str:
    """The level over a jurisdiction; the city is its own."""
    if level_of(owner) in (Level.PREFECTURE, Level.CITY):
        return owner
    return parent_of(owner) or owner


def supervise(
    *, incident_id: int, scope: Scope, user: User, text: str, due_at: datetime | None
) -> Incident:
    """Order a case to be finished. Raises NotAllowedError unless one commands above it."""
    if due_at is not None and due_at <= timezone.now():
        raise UnknownError("due_at", "an order is for a time to come")
    with feed.transaction() as publication:
        incident = lock(incident_id, scope)
        if not may_supervise(incident, actor_of(user)):
            raise NotAllowedError("only the level above the responsible one supervises")
        _order(incident, user=user, text=text, due_at=due_at)
        save(publication, incident)
    return incident


def _order(incident: Incident, *, user: User | None, text: str, due_at: datetime | None) -> None:
    above, now = _above(incident.owner), timezone.now()
    Supervision.objects.create(
        incident=incident,
        stage=incident.stage,
        code=above,
        at=now,
        by=user,
        by_name=user.display_name if user else "",
        text=text,
        due_at=due_at,
    )
    detail = {"code": above} | ({"due": iso(due_at)} if due_at else {})
    write(incident, "supervise", user=user, text=text, detail=detail, now=now)
    audit.record(
        action=audit.Action.INCIDENT_SUPERVISED,
        actor=user,
        subject=incident.number,
        code=incident.code,
        detail={"stage": incident.stage},
    )


def supervise_overdue(*, now: datetime, limit: int = 200) -> int:
    """Give an order, once for each stage, for what is overdue and has none; how many were given."""
    overdue = Q(due_at__lte=now, stage__in=OWED - {Stage.SUSPENDED})
    ordered = Q(supervisions__lifted_at=None, supervisions__stage=F("stage"))
    keys = (
        Incident.objects.filter(overdue)
        .exclude(pk__in=Incident.objects.filter(overdue & ordered & Q(supervisions__by=None)))
        .order_by("due_at")
        .values_list("pk", flat=True)[:limit]
    )
    return sum(_supervise_by_itself(pk, now) for pk in keys)


def _supervise_by_itself(pk: int, now: datetime) -> bool:
    with feed.transaction() as publication:
        incident = lock_any(pk)
        still = incident.due_at is not None and incident.due_at <= now
        given = incident.supervisions.filter(lifted_at=None, stage=incident.stage, by=None)
        if not still or incident.stage not in OWED - {Stage.SUSPENDED} or given.exists():
            return False
        incident.overdue += 1
        _order(incident, user=None, text="", due_at=None)
        save(publication, incident)
    return True


def ask_extension(*, incident_id: int, user: User, minutes: int, reason: str) -> Incident:
    """Ask for more time. Raises NotAllowedError, or ConflictError while another wish is open."""
    with feed.transaction() as publication:
        incident = lock_where(incident_id, reach(user, Permission.INCIDENTS_HANDLE))
        if not may_ask(incident, actor_of(user)):
            raise NotAllowedError("only who is responsible or was sent asks for more time")
        if incident.extensions.filter(granted=None).exists():
            raise ConflictError(f"more time is asked for {incident.number} already")
        Extension.objects.create(
            incident=incident,
            stage=incident.stage,
            minutes=minutes,
            reason=reason,
            asked_at=timezone.now(),
            asked_by=user,
        )
        write(incident, "extension_asked", user=user, text=reason, detail={"minutes": minutes})
        save(publication, incident)
    return incident


def decide_extension(
    *, incident_id: int, scope: Scope, user: User, granted: bool, note: str
) -> Incident:
    """Grant or refuse what is asked for, from the level above (the city grants its own to another person)."""
    with feed.transaction() as publication:
        incident = lock(incident_id, scope)
        wish = incident.extensions.select_for_update().filter(granted=None).first()
        if wish is None:
            raise ConflictError(f"no more time is asked for {incident.number}")
        if not may_supervise(incident, actor_of(user)) or wish.asked_by_id == user.pk:
            raise NotAllowedError("only the level above decides, and nobody on their own wish")
        wish.granted, wish.decided_at, wish.decided_by = granted, timezone.now(), user
        wish.save()
        if granted:
            clocks.extend(incident, wish.minutes)
            incident.supervisions.filter(lifted_at=None, by=None).update(lifted_at=timezone.now())
        kind = "extension_granted" if granted else "extension_refused"
        write(incident, kind, user=user, text=note, detail={"minutes": wish.minutes})
        save(publication, incident)
        audit.record(
            action=audit.Action.INCIDENT_EXTENDED,
            actor=user,
            subject=incident.number,
            code=incident.code,
            detail={"minutes": wish.minutes, "granted": granted},
        )
    return incident
