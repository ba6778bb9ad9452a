"""Conditions as they run: each looks at a moment and its own memory, and says whether it holds and until when.

A node's memory is a small JSON value under its place in the tree (`0.1:count`), so it survives a restart, and an
edit that leaves the node where it is. A memory of another shape is begun anew. A `due` is the earliest moment at which
the truth may change without a message; the caller looks again then.
"""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from iot_bridge.protocol.messages import STATE
from iot_bridge.rules.engine.expressions import Program
from iot_bridge.rules.engine.language import Schedule
from iot_bridge.rules.engine.schedules import Days, schedule_at
from iot_bridge.rules.state import NEVER, SOFT

MAX_SAMPLES = 32

Memory = MutableMapping[str, Any]
Truth = tuple[bool, int]


@dataclass(frozen=True, slots=True)
class Facts:
    """What rules may know of a device beside its messages. `heard_from_ms`: silence counts from then at the earliest."""

    id: str
    kind: str
    code: str
    longitude: float | None = None
    latitude: float | None = None
    battery: int | None = None
    fault: str = ""
    online: bool = True
    heard_from_ms: int = 0


@dataclass(frozen=True, slots=True)
class Moment:
    """What is looked at: a message (`type` not empty) or just the time."""

    now_ms: int
    facts: Facts
    days: Days
    type: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)

    def asks(self, program: Program) -> bool:
        """Whether an expression holds of the message."""
        return program.holds(_Values(self))


class _Values(dict[str, Any]):
    """An expression's variables, worked out when it asks for them."""

    def __init__(self, moment: Moment) -> None:
        super().__init__()
        self._moment = moment

    def __missing__(self, name: str) -> Any:
        moment = self._moment
        if name in ("data", "type"):
            return dict(moment.data) if name == "data" else moment.type
        if name in ("hour", "minute", "weekday"):
            local = datetime.fromtimestamp(moment.now_ms / 1000, moment.days.zone)
            return local.isoweekday() if name == "weekday" else getattr(local, name)
        return getattr(moment.facts, name)


class Running(Protocol):
    """A condition that can be looked at."""

    def look(self, moment: Moment, memory: Memory) -> Truth:
        """Whether it holds after this moment, and when that may next change by itself (NEVER if it cannot)."""


@dataclass(frozen=True, slots=True)
class Constant:
    """What a device's place decides once and for all."""

    holds: bool

    def look(self, moment: Moment, memory: Memory) -> Truth:
        """As the protocol says."""
        return self.holds, NEVER


@dataclass(frozen=True, slots=True)
class RunThreshold:
    """See language.Threshold. Memory: whether it holds."""

    key: str
    event: str | None
    name: str
    sign: int
    raise_at: float
    clear_at: float | None

    def look(self, moment: Moment, memory: Memory) -> Truth:
        """As the protocol says."""
        held = memory.get(self.key) is True
        if not moment.type or (self.event is not None and moment.type != self.event):
            return held, NEVER
        value = number(moment.data.get(self.name))
        if value is None:
            return held, NEVER
        value *= self.sign
        if value >= self.raise_at:
            held = True
        elif self.clear_at is None or value <= self.clear_at:
            held = False
        put(memory, self.key, True if held else None)
        return held, NEVER


@dataclass(frozen=True, slots=True)
class RunEvent:
    """See language.Event. Memory: when it last happened."""

    key: str
    events: frozenset[str]
    where: Program | None
    lasts_ms: int

    def look(self, moment: Moment, memory: Memory) -> Truth:
        """As the protocol says."""
        if happened(self.events, self.where, moment):
            memory[self.key] = moment.now_ms
        until = whole(memory.get(self.key), -NEVER) + self.lasts_ms
        if moment.now_ms < until:
            return True, until
        put(memory, self.key, None)
        return False, NEVER


@dataclass(frozen=True, slots=True)
class RunBetween:
    """See language.Between. Memory: whether it holds."""

    key: str
    begin: frozenset[str]
    end: frozenset[str]
    begin_where: Program | None
    end_where: Program | None

    def look(self, moment: Moment, memory: Memory) -> Truth:
        """As the protocol says."""
        if happened(self.begin, self.begin_where, moment):
            memory[self.key] = True
        elif happened(self.end, self.end_where, moment):
            put(memory, self.key, None)
        return memory.get(self.key) is True, NEVER


@dataclass(frozen=True, slots=True)
class RunHeld:
    """See language.Held. Memory: since when the inner condition holds."""

    key: str
    for_ms: int
    inner: Running

    def look(self, moment: Moment, memory: Memory) -> Truth:
        """As the protocol says."""
        holds, due = self.inner.look(moment, memory)
        if not holds:
            put(memory, self.key, None)
            return False, due
        since = memory[self.key] = whole(memory.get(self.key), moment.now_ms)
        ripe = since + self.for_ms
        return (True, due) if moment.now_ms >= ripe else (False, min(due, ripe))


@dataclass(frozen=True, slots=True)
class RunCount:
    """See language.Count. Memory: the times of the last `at_least` events within the window."""

    key: str
    events: frozenset[str]
    where: Program | None
    at_least: int
    within_ms: int

    def look(self, moment: Moment, memory: Memory) -> Truth:
        """As the protocol says."""
        start = moment.now_ms - self.within_ms
        times = [at for at in wholes(memory.get(self.key)) if at > start]
        if happened(self.events, self.where, moment):
            times.append(moment.now_ms)
        times = times[-self.at_least :]
        put(memory, self.key, times or None)
        if len(times) < self.at_least:
            return False, NEVER
        return True, times[0] + self.within_ms


