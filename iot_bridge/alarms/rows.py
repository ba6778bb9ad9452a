"""An alarm's row: its flags as the pure life has them, its history, and its way to the feed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from command_center.feed import services as feed
from iot_bridge.alarms import groups
from iot_bridge.alarms.feed import alarm_data
from iot_bridge.alarms.following import AlarmStep, tell
from iot_bridge.alarms.models import Alarm, AlarmChange
from iot_bridge.alarms.writing import update_all
from iot_bridge.rules.lifecycle import AlarmFlags, Effect

if TYPE_CHECKING:
    from command_center.accounts.models import User


def flags_of(alarm: Alarm) -> AlarmFlags:
    """The part of a row that the life of an alarm depends on."""
    return AlarmFlags(
        active=alarm.active,
        acknowledged=alarm.acknowledged,
        count=alarm.count,
        latching=alarm.latching,
        latched=alarm.latched,
        shelved=alarm.shelved_until is not None,
        out_of_service=alarm.out_of_service,
        suppressed=alarm.suppressed_by != "",
        announced=alarm.announced,
    )


def put_flags(alarm: Alarm, flags: AlarmFlags, *, at: datetime) -> None:
    """Take over what a step made of the flags. Until when it is shelved, and what suppresses it, say who steps."""
    if flags.active != alarm.active:
        alarm.cleared_at = None if flags.active else at
    if flags.annunciated and not flags_of(alarm).annunciated:
        alarm.level_since, alarm.level_reminders, alarm.due_at = at, 0, None
    if alarm.acknowledged and not flags.acknowledged:
        _forget_escalation(alarm, at)
        alarm.acknowledged_at = alarm.acknowledged_by = None
        alarm.acknowledged_by_name = alarm.note = ""
    alarm.active, alarm.acknowledged, alarm.count = flags.active, flags.acknowledged, flags.count
    alarm.latching, alarm.latched = flags.latching, flags.latched
    alarm.out_of_service = flags.out_of_service
    alarm.announced = flags.announced
    if not flags.shelved:
        alarm.shelved_until = alarm.shelved_by = None
        alarm.shelved_by_name = alarm.shelve_reason = ""
    if not flags.suppressed:
        alarm.suppressed_by = ""
    alarm.open = flags.open


def _forget_escalation(alarm: Alarm, at: datetime) -> None:
    """It wants to be seen anew, and by who is nearest."""
    alarm.level, alarm.level_since, alarm.level_reminders = "", at, 0
    alarm.reminders, alarm.escalated_at, alarm.due_at = 0, None, None


def save(alarm: Alarm) -> None:
    """Insert or update the row."""
    alarm.save(force_insert=_is_new(alarm))


def _is_new(alarm: Alarm) -> bool:
    """Whether it has no row yet."""
    pk: int | None = alarm.pk
    return pk is None


def save_all(alarms: Sequence[Alarm]) -> None:
    """The same for many: those that are there, then those that are new, who get their ids in this order."""
    new = [alarm for alarm in alarms if _is_new(alarm)]
    update_all(alarm for alarm in alarms if not _is_new(alarm))
    Alarm.objects.bulk_create(new)


def new_change(
    alarm: Alarm,
    change: str,
    *,
    at: datetime,
    actor: User | None = None,
    note: str = "",
    detail: Mapping[str, Any] | None = None,
) -> AlarmChange:
    """A step for the alarm's history, not yet saved."""
    return AlarmChange(
        alarm=alarm,
        at=at,
        change=change,
        actor=actor,
        actor_name=actor.display_name if actor else "",
        note=note,
        detail=dict(detail or {}),
    )


def publish(
    publication: feed.Publication,
    alarm: Alarm,
    effect: Effect,
    *,
    at: datetime,
    actor: User | None = None,
    note: str = "",
) -> None:
    """Put a saved alarm on the feed, and tell who follows."""
    publish_all(publication, [(alarm, effect)], at=at, actor=actor, note=note)


def publish_all(
    publication: feed.Publication,
    steps: Iterable[tuple[Alarm, Effect]],
    *,
    at: datetime,
    actor: User | None = None,
    note: str = "",
) -> None:
    """The same for many, in this order; each group is looked at once, and locked in the order of ids."""
    steps = list(steps)
    closed = [alarm.group_id for alarm, effect in steps if effect is Effect.CLOSED]
    for group_id in sorted({one for one in closed if one is not None}):
        groups.settle(group_id, at)
    for alarm, effect in steps:
        data = alarm_data(alarm)
        publication.emit(f"alarm.{effect}", code=alarm.code, data=data)
        tell(publication, AlarmStep(effect, data, at, actor.pk if actor else None, note))
