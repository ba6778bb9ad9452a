"""The figures of alarm performance, and how they are computed. Pure: counts and seconds in, figures out.

An *annunciation* is an alarm that is raised, or that becomes active again before anybody has seen it: each asks
the operator to look (ISA-18.2, 3.1). Repeats of an active alarm fold into its count and are none.
Time is cut into windows of ten minutes that begin with the hour, as EEMUA 191 counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

WINDOW_S = 600
DAY_S = 24 * 3600
FLOOD_OVER = 10
"""A flood begins with a window of more than this for one operator (EEMUA 191; ISA-18.2, 3.1)."""
CALM_BELOW = 5
"""… and ends with the first window of less than this."""
CHATTER_COUNT = 3
CHATTER_S = 60
"""An alarm that becomes active so often within so many seconds chatters (ISA-18.2, 16.5)."""
STANDING_S = DAY_S
"""An alarm active for longer than this is stale (ISA-18.2, 16.5)."""
MOST_POINTS = 200
STEPS = (1, 3, 6, 18, 36, 72, 144, 1008)
"""How many windows a point of the chart stands for: the fewest that do not make too many points."""

PRIORITY_TARGETS: Mapping[int, float] = {1: 0.01, 2: 0.05, 3: 0.15, 4: 0.80}
"""Shares of the severities: 80 % low, 15 % medium, 5 % high, and of the gravest less than one in a hundred
(EEMUA 191; ISA-18.2, 16.5, for four priorities)."""

Histogram = Mapping[int, int]
"""How many took so many whole seconds."""


@dataclass(frozen=True, slots=True)
class Window:
    """Ten minutes: when they began (epoch s), what was annunciated, and how many consoles watched.

    A window in which nobody was signed in counts as one operator's: the alarms waited for somebody.
    """

    at: int
    alarms: int
    consoles: int = 0

    @property
    def rate(self) -> float:
        """Annunciations for one operator."""
        return self.alarms / max(1, self.consoles)


@dataclass(frozen=True, slots=True)
class Flood:
    """A flood: its first window (epoch s), how long it lasted (s), and what was annunciated in it."""

    at: int
    seconds: int
    alarms: int


@dataclass(frozen=True, slots=True)
class Rates:
    """Annunciations for one operator and ten minutes over a period; shares are of its windows."""

    average: float
    peak: float
    peak_at: int | None
    over: float
    flood: float
    floods: int
    longest_flood_s: int
    operators: float
    watched: float


@dataclass(frozen=True, slots=True)
class Point:
    """A point of the chart: from when (epoch s), annunciations, average and peak for one operator and ten minutes."""

    at: int
    alarms: int
    average: float
    peak: float


@dataclass(frozen=True, slots=True)
class Percentiles:
    """Seconds that half, nine and nineteen twentieths of `count` do not exceed, and the longest."""

    count: int
    p50: int
    p90: int
    p95: int
    max: int


@dataclass(frozen=True, slots=True)
class Chatter:
    """How an alarm chattered: how often it was at it, and how often in its busiest minute."""

    bursts: int
    per_minute: int


def floor(seconds: float) -> int:
    """The beginning of the window that a moment (epoch s) lies in."""
    return int(seconds // WINDOW_S) * WINDOW_S


def windows(
    since: int, until: int, alarms: Mapping[int, int], consoles: Mapping[int, int]
) -> list[Window]:
    """Every window from `since` to `until` (epoch s), those without alarms too."""
    return [
        Window(at, alarms.get(at, 0), consoles.get(at, 0))
        for at in range(floor(since), until, WINDOW_S)
    ]


def floods_of(found: Sequence[Window]) -> list[Flood]:
    """The floods in consecutive windows; one that is not over ends with the last of them."""
    floods: list[Flood] = []
    members: list[Window] = []
    for window in found:
        if members and window.rate < CALM_BELOW:
            floods.append(_flood(members))
            members = []
        elif members or window.rate > FLOOD_OVER:
            members.append(window)
    return [*floods, _flood(members)] if members else floods


def _flood(members: Sequence[Window]) -> Flood:
    return Flood(members[0].at, len(members) * WINDOW_S, sum(window.alarms for window in members))


def rates_of(found: Sequence[Window]) -> Rates:
    """The rates over consecutive windows."""
    floods = floods_of(found)
    count = max(1, len(found))
    busiest = max(found, key=lambda window: window.rate, default=None)
    return Rates(
        average=sum(window.rate for window in found) / count,
        peak=busiest.rate if busiest else 0.0,
        peak_at=busiest.at if busiest and busiest.alarms else None,
        over=sum(window.rate > FLOOD_OVER for window in found) / count,
        flood=sum(flood.seconds for flood in floods) / (count * WINDOW_S),
        floods=len(floods),
        longest_flood_s=max((flood.seconds for flood in floods), default=0),
        operators=sum(max(1, window.consoles) for window in found) / count,
        watched=sum(window.consoles > 0 for window in found) / count,
    )


def series_of(found: Sequence[Window]) -> tuple[int, list[Point]]:
    """The chart: for how many windows a point stands, and the points."""
    step = next((step for step in STEPS if len(found) <= step * MOST_POINTS), STEPS[-1])
    return step, [_point(found[start : start + step]) for start in range(0, len(found), step)]


def _point(part: Sequence[Window]) -> Point:
    rates = [window.rate for window in part]
    return Point(
        at=part[0].at,
        alarms=sum(window.alarms for window in part),
        average=sum(rates) / len(rates),
        peak=max(rates),
    )


def percentiles(histogram: Histogram) -> Percentiles | None:
    """By the nearest rank: the smallest value that so many do not exceed; None of nothing."""
    count = sum(histogram.values())
    if not count:
        return None
    ordered = sorted(histogram.items())
    p50, p90, p95 = (_rank(ordered, -(-count * percent // 100)) for percent in (50, 90, 95))
    return Percentiles(count, p50, p90, p95, ordered[-1][0])


def _rank(ordered: Iterable[tuple[int, int]], rank: int) -> int:
    seen = 0
    for seconds, count in ordered:
        seen += count
        if seen >= rank:
            return seconds
    raise ValueError(f"no value of rank {rank}")


def merged(histograms: Iterable[Histogram]) -> dict[int, int]:
    """Several histograms as one."""
    both: dict[int, int] = {}
    for histogram in histograms:
        for seconds, count in histogram.items():
            both[seconds] = both.get(seconds, 0) + count
    return both


def chatter_of(times: Sequence[float]) -> Chatter | None:
    """Whether an alarm chattered that became active at these rising moments (s); None if it never did.

    Annunciations that each have two others within the minute before belong to one burst while that goes on.
    """
    bursts, most, last = 0, 0, None
    start = 0
    for index, at in enumerate(times):
        while times[start] < at - CHATTER_S:
            start += 1
        if (inside := index - start + 1) >= CHATTER_COUNT:
            most = max(most, inside)
            bursts += last is None or at - last > CHATTER_S
            last = at
    return Chatter(bursts, most) if bursts else None


def share(part: int, whole: int) -> float | None:
    """A part of a whole; None of nothing."""
    return part / whole if whole else None
