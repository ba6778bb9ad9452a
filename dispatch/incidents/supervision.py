"""督办: orders from above to finish a case, by hand or by itself; and more time, asked and granted.

How long an order stays in force, `orders.py` says.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.module_loading import import_string

from command_center.accounts.policy import Permission
from command_center.accounts.scope import Scope
from command_center.audit import services as audit
from command_center.feed import services as feed
from command_center.feed.messages import iso
from command_center.jurisdictions.codes import level_of, parent_of
from dispatch.incidents import clocks
from dispatch.incidents.errors import ConflictError, NotAllowedError, UnknownError
from dispatch.incidents.lifecycle import (
    COMMANDERS,
    OFFICERS,
    OWED,
    TOP_LEVELS,
    Actor,
    Stage,
)
from dispatch.incidents.locking import lock, lock_any, lock_where
from dispatch.incidents.models import Extension, Incident, Supervision
from dispatch.incidents.orders import Asks, End, end_by_moving
from dispatch.incidents.selectors import actor_of, handlers_of, reach
from dispatch.incidents.writing import save, write

if TYPE_CHECKING:
    from command_center.accounts.models import User


def may_supervise(incident: Incident, actor: Actor) -> bool:
    """Whether a person commands at, or above, the level over the responsible one."""
    return incident.stage in OWED and _commanding(actor, _above(incident.owner)) != ""


def may_lift(order: Supervision, actor: Actor) -> bool:
    """Whether a person may take back an order in force: at the level that gave it, or above."""
    is_by_hand = order.by_id is not None
    return is_by_hand and order.lifted_at is None and _commanding(actor, order.code) != ""


def _commanding(actor: Actor, level: str) -> str:
    """The code of the nearest post from which a person commands at a level; empty if from none."""
    over = [code for role, code in actor.posts if role in COMMANDERS and level.startswith(code)]
    return max(over, key=len, default="")


def may_ask(incident: Incident, actor: Actor) -> bool:
    """Whether a person may ask for more time: who is responsible, or was sent."""
    if incident.stage not in OWED or incident.due_at is None:
        return False
    is_owner = any(role in OFFICERS and code == incident.owner for role, code in actor.posts)
    return is_owner or actor.user_id in handlers_of(incident)


def wish_of_another(incident: Incident, user_id: int) -> bool:
    """Whether more time is asked for, by somebody else."""
    return incident.extensions.filter(granted=None).exclude(asked_by_id=user_id).exists()


def _above(code: str) -> str:
    """The level over a jurisdiction; the city is its own."""
    if level_of(code) in TOP_LEVELS:
        return code
    return parent_of(code) or code


def supervise(
    *,
    incident_id: int,
    scope: Scope,
    user: User,
    text: str,
    asks: Asks = Asks.CLOSED,
    due_at: datetime | None,
) -> Incident:
    """Order a case to be finished. Raises NotAllowedError unless one commands above it, UnknownError."""
    if due_at is not None and due_at <= timezone.now():
        raise UnknownError("due_at", "an order is for a time to come")
    with feed.transaction() as publication:
        incident = lock(incident_id, scope)
        actor = actor_of(user)
        if not may_supervise(incident, actor):
            raise NotAllowedError("only the level above the responsible one supervises")
        if end_by_moving(asks, Stage(incident.stage)) is not None:
            raise UnknownError("asks", f"{incident.number} has come to that already")
        given_from = _commanding(actor, _above(incident.owner))
        now = timezone.now()
        order = Supervision.objects.create(
            incident=incident,
            stage=incident.stage,
            code=given_from,
            at=now,
            by=user,
            by_name=user.display_name,
            text=text,
            asks=asks,
            due_at=due_at,
        )
        detail = {"code": given_from, "asks": asks} | ({"due": iso(due_at)} if due_at else {})
        write(incident, "supervise", user=user, text=text, detail=detail, now=now)
        _record(incident, user, {"asks": asks})
        save(publication, incident)
        _tell(publication, incident, order)
    return incident


def lift(*, incident_id: int, supervision_id: int, scope: Scope, user: User, text: str) -> Incident:
    """Take an order back. Raises Supervision.DoesNotExist, NotAllowedError, ConflictError if it has ended."""
    with feed.transaction() as publication:
        incident = lock(incident_id, scope)
        order = incident.supervisions.exclude(by=None).get(pk=supervision_id)
        if order.lifted_at is not None:
            raise ConflictError(f"that order about {incident.number} is no longer in force")
        if not may_lift(order, actor_of(user)):
            raise NotAllowedError("only the level that gave an order, or one above it, lifts it")
        now = timezone.now()
        with_it = incident.supervisions.filter(Q(pk=order.pk) | Q(escalates=order), lifted_at=None)
        with_it.update(lifted_at=now, lifted_by_name=user.display_name, end=End.LIFTED)
        detail = {"code": order.code, "by": order.by_name}
        write(incident, "supervision_lifted", user=user, text=text, detail=detail, now=now)
        _record(incident, user, {"lifted": order.pk})
        save(publication, incident)
    return incident


def _record(incident: Incident, user: User | None, detail: dict[str, Any]) -> None:
    audit.record(
        action=audit.Action.INCIDENT_SUPERVISED,
        actor=user,
        subject=incident.number,
        code=incident.code,
        detail={"stage": incident.stage, **detail},
    )


def _tell(publication: feed.Publication, incident: Incident, order: Supervision) -> None:
    for follow in _followers():
        follow(publication, incident, order)


@cache
def _followers() -> tuple[Callable[[feed.Publication, Incident, Supervision], None], ...]:
    """Who in layers above this one hears of a new order, by hand or by itself."""
    return tuple(import_string(path) for path in settings.ORDER_FOLLOWERS)


def escalate_late_orders(*, now: datetime, limit: int = 200) -> int:
    """Orders by hand whose time has passed: once for each, the level above it orders too; how many."""
    late = Supervision.objects.filter(lifted_at=None, overdue_at=None, due_at__lte=now)
    keys = late.order_by("due_at").values_list("incident_id", "pk")[:limit]
    return sum(_escalate(incident_id, pk, now) for incident_id, pk in list(keys))


def _escalate(incident_id: int, pk: int, now: datetime) -> bool:
    with feed.transaction() as publication:
        incident = lock_any(incident_id)
        order = incident.supervisions.filter(
            pk=pk, lifted_at=None, overdue_at=None, due_at__lte=now
        ).first()
        if order is None or order.due_at is None:
            return False
        at = timezone.now()
        order.overdue_at = at
        order.save(update_fields=["overdue_at"])
        above = _above(order.code)
        escalated = Supervision.objects.create(
            incident=incident,
            stage=incident.stage,
            code=above,
            at=at,
            asks=order.asks,
            escalates=order,
        )
        detail = {"code": above, "of": order.code, "due": iso(order.due_at)}
        write(incident, "supervision_overdue", detail=detail, now=at)
        _record(incident, None, {"escalates": order.pk})
        save(publication, incident)
        _tell(publication, incident, escalated)
    return True


def supervise_overdue(*, now: datetime, limit: int = 200) -> int:
    """Give an order, once for each stage, for what is overdue and has none; how many were given."""
    overdue = Q(due_at__lte=now, stage__in=OWED - {Stage.SUSPENDED})
    ordered = Supervision.objects.filter(
        _OF_STAGE, incident=OuterRef("pk"), stage=OuterRef("stage")
    )
    keys = (
        Incident.objects.filter(overdue)
        .exclude(Exists(ordered))
        .order_by("due_at")
        .values_list("pk", flat=True)[:limit]
    )
    return sum(_supervise_by_itself(pk, now) for pk in keys)


def _supervise_by_itself(pk: int, now: datetime) -> bool:
    with feed.transaction() as publication:
        incident = lock_any(pk)
        still = incident.due_at is not None and incident.due_at <= now
        given = incident.supervisions.filter(_OF_STAGE, stage=incident.stage)
        if not still or incident.stage not in OWED - {Stage.SUSPENDED} or given.exists():
            return False
        above, at = _above(incident.owner), timezone.now()
        order = Supervision.objects.create(
            incident=incident, stage=incident.stage, code=above, at=at
        )
        write(incident, "supervise", detail={"code": above}, now=at)
        _record(incident, None, {})
        save(publication, incident)
        _tell(publication, incident, order)
    return True


_OF_STAGE = Q(lifted_at=None, by=None, escalates=None)
"""Orders in force that the system gave because a stage is overdue."""


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
            clocks.extend(incident, wish.minutes, wish.decided_at)
            of_stage = incident.supervisions.filter(_OF_STAGE)
            of_stage.update(lifted_at=wish.decided_at, end=End.EXTENDED)
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
