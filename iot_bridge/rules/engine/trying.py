"""What a rule would have made of one device's past: the same engine and the same damping as live. Pure.

A past is what was stored: the events, when the bridge could not hear, when the device was off line by the record of
its alarms. The retained state is not stored; what can be told of it is put back (`retold`): that a device went off line
by its Last Will, that it was heard again, and that one whose long silence is on no record must have been heard.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any, Literal

from iot_bridge.protocol.messages import STATE
from iot_bridge.rules.chattering import damp, settle
from iot_bridge.rules.engine.compiling import DeviceRules
from iot_bridge.rules.engine.language import Absence, Definition, Node, children
from iot_bridge.rules.engine.nodes import Facts
from iot_bridge.rules.engine.running import Failure, Result, on_message, on_time
from iot_bridge.rules.engine.schedules import Days
from iot_bridge.rules.evaluate import (
    Clear,
    Decision,
    Outcome,
    Raise,
    Settle,
    fault_after,
    next_due,
)
from iot_bridge.rules.state import EMPTY, RuleState
from iot_bridge.rules.thresholds import Thresholds

HEARD = "heard"
"""The type of what must have been said and was not stored; no rule can name it."""
SAID_BY_IT_MS = 2_000
"""An event stored so shortly before a silence ended is what ended it."""

Change = Literal["raised", "repeated", "chattering", "settled", "cleared"]


@dataclass(frozen=True, slots=True)
class Said:
    """One message."""

    at_ms: int
    type: str
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of time, epoch ms, both ends in it."""

    since_ms: int
    until_ms: int

    def has(self, at_ms: int) -> bool:
        """Whether a moment lies in it."""
        return self.since_ms <= at_ms <= self.until_ms


@dataclass(frozen=True, slots=True)
class Silence(Stretch):
    """The device was silent: from when it was last heard. `off_ms`: from when on it counted as off line.

    `heard`: it ends because the device was heard, not because the record ends. `will`: it began with its Last Will.
    """

    off_ms: int = 0
    heard: bool = True
    will: bool = False


@dataclass(frozen=True, slots=True)
class Past:
    """What is on record of a device between two moments. `said` in the order of arrival.

    `deaf`: the bridge could not hear. `silences` of the device, in order of time. `watched`: a silence longer than its
    limit would be among them; if not, only events tell. `heard_ms`: when it was last heard of all.
    """

    since_ms: int
    until_ms: int
    said: Sequence[Said]
    deaf: Sequence[Stretch] = ()
    silences: Sequence[Silence] = ()
    watched: bool = False
    heard_ms: int | None = None

    def heard_from(self, at_ms: int) -> int:
        """Since when the bridge had heard without a break: silence counts from then at the earliest."""
        ended = 0
        for stretch in self.deaf:
            if stretch.has(at_ms):
                return at_ms
            ended = max(ended, stretch.until_ms) if stretch.until_ms < at_ms else ended
        return ended


@dataclass(frozen=True, slots=True)
class Step:
    """What would have been told: the alarm begins, happens again, chatters from now on, is quiet again, ends."""

    at_ms: int
    change: Change
    detail: Mapping[str, Any]


@dataclass(slots=True)
class Told:
    """What a rule would have told of a device. `raised`: how often its alarm began; `held`: beginnings that were
    kept within a chattering alarm; `active`: it stands at the end.
    """

    steps: list[Step] = field(default_factory=list)
    raised: int = 0
    repeated: int = 0
    cleared: int = 0
    held: int = 0
    active: bool = False
    failure: Failure | None = None


def silence_asked(definition: Definition) -> int | None:
    """The shortest silence of any kind that a definition asks about, ms; None if none."""
    spans = [
        node.for_s * 1000
        for node in _nodes(definition.when)
        if isinstance(node, Absence) and node.events is None
    ]
    return min(spans, default=None)


def _nodes(node: Node) -> Iterator[Node]:
    yield node
    for _place, child in children(node):
        yield from _nodes(child)


def relive(
    rules: DeviceRules,
    facts: Facts,
    limits: Thresholds,
    days: Days,
    past: Past,
    *,
    asked_ms: int | None = None,
) -> Told:
    """Run one rule, bound to a device, over its past, from an empty memory. `asked_ms`: see `silence_asked`."""
    life = _Life(rules, facts, limits, days, past)
    life.look(past.since_ms, anew=True)
    for said in retold(past, limits, asked_ms):
        if life.told.failure is not None:
            return life.told
        life.wait(said.at_ms)
        life.hear(said)
    life.wait(past.until_ms)
    return life.told


