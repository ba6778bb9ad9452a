"""The report on alarm performance over a period: what is counted, put together."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from heapq import nsmallest

from command_center.accounts.scope import Scope
from command_center.feed.selectors import consistent_read
from iot_bridge.performance import counted, selectors
from iot_bridge.performance.counted import Plan, settled_through
from iot_bridge.performance.figures import (
    PRIORITY_TARGETS,
    WINDOW_S,
    Chatter,
    Percentiles,
    Point,
    Rates,
    Window,
    floor,
    merged,
    percentiles,
    rates_of,
    series_of,
    share,
    windows,
)
from iot_bridge.performance.selectors import Asked, Named, Standing
from iot_bridge.performance.tally import Source, Tally

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
    with consistent_read():  # what is settled meanwhile would else be counted twice, or not at all
        return _made(Plan.of(asked, through=settled_through()), now)


def _made(plan: Plan, now: datetime) -> Report:
    asked, tallied = plan.asked, counted.tally(plan)
    found = _windows(asked, tallied)
    step, series = series_of(found)
    worst = nsmallest(WORST, tallied.sources.items(), key=lambda one: (-one[1], one[0]))
    chatters = _chatters(plan)
    stale = selectors.standing(asked.scope, now=now)
    names = selectors.named(
        [source for source, _count in worst]
        + [source for source, _chatter in chatters[:SHOWN]]
        + [one.source for one in stale[:SHOWN]]
    )
    total = tallied.total
    return Report(
        since=asked.since,
        until=asked.until,
        at=now,
        counts=_counts(asked, tallied),
        rates=rates_of(found),
        step_s=step * WINDOW_S,
        series=series,
        priorities=_priorities(tallied),
        acknowledged=percentiles(merged(tallied.took.values())),
        sources=len(tallied.sources),
        worst=_actors(plan, worst, total, names),
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


def _windows(asked: Asked, tallied: Tally) -> list[Window]:
    since, until = int(asked.since.timestamp()), int(asked.until.timestamp())
    return windows(since, until, tallied.windows, selectors.consoles(asked))


def _counts(asked: Asked, tallied: Tally) -> Counts:
    return Counts(
        annunciated=tallied.total,
        raised=tallied.total - tallied.again,
        again=tallied.again,
        acknowledged=sum(histogram.total() for histogram in tallied.took.values()),
        shelved=selectors.shelved_count(asked),
    )


def _priorities(tallied: Tally) -> list[Priority]:
    return [
        Priority(
            severity,
            tallied.severities[severity],
            share(tallied.severities[severity], tallied.total),
            target,
            percentiles(tallied.took.get(severity, {})),
        )
        for severity, target in PRIORITY_TARGETS.items()
    ]


def _actors(
    plan: Plan, worst: list[tuple[Source, int]], total: int, names: Mapping[Source, Named]
) -> list[Actor]:
    occurred = counted.occurrences(plan, {device for (device, _condition), _count in worst})
    return [
        Actor(source, names[source], count, count / total, max(count, occurred[source]))
        for source, count in worst
    ]


def _chatters(plan: Plan) -> list[tuple[Source, Chatter]]:
    """The sources that chattered, the worst first."""
    found = counted.chatters(plan).items()
    return sorted(found, key=lambda one: (-one[1].bursts, -one[1].per_minute, one[0]))
