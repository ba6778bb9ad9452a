"""What tests do to conferences in the system's own process."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils import timezone

from command_center.feed import services as feed
from conferencing.conferences.feed import value_of
from conferencing.conferences.models import Conference
from conferencing.conferences.recording import changed
from conferencing.policy.seating import closed
from conferencing.policy.verdict import Closed, Decided, EndReason


def end(*, conference: int) -> None:
    """End a conference, whoever is in it."""
    now = timezone.now()
    with feed.transaction() as publication:
        row = Conference.objects.select_for_update().get(pk=conference)
        value = value_of(row)
        if value.ended_at is None:
            decided = Decided(closed(value, now), (Closed(EndReason.ENDED),))
            changed(publication, row, value, decided, user=None, now=now)


def age(*, conference: int, seconds: float) -> None:
    """As if everybody had been called so much earlier."""
    with feed.transaction():
        row = Conference.objects.select_for_update().get(pk=conference)
        value = value_of(row)
        seats = [
            seat.model_copy(update={"called_at": _earlier(seat.called_at, seconds)})
            for seat in value.seats
        ]
        row.state = value.with_seats(seats).model_dump(mode="json")
        row.save()


def _earlier(moment: datetime | None, seconds: float) -> datetime | None:
    return None if moment is None else moment - timedelta(seconds=seconds)
