"""Keys of other systems, and taking what they report."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Case, F, Value, When
from django.utils import timezone

from command_center.accounts.scope import Scope
from command_center.audit import services as audit
from command_center.feed import services as feed
from command_center.feed.messages import iso
from command_center.jurisdictions.selectors import at_point, exists
from dispatch.external import keys, selectors
from dispatch.external.models import ExternalReport, ExternalSystem
from dispatch.incidents import reporting
from dispatch.incidents.models import Incident
from dispatch.incidents.services import UnknownError

if TYPE_CHECKING:
    from command_center.accounts.models import User

CLOCK_AHEAD = timedelta(minutes=5)
"""So much may another system's clock be ahead."""

MINUTE = timedelta(minutes=1)


class KeyRefusedError(Exception):
    """No key, or none in force."""


class TooOftenError(Exception):
    """More requests in this minute than the system may make."""

    def __init__(self, after_s: int) -> None:
        super().__init__(f"try again in {after_s} s")
        self.after_s = after_s


# -- systems and keys ------------------------------------------------------------------------------


def save_system(*, system: ExternalSystem, actor: User | None) -> str | None:
    """Add a system or change it; the key of a new one, which is known only now. Raises ValidationError."""
    now = timezone.now()
    is_new = system.pk is None
    key = None
    if is_new:
        key = keys.make_key()
        system.created_at = now
        _take(system, key, now)
    system.full_clean()
    with transaction.atomic():
        system.save(
            update_fields=None
            if is_new
            else ("name", "jurisdiction", "category", "in_use", "per_minute")
        )
        _record(audit.Action.EXTERNAL_CHANGED, system, actor, in_use=system.in_use)
    return key.text if key else None


def renew_key(*, system_id: int, actor: User | None) -> tuple[ExternalSystem, str]:
    """A fresh key; the one before is refused from now on. Raises ExternalSystem.DoesNotExist."""
    key = keys.make_key()
    with transaction.atomic():
        system = ExternalSystem.objects.select_for_update().get(pk=system_id)
        _take(system, key, timezone.now())
        system.save(update_fields=["key_prefix", "key_digest", "key_since"])
        _record(audit.Action.EXTERNAL_KEY, system, actor)
    return system, key.text


def remove_system(*, system: ExternalSystem, actor: User) -> None:
    """Take away a system that never reported; others are put out of use."""
    with transaction.atomic():
        _record(audit.Action.EXTERNAL_CHANGED, system, actor, removed=True)
        system.delete()


def _take(system: ExternalSystem, key: keys.NewKey, now: datetime) -> None:
    system.key_prefix, system.key_digest, system.key_since = key.prefix, key.digest, now


def _record(
    action: audit.Action, system: ExternalSystem, actor: User | None, **detail: Any
) -> None:
    audit.record(
        action=action,
        actor=actor,
        subject=system.name,
        code=system.jurisdiction_id,
        detail={"key": system.key_prefix, **detail},
    )


def authenticate(*, key: str, now: datetime) -> ExternalSystem:
    """The system whose key this is, and one request of its minute. Raises KeyRefusedError, TooOftenError.

    The count is one row's in the database: it holds whichever web process is asked.
    """
    prefix, secret = keys.split(key)
    system = selectors.system_of(prefix) if prefix else None
    if system is None or not keys.matches(secret, system.key_digest):
        raise KeyRefusedError
    minute = now.replace(second=0, microsecond=0)
    if system.minute != minute or system.asked < system.per_minute:
        ExternalSystem.objects.filter(pk=system.pk).update(
            asked=Case(When(minute=minute, then=F("asked") + 1), default=Value(1)),
            minute=minute,
            last_used_at=now,
        )
        asked = ExternalSystem.objects.values_list("asked", flat=True).get(pk=system.pk)
        if asked <= system.per_minute:
            return system
    raise TooOftenError(max(1, math.ceil((minute + MINUTE - now).total_seconds())))


# -- reports ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ExternalWish:
    """What a system reports: the case, and what it calls it."""

    reference: str
    report: reporting.Report
    occurred_at: datetime | None = None


def report(
    *, system: ExternalSystem, wanted: ExternalWish, address: str | None = None
) -> tuple[Incident, bool]:
    """Make a case of a report; whether it is new. The same reference is the same case, whatever else it says.

    Raises UnknownError where the place lies outside the system's jurisdiction, the category is none that it
    may report, or the time has not come yet.
    """
    with feed.transaction():
        ExternalSystem.objects.select_for_update().get(pk=system.pk)
        known = selectors.report_of(system, wanted.reference)
        if known is not None:
            return known.incident, False
        now = timezone.now()
        _check(system, wanted, now)
        code = _code(wanted.report, system.jurisdiction_id)
        origin = reporting.Origin(
            system=system.name,
            reference=wanted.reference,
            occurred_at=iso(wanted.occurred_at) if wanted.occurred_at else None,
            address=address,
        )
        case = replace(wanted.report, code=code)
        incident = reporting.report_from_system(wanted=case, code=code, origin=origin)
        ExternalReport.objects.create(
            system=system,
            reference=wanted.reference,
            incident=incident,
            occurred_at=wanted.occurred_at,
            at=now,
        )
    return incident, True


def _check(system: ExternalSystem, wanted: ExternalWish, now: datetime) -> None:
    if system.category_id and not wanted.report.category.startswith(system.category_id):
        raise UnknownError("category", f"this key reports {system.category_id} only")
    if wanted.occurred_at is not None and wanted.occurred_at > now + CLOCK_AHEAD:
        raise UnknownError("occurred_at", "this time has not come yet")


def _code(wanted: reporting.Report, jurisdiction: str) -> str:
    """Where it belongs: as named, else where its point lies. Neither may lie outside the jurisdiction.

    A point with a code may lie in an area above: of what is below there may be no area on the map.
    """
    scope = Scope((jurisdiction,))
    found = at_point(*wanted.position) if wanted.position is not None else ""
    if wanted.code:
        if not scope.covers(wanted.code) or not exists(wanted.code):
            raise UnknownError("code", "there is no such jurisdiction")
        if found and not scope.covers(found) and not jurisdiction.startswith(found):
            raise UnknownError("lat", "the place lies outside the key's jurisdiction")
        return wanted.code
    if wanted.position is None:
        raise UnknownError("code", "give a code, or lat and lng")
    if not scope.covers(found):
        raise UnknownError("lat", "the place lies outside the key's jurisdiction; give a code")
    return found
