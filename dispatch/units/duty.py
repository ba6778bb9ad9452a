"""Being on duty: who belongs to a unit, when they are on duty, and where the unit then is.

A position exists only while somebody of the unit is on duty. Only the last one is kept, never a history.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.utils import timezone

from command_center.audit.services import Action, record
from command_center.feed import services as feed
from command_center.feed.messages import iso
from dispatch.ground import metres_between
from dispatch.units import selectors
from dispatch.units.feed import unit_data
from dispatch.units.kinds import BACK_M, BUSY, UnitStatus
from dispatch.units.models import Shift, Unit, UnitMember
from dispatch.units.services import lock_units

if TYPE_CHECKING:
    from command_center.accounts.models import User

LONGEST_DUTY = timedelta(hours=16)
"""Who forgets to go off duty is off it after so long: no position outlives a day's work."""

CLOCK_AHEAD = timedelta(minutes=1)
"""So much may a phone's clock be ahead."""


class NotOnDutyError(Exception):
    """A position is taken only on duty."""


class NoMemberError(Exception):
    """This person belongs to no unit here."""


def set_duty(*, user: User, on: bool) -> list[UnitMember]:
    """Go on duty, or off it, in all one's units. What is so already changes nothing. Raises NoMemberError.

    A unit that was out of service is available when its first member comes, unless its people said why it is;
    one that has nothing to do is out of service when the last one goes. Going off duty takes the unit's position away.
    """
    with feed.transaction() as publication:
        units = lock_units(selectors.units_of(user) if on else selectors.memberships_of(user))
        if not units:
            raise NoMemberError("this person belongs to no unit")
        for membership in UnitMember.objects.filter(user_id=user.pk, unit_id__in=units):
            if (membership.on_duty_since is not None) != on:
                _switch(publication, units[membership.unit_id], membership, on=on, actor=user)
    return selectors.duty_of(user)


def _switch(
    publication: feed.Publication,
    unit: Unit,
    membership: UnitMember,
    *,
    on: bool,
    actor: User | None,
) -> None:
    now = timezone.now()
    membership.on_duty_since = now if on else None
    membership.save(update_fields=["on_duty_since"])
    others = unit.members.exclude(pk=membership.pk).filter(on_duty_since__isnull=False).exists()
    status = UnitStatus(unit.status)
    if on and not others and status is UnitStatus.OUT_OF_SERVICE and not unit.status_reason:
        unit.status, unit.updated_at = UnitStatus.AVAILABLE, now
    elif not on and not others and status not in BUSY | {UnitStatus.OUT_OF_SERVICE}:
        unit.status, unit.updated_at = UnitStatus.OUT_OF_SERVICE, now
    if not on:
        _forget_position(unit)
    unit.on_duty = selectors.duty_at([unit.pk], now=now)[unit.pk]
    unit.save()
    publication.emit("unit.changed", code=unit.jurisdiction_id, data=unit_data(unit))
    record(
        action=Action.UNIT_DUTY,
        actor=actor,
        subject=unit.name,
        code=unit.jurisdiction_id,
        detail={"on": on, "status": unit.status},
    )


def _forget_position(unit: Unit) -> None:
    unit.position_longitude = unit.position_latitude = unit.position_at = None


def set_position(*, user: User, place: tuple[float, float], at: datetime | None) -> None:
    """Where the units are in which a person is on duty: degrees WGS-84, `at` by their phone's clock.

    Raises NotOnDutyError. What is older than what is known changes nothing.
    """
    at = _by_our_clock(at)
    with feed.transaction() as publication:
        units = lock_units(selectors.units_of(user))
        on_duty = UnitMember.objects.filter(
            user_id=user.pk, unit_id__in=units, on_duty_since__isnull=False
        )
        ids = sorted(on_duty.filter(on_duty_since__lte=at).values_list("unit_id", flat=True))
        if not on_duty.exists():
            raise NotOnDutyError("a position is taken only on duty")
        for unit_id in ids:
            _place(publication, units[unit_id], place, at)


def set_unit_position(*, unit_id: int, place: tuple[float, float], at: datetime | None) -> bool:
    """Where a unit is by a telephone that is the unit's, as `set_position`. False if that changes nothing.

    Off duty it is not taken. With members, one of them has to be on duty; without, a shift has to cover now.
    """
    at = _by_our_clock(at)
    with feed.transaction() as publication:
        unit = lock_units([unit_id]).get(unit_id)
        if unit is None or not selectors.was_on_duty_at(unit_id, at=at, now=timezone.now()):
            return False
        return _place(publication, unit, place, at)


def _by_our_clock(at: datetime | None) -> datetime:
    now = timezone.now()
    return now if at is None or at > now + CLOCK_AHEAD else min(at, now)


def _place(
    publication: feed.Publication, unit: Unit, place: tuple[float, float], at: datetime
) -> bool:
    """Put a locked unit where it was seen, unless it was seen later already."""
    if unit.position_at is not None and unit.position_at >= at:
        return False
    unit.position_longitude, unit.position_latitude = place
    unit.position_at = at
    fields = ["position_longitude", "position_latitude", "position_at"]
    if _is_back(unit, place):
        unit.status, unit.updated_at = UnitStatus.AVAILABLE, timezone.now()
        fields += ["status", "updated_at"]
    unit.save(update_fields=fields)
    publication.emit("unit.changed", code=unit.jurisdiction_id, data=unit_data(unit))
    return True


