"""发现上报: how a case begins, from alarms, a call, a report, or by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from command_center.accounts.policy import Permission, Role, roles_granting
from command_center.accounts.scope import Scope
from command_center.accounts.selectors import posts_of
from command_center.audit import services as audit
from command_center.feed import services as feed
from command_center.jurisdictions.codes import LENGTHS, Level
from command_center.jurisdictions.selectors import at_point, exists, name_of
from dispatch.incidents import clocks
from dispatch.incidents.correcting import category_of
from dispatch.incidents.defaults import CONDITION_CATEGORY, OTHER
from dispatch.incidents.errors import ConflictError, UnknownError
from dispatch.incidents.lifecycle import COMMANDERS, OWED, Stage
from dispatch.incidents.locking import check_version, lock
from dispatch.incidents.models import (
    Caller,
    Category,
    DayCount,
    Incident,
    IncidentAlarm,
    Participant,
    Source,
)
from dispatch.incidents.selectors import categories_in_use, incidents_of_alarms, original_of
from dispatch.incidents.writing import save, write
from iot_bridge.alarms.feed import AlarmData
from iot_bridge.alarms.selectors import alarms_in, with_groups

if TYPE_CHECKING:
    from command_center.accounts.models import User


class TakenError(ConflictError):
    """An alarm belongs to a case already."""

    def __init__(self, alarm_id: int, incident: Incident) -> None:
        super().__init__(f"alarm {alarm_id} belongs to incident {incident.number}")
        self.incident = incident


@dataclass(frozen=True, slots=True)
class CallerFacts:
    """Who called; kept apart from the case."""

    name: str = ""
    phone: str = ""
    address: str = ""
    callback: bool = False

    def __bool__(self) -> bool:
        return bool(self.name or self.phone or self.address or self.callback)


@dataclass(frozen=True, slots=True)
class Report:
    """What is known of a new case. The place is a position (longitude, latitude), a code, or both.

    Without a severity the category's default holds.
    """

    title: str
    category: str
    source: Source
    description: str = ""
    severity: int | None = None
    code: str = ""
    position: tuple[float, float] | None = None
    place: str = ""
    caller: CallerFacts = CallerFacts()


def report(*, wanted: Report, scope: Scope, user: User) -> Incident:
    """Take a report. Who commands at the place accepts it by taking it; a village's waits for the township.

    Raises UnknownError where code, position or category is not one.
    """
    with feed.transaction() as publication:
        incident = _begin(wanted, code=_code(wanted, scope), user=user)
        _keep_caller(incident, wanted.caller)
        _publish(publication, incident, user)
    return incident


@dataclass(frozen=True, slots=True)
class Origin:
    """Another system that reports, by its name, and what it calls the case."""

    system: str
    reference: str
    occurred_at: str | None = None
    address: str | None = None


def report_from_system(*, wanted: Report, code: str, origin: Origin) -> Incident:
    """Take what another system reports at a jurisdiction. It waits for that place's township (or city).

    Raises UnknownError where the category is not one.
    """
    with feed.transaction() as publication:
        incident = _begin(wanted, code=code, user=None)
        _keep_caller(incident, wanted.caller)
        _publish(publication, incident, None, origin)
    return incident


def _keep_caller(incident: Incident, caller: CallerFacts) -> None:
    if caller:
        Caller.objects.create(
            incident=incident,
            name=caller.name,
            phone=caller.phone,
            address=caller.address,
            callback=caller.callback,
        )


def promote(*, alarm_ids: Sequence[int], scope: Scope, user: User) -> Incident:
    """Make one case of alarms in scope; place, category and severity follow the gravest.

    Of a grouped alarm all members come with it, but for those that are in a case already; its severity is the
    group's.

    Raises TakenError if one belongs to a case, UnknownError if one does not exist.
    """
    with feed.transaction() as publication:
        alarms = _alarms(alarm_ids, scope) + _group_members(alarm_ids, scope)
        worst = min(alarms, key=lambda alarm: (alarm.severity, alarm.id))
        wanted = Report(
            title="",
            category=_category_for(worst.condition).code,
            source=Source.ALARM,
            severity=min(_severity(alarm) for alarm in alarms),
            position=_position(worst),
            place=worst.site or worst.device_name,
        )
        incident = _begin(wanted, code=worst.code, user=user)
        _link(incident, alarms)
        _publish(publication, incident, user)
        _tell_of(incident, alarms, user)
    return incident


def link(
    *, incident_id: int, alarm_ids: Sequence[int], version: int, scope: Scope, user: User
) -> Incident:
    """Take more alarms into a case. Raises as `promote` does, and StaleError."""
    with feed.transaction() as publication:
        incident = lock(incident_id, scope)
        check_version(incident, version)
        if incident.stage not in OWED:
            raise ConflictError(f"{incident.number} is {incident.stage}")
        alarms = _alarms(alarm_ids, scope)
        _link(incident, alarms)
        _tell_of(incident, alarms, user)
        save(publication, incident)
    return incident


def _alarms(ids: Sequence[int], scope: Scope) -> list[AlarmData]:
    alarms = alarms_in(scope, ids)
    missing = sorted(set(ids) - {alarm.id for alarm in alarms})
    if missing:
        raise UnknownError("alarms", f"there is no alarm {missing[0]}")
    _refuse_taken(ids)
    return alarms


def _group_members(ids: Sequence[int], scope: Scope) -> list[AlarmData]:
    others = set(with_groups(scope, ids)) - set(ids)
    return alarms_in(scope, others - set(incidents_of_alarms(sorted(others))))


def _severity(alarm: AlarmData) -> int:
    return alarm.severity if alarm.group is None else min(alarm.severity, alarm.group.severity)


def _refuse_taken(ids: Sequence[int]) -> None:
    taken = incidents_of_alarms(list(ids))
    if taken:
        alarm_id = min(taken)
        raise TakenError(alarm_id, taken[alarm_id])


def _position(alarm: AlarmData) -> tuple[float, float] | None:
    return None if alarm.lng is None or alarm.lat is None else (alarm.lng, alarm.lat)


def _tell_of(incident: Incident, alarms: Sequence[AlarmData], user: User) -> None:
    for alarm in alarms:
        facts = {
            "alarm": alarm.id,
            "device": alarm.device_id,
            "condition": alarm.condition,
            **_titles(alarm),
            "code": alarm.code,
        }
        write(incident, "alarm_linked", user=user, detail=facts)


def _titles(alarm: AlarmData) -> dict[str, str]:
    """What a stored rule calls a condition of its own."""
    return {"title_zh": alarm.title_zh, "title_en": alarm.title_en} if alarm.title_zh else {}


def _link(incident: Incident, alarms: Sequence[AlarmData]) -> None:
    """Two people may reach for one alarm at once: the database lets one have it."""
    links = [IncidentAlarm(incident=incident, alarm_id=alarm.id) for alarm in alarms]
    try:
        with transaction.atomic():
            IncidentAlarm.objects.bulk_create(links)
    except IntegrityError:
        _refuse_taken([alarm.id for alarm in alarms])
        raise


def _category_for(condition: str) -> Category:
    """The category of an alarm's condition; where an administrator took that out of use, another that is."""
    known = {row.code: row for row in categories_in_use()}
    for code in (CONDITION_CATEGORY.get(condition, OTHER), OTHER, *known):
        if code in known:
            return known[code]
    raise UnknownError("category", "there is no category in use")


