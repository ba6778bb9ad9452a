"""Questions about rules: which exist for a person, and what changed since a bridge last looked."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date
from functools import cache

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.module_loading import import_string

from command_center.accounts.scope import Scope
from iot_bridge.alarms.own import OwnCondition
from iot_bridge.rulebook.drafts import Draft, stored
from iot_bridge.rulebook.models import Book, Rule
from iot_bridge.rules.conditions import spec_of
from iot_bridge.rules.engine.checking import DefinitionError, parse
from iot_bridge.rules.engine.compiling import StoredRule
from iot_bridge.rules.engine.running import Failure
from iot_bridge.rules.engine.schedules import Days


def exist_in(scope: Scope) -> Q:
    """The rules that exist in a scope; one device's belongs where the device is now."""
    return Q(device=None) & scope.condition("code") | Q(device__isnull=False) & scope.condition(
        "device__jurisdiction_id"
    )


def rules_in(scope: Scope) -> QuerySet[Rule]:
    """The rules of a scope, those removed left out."""
    return Rule.objects.filter(exist_in(scope), removed=False).select_related("device")


def quarantined() -> QuerySet[Rule]:
    """The rules that failed and wait for somebody."""
    rows = Rule.objects.filter(quarantined_at__isnull=False, removed=False, enabled=True)
    return rows.order_by("-quarantined_at")


def revision() -> int:
    """The number of the last change to any rule."""
    return Book.objects.filter(pk=1).values_list("revision", flat=True).first() or 0


@dataclass(frozen=True, slots=True)
class Changes:
    """What changed: rules as they stand, ids of those no longer in force, and those that cannot be read any more."""

    revision: int
    rules: tuple[StoredRule, ...]
    gone: tuple[int, ...]
    unreadable: tuple[Failure, ...]


def changes_since(seen: int) -> Changes:
    """Everything that changed after a revision."""
    upto = revision()
    if upto == seen:
        return Changes(upto, (), (), ())
    rules, gone, unreadable = [], [], []
    for row in Rule.objects.filter(revision__gt=seen, revision__lte=upto).order_by("id"):
        if row.removed or not row.enabled:
            gone.append(row.pk)
            continue
        try:
            rules.append(as_stored(row))
        except DefinitionError as error:
            gone.append(row.pk)
            unreadable.append(Failure(row.pk, row.version, "", str(error)))
    return Changes(upto, tuple(rules), tuple(gone), tuple(unreadable))


def as_stored(row: Rule) -> StoredRule:
    """A row as the engine takes it. Raises DefinitionError if this version cannot read it any more."""
    definition = None if row.definition is None else parse(row.definition)
    asleep = row.quarantined_at is not None
    return stored(row.pk, row.version, Draft.of(row), definition, asleep=asleep)


def own_conditions() -> dict[str, OwnCondition]:
    """What stored rules raise beside what ships, or once did, as the newest rule there calls it."""
    found: dict[str, OwnCondition] = {}
    rows = Rule.objects.filter(condition__startswith="x_").order_by("removed", "-id")
    for rule in rows.only("condition", "title_zh", "title_en", "severity", "removed"):
        severity = rule.severity or spec_of(rule.condition).severity
        known = found.get(rule.condition)
        if known is None:
            titles = rule.title_zh, rule.title_en
            found[rule.condition] = OwnCondition(*titles, severity, severity, rule.removed)
        elif rule.removed == known.removed:
            gravest, mildest = min(known.gravest, severity), max(known.mildest, severity)
            found[rule.condition] = replace(known, gravest=gravest, mildest=mildest)
    return found


def in_force(condition: str, *, but: int = 0) -> list[StoredRule]:
    """The rules that decide about a condition now, one left out; those that cannot be read are put aside anyway."""
    rows = Rule.objects.filter(
        condition=condition, enabled=True, removed=False, quarantined_at=None
    ).exclude(pk=but)
    found = []
    for row in rows.order_by("id"):
        with suppress(DefinitionError):
            found.append(as_stored(row))
    return found


WorkingDays = tuple[frozenset[int], dict[date, bool]]


@cache
def _calendar() -> Callable[[], WorkingDays | None] | None:
    path = settings.WORKING_DAYS
    return import_string(path) if path else None


def working_days() -> Days:
    """The installation's working calendar, named in the settings; without one Monday to Friday are worked."""
    ask = _calendar()
    found = ask() if ask else None
    zone = timezone.get_default_timezone()
    return Days(zone) if found is None else Days(zone, found[0], found[1])


def meaning_kind(rows: QuerySet[Rule], kind: str) -> QuerySet[Rule]:
    """Those that may mean devices of a kind. Rules are few enough to look into their lists here."""
    ids = [
        rule.pk
        for rule in rows.only("id", "kinds", "device__kind")
        if (kind == rule.device.kind if rule.device else not rule.kinds or kind in rule.kinds)
    ]
    return rows.filter(pk__in=ids)
