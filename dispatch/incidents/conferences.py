"""A conference about a case is told on the case's timeline: when it was opened, how it was when it was over, and that it
can be seen again."""

from __future__ import annotations

from django.db.models import Q

from command_center.accounts.policy import Permission
from command_center.feed import services as feed
from conferencing.conferences.happenings import Happening, Opened, Over, RecordingReady, Subject
from conferencing.conferences.shown import AboutKind
from dispatch.incidents import selectors
from dispatch.incidents.feed import incident_data
from dispatch.incidents.locking import lock_where
from dispatch.incidents.models import Entry, Incident
from dispatch.incidents.writing import write

OPENED = "conference_opened"
OVER = "conference_over"
RECORDED = "conference_recorded"


def follow(publication: feed.Publication, happening: Happening) -> None:
    """See `settings.CONFERENCE_FOLLOWERS`. Only who may see a case brings a conference onto its timeline."""
    match happening:
        case Opened():
            case = _case(happening.of, selectors.reach(happening.by, Permission.INCIDENTS_VIEW))
            if case is not None:
                write(case, OPENED, user=happening.by, detail=_detail(happening.of))
                publication.emit("incident.changed", code=case.code, data=incident_data(case))
        case Over():
            case = _told(happening.of)
            if case is not None:
                facts = {"minutes": happening.minutes, "seats": len(happening.joined)}
                write(case, OVER, detail=_detail(happening.of) | facts)
                publication.emit("incident.changed", code=case.code, data=incident_data(case))
        case RecordingReady():
            case = _told(happening.of)
            if case is not None:
                facts = {"seconds": round(happening.seconds)}
                write(case, RECORDED, detail=_detail(happening.of) | facts)
                publication.emit("incident.changed", code=case.code, data=incident_data(case))
        case _:
            pass


def _told(subject: Subject) -> Incident | None:
    """The case on whose timeline the conference is already."""
    told = Entry.objects.filter(kind=OPENED, detail__conference=subject.id)
    return _case(subject, Q(entries__in=told))


def _case(subject: Subject, condition: Q) -> Incident | None:
    if subject.about.kind is not AboutKind.INCIDENT or not subject.about.id.isdecimal():
        return None
    try:
        return lock_where(int(subject.about.id), condition)
    except (Incident.DoesNotExist, OverflowError):
        return None


def _detail(subject: Subject) -> dict[str, object]:
    return {"conference": subject.id, "number": subject.number}