def retold(past: Past, limits: Thresholds, asked_ms: int | None) -> list[Said]:
    """The stored events with what can be told of the retained state put back, in order of time."""
    events = sorted(past.said, key=lambda said: said.at_ms)
    times = [said.at_ms for said in events]
    added: list[Said] = []
    for silence in past.silences:
        if silence.will and past.since_ms <= silence.off_ms <= past.until_ms:
            added.append(Said(silence.off_ms, STATE, {"online": False}))
        end = silence.until_ms
        by_event = any(end - SAID_BY_IT_MS <= at <= end for at in times)
        if silence.heard and not by_event and past.since_ms <= end <= past.until_ms:
            added.append(Said(end, STATE, {"online": True}))
    if asked_ms is not None and past.watched:
        added += _heard_between(past, times, limits, asked_ms)
    return sorted([*events, *added], key=lambda said: said.at_ms) if added else events


def _heard_between(
    past: Past, times: Sequence[int], limits: Thresholds, asked_ms: int
) -> Iterator[Said]:
    """Where a device said nothing that is stored for longer than it may, and nobody noted it: it was heard."""
    blocked = [*past.deaf, *past.silences]
    last = min(past.until_ms, past.heard_ms or past.since_ms)
    ends = [silence.until_ms for silence in past.silences if silence.heard]
    known = sorted({past.since_ms, last, *times, *ends})
    step = max(1_000, asked_ms // 2)
    for before, after in pairwise(known):
        if after - before <= limits.offline_after_s * 1000:
            continue
        for at_ms in range(before + step, after, step):
            if not any(stretch.has(at_ms) for stretch in blocked):
                yield Said(at_ms, HEARD)
    lasts = [silence.since_ms for silence in past.silences if not silence.will]
    for at_ms in [*lasts, last]:
        if past.since_ms < at_ms < past.until_ms:
            yield Said(at_ms, HEARD)


class _Life:
    """One device while its past is run through."""

    def __init__(
        self, rules: DeviceRules, facts: Facts, limits: Thresholds, days: Days, past: Past
    ) -> None:
        self.rules, self.facts, self.limits, self.days, self.past = rules, facts, limits, days, past
        self.state: RuleState = EMPTY
        self.told = Told()
        self._last_ms: int | None = None

    def wait(self, until_ms: int) -> None:
        """Look whenever something is due up to a moment, at its own time."""
        while (due := next_due(self.state)) is not None and due <= until_ms:
            before = self.state
            self.look(due)
            if self.state is before:
                return

    def look(self, at_ms: int, *, anew: bool = False) -> None:
        """As live when something is due."""
        facts = self._facts(at_ms)
        result = on_time(self.rules, self.state, facts, self.days, at_ms, anew=anew)
        self._take(result, at_ms, timed=True)

    def hear(self, said: Said) -> None:
        """As live when a message has come."""
        facts = self._facts(said.at_ms)
        result = on_message(
            self.rules, self.state, facts, self.days, said.at_ms, said.type, said.data
        )
        self._take(result, said.at_ms, timed=False)
        battery = said.data.get("battery", self.facts.battery)
        fault = fault_after(said.type, said.data, self.facts.fault)
        if (battery, fault) != (self.facts.battery, self.facts.fault):
            self.facts = replace(self.facts, battery=battery, fault=fault)
        self._last_ms = said.at_ms

    def _facts(self, at_ms: int) -> Facts:
        online, heard_from = self._online(at_ms), self.past.heard_from(at_ms)
        if (online, heard_from) != (self.facts.online, self.facts.heard_from_ms):
            self.facts = replace(self.facts, online=online, heard_from_ms=heard_from)
        return self.facts

    def _online(self, at_ms: int) -> bool:
        """As it stood before this moment."""
        if any(one.off_ms < at_ms <= one.until_ms for one in self.past.silences):
            return False
        if self.past.watched or self._last_ms is None:
            return True
        return at_ms - self._last_ms <= self.limits.offline_after_s * 1000

    def _take(self, result: Result, at_ms: int, *, timed: bool) -> None:
        held = {c for c, known in self.state.chatter.items() if known.quiet_at is not None}
        begun = [d for d in result.decisions if isinstance(d, Raise)]
        self.told.held += sum(decision.condition in held for decision in begun)
        outcome = damp(Outcome(result.state, result.decisions), self.limits, at_ms)
        if timed:
            outcome = settle(outcome, at_ms)
        for decision in outcome.decisions:
            if not (isinstance(decision, Raise) and decision.condition in held):
                self._note(decision, at_ms)
        self.state = outcome.state
        if result.failures:
            self.told.failure = result.failures[0]

    def _note(self, decision: Decision, at_ms: int) -> None:
        told = self.told
        change: Change
        if isinstance(decision, Settle):
            change = "settled"
        elif isinstance(decision, Clear):
            change, told.active = "cleared", False
            told.cleared += 1
        elif told.active:
            change = "repeated"
            told.repeated += 1
        else:
            change, told.active = "chattering" if decision.chattering else "raised", True
            told.raised += 1
        told.steps.append(Step(at_ms, change, decision.detail))
