"""A report as a table for a spreadsheet, in the reader's language."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

import xlsxwriter
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

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
    text = io.StringIO(newline="")
    csv.writer(text).writerows([_safe(cell) for cell in row] for row in table(report))
    return b"\xef\xbb\xbf" + text.getvalue().encode()


def as_xlsx(report: Report) -> bytes:
    """An Office Open XML workbook of one sheet."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False}) as book:
        sheet = book.add_worksheet(f"{report.since} – {report.until}")
        bold = book.add_format({"bold": True})
        for number, row in enumerate(table(report)):
            sheet.write_row(number, 0, row, bold if number == 0 else None)
        sheet.freeze_panes(1, 1)
        sheet.autofit()
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
    intervals = {
        Interval.ALARM_TO_DISPATCH: _("alarm to dispatch"),
        Interval.DISPATCH_TO_ACKNOWLEDGE: _("dispatch to acknowledgement"),
        Interval.DISPATCH_TO_SCENE: _("dispatch to arrival"),
        Interval.REPORT_TO_CLOSE: _("report to closing"),
    }
    return [
        _("reported"),
        _("accepted"),
        _("rejected"),
        pgettext("figure", "closed"),
        _("closed in time"),
        _("returned"),
        _("overdue"),
        _("supervised"),
        _("satisfaction (1–5)"),
        *(
            f"{name} {percentile} ({_('min')})"
            for name in intervals.values()
            for percentile in ("p50", "p90")
        ),
    ]


def _cells(figures: Figures) -> list[Cell]:
    cells: list[Cell] = [
        figures.reported,
        figures.accepted,
        figures.rejected,
        figures.closed,
        figures.closed_in_time,
        figures.returned,
        figures.overdue,
        figures.supervised,
        None if figures.satisfaction is None else round(figures.satisfaction, 2),
    ]
    for interval in Interval:
        found = figures.times.get(interval)
        cells += [None, None] if found is None else [_minutes(found.p50), _minutes(found.p90)]
    return cells


def _minutes(seconds: float) -> float:
    return round(seconds / 60, 1)
