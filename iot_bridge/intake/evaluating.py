"""What a message, a timer or silence makes of a device: the shipped rules, then the stored ones that mean it."""

from __future__ import annotations

from dataclasses import replace

from iot_bridge.alarms.services import Verdict
from iot_bridge.devices.models import Status
from iot_bridge.intake.clock import from_ms
from iot_bridge.intake.decoding import Addressed
from iot_bridge.intake.registry import REPORTING, DeviceEntry, Live
from iot_bridge.intake.work import Taken, Work
from iot_bridge.protocol.topics import Channel
from iot_bridge.rules.chattering import damp, settle
from iot_bridge.rules.engine.compiling import NONE
from iot_bridge.rules.engine.running import Result, on_message, on_time
from iot_bridge.rules.evaluate import (
    Outcome,
    evaluate,
    fault_after,
    late_due,
    on_silence,
    on_timer,
    silence_due,
    without,
)
from iot_bridge.rules.flapping import fold


def _live(entry: DeviceEntry, taken: Taken) -> Live:
    known = taken.lives.get(entry.subject.id)
    return known[1] if known is not None else entry.live


def evaluate_message(addressed: Addressed, taken: Taken, work: Work) -> list[Verdict]:
    """What a message makes of its device: its new state, in `taken`, and what the rules decide."""
    entry, message = addressed.entry, addressed.message
    before, limits, now_ms = _live(entry, taken), entry.thresholds, work.now_ms
    outcome = fold(evaluate(message, before.state, limits, now_ms), limits, now_ms)
    if entry.stored is not NONE:
        outcome = _on_message(
            addressed, without(entry.stored.replaced, before.state, outcome), taken, work
        )
    outcome = damp(outcome, limits, now_ms)
    offline = message.channel is Channel.STATE and not message.data["online"]
    taken.lives[entry.subject.id] = (
        entry,
        Live(
            state=outcome.state,
            status=Status.OFFLINE if offline else Status.ONLINE,
            battery=message.data.get("battery", before.battery),
            fault=fault_after(message.type, message.data, before.fault),
            last_seen_ms=before.last_seen_ms if offline else now_ms,
        ),
    )
    return _verdicts(entry, outcome, now_ms)


def evaluate_due(entry: DeviceEntry, taken: Taken, work: Work) -> list[Verdict]:
    """What the timers and the silence of a device that is due make of it, likewise."""
    before = _live(entry, taken)
    limits, now_ms = entry.thresholds, work.now_ms
    outcome = fold(on_timer(before.state, limits, now_ms), limits, now_ms)
    if entry.stored is not NONE or entry.recheck:
        outcome = _on_time(
            entry, without(entry.stored.replaced, before.state, outcome), taken, work
        )
    outcome = settle(damp(outcome, limits, now_ms), now_ms)
    after = replace(before, state=outcome.state)
    verdicts = _verdicts(entry, outcome, work.now_ms)
    if work.watch_silence and before.status in REPORTING:
        seen = max(before.last_seen_ms or 0, work.silence_from_ms)
        silence = fold(on_silence(after.state, seen, limits, now_ms), limits, now_ms)
        silence = without(entry.stored.replaced, after.state, silence)
        verdicts += _verdicts(entry, silence, now_ms)
        status = _silent_for(seen, entry, now_ms)
        after = replace(after, state=silence.state, status=status or after.status)
    taken.lives[entry.subject.id] = (entry, after)
    return verdicts


def _silent_for(seen_ms: int, entry: DeviceEntry, now_ms: int) -> Status | None:
    """What a device's silence makes of it; None for nothing yet."""
    if now_ms >= silence_due(seen_ms, entry.thresholds):
        return Status.OFFLINE
    late = late_due(seen_ms, entry.thresholds)
    return Status.DEGRADED if late is not None and now_ms >= late else None


def _on_message(addressed: Addressed, outcome: Outcome, taken: Taken, work: Work) -> Outcome:
    entry, message = addressed.entry, addressed.message
    facts = entry.facts(heard_from_ms=work.silence_from_ms)
    result = on_message(
        entry.stored, outcome.state, facts, work.days, work.now_ms, message.type, message.data
    )
    return _joined(outcome, result, taken)


def _on_time(entry: DeviceEntry, outcome: Outcome, taken: Taken, work: Work) -> Outcome:
    facts = entry.facts(heard_from_ms=work.silence_from_ms)
    result = on_time(entry.stored, outcome.state, facts, work.days, work.now_ms, anew=entry.recheck)
    if entry.recheck:
        taken.rechecked[entry.subject.id] = entry.stored
    return _joined(outcome, result, taken)


def _joined(outcome: Outcome, result: Result, taken: Taken) -> Outcome:
    taken.failures += result.failures
    return Outcome(result.state, outcome.decisions + result.decisions)


def _verdicts(entry: DeviceEntry, outcome: Outcome, now_ms: int) -> list[Verdict]:
    at = from_ms(now_ms)
    return [Verdict(entry.subject, decision, at) for decision in outcome.decisions]
