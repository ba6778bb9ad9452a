"""What people do with an alarm beside acknowledging it: reset, shelve, assign, comment.

Each act locks the alarm, asks the pure life, and writes row, history, feed and audit in one transaction. An
alarm outside the scope does not exist: Alarm.DoesNotExist. What its state does not allow is a RefusedError.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from command_center.accounts.policy import Permission
from command_center.accounts.scope import Scope
from command_center.accounts.selectors import holding
from command_center.audit.services import Action, record
from command_center.feed import services as feed
from iot_bridge.alarms.locking import lock
from iot_bridge.alarms.models import Alarm, AlarmChange
from iot_bridge.alarms.rows import flags_of, new_change, publish, put_flags, save
from iot_bridge.rules import lifecycle
from iot_bridge.rules.lifecycle import Effect, Refusal, RefusedError, Transition

if TYPE_CHECKING:
    from command_center.accounts.models import User


class AlreadyAssignedError(Exception):
    """It is theirs already, or nobody's."""


class NotEntitledError(Exception):
    """Nobody may be given an alarm who could not acknowledge it."""


@dataclass(frozen=True, slots=True)
class _Act:
    """Who does it, when and why."""

    actor: User | None
    at: datetime
    note: str = ""


def reset(*, alarm_id: int, scope: Scope, actor: User, note: str = "") -> Alarm:
    """Somebody has looked: the equipment is in order. Refused before it has cleared."""
    with feed.transaction() as publication:
        alarm = _locked(alarm_id, scope)
        act = _Act(actor, timezone.now(), note)
        _step(publication, alarm, lifecycle.reset(flags_of(alarm)), Effect.RESET, act)
        _record(Action.ALARM_RESET, alarm, act)
    return alarm


def shelve(
    *,
    alarm_id: int,
    scope: Scope,
    grave: Scope,
    actor: User,
    until: datetime,
    reason: str,
    confirmed: bool = False,
) -> Alarm:
    """Put an alarm aside until a time. `grave` is where the actor may do so with severity 1."""
    with feed.transaction() as publication:
        alarm = _locked(alarm_id, scope)
        act = _Act(actor, timezone.now(), reason)
        step = lifecycle.shelve(
            flags_of(alarm),
            alarm.condition,
            severity=alarm.severity,
            grave=grave.covers(alarm.code),
            confirmed=confirmed,
        )
        alarm.shelved_until, alarm.shelved_by = until, actor
        alarm.shelved_by_name, alarm.shelve_reason = actor.display_name, reason
        detail = {"until_ms": int(until.timestamp() * 1000)}
        _step(publication, alarm, step, Effect.SHELVED, act, detail)
        _record(Action.ALARM_SHELVED, alarm, act, detail)
    return alarm


def unshelve(*, alarm_id: int, scope: Scope, actor: User, note: str = "") -> Alarm:
    """Take an alarm off the shelf before its time, for its reason is gone."""
    with feed.transaction() as publication:
        alarm = _locked(alarm_id, scope)
        act = _Act(actor, timezone.now(), note)
        _step(publication, alarm, lifecycle.unshelve(flags_of(alarm)), Effect.UNSHELVED, act)
        _record(Action.ALARM_UNSHELVED, alarm, act)
    return alarm


def unshelve_due(*, now: datetime) -> int:
    """Take from the shelf whatever's time is over; how many that were."""
    due = Alarm.objects.filter(shelved_until__lte=now).order_by("id")
    ids = list(due.values_list("pk", flat=True)[:500])
    if not ids:
        return 0
    with feed.transaction() as publication:
        for alarm in lock(due.filter(pk__in=ids)):
            step = lifecycle.unshelve(flags_of(alarm))
            act = _Act(None, now)
            _step(publication, alarm, step, Effect.UNSHELVED, act, {"why": "expired"})
    return len(ids)


def assign(
    *, alarm_id: int, scope: Scope, actor: User, assignee: int | None, note: str = ""
) -> Alarm:
    """Give an alarm to somebody who may acknowledge it, to oneself, or (None) to nobody.

    Raises NotEntitledError, AlreadyAssignedError.
    """
    with feed.transaction() as publication:
        alarm = _locked(alarm_id, scope)
        if not alarm.open:
            raise RefusedError(Refusal.CLOSED)
        if alarm.assignee_id == assignee:
            raise AlreadyAssignedError
        people = {person.pk: person for person in may_have(alarm, within=scope)}
        if assignee is not None and assignee not in people:
            raise NotEntitledError
        person = people[assignee] if assignee is not None else None
        before = alarm.assignee_name
        alarm.assignee = person
        alarm.assignee_name = person.display_name if person else ""
        act = _Act(actor, timezone.now(), note)
        save(alarm)
        detail = {"to": alarm.assignee_name, "before": before}
        word = Effect.ASSIGNED.value if person else "unassigned"
        new_change(alarm, word, at=act.at, actor=actor, note=note, detail=detail).save()
        publish(publication, alarm, Effect.ASSIGNED, at=act.at, actor=actor, note=note)
        _record(Action.ALARM_ASSIGNED, alarm, act, detail)
    return alarm


def may_have(alarm: Alarm, *, within: Scope) -> list[User]:
    """Who may be given an alarm: whoever's post in a scope lets them acknowledge it, by name."""
    return holding(Permission.ALARMS_ACKNOWLEDGE, over=alarm.code, within=within)


def comment(*, alarm_id: int, scope: Scope, actor: User, text: str) -> Alarm:
    """Write something into an alarm's history; also of one that is closed."""
    with feed.transaction() as publication:
        alarm = _locked(alarm_id, scope)
        act = _Act(actor, timezone.now(), text)
        alarm.comments += 1
        save(alarm)
        new_change(alarm, Effect.COMMENTED.value, at=act.at, actor=actor, note=text).save()
        publish(publication, alarm, Effect.COMMENTED, at=act.at, actor=actor, note=text)
        _record(Action.ALARM_COMMENTED, alarm, act)
    return alarm


def _locked(alarm_id: int, scope: Scope) -> Alarm:
    rows = Alarm.objects.select_for_update().filter(scope.condition())
    return rows.get(pk=alarm_id)


def _step(
    publication: feed.Publication,
    alarm: Alarm,
    step: Transition,
    word: Effect,
    act: _Act,
    detail: Mapping[str, Any] | None = None,
) -> None:
    put_flags(alarm, lifecycle.settle(step.flags), at=act.at)
    save(alarm)
    changes = [
        new_change(alarm, word.value, at=act.at, actor=act.actor, note=act.note, detail=detail)
    ]
    if step.effect is Effect.CLOSED:
        changes.append(new_change(alarm, Effect.CLOSED.value, at=act.at, actor=act.actor))
    AlarmChange.objects.bulk_create(changes)
    publish(publication, alarm, step.effect, at=act.at, actor=act.actor, note=act.note)


def _record(
    action: Action, alarm: Alarm, act: _Act, detail: Mapping[str, Any] | None = None
) -> None:
    record(
        action=action,
        actor=act.actor,
        subject=f"{alarm.device_id} {alarm.condition} #{alarm.id}",
        code=alarm.code,
        detail={**({"note": act.note} if act.note else {}), **(detail or {})},
    )
