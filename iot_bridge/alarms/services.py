"""Alarms as the rules decide of them: raised, repeated, cleared. What people do is in `acknowledging` and `acts`."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.db.models import Q

from command_center.feed import services as feed
from iot_bridge.alarms import groups
from iot_bridge.alarms.feed import alarm_data
from iot_bridge.alarms.locking import lock
from iot_bridge.alarms.models import Alarm, AlarmChange
from iot_bridge.alarms.rows import flags_of, new_change, publish_all, put_flags, save_all
from iot_bridge.alarms.suppressing import (
    at_sites,
    decide_all,
    pairs_in_force,
    sites_that_explain,
)
from iot_bridge.devices.selectors import devices_out_of_service
from iot_bridge.rules import lifecycle
from iot_bridge.rules.conditions import spec_of
from iot_bridge.rules.correlating import CorrelationRule
from iot_bridge.rules.evaluate import Decision, Raise
from iot_bridge.rules.lifecycle import AlarmFlags, Effect

if TYPE_CHECKING:
    pass


@dataclass(frozen=True, slots=True)
class Subject:
    """The device that an alarm is about, as it is at this moment."""

    id: str
    name: str
    kind: str
    code: str
    site: str
    longitude: float | None
    latitude: float | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """One decision of the rules about one device."""

    subject: Subject
    decision: Decision
    at: datetime


def apply_verdicts(publication: feed.Publication, verdicts: Sequence[Verdict]) -> None:
    """Apply decisions in order, inside the caller's transaction. One feed event for each alarm touched."""
    if not verdicts:
        return
    subjects = {verdict.subject.id: verdict.subject for verdict in verdicts}
    pairs = pairs_in_force()
    sites = sites_that_explain(((one.code, one.site) for one in subjects.values()), pairs)
    at = verdicts[-1].at
    raised = [one for one in verdicts if isinstance(one.decision, Raise)]
    rules = groups.rules_in_use() if raised else []
    near = groups.within_reach(_that_correlate(raised, rules), rules, at)
    own = Q(device_id__in=subjects) | at_sites(sites)
    standing = lock(Alarm.objects.filter(Q(own, open=True) | Q(pk__in=near)))
    batch = _Batch(
        publication,
        at,
        devices_out_of_service(subjects),
        standing=[
            alarm
            for alarm in standing
            if alarm.open and (alarm.device_id in subjects or (alarm.code, alarm.site) in sites)
        ],
    )
    for verdict in verdicts:
        batch.apply(verdict)
    for alarm, effect, changes in list(decide_all(batch.open.values(), pairs, at=batch.at)):
        batch.touch(alarm, effect, changes)
    batch.finish(rules, [alarm for alarm in standing if alarm.id in near])


def _that_correlate(raised: Iterable[Verdict], rules: Collection[CorrelationRule]) -> list[Subject]:
    """Whose alarms some rule covers."""
    found = {
        one.subject.id: one.subject
        for one in raised
        if isinstance(one.decision, Raise)
        and any(rule.covers(one.decision.condition, one.decision.severity) for rule in rules)
    }
    return list(found.values())


