"""What the REST API answers about lines."""

from __future__ import annotations

from datetime import date

from ninja import Schema

from conferencing.policy.conference import SeatLevel
from conferencing.quality.line import LineLevel


class LineFigures(Schema):
    """The figures of one line, or of a site's lines. Shares 0–1, null of nothing; `trouble` ranks the worst first.

    `loss` is of what was received, `sent_loss` of what was sent; `freezes_per_hour` of one picture; `height` and
    `sent_height` the pixels of the largest picture for most of the time.
    """

    conferences: int
    minutes: float
    joins: int
    join_p50_ms: int | None
    join_p95_ms: int | None
    loss: float | None
    sent_loss: float | None
    freezes_per_hour: float | None
    frozen: float | None
    height: int | None
    sent_height: int | None
    round_trip_ms: int | None
    relay: float | None
    tcp: float | None
    level: LineLevel
    trouble: float


class SiteQuality(Schema):
    """A site: a jurisdiction whose seats have been in conferences. `above` is what it belongs to."""

    code: str
    name: str
    above: str
    site_level: SeatLevel
    figures: LineFigures


class QualityReport(Schema):
    """The sites over the local days `since` to `until`, both included, the worst first."""

    since: date
    until: date
    sites: list[SiteQuality]


class SeatQuality(Schema):
    """The line of one seat of a conference."""

    seat: int
    figures: LineFigures


class ConferenceQuality(Schema):
    """The lines of a conference's seats, of those that one may see."""

    seats: list[SeatQuality]
