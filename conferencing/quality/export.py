"""The sites' figures as CSV, in the reader's language."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from django.utils.translation import gettext as _

from conferencing.quality.schemas import LineFigures, QualityReport

Cell = str | int | float | None


def as_csv(report: QualityReport) -> bytes:
    """CSV in UTF-8 with a byte order mark, which spreadsheet programs in Chinese need to see."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows([_safe(cell) for cell in row] for row in _table(report))
    return b"\xef\xbb\xbf" + text.getvalue().encode()


def _table(report: QualityReport) -> Iterator[list[Cell]]:
    yield [
        _("code"),
        _("belongs to"),
        _("site"),
        _("state of the line"),
        _("conferences"),
        _("minutes"),
        _("join time p50 (ms)"),
        _("join time p95 (ms)"),
        _("loss received (%)"),
        _("loss sent (%)"),
        _("freezes per hour"),
        _("standstill (%)"),
        _("height received"),
        _("height sent"),
        _("round trip (ms)"),
        _("through a relay (%)"),
        _("over TCP (%)"),
    ]
    words = {"good": _("good"), "fair": _("fair"), "poor": _("poor")}
    for site in report.sites:
        figures = site.figures
        yield [site.code, site.above, site.name, words[figures.level], *_cells(figures)]


def _cells(figures: LineFigures) -> list[Cell]:
    return [
        figures.conferences,
        figures.minutes,
        figures.join_p50_ms,
        figures.join_p95_ms,
        _percent(figures.loss),
        _percent(figures.sent_loss),
        None if figures.freezes_per_hour is None else round(figures.freezes_per_hour, 1),
        _percent(figures.frozen),
        figures.height,
        figures.sent_height,
        figures.round_trip_ms,
        _percent(figures.relay),
        _percent(figures.tcp),
    ]


def _percent(share: float | None) -> float | None:
    return None if share is None else round(100 * share, 2)


def _safe(cell: Cell) -> Cell:
    """A text that a spreadsheet would take for a formula is kept a text."""
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in "=+-@\t\r" else cell
