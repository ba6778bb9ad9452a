"""What each figure is called, means and ought to be, in the reader's language: for page, print and files."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from django.utils.translation import gettext as _

from iot_bridge.performance.report import Report


class Figure(StrEnum):
    """The figures, in the order in which they are told."""

    ANNUNCIATED = "annunciated"
    RAISED = "raised"
    AGAIN = "again"
    ACKNOWLEDGED = "acknowledged"
    SHELVED = "shelved"
    OPERATORS = "operators"
    WATCHED = "watched"
    AVERAGE = "average"
    PEAK = "peak"
    OVER = "over"
    FLOOD = "flood"
    FLOODS = "floods"
    LONGEST_FLOOD = "longest_flood"
    WORST = "worst"
    CHATTERING = "chattering"
    STANDING = "standing"


SHARES = frozenset({Figure.WATCHED, Figure.OVER, Figure.FLOOD, Figure.WORST})
"""Told in per cent."""

LIMITS: dict[Figure, float] = {
    Figure.AVERAGE: 1,
    Figure.PEAK: 10,
    Figure.OVER: 0.01,
    Figure.FLOOD: 0.01,
    Figure.WORST: 0.05,
    Figure.CHATTERING: 0,
    Figure.STANDING: 5,
}
"""What a figure ought not to exceed (ISA-18.2 clause 16.5, table 7; EEMUA 191)."""


@dataclass(frozen=True, slots=True)
class Definition:
    """A figure by its key: what it is called, what it counts or measures, and what it ought not to exceed."""

    key: str
    name: str
    meaning: str
    limit: float | None = None


def value_of(report: Report, figure: Figure) -> float | None:
    """A figure of a report; shares from 0 to 1, times in seconds, None where there is nothing to tell."""
    counts, rates = report.counts, report.rates
    values: dict[Figure, float | None] = {
        Figure.ANNUNCIATED: counts.annunciated,
        Figure.RAISED: counts.raised,
        Figure.AGAIN: counts.again,
        Figure.ACKNOWLEDGED: counts.acknowledged,
        Figure.SHELVED: counts.shelved,
        Figure.OPERATORS: rates.operators,
        Figure.WATCHED: rates.watched,
        Figure.AVERAGE: rates.average,
        Figure.PEAK: rates.peak,
        Figure.OVER: rates.over,
        Figure.FLOOD: rates.flood,
        Figure.FLOODS: rates.floods,
        Figure.LONGEST_FLOOD: rates.longest_flood_s,
        Figure.WORST: report.worst_share,
        Figure.CHATTERING: report.chattering_count,
        Figure.STANDING: report.standing_count,
    }
    return values[figure]


def definitions() -> list[Definition]:
    """Every figure, then what holds for the tables."""
    told = _counted() | _rated() | _listed()
    return [*(Definition(one, *told[one], LIMITS.get(one)) for one in Figure), *_of_tables()]


def _counted() -> dict[Figure, tuple[str, str]]:
    return {
        Figure.ANNUNCIATED: (
            _("annunciations"),
            _(
                "Alarms raised in the period, and those that became active again before anybody had"
                " seen them. Repeats of an active alarm fold into its count and are none."
            ),
        ),
        Figure.RAISED: (_("alarms raised"), _("Of these, newly raised.")),
        Figure.AGAIN: (
            _("active again"),
            _("Of these, cleared and active again without an acknowledgement between."),
        ),
        Figure.ACKNOWLEDGED: (
            _("alarms acknowledged"),
            _("Of the alarms raised in the period, those acknowledged, whenever that was."),
        ),
        Figure.SHELVED: (_("shelvings"), _("How often an alarm was shelved in the period.")),
    }


def _rated() -> dict[Figure, tuple[str, str]]:
    return {
        Figure.OPERATORS: (
            _("operators"),
            _(
                "Mean number of people with a console open whose post at this very level lets them"
                " acknowledge alarms, the most of each ten minutes; nobody counts as one."
            ),
        ),
        Figure.WATCHED: (
            _("time watched"),
            _("Share of the ten-minute windows in which such a console was open."),
        ),
        Figure.AVERAGE: (
            _("average rate"),
            _("Annunciations for one operator in ten minutes; up to 1 is good, 2 can be borne."),
        ),
        Figure.PEAK: (
            _("peak rate"),
            _("Annunciations for one operator in the busiest ten minutes."),
        ),
        Figure.OVER: (
            _("windows over 10"),
            _("Share of the ten-minute windows with more than 10 for one operator."),
        ),
        Figure.FLOOD: (
            _("time in flood"),
            _(
                "A flood begins with more than 10 in ten minutes for one operator and ends with"
                " fewer than 5 (EEMUA 191)."
            ),
        ),
        Figure.FLOODS: (_("floods"), _("How many floods began in the period.")),
        Figure.LONGEST_FLOOD: (_("longest flood"), _("How long the longest of them lasted.")),
    }


def _listed() -> dict[Figure, tuple[str, str]]:
    return {
        Figure.WORST: (
            _("share of the ten worst"),
            _("Share of the ten devices and conditions with the most annunciations."),
        ),
        Figure.CHATTERING: (
            _("chattering alarms"),
            _("Devices and conditions of which an alarm became active three times in a minute."),
        ),
        Figure.STANDING: (
            _("standing alarms"),
            _("Active without a break for more than 24 hours, as of now."),
        ),
    }


def _of_tables() -> list[Definition]:
    return [
        Definition(
            "priorities",
            _("distribution of severities"),
            _(
                "Share of the annunciations beside what it ought to be: IV 80 %, III 15 %, II 5 %,"
                " I less than 1 %."
            ),
        ),
        Definition(
            "acknowledged_after",
            _("acknowledged after"),
            _(
                "From when it was raised to the last acknowledgement, of the alarms raised in the"
                " period. P50: half took no longer; P90, P95 accordingly."
            ),
        ),
        Definition(
            "occurrences",
            _("occurrences"),
            _("With all repeats, of the alarms raised in the period."),
        ),
        Definition(
            "period",
            _("period counted"),
            _("Whole windows of ten minutes, which begin with the hour; none later than now."),
        ),
        Definition(
            "standard",
            _("standard"),
            _("ISA-18.2 clause 16, IEC 62682 clause 16, EEMUA 191, 3rd edition."),
        ),
    ]
