"""Running a device's stored rules: a message, or a moment, becomes decisions and the next memory.

What is due is caught up first, each at its own moment, so being late is the same as being in time. A rule that fails
is reported and changes nothing; the others go on.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from iot_bridge.rules.conditions import is_own
from iot_bridge.rules.engine.compiling import BoundRule, DeviceRules
from iot_bridge.rules.engine.expressions import ExpressionFailure
from iot_bridge.rules.engine.nodes import Facts, Memory, Moment
from iot_bridge.rules.engine.schedules import Days
from iot_bridge.rules.evaluate import Clear, Decision, Raise, RuleRef
from iot_bridge.rules.state import NEVER, RuleMemory, RuleState

MAX_CATCH_UP = 64
"""Moments that are caught up at once; a schedule that was asleep for a year needs no more to be right now."""


FORGETFUL = RuleMemory()
"""What a rule that has nothing to remember remembers."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A rule that could not be carried out, on which device and why."""

    rule: int
    version: int
    device: str
    reason: str


@dataclass(frozen=True, slots=True)
class Result:
    """The state after, what to do, and which rules failed."""

    state: RuleState
    decisions: tuple[Decision, ...] = ()
    failures: tuple[Failure, ...] = ()


def on_message(
    rules: DeviceRules,
    state: RuleState,
    facts: Facts,
    days: Days,
    now_ms: int,
    type_: str,
    data: Mapping[str, Any],
) -> Result:
    """Apply a message to the rules that listen to its type."""
    moment = Moment(now_ms, facts, days, type_, data)
    return _run(rules.listening(type_), state, moment)


def on_time(
    rules: DeviceRules,
    state: RuleState,
    facts: Facts,
    days: Days,
    now_ms: int,
    *,
    anew: bool = False,
) -> Result:
    """Look at the rules that are due, at all of them if `anew`, and clear what no rule stands for any more."""
    moment = Moment(now_ms, facts, days)
    due = [
        rule
        for rule in rules.rules
        if anew or state.memory.get(rule.key, FORGETFUL).due_ms <= now_ms
    ]
    result = _run(due, state, moment)
    return _tidy(rules, result) if anew else result


def _run(rules: Iterable[BoundRule], state: RuleState, moment: Moment) -> Result:
    decisions: list[Decision] = []
    failures: list[Failure] = []
    memories: dict[str, RuleMemory] | None = None
    active: set[str] | None = None
    for bound in rules:
        known = state.memory.get(bound.key, FORGETFUL)
        try:
            memory, steps = _look(bound, known, moment)
        except ExpressionFailure as error:
            rule = bound.rule
            failures.append(Failure(rule.id, rule.version, moment.facts.id, str(error)))
            continue
        if memory is not known:
            memories = dict(state.memory) if memories is None else memories
            _keep(memories, bound.key, memory)
        condition = bound.rule.condition
        for at, holds in steps:
            if not holds and condition not in (state.active if active is None else active):
                continue
            active = set(state.active) if active is None else active
            decision = _decide(bound, active, holds, moment, at, memory)
            if decision is not None:
                decisions.append(decision)
    if memories is None and not decisions:
        return Result(state, (), tuple(failures))
    after = replace(
        state,
        memory=state.memory if memories is None else memories,
        active=state.active if active is None else frozenset(active),
    )
    return Result(after, tuple(decisions), tuple(failures))


def _keep(memories: dict[str, RuleMemory], key: str, memory: RuleMemory) -> None:
    if memory.nodes or memory.due_ms < NEVER:
        memories[key] = memory
    else:
        memories.pop(key, None)


def _look(
    bound: BoundRule, known: RuleMemory, moment: Moment
) -> tuple[RuleMemory, Sequence[tuple[int, bool]]]:
    """The rule's memory after the moment (`known` if nothing changed), and its truth at each moment, in order."""
    memory: Memory = dict(known.nodes)
    due = known.due_ms
    steps: list[tuple[int, bool]] = []
    before = moment.now_ms + bool(moment.type)  # what is due at the moment of a message comes first
    while due < before and len(steps) < MAX_CATCH_UP:
        holds, following = bound.root.look(Moment(due, moment.facts, moment.days), memory)
        steps.append((due, holds))
        due = max(following, due + 1)
    holds, due = bound.root.look(moment, memory)
    steps.append((moment.now_ms, holds))
    if due == known.due_ms and memory == known.nodes:
        return known, steps
    return RuleMemory(nodes=memory, due_ms=due), steps


def _decide(
    bound: BoundRule, active: set[str], holds: bool, moment: Moment, at: int, memory: RuleMemory
) -> Decision | None:
    rule = bound.rule
    said = bool(moment.type) and at == moment.now_ms
    if holds == (rule.condition in active) and not (holds and said and _again(memory, at)):
        return None
    detail = _plain(moment.data) if said else {}
    if not holds:
        active.discard(rule.condition)
        return Clear(rule.condition, detail)
    active.add(rule.condition)
    ref = RuleRef(rule.id, rule.version, rule.title_zh, rule.title_en)
    return Raise(rule.condition, detail, rule.severity, rule.latching, ref)


def _again(memory: RuleMemory, at: int) -> bool:
    """Whether an event that the rule waits for happened at this moment: each is an occurrence."""
    return any(value == at and key.endswith(":event") for key, value in memory.nodes.items())


def _plain(data: Mapping[str, Any]) -> dict[str, Any]:
    """What the message said, as far as it is short."""
    return {
        name: value
        for name, value in list(data.items())[:8]
        if isinstance(value, bool | int | float) or (isinstance(value, str) and len(value) <= 80)
    }


def _tidy(rules: DeviceRules, result: Result) -> Result:
    """Own conditions without a rule end, and those that are switched off; memories of rules that are gone go too."""
    state, decisions = result.state, list(result.decisions)
    running = {bound.rule.condition for bound in rules.rules}
    gone = [
        name
        for name in sorted(map(str, state.active))
        if name not in running
        and name not in rules.kept
        and (is_own(name) or name in rules.replaced)
    ]
    decisions += [Clear(name, {"cause": "rule_gone"}) for name in gone]
    keys = {bound.key for bound in rules.rules}
    memory = {key: kept for key, kept in state.memory.items() if key in keys}
    if gone or len(memory) != len(state.memory):
        state = replace(state, active=state.active - frozenset(gone), memory=memory)
    return replace(result, state=state, decisions=tuple(decisions))
