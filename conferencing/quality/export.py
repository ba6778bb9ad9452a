"""The sites' figures as CSV, in the reader's language."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _

from command_center import spreadsheets
from command_center.spreadsheets import Cell
from conferencing.quality.schemas import LineFigures, QualityReport


def as_csv(report: QualityReport) -> bytes:
    """CSV, as spreadsheet programs read it."""
    return spreadsheets.as_csv(_table(report))


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