@dataclass(frozen=True, slots=True)
class RunRate:
    """See language.Rate. Memory: (time, value) of what may still be the lowest of the window, the last one at its end."""

    key: str
    event: str | None
    name: str
    sign: int
    by: float
    within_ms: int

    def look(self, moment: Moment, memory: Memory) -> Truth:
        """As the protocol says."""
        start = moment.now_ms - self.within_ms
        samples = [pair for pair in pairs(memory.get(self.key)) if pair[0] > start]
        value = number(moment.data.get(self.name)) if self._asked(moment) else None
        if value is not None:
            value *= self.sign
            while samples and samples[-1][1] >= value:
                samples.pop()
            samples.append((moment.now_ms, value))
            if len(samples) > MAX_SAMPLES:
                del samples[1]
        put(memory, self.key, [list(pair) for pair in samples] or None)
        if not samples or samples[-1][1] - samples[0][1] < self.by:
            return False, NEVER
        return True, samples[0][0] + self.within_ms

    def _asked(self, moment: Moment) -> bool:
        return bool(moment.type) and (self.event is None or moment.type == self.event)


@dataclass(frozen=True, slots=True)
class RunAbsence:
    """See language.Absence. Memory: when it last happened or was first looked at (soft), whether it is missing."""

    key: str
    events: frozenset[str] | None
    for_ms: int

    def look(self, moment: Moment, memory: Memory) -> Truth:
        """As the protocol says. Once missing it stays so until one comes: a new line to the broker is no event."""
        last, missing = whole(memory.get(SOFT + self.key), moment.now_ms), self.key in memory
        silent = moment.type == STATE and moment.data.get("online") is False  # its Last Will
        if moment.type and not silent and (self.events is None or moment.type in self.events):
            last, missing = moment.now_ms, False
        due = max(last, moment.facts.heard_from_ms) + self.for_ms
        missing = missing or moment.now_ms >= due
        memory[SOFT + self.key] = last
        put(memory, self.key, True if missing else None)
        return missing, NEVER if missing else due


@dataclass(slots=True)
class RunSchedule:
    """See language.Schedule. No memory: the clock says it. What was worked out holds until it changes."""

    schedule: Schedule
    days: Days | None = None
    since_ms: int = 0
    until_ms: int = 0
    holds: bool = False

    def look(self, moment: Moment, memory: Memory) -> Truth:
        """As the protocol says."""
        now = moment.now_ms
        if moment.days is not self.days or not self.since_ms <= now < self.until_ms:
            self.holds, self.until_ms = schedule_at(self.schedule, moment.days, now)
            self.days, self.since_ms = moment.days, now
        return self.holds, self.until_ms


@dataclass(frozen=True, slots=True)
class RunExpression:
    """See language.Expression. Memory: its truth of the last message it was asked about."""

    key: str
    events: frozenset[str] | None
    program: Program

    def look(self, moment: Moment, memory: Memory) -> Truth:
        """As the protocol says."""
        if moment.type and (self.events is None or moment.type in self.events):
            put(memory, self.key, True if moment.asks(self.program) else None)
        return memory.get(self.key) is True, NEVER


@dataclass(frozen=True, slots=True)
class RunAll:
    """Every part is looked at: each has its own memory to keep."""

    parts: tuple[Running, ...]

    def look(self, moment: Moment, memory: Memory) -> Truth:
        """As the protocol says."""
        truths = [part.look(moment, memory) for part in self.parts]
        return all(truth[0] for truth in truths), min(truth[1] for truth in truths)


@dataclass(frozen=True, slots=True)
class RunAny:
    """Every part is looked at: each has its own memory to keep."""

    parts: tuple[Running, ...]

    def look(self, moment: Moment, memory: Memory) -> Truth:
        """As the protocol says."""
        truths = [part.look(moment, memory) for part in self.parts]
        return any(truth[0] for truth in truths), min(truth[1] for truth in truths)


@dataclass(frozen=True, slots=True)
class RunNot:
    """The opposite."""

    inner: Running

    def look(self, moment: Moment, memory: Memory) -> Truth:
        """As the protocol says."""
        holds, due = self.inner.look(moment, memory)
        return not holds, due


def happened(events: frozenset[str], where: Program | None, moment: Moment) -> bool:
    """Whether the moment is a message of one of these types that the expression accepts."""
    return moment.type in events and (where is None or moment.asks(where))


def number(value: object) -> float | None:
    """A reported number; true and false are none."""
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def whole(value: object, otherwise: int) -> int:
    """A time from memory, or something else where memory holds none."""
    return value if isinstance(value, int) and not isinstance(value, bool) else otherwise


def wholes(value: object) -> list[int]:
    """Times from memory."""
    return [at for at in value if isinstance(at, int)] if isinstance(value, list) else []


def pairs(value: object) -> list[tuple[int, float]]:
    """(time, value) from memory."""
    if not isinstance(value, list):
        return []
    return [(pair[0], pair[1]) for pair in value if isinstance(pair, list) and len(pair) == 2]


def put(memory: Memory, key: str, value: Any) -> None:
    """Remember, or forget with None: most devices have little to remember."""
    if value is None:
        memory.pop(key, None)
    else:
        memory[key] = value
