"""Writing down what pages report of their lines, and forgetting it in time."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone

from command_center.feed import services as feed
from conferencing.conferences.models import Conference, Seat
from conferencing.conferences.recording import hint
from conferencing.conferences.services import Seated
from conferencing.quality.line import LineReport, Path, level_of_report, loss_of
from conferencing.quality.models import SeatLine

SLACK = timedelta(seconds=15)
"""So much longer than the time that has gone by may a span be: the page's clock is not the server's."""
MOST_JOINS = 50
AFTER_THE_END = timedelta(minutes=2)
_STEPS = (90, 180, 240, 360, 480, 540, 720, 1080, 1440, 2160)
BATCH = 5_000


def record(*, seated: Seated, report: LineReport) -> bool:
    """Add a report of who holds a seat by this connection. False if it does not, or tells of more than has been."""
    seat = Seat.objects.filter(
        conference_id=seated.conference, number=seated.seat, connection=seated.connection
    ).first()
    return seat is not None and _add(seat, report, timezone.now())


def record_last(*, conference_id: int, user_id: int, report: LineReport) -> bool:
    """Add the last report of a page whose socket is closed already; only shortly after."""
    now = timezone.now()
    seat = Seat.objects.filter(conference_id=conference_id, user_id=user_id).first()
    if seat is None or seat.joined_at is None:
        return False
    ended = Conference.objects.values_list("ended_at", flat=True).get(pk=conference_id)
    over = ended or seat.left_at
    if over is not None and now - over > AFTER_THE_END:
        return False
    return _add(seat, report, now)


def _add(seat: Seat, report: LineReport, now: datetime) -> bool:
    with feed.transaction() as publication:
        # The conference's row is the lock: two pages of one seat report one after the other.
        row = Conference.objects.select_for_update().get(pk=seat.conference_id)
        line = SeatLine.objects.filter(conference=row, seat=seat.number).first()
        begun = seat.joined_at or now
        since = begun if line is None else line.last_at
        if timedelta(seconds=report.seconds) > now - since + SLACK:
            return False
        if line is None:
            # A guest's line is nobody's site.
            site = seat.code if seat.user_id is not None else ""
            line = SeatLine(conference=row, seat=seat.number, code=site, at=now)
        before = (line.level, line.path)
        _add_up(line, report, now)
        line.save()
        if before != (line.level, line.path):
            hint(publication, row)
    return True


def _add_up(line: SeatLine, report: LineReport, now: datetime) -> None:
    line.last_at = now
    line.seconds += report.seconds
    line.received += report.received
    line.lost += report.lost
    line.sent += report.sent
    line.sent_lost += report.sent_lost
    line.watched_s += report.watched_s
    line.freezes += report.freezes
    line.frozen_s += report.frozen_s
    if report.join_ms is not None and len(line.joins_ms) < MOST_JOINS:
        line.joins_ms = [*line.joins_ms, report.join_ms]
    if report.round_trip_ms is not None:
        line.round_trip_ms_s += report.round_trip_ms * report.seconds
        line.round_trip_s += report.seconds
    if report.path is Path.TCP:
        line.tcp_s += report.seconds
    elif report.path is Path.RELAY:
        line.relayed_s += report.seconds
    line.heights = _grown(line.heights, report.height, report.seconds)
    line.sent_heights = _grown(line.sent_heights, report.sent_height, report.seconds)
    line.level = level_of_report(report)
    line.loss, line.round_trip_ms = loss_of(report), report.round_trip_ms
    line.path = report.path or ""


def _grown(heights: dict[str, float], height: int | None, seconds: float) -> dict[str, float]:
    """The seconds at the step that a height is nearest to: encoders send what is near the usual ones."""
    if height is None:
        return heights
    step = str(min(_STEPS, key=lambda one: abs(one - height)))
    return {**heights, step: round(heights.get(step, 0) + seconds, 1)}


def forget_old(*, now: datetime) -> int:
    """Forget lines past `settings.CONFERENCE_LINES_KEPT`, a bounded number at once; how many."""
    old = SeatLine.objects.filter(at__lt=now - settings.CONFERENCE_LINES_KEPT).order_by("at")
    count, _ = SeatLine.objects.filter(
        pk__in=list(old.values_list("pk", flat=True)[:BATCH])
    ).delete()
    return count
