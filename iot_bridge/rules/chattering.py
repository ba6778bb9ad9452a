"""Chattering: a condition that comes and goes faster than anybody can act on it (ISA-18.2, 16.5; EEMUA 191).

Between the rules and the alarms. Who begins `chatter_count` times within `chatter_window_s` has one alarm that stays
active and is marked, and whose count is told now and then, until the device has said the same for `chatter_quiet_s`.
Pure; the memory is a part of RuleState, so a restart goes on where it was.
"""

from collections.abc import Mapping
from dataclasses import replace

from iot_bridge.rules.conditions import Condition, spec_of
from iot_bridge.rules.evaluate import Clear, Decision, Outcome, Raise, Settle
from iot_bridge.rules.state import Chatter, RuleState
from iot_bridge.rules.thresholds import Thresholds

TELL_EVERY_MS = 5_000
"""While it chatters its count goes to the consoles at most this often."""

_NEW = Chatter()


def can_chatter(condition: str) -> bool:
    """Whether a condition comes and goes by what the device says. A connection's flapping is told elsewhere."""
    return condition != Condition.DEVICE_OFFLINE and not spec_of(condition).clears_with_ack


def damp(outcome: Outcome, thresholds: Thresholds, now_ms: int) -> Outcome:
    """What is left of the rules' decisions when chattering conditions are held."""
    if not outcome.decisions:
        return outcome
    memory = dict(outcome.state.chatter)
    kept: list[Decision] = []
    for decision in outcome.decisions:
        if not can_chatter(decision.condition):
            kept.append(decision)
            continue
        known = memory.pop(decision.condition, _NEW)
        after, told = (
            _began(known, decision, thresholds, now_ms)
            if isinstance(decision, Raise)
            else _ended(known, decision, thresholds, now_ms)
        )
        kept += () if told is None else (told,)
        if after != _NEW:
            memory[decision.condition] = after
    return Outcome(_with(outcome.state, memory), tuple(kept))


def settle(outcome: Outcome, now_ms: int) -> Outcome:
    """End the chattering of what has been quiet long enough: the alarm becomes what the device says now."""
    due = {c for c, known in outcome.state.chatter.items() if _due(known) <= now_ms}
    if not due:
        return outcome
    memory = {c: known for c, known in outcome.state.chatter.items() if c not in due}
    decisions: list[Decision] = []
    for condition in sorted(due):
        known = outcome.state.chatter[condition]
        decisions.append(Settle(condition, times=known.held))
        if known.on:
            memory[condition] = Chatter(on=True)
        else:
            decisions.append(Clear(condition, {"cause": "chattering"}))
    return Outcome(_with(outcome.state, memory), (*outcome.decisions, *decisions))


def _began(
    known: Chatter, decision: Raise, thresholds: Thresholds, now_ms: int
) -> tuple[Chatter, Decision | None]:
    if known.on:  # the same said again: no change between on and off
        return _count(known, decision, now_ms)
    since = now_ms - thresholds.chatter_window_s * 1000
    begun = (*(at for at in known.begun if since < at <= now_ms), now_ms)
    after = replace(known, on=True, begun=begun[-thresholds.chatter_count :])
    if known.quiet_at is not None:
        quiet_at = now_ms + thresholds.chatter_quiet_s * 1000
        return _count(replace(after, quiet_at=quiet_at), decision, now_ms)
    if len(begun) < thresholds.chatter_count:
        return after, decision
    quiet_at = now_ms + thresholds.chatter_quiet_s * 1000
    detail = {**decision.detail, "cycles": len(begun), "window_s": thresholds.chatter_window_s}
    held = replace(after, begun=(), quiet_at=quiet_at, told_at=now_ms)
    return held, replace(decision, detail=detail, chattering=True)


def _count(known: Chatter, decision: Raise, now_ms: int) -> tuple[Chatter, Decision | None]:
    """One more occurrence: told at once, unless it chatters and was told of a moment ago."""
    if known.quiet_at is None:
        return known, decision
    if now_ms - known.told_at < TELL_EVERY_MS:
        return replace(known, held=known.held + 1), None
    told = replace(decision, times=known.held + 1, chattering=True)
    return replace(known, held=0, told_at=now_ms), told


def _ended(
    known: Chatter, decision: Decision, thresholds: Thresholds, now_ms: int
) -> tuple[Chatter, Decision | None]:
    if known.quiet_at is not None:
        quiet_at = now_ms + thresholds.chatter_quiet_s * 1000 if known.on else known.quiet_at
        return replace(known, on=False, quiet_at=quiet_at), None
    since = now_ms - thresholds.chatter_window_s * 1000
    return replace(known, on=False, begun=tuple(at for at in known.begun if at > since)), decision


def _due(known: Chatter) -> int:
    return (1 << 62) if known.quiet_at is None else known.quiet_at


def _with(state: RuleState, memory: Mapping[str, Chatter]) -> RuleState:
    return state if memory == state.chatter else replace(state, chatter=memory)
