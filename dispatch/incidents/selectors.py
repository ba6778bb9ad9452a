"""Questions about incidents."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

from django.db.models import Max, Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone

from command_center.accounts.policy import Permission
from command_center.accounts.scope import NOWHERE, Scope, scopes_of
from command_center.accounts.selectors import posts_of
from dispatch.incidents.duplicates import WITHIN, Likeness, Sighting, likely
from dispatch.incidents.feed import with_related
from dispatch.incidents.lifecycle import (
    GONE,
    OFFICERS,
    OWED,
    Action,
    Actor,
    Case,
    Rule,
    Stage,
    allowed,
)
from dispatch.incidents.models import (
    Attachment,
    Calendar,
    CalendarDay,
    CallBack,
    CaseRules,
    Category,
    Entry,
    Incident,
    IncidentAlarm,
    Link,
    NotDuplicate,
    Participant,
    Supervision,
)
from dispatch.units.kinds import Skill

if TYPE_CHECKING:
    from command_center.accounts.models import User

LINKING = frozenset({"linked", "unlinked", "not_duplicate"})
"""Kinds of entries that name another case: only for whom that exists too."""

CALLABLE = frozenset({Stage.HANDLED, Stage.VERIFIED, Stage.CLOSED, Stage.REJECTED, Stage.ARCHIVED})
"""Stages in which there is something to tell whoever called."""

NEAR_DEGREES = 0.01
"""A box around a place, a little larger than any likeness reaches."""


def handlers_of(incident: Incident) -> frozenset[int]:
    """Ids of the people who were sent to a case, ever."""
    rows = Participant.objects.filter(incident=incident, part=Participant.Part.HANDLER)
    return frozenset(rows.values_list("user_id", flat=True))


def case_of(incident: Incident) -> Case:
    """What of an incident its life depends on."""
    return Case(
        stage=Stage(incident.stage),
        code=incident.code,
        owner=incident.owner,
        handlers=handlers_of(incident),
        before_suspension=Stage(incident.before_suspension) if incident.before_suspension else None,
        photo_required=incident.category.photo_required,
    )


def actor_of(user: User) -> Actor:
    """A person as the table of transitions sees them."""
    return Actor(user.pk, posts_of(user))


def reach(user: User, permission: Permission) -> Q:
    """The cases that exist for a person: those in scope, those they were sent to, and their own reports."""
    scopes = scopes_of(user)
    condition = scopes.get(permission, NOWHERE).condition()
    reported = scopes.get(Permission.INCIDENTS_REPORT, NOWHERE)
    if not reported:
        return condition
    sent = Participant.objects.filter(user=user, part=Participant.Part.HANDLER)
    return (
        condition
        | Q(pk__in=sent.values("incident_id"))
        | (Q(reported_by=user) & reported.condition())
    )


def has_photo_of_handling(incident: Incident) -> bool:
    """Whether somebody attached a picture since the case was last sent out; of no matter if none is asked for."""
    if not incident.category.photo_required:
        return False
    sent = Entry.objects.filter(incident=incident, kind__in=(Action.DISPATCH, Action.RETURN))
    since = sent.aggregate(at=Max("at"))["at"] or incident.reported_at
    pictures = Attachment.objects.filter(incident=incident, type__startswith="image/")
    return pictures.filter(at__gte=since).exists()


def categories_in_use() -> QuerySet[Category]:
    """The categories that a case can have: in use, of a group in use."""
    return Category.objects.filter(in_use=True, parent__in_use=True)


def category_tree() -> QuerySet[Category]:
    """The groups in use and their categories in use."""
    return Category.objects.filter(Q(parent=None) | Q(parent__in_use=True), in_use=True)


def skills_asked(category: Category) -> frozenset[Skill]:
    """Which skills a case of this category asks for, its own or its group's; any one of them helps."""
    asked = category.skills or (category.parent.skills if category.parent else [])
    return frozenset(Skill(skill) for skill in asked)


WARNED_FROM = (11, 15)
"""From this day of the year on a calendar without special days of the next year is told; they are announced before."""


def calendars_running_out(*, today: date) -> list[tuple[str, int]]:
    """Working calendars in use that lack this year's or, towards its end, the next year's special days: name and year."""
    wanted = [today.year]
    if (today.month, today.day) >= WARNED_FROM:
        wanted.append(today.year + 1)
    used = Calendar.objects.filter(allowance__isnull=False).distinct().order_by("id")
    known = set(CalendarDay.objects.values_list("calendar_id", "day__year"))
    return [(row.name, year) for row in used for year in wanted if (row.pk, year) not in known]


def working_days() -> tuple[frozenset[int], dict[date, bool]] | None:
    """The first working calendar: the weekdays worked (0 Monday), and whether each special day is. None without one."""
    calendar = Calendar.objects.order_by("id").first()
    if calendar is None:
        return None
    return frozenset(calendar.weekdays), dict(calendar.days.values_list("day", "works"))


