"""A report as a table for a spreadsheet, in the reader's language."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator

import xlsxwriter
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from dispatch.statistics.definitions import Figure, definitions
from dispatch.statistics.figures import Figures, Interval
from dispatch.statistics.report import GroupedBy, Report

Cell = str | int | float | None


def table(report: Report) -> Iterator[list[Cell]]:
    """The header, one row for each line, and the total."""
    yield [_heading(report.by), *_columns()]
    english = (get_language() or "").startswith("en")
    for line in report.lines:
        yield [line.name_en if english else line.name, *_cells(line.figures)]
    yield [_("total"), *_cells(report.total)]


def as_csv(report: Report) -> bytes:
    """CSV in UTF-8 with a byte order mark, which spreadsheet programs in Chinese need to see."""
    return _csv(table(report))


def _csv(rows: Iterable[list[Cell]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows([_safe(cell) for cell in row] for row in rows)
    return b"\xef\xbb\xbf" + text.getvalue().encode()


def _definition_rows() -> Iterator[list[Cell]]:
    yield [_("figure"), _("meaning")]
    for one in definitions():
        yield [one.name, one.meaning]


def definitions_as_csv() -> bytes:
    """What the columns mean, as a file beside the figures: one row for each."""
    return _csv(_definition_rows())


def as_xlsx(report: Report) -> bytes:
    """An Office Open XML workbook: the figures, and on a second sheet what each means."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False}) as book:
        sheet = book.add_worksheet(f"{report.since} – {report.until}")
        bold = book.add_format({"bold": True})
        for number, row in enumerate(table(report)):
            sheet.write_row(number, 0, row, bold if number == 0 else None)
        sheet.freeze_panes(1, 1)
        sheet.autofit()
        meanings = book.add_worksheet(_("definitions"))
        for number, row in enumerate(_definition_rows()):
            meanings.write_row(number, 0, row, bold if number == 0 else None)
        meanings.freeze_panes(1, 0)
        meanings.autofit()
    return buffer.getvalue()


def _safe(cell: Cell) -> Cell:
    """A text that a spreadsheet would take for a formula is kept a text."""
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in "=+-@\t\r" else cell


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
