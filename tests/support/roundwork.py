"""What tests of rounds do to a system's database through its own services; see `deeds`."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone

from command_center.accounts.models import User
from dispatch.rounds import services
from dispatch.rounds.models import Round
from dispatch.units import duty
from dispatch.units.models import Shift, Unit


def walk(*, unit: int, name: str, lng: float, lat: float, ordered: bool = False) -> dict[str, Any]:
    """A unit walks past three checkpoints 200 m apart, now; the round's id, and the checkpoints with their codes."""
    row = Unit.objects.get(pk=unit)
    places = [(lng, lat + number * 0.0018) for number in range(3)]
    starts = (timezone.localtime() - timedelta(hours=1)).time().replace(second=0, microsecond=0)
    route = services.create_route(
        new=services.NewRoute(
            name=name,
            code=row.jurisdiction_id,
            unit=row,
            is_ordered=ordered,
            starts=(starts,),
            minutes=6 * 60,
            checkpoints=tuple(
                services.NewCheckpoint(f"{name}{number}", place)
                for number, place in enumerate(places, start=1)
            ),
        ),
        actor=None,
    )
    now = timezone.now()
    one = Round.objects.get(route=route, due_from__lte=now, due_until__gt=now)
    points = route.checkpoints.order_by("position")
    return {
        "id": one.pk,
        "checkpoints": [
            {"id": point.pk, "token": point.token, "lng": point.longitude, "lat": point.latitude}
            for point in points
        ],
    }


def roster(*, unit: int, username: str) -> dict[str, int]:
    """Somebody belongs to a unit, which is on the roster for the next eight hours; the keys of both."""
    row, user = Unit.objects.get(pk=unit), User.objects.get(username=username)
    now = timezone.now()
    shift = Shift(unit=row, starts_at=now, ends_at=now + timedelta(hours=8))
    return {
        "member": duty.add_member(unit=row, user=user, actor=None).pk,
        "shift": duty.save_shift(shift=shift, actor=None).pk,
    }
