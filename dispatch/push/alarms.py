"""Alarms that nobody acknowledges climb the ladder: the people of the level that has to see to them are called."""

from __future__ import annotations

from collections.abc import Sequence

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import override

from command_center.accounts.policy import Permission
from command_center.accounts.selectors import posts_at
from command_center.feed import services as feed
from command_center.jurisdictions.selectors import name_of
from dispatch.push import services
from iot_bridge.alarms.escalation import Call
from iot_bridge.alarms.feed import AlarmData, is_annunciated
from iot_bridge.alarms.following import AlarmStep
from iot_bridge.alarms.words import condition_word, severity_word
from iot_bridge.rules.lifecycle import Effect


def call(_publication: feed.Publication, calls: Sequence[Call]) -> None:
    """See `settings.ALARM_CALLERS`. One message for each level, however many alarms it is about: about the gravest."""
    by_level: dict[str, list[Call]] = {}
    for one in calls:
        by_level.setdefault(one.level, []).append(one)
    for level, some in sorted(by_level.items()):
        people = {post.user_id for post in posts_at([level], Permission.ALARMS_ACKNOWLEDGE)}
        if not people:
            continue
        gravest = min(some, key=lambda one: (one.alarm.severity, one.alarm.id)).alarm
        title, body = _texts(level, some, gravest)
        services.alert(alarm_id=gravest.id, user_ids=people, code=level, title=title, body=body)


def follow(_publication: feed.Publication, step: AlarmStep) -> None:
    """See `settings.ALARM_FOLLOWERS`. Who is given an alarm hears of it; seen, over or kept quiet, nobody has to any more."""
    alarm = step.alarm
    quiet = alarm.acknowledged or not is_annunciated(alarm)
    if step.what is Effect.ASSIGNED and not quiet:
        _tell_assignee(alarm, by=step.actor)
    elif quiet and (alarm.reminders or alarm.escalated_at or alarm.assignee is not None):
        services.withdraw_alert(alarm_id=alarm.id)


def _tell_assignee(alarm: AlarmData, *, by: int | None) -> None:
    """Not of what they took themselves."""
    if alarm.assignee is None or alarm.assignee == by:
        return
    with override(settings.LANGUAGE_CODE):
        what = condition_word(alarm.condition, alarm.title_zh, alarm.title_en)
        values = {"what": what, "severity": severity_word(alarm.severity)}
        title = _("An alarm is given to you, %(severity)s: %(what)s") % values
    services.alert(
        alarm_id=alarm.id,
        user_ids={alarm.assignee},
        code=alarm.code,
        title=title,
        body=_where(alarm),
    )


def _texts(level: str, calls: Sequence[Call], gravest: AlarmData) -> tuple[str, str]:
    """In the installation's language."""
    with override(settings.LANGUAGE_CODE):
        what = condition_word(gravest.condition, gravest.title_zh, gravest.title_en)
        values = {
            "count": len(calls),
            "what": what,
            "severity": severity_word(gravest.severity),
            "place": name_of(level),
        }
        newly = any(one.escalated for one in calls)
        if len(calls) > 1:
            title = (
                _("%(count)s alarms unacknowledged, the gravest %(severity)s: %(what)s") % values
            )
        else:
            title = _("Alarm unacknowledged, %(severity)s: %(what)s") % values
        body = _("Passed up to %(place)s.") % values if newly else _("Reminder.")
    return title, f"{body} {_where(gravest)}"


def _where(alarm: AlarmData) -> str:
    return " · ".join(part for part in (alarm.device_name, alarm.site) if part)
