"""A report of the figures: one line for each jurisdiction, category, unit or month, and their total."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from django.utils import timezone

from command_center.accounts.scope import Scope
from command_center.jurisdictions.codes import LENGTHS, MAX_LENGTH
from command_center.jurisdictions.selectors import names_in
from dispatch.incidents.selectors import category_names
from dispatch.statistics.figures import CaseFacts, Figures, figures_of, grouped
from dispatch.statistics.selectors import cases_in
from dispatch.units.selectors import unit_names


class GroupedBy(StrEnum):
    """What a report has a line for."""

    JURISDICTION = "jurisdiction"
    CATEGORY = "category"
    UNIT = "unit"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Line:
    """One line: its key, its names in Chinese and English, and the figures."""

    key: str
    name: str
    name_en: str
    figures: Figures


@dataclass(frozen=True, slots=True)
class Report:
    """The lines, best reading order first, and the figures of all cases together."""

    by: GroupedBy
    since: date
    until: date
    total: Figures
    lines: list[Line]


def report(*, scope: Scope, since: date, until: date, by: GroupedBy) -> Report:
    """The report over the local days `since` to `until`, both included, in a scope."""
    cases = cases_in(
        scope,
        since=_midnight(since),
        until=_midnight(until + timedelta(days=1)),
        now=timezone.now(),
    )
    groups = grouped(cases, _parts(by, scope))
    names = _names(by, scope)
    lines = [Line(key, *names(key), figures) for key, figures in groups.items()]
    if by is GroupedBy.MONTH:
        lines.sort(key=lambda line: line.key)
    else:
        lines.sort(key=lambda line: (-line.figures.reported, line.key))
    return Report(by, since, until, figures_of(cases), lines)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), timezone.get_default_timezone())


def _parts(by: GroupedBy, scope: Scope) -> Callable[[CaseFacts], Iterable[tuple[str, CaseFacts]]]:
    """The lines that a case belongs to, and what of it each line tells."""
    match by:
        case GroupedBy.JURISDICTION:
            length = _level_below(scope)
            return lambda facts: ((facts.code[:length], facts),)
        case GroupedBy.CATEGORY:
            return lambda facts: ((facts.category, facts),)
        case GroupedBy.UNIT:
            return lambda facts: ((str(unit), facts.as_of(unit)) for unit in facts.units)
        case GroupedBy.MONTH:
            return lambda facts: ((f"{timezone.localtime(facts.reported_at):%Y-%m}", facts),)


def _level_below(scope: Scope) -> int:
    """How long the codes of the level below the scope's top are."""
    top = min((len(prefix) for prefix in scope.prefixes), default=0)
    return next((length for length in sorted(LENGTHS.values()) if length > top), MAX_LENGTH)


def _names(by: GroupedBy, scope: Scope) -> Callable[[str], tuple[str, str]]:
    match by:
        case GroupedBy.JURISDICTION:
            places = names_in(scope)
            return lambda key: (places.get(key, key), places.get(key, key))
        case GroupedBy.CATEGORY:
            categories = category_names()
            return lambda key: categories.get(key, (key, key))
        case GroupedBy.UNIT:
            units = unit_names()
            return lambda key: (units.get(int(key), key), units.get(int(key), key))
        case GroupedBy.MONTH:
            return lambda key: (key, key)