def _code(wanted: Report, scope: Scope) -> str:
    """Where a case belongs: as named, else where its point lies, else where the reporter is."""
    if wanted.code:
        if not exists(wanted.code) or not scope.covers(wanted.code):
            raise UnknownError("code", "there is no such jurisdiction")
        return wanted.code
    found = at_point(*wanted.position) if wanted.position is not None else ""
    return found if scope.covers(found) else scope.prefixes[0]


def _begin(wanted: Report, *, code: str, user: User | None) -> Incident:
    now = timezone.now()
    category = category_of(wanted.category)
    owner, stage = first_owner(posts_of(user) if user else (), code)
    longitude, latitude = wanted.position or (None, None)
    incident = Incident(
        number=_next_number(now),
        title=wanted.title.strip() or _title(category.name, code, wanted.place),
        description=wanted.description,
        category=category,
        severity=wanted.severity or category.severity,
        source=wanted.source,
        code=code,
        owner=owner,
        longitude=longitude,
        latitude=latitude,
        place=wanted.place,
        stage=stage,
        reported_at=now,
        reported_by=user,
    )
    clocks.start_clock(incident, now)
    incident.save()
    incident.repeats_id = original_of(incident)
    return incident


def first_owner(posts: Sequence[tuple[Role, str]], code: str) -> tuple[str, Stage]:
    """Who is responsible for a new case, and whether it is accepted already.

    Who commands over the place accepts by taking it. What a village or a patrol reports goes to its
    township (to the city, if it serves the city), and waits there.
    """
    reporters = roles_granting(Permission.INCIDENTS_REPORT)
    over = [(role, post) for role, post in posts if role in reporters and code.startswith(post)]
    commanding = [post for role, post in over if role in COMMANDERS]
    if commanding:
        return max(commanding, key=len), Stage.ACCEPTED
    nearest = max((post for _role, post in over), key=len, default=code)
    return nearest[: LENGTHS[Level.TOWNSHIP]], Stage.REPORTED


def _title(category: str, code: str, place: str) -> str:
    """What a case is called until somebody names it: where, and what. Sites often begin with their village."""
    village = name_of(code)
    where = place if village and place.startswith(village) else f"{village} {place}".strip()
    return f"{where} {category}".strip()[:120]


def _next_number(now: datetime) -> str:
    """The next number of the local day, `20261122-0001`; the row's lock is held to the commit."""
    day = timezone.localdate(now)
    DayCount.objects.get_or_create(day=day)
    DayCount.objects.filter(day=day).update(last=F("last") + 1)
    last = DayCount.objects.values_list("last", flat=True).get(day=day)
    return f"{day:%Y%m%d}-{last:04d}"


def _publish(
    publication: feed.Publication,
    incident: Incident,
    user: User | None,
    origin: Origin | None = None,
) -> None:
    if user is not None:
        Participant.objects.create(incident=incident, user=user, part=Participant.Part.REPORTER)
    told = _told_of(origin)
    write(incident, "report", user=user, detail={"source": incident.source, **told})
    incident.version = 0
    save(publication, incident)
    audit.record(
        action=audit.Action.INCIDENT_REPORTED,
        actor=user,
        actor_name=origin.system if origin else "",
        subject=incident.number,
        code=incident.code,
        detail={"source": incident.source, **told},
        address=origin.address if origin else None,
    )


def _told_of(origin: Origin | None) -> dict[str, str]:
    """What the timeline and the audit keep of where a case came from."""
    if origin is None:
        return {}
    told = {"system": origin.system, "reference": origin.reference}
    return told | ({"occurred_at": origin.occurred_at} if origin.occurred_at else {})
