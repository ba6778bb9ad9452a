"""Questions about outages: when may events be missing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Q, QuerySet

from command_center.accounts.scope import Scope
from command_center.jurisdictions.codes import LENGTHS, Level
from iot_bridge.outages.models import Outage, OutageCause

VILLAGE = LENGTHS[Level.VILLAGE]


def place_of(code: str, site: str) -> tuple[str, str]:
    """The place that a device belongs to: its village, and its site there if it names one."""
    return code[:VILLAGE], site


def concerning(*, code: str, site: str) -> Q:
    """The outages that a device registered so was within: those of its place, and of all above it."""
    above = [code[:length] for length in LENGTHS.values() if length <= len(code)]
    village, site = place_of(code, site)
    wide = ~Q(cause=OutageCause.SITE_SILENT) & Q(code__in=above)
    return wide | Q(cause=OutageCause.SITE_SILENT, code=village, site=site)


def outages(
    scope: Scope,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    code: str | None = None,
    device: tuple[str, str] | None = None,
    lasting: bool | None = None,
) -> QuerySet[Outage]:
    """The outages that a scope lay in, above or below, that overlap a stretch of time, newest first.

    `code` narrows them to those of a subtree, `device` (its code and site) to those that it was within;
    `lasting` to those that have, or have not, ended.
    """
    rows = Outage.objects.filter(scope.touching())
    if since is not None:
        rows = rows.filter(Q(until=None) | Q(until__gt=since))
    if until is not None:
        rows = rows.filter(since__lt=until)
    if code is not None:
        rows = rows.filter(Scope((code,)).touching())
    if device is not None:
        rows = rows.filter(concerning(code=device[0], site=device[1]))
    if lasting is not None:
        rows = rows.filter(until__isnull=lasting)
    return rows.order_by("-id")


def outages_between(
    *,
    scope: Scope,
    since: datetime,
    until: datetime,
    code: str | None = None,
    device: tuple[str, str] | None = None,
) -> Sequence[Outage]:
    """See `outages`; oldest first, for whoever draws them over a stretch of history."""
    rows = outages(scope, since=since, until=until, code=code, device=device)
    return list(rows.order_by("since", "id"))
