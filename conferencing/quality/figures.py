"""The figures of a site out of the lines of its seats. Pure; docs/operations.md says what each means."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import hypot

from conferencing.quality.line import LineLevel, level_of, share

FAIR_JOIN_MS, POOR_JOIN_MS = 3_000, 10_000
FAIR_FREEZES, POOR_FREEZES = 12, 60
"""In an hour of one picture."""


@dataclass(frozen=True, slots=True)
class Line:
    """What is known of one seat's line in one conference; `heights`: seconds by height in pixels."""

    code: str
    conference: int
    seconds: float = 0
    joins_ms: tuple[int, ...] = ()
    received: int = 0
    lost: int = 0
    sent: int = 0
    sent_lost: int = 0
    watched_s: float = 0
    freezes: int = 0
    frozen_s: float = 0
    round_trip_ms_s: float = 0
    round_trip_s: float = 0
    tcp_s: float = 0
    relayed_s: float = 0
    heights: Mapping[int, float] = field(default_factory=dict)
    sent_heights: Mapping[int, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Figures:
    """Of all lines of a site, or of one; shares 0–1, None of nothing. `trouble` ranks: the higher the worse."""

    conferences: int
    minutes: float
    joins: int
    join_p50_ms: int | None
    join_p95_ms: int | None
    loss: float | None
    """of what was received"""
    sent_loss: float | None
    freezes_per_hour: float | None
    frozen: float | None
    """share of the watched time that a picture stood still"""
    height: int | None
    """what it mostly received, in pixels"""
    sent_height: int | None
    round_trip_ms: int | None
    relay: float | None
    """share of the time through a relay"""
    tcp: float | None
    level: LineLevel
    trouble: float


def by_site(lines: Iterable[Line]) -> dict[str, Figures]:
    """The figures of each jurisdiction, the worst first; seats without a jurisdiction are nobody's site."""
    groups: dict[str, list[Line]] = defaultdict(list)
    for line in lines:
        if line.code:
            groups[line.code].append(line)
    found = {code: figures_of(group) for code, group in groups.items()}
    return dict(sorted(found.items(), key=lambda item: (-item[1].trouble, item[0])))


def figures_of(lines: Sequence[Line]) -> Figures:
    """The figures of these lines together."""

    def total(name: str) -> float:
        return sum((float(getattr(line, name)) for line in lines), 0.0)

    joins = sorted(ms for line in lines for ms in line.joins_ms)
    seconds, watched, frozen_s = total("seconds"), total("watched_s"), total("frozen_s")
    loss = share(total("lost"), total("received"))
    sent_loss = share(total("sent_lost"), total("sent"))
    frozen = min(1.0, frozen_s / watched) if watched > 0 else None
    freezes = total("freezes") * 3600 / watched if watched >= 1 else None
    known = total("round_trip_s")
    round_trip = total("round_trip_ms_s") / known if known > 0 else None
    join_p95 = percentile(joins, 0.95)
    larger = max((one for one in (loss, sent_loss) if one is not None), default=None)
    level = level_of(loss=larger, frozen=frozen, round_trip_ms=round_trip)
    return Figures(
        conferences=len({line.conference for line in lines}),
        minutes=round(seconds / 60, 1),
        joins=len(joins),
        join_p50_ms=percentile(joins, 0.5),
        join_p95_ms=join_p95,
        loss=loss,
        sent_loss=sent_loss,
        freezes_per_hour=freezes,
        frozen=frozen,
        height=typical(line.heights for line in lines),
        sent_height=typical(line.sent_heights for line in lines),
        round_trip_ms=None if round_trip is None else round(round_trip),
        relay=total("relayed_s") / seconds if seconds > 0 else None,
        tcp=total("tcp_s") / seconds if seconds > 0 else None,
        level=_with_waiting(level, join_p95, freezes),
        trouble=_trouble(larger, frozen, freezes, round_trip, join_p95),
    )


def percentile(ordered: Sequence[int], part: float) -> int | None:
    """The value that a part (0–1) of an ordered list does not exceed, by the nearest rank; None of nothing."""
    if not ordered:
        return None
    rank = -int(-len(ordered) * part // 1)
    return ordered[max(0, min(len(ordered), rank) - 1)]


def typical(of: Iterable[Mapping[int, float]]) -> int | None:
    """The height that was there for the longest time; of two, the larger."""
    seconds: dict[int, float] = defaultdict(float)
    for heights in of:
        for height, span in heights.items():
            seconds[height] += span
    return max(seconds, key=lambda height: (seconds[height], height), default=None)


def _with_waiting(level: LineLevel, join_ms: int | None, freezes: float | None) -> LineLevel:
    """A line that loses nothing and lets one wait, or stutters, is no good one either."""
    if (join_ms or 0) > POOR_JOIN_MS or (freezes or 0) > POOR_FREEZES:
        return LineLevel.POOR
    slow = (join_ms or 0) > FAIR_JOIN_MS or (freezes or 0) > FAIR_FREEZES
    return LineLevel.FAIR if slow and level is LineLevel.GOOD else level


def _trouble(
    loss: float | None,
    frozen: float | None,
    freezes: float | None,
    round_trip_ms: float | None,
    join_ms: int | None,
) -> float:
    """Each measure by what still passes as fair, added up: one very bad measure outranks several middling ones."""
    parts = (
        (loss or 0) / 0.02,
        (frozen or 0) / 0.05,
        (freezes or 0) / FAIR_FREEZES,
        (round_trip_ms or 0) / 400,
        (join_ms or 0) / FAIR_JOIN_MS,
    )
    return round(hypot(*parts), 3)
