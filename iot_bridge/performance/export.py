"""A report on alarm performance as files for a spreadsheet, in the reader's language."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from command_center import spreadsheets
from command_center.spreadsheets import Cell
from iot_bridge.alarms.words import condition_word, severity_word
from iot_bridge.performance.definitions import SHARES, Figure, definitions, value_of
from iot_bridge.performance.figures import Percentiles
from iot_bridge.performance.report import Report
from iot_bridge.performance.selectors import Named
from iot_bridge.performance.tally import Source

Table = list[list[Cell]]


def as_xlsx(report: Report) -> bytes:
    """A workbook: the figures with what they mean, and a sheet for each table."""
    return spreadsheets.as_xlsx(_tables(report).items())


def as_csv(report: Report) -> bytes:
    """One long table: which table of the workbook, which line of it, which column, and the value."""
    return spreadsheets.as_csv(_long(report))


def _long(report: Report) -> Iterator[list[Cell]]:
    yield [_("table"), _("line"), _("figure"), _("value")]
    for title, (header, *rows) in _tables(report).items():
        for row in rows:
            yield from ([title, row[0], *pair] for pair in zip(header[1:], row[1:], strict=True))


def _tables(report: Report) -> dict[str, Table]:
    return {
        _("figures"): list(_figures(report)),
        _("alarm rate"): list(_series(report)),
        _("distribution of severities"): list(_priorities(report)),
        _("ten worst"): list(_worst(report)),
        _("chattering alarms"): list(_chattering(report)),
        _("standing alarms"): list(_standing(report)),
    }


def _figures(report: Report) -> Iterator[list[Cell]]:
    yield [_("figure"), _("value"), _("unit of measure"), _("not more than"), _("meaning")]
    period = f"{_minute(report.since)} – {_minute(report.until)}"
    for one in definitions():
        if one.key not in list(Figure):
            shown = period if one.key == "period" else None
            yield [one.name, shown, None, None, one.meaning]
            continue
        figure = Figure(one.key)
        value, unit = _told(figure, value_of(report, figure))
        limit, _unit = _told(figure, one.limit)
        yield [one.name, value, unit, limit, one.meaning]


def _told(figure: Figure, value: float | None) -> tuple[Cell, Cell]:
    if figure in SHARES:
        return _percent(value), "%"
    if figure is Figure.LONGEST_FLOOD:
        return (None if value is None else round(value / 60)), _("min")
    return (None if value is None else round(value, 2)), None


def _series(report: Report) -> Iterator[list[Cell]]:
    yield [_("from"), _("annunciations"), _("average rate"), _("peak rate")]
    for point in report.series:
        at = _minute(datetime.fromtimestamp(point.at, UTC))
        yield [at, point.alarms, round(point.average, 2), round(point.peak, 2)]


def _priorities(report: Report) -> Iterator[list[Cell]]:
    took, longest, seconds = _("acknowledged after"), _("longest"), _("s")
    parts = [f"{took} {part} ({seconds})" for part in ("P50", "P90", "P95", longest)]
    head = [_("severity"), _("annunciations"), _("share (%)"), _("target (%)")]
    yield [*head, _("alarms acknowledged"), *parts]
    for one in report.priorities:
        yield [
            severity_word(one.severity),
            one.count,
            _percent(one.share),
            _percent(one.target),
            *_took(one.acknowledged),
        ]
    total = sum(one.count for one in report.priorities)
    yield [_("total"), total, None, None, *_took(report.acknowledged)]


def _took(found: Percentiles | None) -> list[Cell]:
    if found is None:
        return [0, None, None, None, None]
    return [found.count, found.p50, found.p90, found.p95, found.max]


def _source_head() -> list[Cell]:
    return [_("device id"), _("name"), _("jurisdiction"), _("condition")]


def _source(source: Source, named: Named) -> list[Cell]:
    device, condition = source
    return [
        device,
        named.name,
        named.code,
        condition_word(condition, named.title_zh, named.title_en),
    ]


def _worst(report: Report) -> Iterator[list[Cell]]:
    yield [*_source_head(), _("annunciations"), _("share (%)"), _("occurrences")]
    for one in report.worst:
        source = _source(one.source, one.named)
        yield [*source, one.count, _percent(one.share), one.occurrences]


def _chattering(report: Report) -> Iterator[list[Cell]]:
    yield [*_source_head(), _("bursts"), _("most in a minute")]
    for one in report.chattering:
        source = _source(one.source, one.named)
        yield [*source, one.bursts, one.per_minute]


def _standing(report: Report) -> Iterator[list[Cell]]:
    yield [*_source_head(), _("severity"), _("active since"), _("hours"), _("acknowledged")]
    for one in report.standing:
        alarm = one.alarm
        yield [
            *_source(alarm.source, one.named),
            severity_word(alarm.severity),
            _minute(alarm.active_since),
            round((report.at - alarm.active_since).total_seconds() / 3600, 1),
            _("yes") if alarm.acknowledged else _("no"),
        ]


def _minute(moment: datetime) -> str:
    return timezone.localtime(moment).strftime("%Y-%m-%d %H:%M")


def _percent(part: float | None) -> float | None:
    return None if part is None else round(100 * part, 2)
