"""Alarms change here and nowhere else: by the rules' decisions, and by people who acknowledge."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.db.models import Q
from django.utils import timezone

from command_center.accounts.scope import Scope
from command_center.audit.services import Action, record
from command_center.feed import services as feed
from iot_bridge.alarms import groups
from iot_bridge.alarms.feed import alarm_data
from iot_bridge.alarms.models import Alarm, AlarmChange
from iot_bridge.alarms.rows import flags_of, new_change, publish, put_flags, save
from iot_bridge.alarms.suppressing import apply_anew, at_the_sites, decide_all, pairs_in_force
from iot_bridge.devices.selectors import devices_out_of_service
from iot_bridge.rules import lifecycle
from iot_bridge.rules.conditions import spec_of
from iot_bridge.rules.evaluate import Decision, Raise
from iot_bridge.rules.lifecycle import AlarmFlags, Effect, Transition

if TYPE_CHECKING:
    from command_center.accounts.models import User


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
    places = {(subject.code, subject.site) for subject in subjects.values()}
    standing = (
        Alarm.objects.select_for_update()
        .filter(Q(device_id__in=subjects) | at_the_sites(places, pairs), open=True)
        .order_by("id")
    )
    batch = _Batch(publication, verdicts[-1].at, devices_out_of_service(subjects), standing)
    for verdict in verdicts:
        batch.apply(verdict)
    for alarm, effect, changes in list(decide_all(batch.open.values(), pairs, at=batch.at)):
        batch.touch(alarm, effect, changes)
    batch.finish()


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
            save(alarm)
            publish(self.publication, alarm, Effect.CLOSED, at=self.at)
            self.touched.pop(key, None)
            del self.open[key]
            return
        known = self.touched.get(key)
        raised = known is not None and known[1] is Effect.RAISED
        self.touched[key] = (alarm, Effect.RAISED if raised else effect)

    def finish(self) -> None:
        """Write what is still open, and the histories; then see what belongs together, which is told with it."""
        for alarm, _effect in self.touched.values():
            alarm.announced = lifecycle.settle(flags_of(alarm)).announced
            save(alarm)
        self._write_histories()
        groups.group(
            self.publication,
            fresh=[alarm for alarm, effect in self.touched.values() if _correlates(alarm, effect)],
            touched=[alarm for alarm, _effect in self.touched.values()],
            at=self.at,
        )
        for alarm, effect in self.touched.values():
            publish(self.publication, alarm, effect, at=self.at)

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


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """What became of each alarm that somebody acknowledged, by id."""

    acknowledged: list[int]
    already: list[int]
    not_found: list[int]


def acknowledge(
    *, ids: Iterable[int], scope: Scope, actor: User, note: str = ""
) -> Acknowledgement:
    """Acknowledge alarms in a scope. Each once: who comes second is told `already`."""
    wanted = sorted(set(ids))
    done: list[int] = []
    already: list[int] = []
    now = timezone.now()
    with feed.transaction() as publication:
        alarms = (
            Alarm.objects.select_for_update()
            .filter(scope.condition(), pk__in=wanted)
            .order_by("id")
        )
        for alarm in alarms:
            step = lifecycle.acknowledge(flags_of(alarm), alarm.condition)
            if step is None:
                already.append(alarm.id)
                continue
            _acknowledge(publication, alarm, step, actor=actor, note=note, now=now)
            done.append(alarm.id)
    missing = sorted(set(wanted) - set(done) - set(already))
    return Acknowledgement(acknowledged=done, already=already, not_found=missing)


def _acknowledge(
    publication: feed.Publication,
    alarm: Alarm,
    step: Transition,
    *,
    actor: User,
    note: str,
    now: datetime,
) -> None:
    ended = alarm.active and not step.flags.active
    put_flags(alarm, step.flags, at=now)
    alarm.acknowledged_at, alarm.acknowledged_by = now, actor
    alarm.acknowledged_by_name, alarm.note = actor.display_name, note
    save(alarm)
    words = ["acknowledged"] + (["closed"] if step.effect is Effect.CLOSED else [])
    AlarmChange.objects.bulk_create(
        new_change(alarm, word, at=now, actor=actor, note=note) for word in words
    )
    publish(publication, alarm, step.effect, at=now, actor=actor, note=note)
    if ended:
        apply_anew(publication, at=now)
    record(
        action=Action.ALARM_ACKNOWLEDGED,
        actor=actor,
        subject=f"{alarm.device_id} {alarm.condition} #{alarm.id}",
        code=alarm.code,
        detail={"note": note} if note else {},
    )
