"""What a page reports of its own line, and how good that is. Pure.

Figures are of the span since the report before, from the browser's own counters (W3C webrtc-stats).
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from conferencing.policy.conference import Value

LONGEST_SPAN_S = 180
MOST_PICTURES = 25
_Count = Annotated[int, Field(ge=0, le=10_000_000)]
_Height = Annotated[int | None, Field(ge=1, le=4320)]
_Rate = Annotated[float | None, Field(ge=0, le=240, allow_inf_nan=False)]


class Path(StrEnum):
    """How the packets go: straight over UDP, over TCP, or through a relay (TURN)."""

    UDP = "udp"
    TCP = "tcp"
    RELAY = "relay"


class LineLevel(StrEnum):
    """How good a line is."""

    GOOD = "good"
    FAIR = "fair"
    POOR = "poor"


class LineReport(Value):
    """One page's line over `seconds`.

    `join_ms`: from the click to the first picture of somebody else, told once for each time of coming in,
    less the time that nobody else sent one. `watched_s` adds up the pictures that came in, each for as long as it did;
    freezes are of these. Heights in pixels and rates in frames a second are those of the largest picture
    either way, at the end.
    """

    seconds: Annotated[float, Field(gt=0, le=LONGEST_SPAN_S)]
    join_ms: Annotated[int | None, Field(ge=0, le=600_000)] = None
    received: _Count = 0
    lost: _Count = 0
    sent: _Count = 0
    sent_lost: _Count = 0
    """of what was sent, as the far end reports it"""
    watched_s: Annotated[float, Field(ge=0, le=LONGEST_SPAN_S * MOST_PICTURES)] = 0
    freezes: Annotated[int, Field(ge=0, le=10_000)] = 0
    frozen_s: Annotated[float, Field(ge=0, le=LONGEST_SPAN_S * MOST_PICTURES)] = 0
    height: _Height = None
    rate: _Rate = None
    sent_height: _Height = None
    sent_rate: _Rate = None
    round_trip_ms: Annotated[int | None, Field(ge=0, le=60_000)] = None
    path: Path | None = None


FAIR_LOSS, POOR_LOSS = 0.02, 0.08
FAIR_FROZEN, POOR_FROZEN = 0.05, 0.3
FAIR_ROUND_TRIP_MS, POOR_ROUND_TRIP_MS = 400, 1_000


def share(part: float, rest: float) -> float | None:
    """`part` of `part` and `rest` together; None of nothing."""
    return part / (part + rest) if part + rest > 0 else None


def level_of(*, loss: float | None, frozen: float | None, round_trip_ms: float | None) -> LineLevel:
    """The worst of what is known; loss and standstill as shares. The page's own marks use the same bounds."""

    def above(value: float | None, bound: float) -> bool:
        return value is not None and value > bound

    if (
        above(loss, POOR_LOSS)
        or above(frozen, POOR_FROZEN)
        or above(round_trip_ms, POOR_ROUND_TRIP_MS)
    ):
        return LineLevel.POOR
    if (
        above(loss, FAIR_LOSS)
        or above(frozen, FAIR_FROZEN)
        or above(round_trip_ms, FAIR_ROUND_TRIP_MS)
    ):
        return LineLevel.FAIR
    return LineLevel.GOOD


def loss_of(report: LineReport) -> float | None:
    """The larger loss of the two ways; None where nothing went either way."""
    ways = (share(report.lost, report.received), share(report.sent_lost, report.sent))
    return max((loss for loss in ways if loss is not None), default=None)


def level_of_report(report: LineReport) -> LineLevel:
    """How good the line was in this span."""
    frozen = report.frozen_s / report.watched_s if report.watched_s > 0 else None
    return level_of(loss=loss_of(report), frozen=frozen, round_trip_ms=report.round_trip_ms)
