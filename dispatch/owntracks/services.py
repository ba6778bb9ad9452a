"""Giving out OwnTracks logins, and taking what the apps send."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from command_center.audit import services as audit
from dispatch.owntracks.models import TrackingLogin
from dispatch.owntracks.payload import Fix
from dispatch.units import duty
from iot_bridge.devices.credentials import hash_password, make_password, verify_password

if TYPE_CHECKING:
    from command_center.accounts.models import User


def issue(*, row: TrackingLogin, actor: User | None) -> str:
    """Give a unit a login, or its login a fresh password; returns the password, known only now.

    The hash is of the kind that Mosquitto reads, so that one password serves HTTP and MQTT.
    """
    password = make_password()
    row.login = f"unit-{row.unit_id}"
    row.password_hash, row.since = hash_password(password), timezone.now()
    row.full_clean()
    with transaction.atomic():
        row.save()
        _record(row, actor, issued=True)
    return password


def set_in_use(*, row: TrackingLogin, actor: User | None) -> None:
    """Put a login out of use, or into use again."""
    with transaction.atomic():
        row.save(update_fields=["in_use"])
        _record(row, actor, in_use=row.in_use)


def remove(*, row: TrackingLogin, actor: User | None) -> None:
    """Take a login away."""
    with transaction.atomic():
        _record(row, actor, removed=True)
        row.delete()


def _record(row: TrackingLogin, actor: User | None, **detail: bool) -> None:
    audit.record(
        action=audit.Action.UNIT_TRACKER,
        actor=actor,
        subject=row.unit.name,
        code=row.unit.jurisdiction_id,
        detail={"login": row.login, **detail},
    )


def login_in_use(name: str) -> TrackingLogin | None:
    """The login of this name, if it is in use."""
    return TrackingLogin.objects.filter(login=name, in_use=True).first()


def authenticate(*, name: str, password: str) -> TrackingLogin | None:
    """The login whose password this is; None if it is nobody's."""
    row = login_in_use(name)
    return row if row is not None and verify_password(password, row.password_hash) else None


def take(*, row: TrackingLogin, fix: Fix) -> bool:
    """Make a fix its unit's last position. False, and nothing kept, off duty or of an older or coarse fix."""
    if fix.is_coarse:
        return False
    place = fix.longitude, fix.latitude
    with transaction.atomic():
        if not duty.set_unit_position(unit_id=row.unit_id, place=place, at=fix.at):
            return False
        TrackingLogin.objects.filter(pk=row.pk).update(last_at=timezone.now(), battery=fix.battery)
    return True