def _is_back(unit: Unit, place: tuple[float, float]) -> bool:
    """Whether a unit that was on its way back is at its post."""
    if unit.status != UnitStatus.RETURNING or unit.post is None:
        return False
    return metres_between(unit.post, place) <= BACK_M


def end_forgotten_duty(*, now: datetime) -> int:
    """Take those off duty who have been on it too long; how many."""
    forgotten = UnitMember.objects.filter(on_duty_since__lt=now - LONGEST_DUTY)
    ended = 0
    for key, unit_id in list(forgotten.values_list("pk", "unit_id")):
        with feed.transaction() as publication:
            units = lock_units([unit_id])
            membership = forgotten.filter(pk=key).first()
            if membership is not None:
                _switch(publication, units[unit_id], membership, on=False, actor=None)
                ended += 1
    return ended


def follow_roster(*, now: datetime) -> int:
    """Say on the consoles of every unit whose shift has begun or ended whether it is on duty; how many."""
    keys = selectors.otherwise_on_duty(now=now)
    if keys:
        with feed.transaction() as publication:
            for unit in lock_units(keys).values():
                _follow_duty(publication, unit, now)
    return len(keys)


def _follow_duty(publication: feed.Publication, unit: Unit, now: datetime) -> None:
    """Members or shifts of a locked unit have changed, or time has passed."""
    on_duty = selectors.duty_at([unit.pk], now=now)[unit.pk]
    if unit.on_duty != on_duty:
        unit.on_duty = on_duty
        unit.save(update_fields=["on_duty"])
    publication.emit("unit.changed", code=unit.jurisdiction_id, data=unit_data(unit))


def forget_stray_positions() -> int:
    """Clear the position of units of which nobody is on duty any more; how many."""
    now = timezone.now()
    keys = selectors.seen_off_duty(now=now)
    if not keys:
        return 0
    with feed.transaction() as publication:
        for unit in lock_units(keys).values():
            if not selectors.was_on_duty_at(unit.pk, at=now, now=now):
                _forget_position(unit)
                unit.save()
                publication.emit("unit.changed", code=unit.jurisdiction_id, data=unit_data(unit))
    return len(keys)


def add_member(*, unit: Unit, user: User, actor: User | None) -> UnitMember:
    """Have a person belong to a unit. They are off duty."""
    with feed.transaction() as publication:
        locked = lock_units([unit.pk])[unit.pk]
        membership, is_new = UnitMember.objects.get_or_create(unit=locked, user=user)
        if is_new:
            _follow_duty(publication, locked, timezone.now())
            _record_members(unit, actor, added=user.display_name)
    return membership


def remove_member(*, membership: UnitMember, actor: User | None) -> None:
    """Have a person no longer belong to a unit; on duty, they go off it first."""
    with feed.transaction() as publication:
        units = lock_units([membership.unit_id])
        unit = units[membership.unit_id]
        if membership.on_duty_since is not None:
            _switch(publication, unit, membership, on=False, actor=actor)
        name = membership.user.display_name
        membership.delete()
        _follow_duty(publication, unit, timezone.now())
        _record_members(unit, actor, removed=name)


def _record_members(unit: Unit, actor: User | None, **detail: str) -> None:
    record(
        action=Action.UNIT_MEMBERS,
        actor=actor,
        subject=unit.name,
        code=unit.jurisdiction_id,
        detail=dict(detail),
    )


def save_shift(*, shift: Shift, actor: User | None) -> Shift:
    """Put a shift on the roster, or change it. Raises ValidationError."""
    shift.full_clean()
    with feed.transaction() as publication:
        before = Shift.objects.filter(pk=shift.pk).first() if shift.pk else None
        units = lock_units({shift.unit_id, before.unit_id if before else shift.unit_id})
        shift.save()
        for unit in units.values():
            _follow_duty(publication, unit, timezone.now())
        _record_roster(units[shift.unit_id], actor, shift, "set")
    return shift


def add_shifts(
    *, unit_id: int, starts_at: datetime, ends_at: datetime, days: int, actor: User
) -> list[Shift]:
    """Put the same shift on the roster for so many days in a row; one that is there already stays as it is.

    Raises ValidationError, Unit.DoesNotExist.
    """
    with feed.transaction():
        unit = Unit.objects.get(pk=unit_id)
        made = []
        for day in range(days):
            times = (starts_at + timedelta(days=day), ends_at + timedelta(days=day))
            known = Shift.objects.filter(unit=unit, starts_at=times[0], ends_at=times[1]).first()
            wanted = Shift(unit=unit, starts_at=times[0], ends_at=times[1])
            made.append(known or save_shift(shift=wanted, actor=actor))
    return made


def remove_shift(*, shift: Shift, actor: User | None) -> None:
    """Take a shift off the roster."""
    with feed.transaction() as publication:
        unit = lock_units([shift.unit_id])[shift.unit_id]
        _record_roster(unit, actor, shift, "removed")
        shift.delete()
        _follow_duty(publication, unit, timezone.now())


def _record_roster(unit: Unit, actor: User | None, shift: Shift, what: str) -> None:
    record(
        action=Action.UNIT_ROSTER,
        actor=actor,
        subject=unit.name,
        code=unit.jurisdiction_id,
        detail={what: [iso(shift.starts_at), iso(shift.ends_at)]},
    )
