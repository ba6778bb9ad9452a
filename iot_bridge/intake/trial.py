"""Trying a rule out on what devices really said: which alarms it would have raised, before it goes live.

Bounded in rows and in time; what is left out is told. Only events are kept, not the retained state: devices count
as online throughout. The trial begins with an empty memory.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from django.db.models import QuerySet

from command_center.accounts.scope import Scope
from iot_bridge.devices.models import Device
from iot_bridge.intake.models import DeviceEvent
from iot_bridge.intake.registry import to_ms
from iot_bridge.rules.engine.compiling import DeviceRules, StoredRule, bind
from iot_bridge.rules.engine.nodes import Facts
from iot_bridge.rules.engine.running import Failure, Result, on_message, on_time
from iot_bridge.rules.engine.schedules import Days
from iot_bridge.rules.evaluate import Decision, Raise, next_due
from iot_bridge.rules.state import EMPTY, RuleState

WINDOW = timedelta(hours=24)
MAX_DEVICES = 5_000
MAX_EVENTS = 200_000
MAX_SHOWN = 200
BUDGET_S = 5.0
CHUNK = 200


@dataclass(frozen=True, slots=True)
class Step:
    """One decision: on which device, when, and what would have been told."""

    device: Device
    at_ms: int
    decision: Decision


@dataclass(slots=True)
class Trial:
    """What came of it. `left` devices were not looked at, for want of `time` or because of too many `events`."""

    since: datetime
    until: datetime
    devices: int = 0
    left: int = 0
    events: int = 0
    cut: str = ""
    raised: int = 0
    cleared: int = 0
    still: int = 0
    steps: list[Step] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)


def try_out(
    rule: StoredRule, scope: Scope, days: Days, *, now: datetime, budget_s: float = BUDGET_S
) -> Trial:
    """Run a rule over the last 24 hours of the devices it means within a scope."""
    trial = Trial(since=now - WINDOW, until=now)
    deadline = time.monotonic() + budget_s
    wanted = _meant(rule, scope)
    ids = list(wanted.order_by("id").values_list("id", flat=True))
    for start in range(0, len(ids), CHUNK):
        if trial.cut or start >= MAX_DEVICES:
            trial.cut = trial.cut or "devices"
            break
        _run_chunk(rule, ids[start : start + CHUNK], days, trial, deadline)
    trial.left = len(ids) - trial.devices
    return trial


def _meant(rule: StoredRule, scope: Scope) -> QuerySet[Device]:
    target = rule.target
    rows = Device.objects.filter(scope.condition("jurisdiction_id"))
    if target.device is not None:
        return rows.filter(pk=target.device)
    if target.prefix:
        rows = rows.filter(Scope((target.prefix,)).condition("jurisdiction_id"))
    return rows.filter(kind__in=target.kinds) if target.kinds else rows


def _run_chunk(rule: StoredRule, ids: list[str], days: Days, trial: Trial, deadline: float) -> None:
    devices = Device.objects.in_bulk(ids)
    rows = DeviceEvent.objects.filter(
        device_id__in=ids, at__gte=trial.since, at__lte=trial.until
    ).order_by("device_id", "id")
    said: dict[str, list[DeviceEvent]] = {}
    for event in rows[: MAX_EVENTS - trial.events + 1].iterator(chunk_size=2000):
        said.setdefault(event.device_id, []).append(event)
    for device_id in ids:
        events = said.get(device_id, [])
        if trial.events + len(events) > MAX_EVENTS or time.monotonic() > deadline:
            trial.cut = "time" if time.monotonic() > deadline else "events"
            return
        _run_device(rule, devices[device_id], events, days, trial)


def _run_device(
    rule: StoredRule, device: Device, events: Iterable[DeviceEvent], days: Days, trial: Trial
) -> None:
    trial.devices += 1
    facts = Facts(device.id, device.kind, device.jurisdiction_id, device.longitude, device.latitude)
    rules, state = bind([rule], facts), EMPTY
    for at_ms, result in _life(rules, facts, events, days, trial):
        state = result.state
        if result.failures:
            trial.failures += result.failures
            break
        for decision in result.decisions:
            _note(trial, Step(device, at_ms, decision))
    trial.still += rule.condition in state.active


def _life(
    rules: DeviceRules, facts: Facts, events: Iterable[DeviceEvent], days: Days, trial: Trial
) -> Iterator[tuple[int, Result]]:
    """Each look at the device, in order of time: at its messages, and when something is due."""
    since, until = to_ms(trial.since), to_ms(trial.until)
    result = on_time(rules, EMPTY, facts, days, since, anew=True)
    yield since, result
    for event in events:
        at_ms = to_ms(event.at)
        for due, looked in _due(rules, result.state, facts, days, at_ms):
            result = looked
            yield due, result
        battery = event.data.get("battery")
        facts = facts if battery is None else replace(facts, battery=battery)
        trial.events += 1
        result = on_message(rules, result.state, facts, days, at_ms, event.type, event.data)
        yield at_ms, result
    yield from _due(rules, result.state, facts, days, until)


def _due(
    rules: DeviceRules, state: RuleState, facts: Facts, days: Days, until: int
) -> Iterator[tuple[int, Result]]:
    while (due := next_due(state)) is not None and due <= until:
        result = on_time(rules, state, facts, days, due)
        if result.state is state:
            return
        state = result.state
        yield due, result


def _note(trial: Trial, step: Step) -> None:
    if isinstance(step.decision, Raise):
        trial.raised += 1
    else:
        trial.cleared += 1
    if len(trial.steps) < MAX_SHOWN:
        trial.steps.append(step)