def rules() -> CaseRules:
    """What holds for all cases: as an administrator has it, else as it ships."""
    return CaseRules.objects.first() or CaseRules()


def category_names() -> dict[str, tuple[str, str]]:
    """Chinese and English name of every category and group by code, those out of use too."""
    rows = Category.objects.values_list("code", "name", "name_en")
    return {code: (name, name_en) for code, name, name_en in rows}


def actions_for(incident: Incident, user: User) -> list[Rule]:
    """What this person may do with this case now."""
    return allowed(case_of(incident), actor_of(user))


def timeline(incident: Incident) -> QuerySet[Entry]:
    """A case's history and that of every case merged into it, in order of time."""
    rows = Entry.objects.filter(Q(incident=incident) | Q(incident__merged_into=incident))
    return rows.select_related("incident").prefetch_related("attachments").order_by("at", "id")


def last_entry(incident: Incident) -> Entry | None:
    """What was done last; what was only said is no answer to why a case is not as it was.

    A link is none either, and the other case need not exist for who is told.
    """
    said = ("comment", "attached", "notice_seen", *LINKING)
    return Entry.objects.filter(incident=incident).exclude(kind__in=said).order_by("-id").first()


def links_of(incident_id: int) -> QuerySet[Link]:
    """The links between a case and others, the newest first."""
    return Link.objects.filter(Q(one=incident_id) | Q(other=incident_id)).order_by("-id")


def partners_of(incident_id: int) -> frozenset[int]:
    """Ids of the cases that a case is linked to, wherever they lie."""
    pairs = links_of(incident_id).values_list("one_id", "other_id")
    return frozenset(pk for pair in pairs for pk in pair) - {incident_id}


def known(user: User, ids: Collection[int]) -> dict[int, Incident]:
    """Those of some cases that exist for a person, by id."""
    if not ids:
        return {}
    found = Incident.objects.filter(reach(user, Permission.INCIDENTS_VIEW), pk__in=ids)
    return {row.pk: row for row in with_related(found)}


def incidents_of_alarms(alarm_ids: list[int]) -> dict[int, Incident]:
    """Which of these alarms belong to an incident already."""
    rows = Incident.objects.filter(alarms__alarm_id__in=alarm_ids).prefetch_related("alarms")
    wanted = set(alarm_ids)
    return {
        link.alarm_id: incident
        for incident in rows
        for link in incident.alarms.all()
        if link.alarm_id in wanted
    }


def alarms_of_cases(alarm_ids: Collection[int]) -> set[int]:
    """Those of these alarms that a case came from or took in."""
    rows = IncidentAlarm.objects.filter(alarm_id__in=alarm_ids)
    return set(rows.values_list("alarm_id", flat=True))


def likely_duplicates(
    *, scope: Scope, category: str, code: str, place: tuple[float, float] | None
) -> list[tuple[Incident, Likeness]]:
    """Open cases in scope that a new one may repeat, nearest first."""
    return _alike(Sighting(0, category, timezone.now(), place, code), scope.condition())


def duplicates_of(incident: Incident, scope: Scope) -> list[tuple[Incident, Likeness]]:
    """Open cases in scope that may be the same as an open one, nearest first; not those it was told apart from."""
    if incident.stage not in OWED:
        return []
    return _alike(_sighting(incident), scope.condition() & ~Q(pk__in=_told_apart(incident.pk)))


def original_of(incident: Incident) -> int | None:
    """The id of the open case, wherever it lies, that one seems to repeat: an older one, the nearest."""
    where = Q(pk__lt=incident.pk) & ~Q(pk__in=_told_apart(incident.pk))
    return next((other.pk for other, _like in _alike(_sighting(incident), where)), None)


def _alike(new: Sighting, where: Q) -> list[tuple[Incident, Likeness]]:
    rows = with_related(Incident.objects.filter(where, stage__in=OWED))
    rows = rows.filter(reported_at__range=(new.at - WITHIN, new.at + WITHIN))
    near = Q(code=new.code)
    if new.place is not None:
        longitude, latitude = new.place
        near |= Q(
            longitude__range=(longitude - NEAR_DEGREES, longitude + NEAR_DEGREES),
            latitude__range=(latitude - NEAR_DEGREES, latitude + NEAR_DEGREES),
        )
    candidates = {row.id: row for row in rows.filter(near)}
    found = likely(new, map(_sighting, candidates.values()))
    return [(candidates[like.id], like) for like in found]


def _told_apart(incident_id: int) -> set[int]:
    pairs = NotDuplicate.objects.filter(Q(one=incident_id) | Q(other=incident_id))
    return {pk for pair in pairs.values_list("one_id", "other_id") for pk in pair} - {incident_id}


