"""The report on alarm performance over a period: what is counted, put together."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from command_center.accounts.scope import Scope
from iot_bridge.performance import selectors
from iot_bridge.performance.figures import (
    PRIORITY_TARGETS,
    WINDOW_S,
    Chatter,
    Percentiles,
    Point,
    Rates,
    Window,
    chatter_of,
    floor,
    merged,
    percentiles,
    rates_of,
    series_of,
    share,
    windows,
)
from iot_bridge.performance.selectors import Asked, Named, Source, Standing

WORST = 10
SHOWN = 20
"""So many chattering and standing alarms are told by name; all are counted."""


@dataclass(frozen=True, slots=True)
class Counts:
    """How many, in the period."""

    annunciated: int
    raised: int
    again: int
    acknowledged: int
    shelved: int


@dataclass(frozen=True, slots=True)
class Priority:
    """A severity: its part of the annunciations beside the part it ought to have, and its acknowledgements."""

    severity: int
    count: int
    share: float | None
    target: float
    acknowledged: Percentiles | None


@dataclass(frozen=True, slots=True)
class Actor:
    """A device and condition with its part of the annunciations; `occurrences` has the repeats too."""

    source: Source
    named: Named
    count: int
    share: float
    occurrences: int


@dataclass(frozen=True, slots=True)
class Chattering:
    """A device and condition that chattered."""

    source: Source
    named: Named
    bursts: int
    per_minute: int


@dataclass(frozen=True, slots=True)
class Stale:
    """An alarm that stands, with its device's name."""

    alarm: Standing
    named: Named


@dataclass(frozen=True, slots=True)
class Report:
    """See the module. `until` is not part of the period, and never later than now; `at` is when it was made."""

    since: datetime
    until: datetime
    at: datetime
    counts: Counts
    rates: Rates
    step_s: int
    series: list[Point]
    priorities: list[Priority]
    acknowledged: Percentiles | None
    sources: int
    worst: list[Actor]
    worst_share: float | None
    chattering_count: int
    chattering: list[Chattering]
    standing_count: int
    standing: list[Stale]


def report(*, scope: Scope, since: datetime, until: datetime, now: datetime) -> Report:
    """The report over the windows of ten minutes that `since` ≤ t < `until` touches."""
    asked = Asked(scope, _window(since), _window(min(until, now), up=True))
    counted = selectors.annunciations(asked)
    found = _windows(asked, counted)
    step, series = series_of(found)
    took = selectors.times_to_acknowledge(asked)
    sources = selectors.by_source(asked)
    worst = sorted(sources.items(), key=lambda one: (-one[1], one[0]))[:WORST]
    chatters = _chatters(asked)
    stale = selectors.standing(scope, now=now)
    names = selectors.named(
        [source for source, _count in worst]
        + [source for source, _chatter in chatters[:SHOWN]]
        + [one.source for one in stale[:SHOWN]]
    )
    total = sum(counted.values())
    return Report(
        since=asked.since,
        until=asked.until,
        at=now,
        counts=_counts(asked, total, took),
        rates=rates_of(found),
        step_s=step * WINDOW_S,
        series=series,
        priorities=_priorities(counted, total, took),
        acknowledged=percentiles(merged(took.values())),
        sources=len(sources),
        worst=_actors(asked, worst, total, names),
        worst_share=share(sum(count for _source, count in worst), total),
        chattering_count=len(chatters),
        chattering=[
            Chattering(source, names[source], chatter.bursts, chatter.per_minute)
            for source, chatter in chatters[:SHOWN]
        ],
        standing_count=len(stale),
        standing=[Stale(one, names[one.source]) for one in stale[:SHOWN]],
    )


def _window(moment: datetime, *, up: bool = False) -> datetime:
    """The beginning of the window that a moment lies in, or the end of the last one before it."""
    seconds = moment.timestamp()
    at = math.ceil(seconds / WINDOW_S) * WINDOW_S if up else floor(seconds)
    return datetime.fromtimestamp(at, UTC)


def _windows(asked: Asked, counted: Mapping[tuple[int, int], int]) -> list[Window]:
    alarms: dict[int, int] = {}
    for (at, _severity), count in counted.items():
        alarms[at] = alarms.get(at, 0) + count
    since, until = int(asked.since.timestamp()), int(asked.until.timestamp())
    return windows(since, until, alarms, selectors.consoles(asked))


def _counts(asked: Asked, total: int, took: Mapping[int, Mapping[int, int]]) -> Counts:
    again = selectors.again_count(asked)
    return Counts(
        annunciated=total,
        raised=total - again,
        again=again,
        acknowledged=sum(sum(histogram.values()) for histogram in took.values()),
        shelved=selectors.shelved_count(asked),
    )


def _priorities(
    counted: Mapping[tuple[int, int], int], total: int, took: Mapping[int, Mapping[int, int]]
) -> list[Priority]:
    counts = dict.fromkeys(PRIORITY_TARGETS, 0)
    for (_at, severity), count in counted.items():
        counts[severity] += count
    return [
        Priority(
            severity,
            count,
            share(count, total),
            PRIORITY_TARGETS[severity],
            percentiles(took.get(severity, {})),
        )
        for severity, count in counts.items()
    ]


def _actors(
    asked: Asked, worst: list[tuple[Source, int]], total: int, names: Mapping[Source, Named]
) -> list[Actor]:
    occurred = selectors.occurrences(asked, {device for (device, _condition), _count in worst})
    return [
        Actor(source, names[source], count, count / total, max(count, occurred.get(source, 0)))
        for source, count in worst
    ]


def _chatters(asked: Asked) -> list[tuple[Source, Chatter]]:
    """The sources that chattered, the worst first: their alarms' bursts added up."""
    found: list[tuple[Source, Chatter]] = []
    since, until = asked.since.timestamp(), asked.until.timestamp()
    for source, alarms in selectors.restless(asked).items():
        parts = [
            chatter
            for times in alarms
            if (chatter := chatter_of([at for at in times if since <= at < until])) is not None
        ]
        if parts:
            bursts = sum(part.bursts for part in parts)
            found.append((source, Chatter(bursts, max(part.per_minute for part in parts))))
    return sorted(found, key=lambda one: (-one[1].bursts, -one[1].per_minute, one[0]))