class _Batch:
    """The open alarms of some devices while decisions are applied to them."""

    def __init__(
        self,
        publication: feed.Publication,
        at: datetime,
        out_of_service: Collection[str],
        standing: Iterable[Alarm],
    ) -> None:
        self.publication = publication
        self.at = at
        self.out_of_service = out_of_service
        self.open = {(alarm.device_id, alarm.condition): alarm for alarm in standing}
        self.touched: dict[tuple[str, str], tuple[Alarm, Effect]] = {}
        self.closed: list[Alarm] = []
        self.changes: list[AlarmChange] = []

    def apply(self, verdict: Verdict) -> None:
        """One decision."""
        key = (verdict.subject.id, str(verdict.decision.condition))
        alarm = self.open.get(key)
        transition = lifecycle.decide(flags_of(alarm) if alarm else None, verdict.decision)
        if transition is None:
            return
        reactivated = alarm is not None and not alarm.active and transition.flags.active
        new = alarm is None
        if alarm is None:
            alarm = self.open[key] = _new_alarm(verdict)
        chattered = alarm.chattering
        _set(alarm, transition.flags, verdict)
        if alarm.chattering and not chattered:
            self.changes.append(new_change(alarm, "chattering", at=verdict.at, detail=alarm.detail))
        words = [_change_for(transition.effect, reactivated=reactivated)]
        if new and verdict.subject.id in self.out_of_service and not _of_a_person(alarm):
            alarm.out_of_service = True
            words.append(Effect.OUT_OF_SERVICE.value)
        detail = verdict.decision.detail
        changes = [
            new_change(alarm, word, at=verdict.at, detail=detail if word == words[0] else None)
            for word in words
            if word
        ]
        self.touch(alarm, transition.effect, changes)

    def touch(self, alarm: Alarm, effect: Effect, changes: list[AlarmChange]) -> None:
        """Note what happened to an alarm; what has closed leaves at once, so that its condition may begin anew."""
        key = (alarm.device_id, alarm.condition)
        self.changes += changes
        if not alarm.open:
            self.closed.append(alarm)
            self.touched.pop(key, None)
            del self.open[key]
            return
        known = self.touched.get(key)
        raised = known is not None and known[1] is Effect.RAISED
        self.touched[key] = (alarm, Effect.RAISED if raised else effect)

    def finish(self, rules: Sequence[CorrelationRule], near: Sequence[Alarm]) -> None:
        """Write all of them and the histories; then see what belongs together, which is told with it."""
        touched = [alarm for alarm, _effect in self.touched.values()]
        for alarm in touched:
            alarm.announced = lifecycle.settle(flags_of(alarm)).announced
        save_all(
            [*self.closed, *touched]
        )  # a condition's row is closed before another of it begins
        self._write_histories()
        closed = ((alarm, Effect.CLOSED) for alarm in self.closed)
        publish_all(self.publication, closed, at=self.at)
        groups.group(
            self.publication,
            rules=rules,
            near=near,
            fresh=[alarm for alarm, effect in self.touched.values() if _correlates(alarm, effect)],
            touched=touched,
            at=self.at,
        )
        publish_all(self.publication, self.touched.values(), at=self.at)

    def _write_histories(self) -> None:
        for row in self.changes:
            row.alarm = row.alarm  # its id, now that the alarm has one
            if row.change in _BEGINS and not flags_of(row.alarm).annunciated:
                row.detail = {**row.detail, "quiet": True}
        AlarmChange.objects.bulk_create(self.changes)


_BEGINS = ("raised", "reactivated")


def _of_a_person(alarm: Alarm) -> bool:
    return spec_of(alarm.condition).person


def place(
    publication: feed.Publication,
    *,
    device_id: str,
    condition: str,
    at: tuple[float, float],
) -> bool:
    """Where an open alarm is (longitude, latitude), learned after it was raised. False if none is open."""
    rows = Alarm.objects.select_for_update().filter(open=True, device_id=device_id)
    alarm = rows.filter(condition=condition).first()
    if alarm is None:
        return False
    if (alarm.longitude, alarm.latitude) != at:
        alarm.longitude, alarm.latitude = at
        alarm.save(update_fields=["longitude", "latitude"])
        publication.emit("alarm.placed", code=alarm.code, data=alarm_data(alarm))
    return True


def _new_alarm(verdict: Verdict) -> Alarm:
    subject = verdict.subject
    severity = verdict.decision.severity if isinstance(verdict.decision, Raise) else 4
    return Alarm(
        device_id=subject.id,
        device_name=subject.name,
        kind=subject.kind,
        site=subject.site,
        longitude=subject.longitude,
        latitude=subject.latitude,
        condition=verdict.decision.condition,
        severity=severity,
        code=subject.code,
        raised_at=verdict.at,
        last_at=verdict.at,
        announced=False,
    )


def _set(alarm: Alarm, flags: AlarmFlags, verdict: Verdict) -> None:
    alarm.chattering = isinstance(verdict.decision, Raise) and verdict.decision.chattering
    if isinstance(verdict.decision, Raise):
        alarm.last_at = verdict.at
        alarm.detail = dict(verdict.decision.detail)
        _name(alarm, verdict.decision)
    put_flags(alarm, flags, at=verdict.at)


def _name(alarm: Alarm, decision: Raise) -> None:
    """Which rule spoke last, what it calls the condition and how grave that is for it."""
    rule = decision.rule
    alarm.rule, alarm.rule_version = (rule.id, rule.version) if rule else (None, None)
    alarm.title_zh, alarm.title_en = (rule.title_zh, rule.title_en) if rule else ("", "")
    alarm.severity = decision.severity


def _correlates(alarm: Alarm, effect: Effect) -> bool:
    """Whether what happened may make one event of it with what is near: it began, or did so again on its own."""
    return effect is Effect.RAISED or (effect is Effect.REPEATED and alarm.group_id is None)


def _change_for(effect: Effect, *, reactivated: bool) -> str:
    """The word for the history; repeats only count, they are not steps of the alarm's life."""
    if effect is Effect.REPEATED:
        return "reactivated" if reactivated else ""
    return effect.value