def is_time_to_call_back(incident: Incident) -> bool:
    """Whether there is something to tell who called about a case: of a merged one, about what took it in."""
    into = incident.merged_into
    return (incident.stage if into is None else into.stage) in CALLABLE


def to_call_back() -> Q:
    """Cases whose caller wants to be called back, is to be by now, and was not reached yet."""
    reached = CallBack.objects.filter(reached=True).values("caller__incident_id")
    ready = Q(stage__in=CALLABLE) | Q(merged_into__stage__in=CALLABLE)
    return Q(caller__callback=True) & ready & ~Q(pk__in=reached)


def degrees_of(incident_ids: Collection[int]) -> dict[int, tuple[int, ...]]:
    """How satisfied the callers of these cases, and of those merged into them, are: by the last call-back each."""
    case = Coalesce("caller__incident__merged_into", "caller__incident")
    rows = CallBack.objects.filter(reached=True).annotate(case=case).filter(case__in=incident_ids)
    by_caller = {
        caller: (incident, degree)
        for caller, incident, degree in rows.order_by("id").values_list(
            "caller_id", "case", "satisfied"
        )
    }
    found: dict[int, tuple[int, ...]] = {}
    for incident, degree in by_caller.values():
        if degree is not None:
            found[incident] = (*found.get(incident, ()), degree)
    return found


def sent_unit(unit_id: int) -> Q:
    """Cases to which a unit was sent, ever."""
    return Q(pk__in=Incident.objects.filter(tasks__unit_id=unit_id).values("pk"))


def in_category(code: str) -> Q:
    """Cases of a category, or of a group of them."""
    return Q(category__in=Category.objects.filter(code__startswith=code).values("code"))


def about(text: str) -> Q:
    """Cases by their number, as `numbered` has it, or by words of title, place or description."""
    wanted = text.strip()
    by_number = numbered(wanted)
    if by_number is not None and _OF_DAY.fullmatch(wanted):
        return by_number
    found = Q(pk__in=[]) if by_number is None else by_number
    for field in ("title", "place", "description"):
        found |= Q(**{f"{field}__icontains": wanted})
    return found


def numbered(text: str) -> Q | None:
    """Cases by a number, or its beginning from the whole day on, or as the consoles shorten it.

    `20261122-0012`, `20261122`, `1122-0012` of the last years, `0012` or `#0012` of today; None of what is
    none of these. Each of them finds its rows by an index, however many there are.
    """
    wanted = text.strip().removeprefix("#")
    today = timezone.localdate()
    if _OF_DAY.fullmatch(wanted):
        return _of_day(wanted)
    if _OF_A_YEAR.fullmatch(wanted):
        years = range(today.year - YEARS_BACK, today.year + 1)
        return Q(number__in=[f"{year}{wanted}" for year in years])
    return Q(number=f"{today:%Y%m%d}-{wanted}") if _OF_TODAY.fullmatch(wanted) else None


def _of_day(wanted: str) -> Q | None:
    try:
        day = datetime.strptime(wanted[:8], "%Y%m%d").date()  # noqa: DTZ007  # a local day
    except ValueError:
        return None
    if len(wanted) == len("20261122-0012"):
        return Q(number=wanted)
    begin = datetime.combine(day, time(), timezone.get_default_timezone())
    of_that_day = Q(reported_at__gte=begin, reported_at__lt=begin + timedelta(days=1))
    return of_that_day & Q(number__startswith=wanted)


YEARS_BACK = 5
_OF_DAY = re.compile(r"[0-9]{8}(-[0-9]{0,4})?")
_OF_A_YEAR = re.compile(r"[0-9]{4}-[0-9]{4}")
_OF_TODAY = re.compile(r"[0-9]{4}")


def _sighting(incident: Incident) -> Sighting:
    known = incident.longitude is not None and incident.latitude is not None
    return Sighting(
        incident.id,
        incident.category_id,
        incident.reported_at,
        (incident.longitude, incident.latitude) if known else None,  # type: ignore[arg-type]
        incident.code,
    )


def under_supervision(wanted: bool) -> Q:
    """Cases with, or without, an order from above in force."""
    ordered = Supervision.objects.filter(lifted_at=None).values("incident_id")
    return Q(pk__in=ordered) if wanted else ~Q(pk__in=ordered)


def may_correct(incident: Incident, actor: Actor) -> bool:
    """Whether a person may correct the facts: who is responsible, or commands above."""
    return incident.stage not in GONE and any(
        role in OFFICERS and incident.owner.startswith(code) for role, code in actor.posts
    )


def people(incident: Incident) -> list[tuple[str, str]]:
    """Who took part, and as what, in order of their coming."""
    rows = Participant.objects.filter(incident=incident).select_related("user").order_by("id")
    return [(row.user.display_name, row.part) for row in rows]
