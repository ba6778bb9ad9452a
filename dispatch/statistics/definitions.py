"""What each figure is called and means, in the reader's language: the one text for page, print and files."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from dispatch.statistics.figures import Interval


class Figure(StrEnum):
    """The figures that are no times, in the order in which they are told."""

    REPORTED = "reported"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    CLOSED = "closed"
    CLOSED_IN_TIME = "closed_in_time"
    RATE = "rate"
    RETURNED = "returned"
    REOPENED = "reopened"
    DECLINED = "declined"
    OVERDUE = "overdue"
    SUPERVISED = "supervised"
    EVALUATION = "evaluation"
    CALLED_BACK = "called_back"
    SATISFACTION = "satisfaction"


@dataclass(frozen=True, slots=True)
class Definition:
    """A figure by its key: what it is called, and what it counts or measures."""

    key: str
    name: str
    meaning: str


def definitions() -> list[Definition]:
    """Every figure, then the times, then what holds for all of them."""
    return [*_counted(), *_timed(), *_of_all()]


def _counted() -> list[Definition]:
    told = {
        Figure.REPORTED: (_("reported"), _("Incidents reported in the period.")),
        Figure.ACCEPTED: (
            _("accepted"),
            _(
                "Of these, accepted; a report taken by who commands at the place is accepted at once."
            ),
        ),
        Figure.REJECTED: (_("rejected"), _("Of these, rejected.")),
        Figure.CLOSED: (
            pgettext("figure", "closed"),
            _("Of these, closed with an evaluation, whenever that was, and not reopened since."),
        ),
        Figure.CLOSED_IN_TIME: (
            _("closed in time"),
            _("Closed ones of which no stage ended later than it was due."),
        ),
        Figure.RATE: (_("closed in time, share"), _("Closed in time ÷ closed.")),
        Figure.RETURNED: (
            _("returned"),
            _("Returned at least once when their handling was to be verified."),
        ),
        Figure.REOPENED: (
            _("reopened"),
            _("Taken up again at least once after they were closed or rejected."),
        ),
        Figure.DECLINED: (
            pgettext("figure", "declined"),
            _("Declined by at least one unit that was sent; in a unit's line, by that unit."),
        ),
        Figure.OVERDUE: (
            _("overdue"),
            _("At least one stage ended later than it was due, or is past that now."),
        ),
        Figure.SUPERVISED: (
            _("supervised"),
            _("Ordered from above to be finished, by hand or by itself."),
        ),
        Figure.EVALUATION: (
            _("evaluation (1–5)"),
            _("Mean of the scores that officers gave when they closed them."),
        ),
        Figure.CALLED_BACK: (
            _("called back"),
            _("Callers who asked for a call-back and were reached."),
        ),
        Figure.SATISFACTION: (
            _("satisfaction (1–5)"),
            _("Mean of what those callers said, each by the last call-back that reached them."),
        ),
    }
    return [Definition(figure, *told[figure]) for figure in Figure]


def _timed() -> list[Definition]:
    told = {
        Interval.ALARM_TO_DISPATCH: (
            _("alarm to dispatch"),
            _("From the report (of an alarm: from when it was raised) to the first task."),
        ),
        Interval.DISPATCH_TO_ACKNOWLEDGE: (
            _("dispatch to acknowledge"),
            _(
                "From the first task to the first acknowledgement; of a phone without a network, to the act itself."
            ),
        ),
        Interval.DISPATCH_TO_SCENE: (
            _("dispatch to arrival"),
            _(
                "From the first task to the first arrival; of a phone without a network, to the act itself."
            ),
        ),
        Interval.REPORT_TO_CLOSE: (
            _("report to closing"),
            _("From the report to the evaluation that closed it."),
        ),
    }
    return [Definition(interval, *told[interval]) for interval in Interval]


def _of_all() -> list[Definition]:
    return [
        Definition(
            "rank",
            _("rank"),
            _(
                "By the share closed in time, then by how many were closed; without any there is none."
            ),
        ),
        Definition(
            "percentiles",
            "P50 / P90",
            _("P50: half took no longer; P90: nine tenths took no longer."),
        ),
        Definition(
            "cases",
            _("what is counted"),
            _("By the time of the report; incidents merged into others are not counted."),
        ),
        Definition(
            "unit",
            _("by unit"),
            _(
                "An incident counts for every unit that was sent; the times up to the arrival are of"
                " that unit's own tasks."
            ),
        ),
    ]
