"""What tests do to conferences in the system's own process, and random work with them: a step of the walks."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from random import Random

from django.utils import timezone

from command_center.accounts.models import User
from command_center.accounts.policy import Permission
from command_center.accounts.selectors import posts_at
from command_center.feed import services as feed
from command_center.jurisdictions.models import Jurisdiction
from conferencing.conferences import selectors, services
from conferencing.conferences.feed import value_of
from conferencing.conferences.models import Conference, GuestLink
from conferencing.conferences.recording import changed
from conferencing.conferences.services import ConferenceError, Opening
from conferencing.policy.commands import (
    Act,
    Decline,
    End,
    GrantFloor,
    Hand,
    Mute,
    Remove,
    RingAgain,
    Say,
)
from conferencing.policy.seating import closed
from conferencing.policy.verdict import Closed, Decided, EndReason
from conferencing.schedules import services as planning
from conferencing.schedules.models import Schedule
from conferencing.schedules.recurrence import Repeats
from conferencing.schedules.selectors import chair_codes

REFUSALS = (ConferenceError, planning.NotTheirsError, planning.PlanError)


def end(*, conference: int) -> None:
    """End a conference, whoever is in it."""
    now = timezone.now()
    with feed.transaction() as publication:
        row = Conference.objects.select_for_update().get(pk=conference)
        value = value_of(row)
        if value.ended_at is None:
            decided = Decided(closed(value, now), (Closed(EndReason.ENDED),))
            changed(publication, row, value, decided, user=None, now=now)


def expire(*, link: int) -> None:
    """As if a guest's link had not been opened in time."""
    GuestLink.objects.filter(pk=link).update(expires_at=timezone.now())


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


def work(rng: Random, user: User) -> None:
    """Open a conference, come, go, ask for something, or let time pass."""
    ids = list(Conference.objects.filter(ended_at=None).values_list("id", flat=True)[:4])
    match rng.randint(0, 8):
        case 8:
            _plan(rng, user)
        case _ if not ids:
            _open(rng, user)
        case 0:
            _open(rng, user)
        case 1 | 2:
            services.join(conference_id=rng.choice(ids), user=user)
        case 3:
            for conference, seat in selectors.now_in(user.pk, apart_from=0):
                row = Conference.objects.get(pk=conference)
                held = value_of(row).seat(seat)
                if held is not None:
                    seated = services.Seated(conference, seat, held.connection)
                    rng.choice((services.lose, services.leave))(seated=seated)
        case 4:
            later = timedelta(seconds=rng.choice((0, 50, 400)))
            services.tend(now=timezone.now() + later)
        case _:
            services.act(conference_id=rng.choice(ids), user=user, command=_command(rng))


def _open(rng: Random, user: User) -> None:
    posts = posts_at(_codes(rng), Permission.CONFERENCES_JOIN)
    invited = [(post.user_id, post.code) for post in posts]
    services.open_conference(
        user=user,
        wanted=Opening(
            title="会", severity=rng.randint(1, 4), invite=rng.sample(invited, min(2, len(invited)))
        ),
    )


def _plan(rng: Random, user: User) -> None:
    """Plan a conference, have one be due, skip it, or end it."""
    row = Schedule.objects.filter(ended_at=None).order_by("-id").first()
    if row is None or rng.random() < 0.4:
        code = rng.choice(sorted(chair_codes(user)) or [""])
        today = timezone.localdate()
        plan = planning.Plan(
            "例会", code, Repeats.DAILY, today, time(rng.randint(0, 23)), invite=[(code, None)]
        )
        planning.create(user=user, plan=plan)
    elif rng.random() < 0.5 and row.next_at is not None:
        planning.tend(now=row.next_at)
    elif rng.random() < 0.5 and row.next_at is not None:
        planning.skip(schedule_id=row.pk, user=user, at=row.next_at)
    else:
        planning.end(schedule_id=row.pk, user=user)


def _codes(rng: Random) -> list[str]:
    return rng.sample(list(Jurisdiction.objects.order_by("code").values_list("code", flat=True)), 2)


def _command(rng: Random) -> Act:
    seat = rng.randint(1, 4)
    return rng.choice(
        (
            Hand(up=rng.random() < 0.7),
            GrantFloor(seat=seat),
            Mute(seat=seat),
            Remove(seat=seat),
            RingAgain(seat=seat),
            Say(text="到"),
            Decline(),
            End(),
        )
    )
