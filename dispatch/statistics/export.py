"""A report as a table for a spreadsheet, in the reader's language."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from command_center import spreadsheets
from command_center.spreadsheets import Cell
from dispatch.statistics.definitions import Figure, definitions
from dispatch.statistics.figures import Figures, Interval
from dispatch.statistics.report import GroupedBy, Report


def table(report: Report) -> Iterator[list[Cell]]:
    """The header, one row for each line, and the total."""
    yield [_heading(report.by), *_columns()]
    english = (get_language() or "").startswith("en")
    for line in report.lines:
        yield [line.name_en if english else line.name, *_cells(line.figures)]
    yield [_("total"), *_cells(report.total)]


def as_csv(report: Report) -> bytes:
    """CSV, as spreadsheet programs read it."""
    return spreadsheets.as_csv(table(report))


def _definition_rows() -> Iterator[list[Cell]]:
    yield [_("figure"), _("meaning")]
    for one in definitions():
        yield [one.name, one.meaning]


def definitions_as_csv() -> bytes:
    """What the columns mean, as a file beside the figures: one row for each."""
    return spreadsheets.as_csv(_definition_rows())


def as_xlsx(report: Report) -> bytes:
    """An Office Open XML workbook: the figures, and on a second sheet what each means."""
    figures = (f"{report.since} – {report.until}", table(report))
    return spreadsheets.as_xlsx([figures, (_("definitions"), _definition_rows())])


def _heading(by: GroupedBy) -> str:
    return {
        GroupedBy.JURISDICTION: _("jurisdiction"),
        GroupedBy.CATEGORY: _("category"),
        GroupedBy.UNIT: _("unit"),
        GroupedBy.MONTH: _("month"),
    }[by]


def _columns() -> list[str]:
    names = {one.key: one.name for one in definitions()}
    times = (
        f"{names[interval]} {percentile} ({_('min')})"
        for interval in Interval
        for percentile in ("p50", "p90")
    )
    return [*(names[figure] for figure in Figure), *times]


def _cells(figures: Figures) -> list[Cell]:
    cells = [_value(figures, figure) for figure in Figure]
    for interval in Interval:
        found = figures.times.get(interval)
        cells += [None, None] if found is None else [_minutes(found.p50), _minutes(found.p90)]
    return cells


def _value(figures: Figures, figure: Figure) -> Cell:
    value: Cell = getattr(figures, figure)
    return round(value, 4) if isinstance(value, float) else value


def _minutes(seconds: float) -> float:
    return round(seconds / 60, 1)
