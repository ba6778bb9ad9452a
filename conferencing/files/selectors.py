"""Which files exist for somebody."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import QuerySet

from conferencing.conferences.feed import value_of
from conferencing.conferences.models import GuestLink, Seat
from conferencing.files.models import SharedFile
from conferencing.policy.conference import OUT, PRESENT, Presence

if TYPE_CHECKING:
    from command_center.accounts.models import User


def seen_by(user: User) -> QuerySet[SharedFile]:
    """The files of the conferences that somebody is in, or was in and not put out of."""
    seats = Seat.objects.filter(user=user, joined_at__isnull=False)
    inside = seats.exclude(presence__in=[*OUT, Presence.WAITING])
    return SharedFile.objects.filter(message__conference__in=inside.values("conference_id"))


def seen_by_guest(link: GuestLink) -> QuerySet[SharedFile]:
    """The files of the conference that a link leads to, while its guest is admitted and there."""
    seat = value_of(link.conference).seat_of_guest(link.pk)
    if seat is None or seat.presence not in PRESENT:
        return SharedFile.objects.none()
    return SharedFile.objects.filter(message__conference=link.conference_id)
