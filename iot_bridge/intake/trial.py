"""Trying a rule out on what devices really said: which alarms it would have raised, before it goes live.

Bounded in rows and in time; what is left out is told. What the trial of one device is, `rules.engine.trying` says.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import QuerySet

from command_center.accounts.scope import Scope
from iot_bridge.devices.models import Device, DeviceStatus, Status
from iot_bridge.devices.timing import Timings, timings
from iot_bridge.intake import pasts
from iot_bridge.intake.models import DeviceEvent
from iot_bridge.intake.registry import thresholds_of, to_ms
from iot_bridge.outages.models import Outage
from iot_bridge.outages.selectors import outages_between
from iot_bridge.rulebook import selectors as rulebook
from iot_bridge.rules.conditions import Condition
from iot_bridge.rules.engine.compiling import StoredRule, bind, choose
from iot_bridge.rules.engine.nodes import Facts
from iot_bridge.rules.engine.running import Failure
from iot_bridge.rules.engine.schedules import Days
from iot_bridge.rules.engine.trying import (
    Past,
    Said,
    Step,
    Stretch,
    Told,
    relive,
    silence_asked,
)

WINDOW = timedelta(hours=24)
MAX_DEVICES = 5_000
MAX_EVENTS = 200_000
MAX_SHOWN = 200
BUDGET_S = 5.0
CHUNK = 200


@dataclass(slots=True)
class Trial:
    """What came of it. `left` devices were not looked at, for want of `time` or because of too many `events`.

    `overruled`: for so many a nearer rule holds. `unwatched`: of so many nobody has noted how long they were silent,
    though the rule asks. `outages`: when events may be missing. `folded`: of `raised`, so many began while the whole
    place was silent by the record, which live is one alarm of the place; None where the rule is about something else.
    """

    since: datetime
    until: datetime
    devices: int = 0
    left: int = 0
    events: int = 0
    cut: str = ""
    raised: int = 0
    repeated: int = 0
    cleared: int = 0
    held: int = 0
    still: int = 0
    alarmed: int = 0
    overruled: int = 0
    unwatched: int = 0
    folded: int | None = None
    steps: list[tuple[Device, Step]] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    outages: list[Outage] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Frame:
    """What is the same for every device of a trial."""

    rule: StoredRule
    days: Days
    asked_ms: int | None
    rivals: list[StoredRule]
    watchers: list[StoredRule]
    timings: Timings
    deadline: float


def try_out(
    rule: StoredRule, scope: Scope, days: Days, *, now: datetime, budget_s: float = BUDGET_S
) -> Trial:
    """Run a rule over the last 24 hours of the devices it means within a scope."""
    trial = Trial(since=now - WINDOW, until=now)
    trial.folded = 0 if rule.condition == Condition.DEVICE_OFFLINE else None
    trial.outages = list(outages_between(scope=scope, since=trial.since, until=trial.until))
    frame = _Frame(
        rule=rule,
        days=days,
        asked_ms=None if rule.definition is None else silence_asked(rule.definition),
        rivals=rulebook.in_force(rule.condition, but=rule.id),
        watchers=rulebook.in_force(Condition.DEVICE_OFFLINE),
        timings=timings(),
        deadline=time.monotonic() + budget_s,
    )
    ids = list(_meant(rule, scope).order_by("id").values_list("id", flat=True))
    for start in range(0, len(ids), CHUNK):
        if trial.cut or start >= MAX_DEVICES:
            trial.cut = trial.cut or "devices"
            break
        _run_chunk(frame, ids[start : start + CHUNK], trial)
    trial.left = len(ids) - trial.devices - trial.overruled
    trial.outages = [row for row in trial.outages if _concerns(row, rule)]
    return trial


def _meant(rule: StoredRule, scope: Scope) -> QuerySet[Device]:
    target = rule.target
    rows = Device.objects.filter(scope.condition("jurisdiction_id"))
    if target.device is not None:
        return rows.filter(pk=target.device)
    if target.prefix:
        rows = rows.filter(Scope((target.prefix,)).condition("jurisdiction_id"))
    return rows.filter(kind__in=target.kinds) if target.kinds else rows


def _concerns(outage: Outage, rule: StoredRule) -> bool:
    prefix = rule.target.prefix
    return outage.code.startswith(prefix) or prefix.startswith(outage.code)


def _run_chunk(frame: _Frame, ids: list[str], trial: Trial) -> None:
    devices = Device.objects.select_related("status").in_bulk(ids)
    rows = DeviceEvent.objects.filter(
        device_id__in=ids, at__gte=trial.since, at__lte=trial.until
    ).order_by("device_id", "id")
    said: dict[str, list[Said]] = {}
    for event in rows[: MAX_EVENTS - trial.events + 1].iterator(chunk_size=2000):
        said.setdefault(event.device_id, []).append(Said(to_ms(event.at), event.type, event.data))
    silences = pasts.silences(devices.values(), trial.outages, trial.since, trial.until)
    for device_id in ids:
        events = said.get(device_id, [])
        if trial.events + len(events) > MAX_EVENTS or time.monotonic() > frame.deadline:
            trial.cut = "time" if time.monotonic() > frame.deadline else "events"
            return
        device = devices[device_id]
        status = device.status
        past = Past(
            since_ms=to_ms(trial.since),
            until_ms=to_ms(trial.until),
            said=events,
            deaf=pasts.deaf(device, trial.outages, trial.until),
            silences=silences.get(device_id, ()),
            watched=_is_watched(frame, device, status),
            heard_ms=to_ms(status.last_seen) if status.last_seen else None,
        )
        _run_device(frame, device, past, trial)


def _folded(told: Told, silent: Sequence[Stretch]) -> int:
    """How often an alarm began while the whole place was silent."""
    begun = [step.at_ms for step in told.steps if step.change in ("raised", "chattering")]
    return sum(any(stretch.has(at_ms) for stretch in silent) for at_ms in begun)


def _facts(device: Device) -> Facts:
    return Facts(device.id, device.kind, device.jurisdiction_id, device.longitude, device.latitude)


def _is_watched(frame: _Frame, device: Device, status: DeviceStatus) -> bool:
    """Whether its silences are on record: it has been heard once, and no stored rule decides about them."""
    if status.status == Status.UNKNOWN:
        return False
    return not choose(frame.watchers, _facts(device))


def _run_device(frame: _Frame, device: Device, past: Past, trial: Trial) -> None:
    facts = _facts(device)
    if choose([*frame.rivals, frame.rule], facts).get(frame.rule.condition) is not frame.rule:
        trial.overruled += 1
        return
    trial.devices += 1
    trial.events += len(past.said)
    trial.unwatched += frame.asked_ms is not None and not past.watched
    limits = thresholds_of(device, frame.timings)
    told = relive(
        bind([frame.rule], facts), facts, limits, frame.days, past, asked_ms=frame.asked_ms
    )
    trial.raised += told.raised
    trial.repeated += told.repeated
    trial.cleared += told.cleared
    trial.held += told.held
    trial.still += told.active
    trial.alarmed += told.raised > 0
    if trial.folded is not None:
        trial.folded += _folded(told, pasts.with_its_place(device, trial.outages, trial.until))
    if told.failure is not None:
        trial.failures.append(told.failure)
    room = MAX_SHOWN - len(trial.steps)
    trial.steps += [(device, step) for step in told.steps[:room]]
