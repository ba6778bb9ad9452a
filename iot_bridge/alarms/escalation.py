"""Reminding of alarms that nobody acknowledges, and passing them to the level above. The worker looks; see `rules.escalating`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.module_loading import import_string

from command_center.accounts.policy import Permission
from command_center.accounts.selectors import posts_at
from command_center.feed import services as feed
from iot_bridge.alarms.feed import AlarmData, alarm_data
from iot_bridge.alarms.locking import lock
from iot_bridge.alarms.models import Alarm, AlarmChange, AlarmEscalation
from iot_bridge.alarms.rows import new_change, publish
from iot_bridge.rules import escalating
from iot_bridge.rules.escalating import Course, Policy, Step
from iot_bridge.rules.lifecycle import Effect

BATCH = 200
BATCHES = 20
NEVER = datetime(9999, 1, 1, tzinfo=UTC)
"""When something is due of an alarm that is never escalated: it need not be looked at again."""

_FIELDS = ("level", "level_since", "level_reminders", "reminders", "escalated_at", "due_at")


@dataclass(frozen=True, slots=True)
class Call:
    """A level is to hear of an alarm: reminded, or because it is newly its."""

    level: str
    alarm: AlarmData
    escalated: bool


Caller = Callable[[feed.Publication, Sequence[Call]], None]


@cache
def callers() -> tuple[Caller, ...]:
    """Who calls people: `settings.ALARM_CALLERS` names functions that take all calls of one look, in its transaction."""
    return tuple(import_string(path) for path in settings.ALARM_CALLERS)


def escalate(*, now: datetime) -> tuple[int, int]:
    """Do all that is due; how many reminders and how many steps to a level above that made."""
    reminded = escalated = 0
    policies = _policies()
    for _ in range(BATCHES):
        with feed.transaction() as publication:
            first = _due(now).order_by("due_at", "id").values_list("id", flat=True)[:BATCH]
            # What a bridge is changing at this moment is looked at in the next second.
            alarms = lock(_due(now).filter(pk__in=list(first)), skip_busy=True)
            if not alarms:
                break
            calls = _look(publication, alarms, policies, now)
            for call in callers() if calls else ():
                call(publication, calls)
        escalated += sum(call.escalated for call in calls)
        reminded += sum(not call.escalated for call in calls)
    return reminded, escalated


def look_again() -> None:
    """The policies have changed: reckon anew when something is due of every alarm that waits."""
    waiting = Alarm.objects.filter(open=True, acknowledged=False)
    with transaction.atomic():
        lock(waiting.only("id"))
        waiting.update(due_at=None)


def _due(now: datetime) -> QuerySet[Alarm]:
    """Alarms to be looked at. Those kept quiet wait: their clock begins anew when they are annunciated."""
    quiet = Q(shelved_until__isnull=False) | Q(out_of_service=True) | ~Q(suppressed_by="")
    rows = Alarm.objects.filter(open=True, acknowledged=False).exclude(quiet)
    return rows.filter(Q(due_at__isnull=True) | Q(due_at__lte=now))


def _look(
    publication: feed.Publication,
    alarms: Sequence[Alarm],
    policies: Sequence[tuple[int, str, str, Policy]],
    now: datetime,
) -> list[Call]:
    codes = {alarm.code[:length] for alarm in alarms for length in (4, 6, 9, 12)}
    manned = frozenset(post.code for post in posts_at(codes, Permission.ALARMS_ACKNOWLEDGE))
    calls: list[Call] = []
    changes: list[AlarmChange] = []
    for alarm in alarms:
        policy = escalating.nearest(
            policies, severity=alarm.severity, condition=alarm.condition, kind=alarm.kind
        )
        levels = escalating.ladder(alarm.code, manned)
        course, steps = escalating.advance(_course(alarm, levels), policy, levels, now.timestamp())
        _put(alarm, course, steps, escalating.due(course, policy, levels))
        changes += [_change(alarm, step, now) for step in steps]
        calls += _told(publication, alarm, steps, now)
    Alarm.objects.bulk_update(alarms, _FIELDS)
    AlarmChange.objects.bulk_create(changes)
    return calls


def _course(alarm: Alarm, levels: Sequence[str]) -> Course:
    since = (alarm.level_since or alarm.raised_at).timestamp()
    if not alarm.level:
        return escalating.begin(levels, since)
    return Course(alarm.level, since, alarm.level_reminders, alarm.reminders)


def _put(alarm: Alarm, course: Course, steps: Sequence[Step], due: float | None) -> None:
    alarm.level, alarm.level_since = course.level, datetime.fromtimestamp(course.since, UTC)
    alarm.level_reminders, alarm.reminders = course.at_level, course.reminders
    for step in steps:
        if step.escalated:
            alarm.escalated_at = datetime.fromtimestamp(step.at, UTC)
    alarm.due_at = NEVER if due is None else datetime.fromtimestamp(due, UTC)


def _change(alarm: Alarm, step: Step, now: datetime) -> AlarmChange:
    detail = {"level": step.level} | ({} if step.escalated else {"times": step.times})
    return new_change(alarm, _effect(step), at=now, detail=detail)


def _told(
    publication: feed.Publication, alarm: Alarm, steps: Sequence[Step], now: datetime
) -> list[Call]:
    """The consoles hear of the alarm as it is now, once; every level that it passed is called."""
    if not steps:
        return []
    escalated = any(step.escalated for step in steps)
    publish(publication, alarm, Effect.ESCALATED if escalated else Effect.REMINDED, at=now)
    data = alarm_data(alarm)
    levels: dict[str, bool] = {}
    for step in steps:
        levels[step.level] = levels.get(step.level, False) or step.escalated
    return [Call(level, data, newly) for level, newly in levels.items()]


def _effect(step: Step) -> Effect:
    return Effect.ESCALATED if step.escalated else Effect.REMINDED


def _policies() -> list[tuple[int, str, str, Policy]]:
    return [
        (row.severity, row.condition, row.kind, _policy(row))
        for row in AlarmEscalation.objects.all()
    ]


def _policy(row: AlarmEscalation) -> Policy:
    remind, repeat, above = (
        None if minutes is None else minutes * 60
        for minutes in (row.remind_minutes, row.repeat_minutes, row.escalate_minutes)
    )
    return Policy(remind, repeat, above)
