"""Questions about lines: of a conference's seats, and of the sites in a period."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q

from conferencing.quality.figures import Line
from conferencing.quality.line import LineLevel, Path
from conferencing.quality.models import SeatLine
from conferencing.quality.shown import SeatLineData


def lines_now(conference_id: int, *, since: datetime) -> tuple[SeatLineData, ...]:
    """How the lines of the seats were last, of those that reported since."""
    rows = SeatLine.objects.filter(conference_id=conference_id, last_at__gte=since)
    return tuple(
        SeatLineData(
            seat=row.seat,
            level=LineLevel(row.level),
            loss=row.loss,
            round_trip_ms=row.round_trip_ms,
            path=Path(row.path) if row.path else None,
        )
        for row in rows
    )


def lines_of(conference_id: int, condition: Q) -> list[tuple[int, Line]]:
    """The lines of a conference's seats, by number of the seat."""
    rows = SeatLine.objects.filter(condition, conference_id=conference_id).order_by("seat")
    return [(row.seat, line_of(row)) for row in rows]


def lines_between(condition: Q, *, since: datetime, until: datetime) -> list[Line]:
    """The lines that first reported in this time."""
    rows = SeatLine.objects.filter(condition, at__gte=since, at__lt=until)
    return [line_of(row) for row in rows.order_by("id").iterator()]


def line_of(row: SeatLine) -> Line:
    """A row as figures are made of it."""
    return Line(
        code=row.code,
        conference=row.conference_id,
        seconds=row.seconds,
        joins_ms=tuple(row.joins_ms),
        received=row.received,
        lost=row.lost,
        sent=row.sent,
        sent_lost=row.sent_lost,
        watched_s=row.watched_s,
        freezes=row.freezes,
        frozen_s=row.frozen_s,
        round_trip_ms_s=row.round_trip_ms_s,
        round_trip_s=row.round_trip_s,
        tcp_s=row.tcp_s,
        relayed_s=row.relayed_s,
        heights={int(height): span for height, span in row.heights.items()},
        sent_heights={int(height): span for height, span in row.sent_heights.items()},
    )
