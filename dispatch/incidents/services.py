"""Changing incidents: every transition, comment and correction goes through here.

A change locks the row, asks the table of transitions, saves, writes the timeline and publishes, in one
transaction. Who acts on an older version than the present one is told what happened meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db.models import Q
from django.utils import timezone
from django.utils.module_loading import import_string

from command_center.accounts.policy import Permission
from command_center.accounts.scope import Scope
from command_center.audit import services as audit
from command_center.feed import services as feed
from command_center.feed.messages import iso
from command_center.feed.sections import RemovedById
from command_center.jurisdictions.codes import common_ancestor
from command_center.jurisdictions.selectors import at_point, exists
from dispatch.incidents import clocks, selectors
from dispatch.incidents.feed import incident_data
from dispatch.incidents.lifecycle import (
    GONE,
    OWED,
    SYSTEM,
    Action,
    Actor,
    Given,
    Need,
    Refusal,
    Refused,
    Stage,
    decide,
)
from dispatch.incidents.models import (
    Category,
    Entry,
    Incident,
    IncidentAlarm,
    Participant,
)
from dispatch.incidents.orders import Asks, End, end_by_moving

if TYPE_CHECKING:
    from command_center.accounts.models import User


class IncidentError(Exception):
    """A change of a case that cannot be made; nothing has been changed."""


class ConflictError(IncidentError):
    """The case is not as it would have to be; somebody else may have been first."""


class StaleError(ConflictError):
    """Somebody else was first. `entry` is what they did."""

    def __init__(self, incident: Incident) -> None:
        self.entry = selectors.last_entry(incident)
        super().__init__(f"{incident.number} is at version {incident.version}{_lately(self.entry)}")
        self.incident = incident


class RefusedError(IncidentError):
    """The table of transitions does not allow it."""

    def __init__(self, incident: Incident, action: Action, refused: Refused) -> None:
        missing = f": {', '.join(refused.missing)}" if refused.missing else ""
        wrong = refused.refusal is Refusal.WRONG_STAGE
        lately = _lately(selectors.last_entry(incident)) if wrong else ""
        super().__init__(
            f"{action} of {incident.number} in {incident.stage}: {refused.refusal}{missing}{lately}"
        )
        self.refusal = refused.refusal
        self.missing = refused.missing


def _lately(entry: Entry | None) -> str:
    """What happened last, and who did it."""
    return f" ({entry.actor_name or 'system'}: {entry.kind})" if entry else ""


class UnknownError(IncidentError):
    """A thing that a change names does not exist for this person. `field` is where it was named."""

    def __init__(self, field_name: str, message: str) -> None:
        super().__init__(message)
        self.field = field_name


class NotAllowedError(IncidentError):
    """This person's posts do not allow it here."""


@dataclass(frozen=True, slots=True)
class Words:
    """What a person gives with a transition. `target` is a code, `into` the id of another case."""

    text: str = ""
    target: str | None = None
    until: datetime | None = None
    score: int | None = None
    into: int | None = None
    units: int = 0
    """how many units were named"""
    detail: Mapping[str, Any] = field(default_factory=dict)

    def given(self, *, photo: bool) -> Given:
        """Which needs of the table these words meet, and a photo of the case."""
        met = {
            Need.REASON: bool(self.text.strip()),
            Need.FEEDBACK: bool(self.text.strip()),
            Need.PHOTO: photo,
            Need.UNTIL: self.until is not None,
            Need.SCORE: self.score is not None,
            Need.TARGET: bool(self.target),
            Need.UNITS: self.units > 0,
            Need.INTO: self.into is not None,
        }
        return Given(frozenset(need for need, is_met in met.items() if is_met), self.target)


NOTHING_SAID = Words()

HELPABLE = frozenset({Stage.REPORTED, Stage.ACCEPTED, Stage.DISPATCHED, Stage.IN_PROGRESS})
"""Stages in which help from above can still come."""


SENDABLE = frozenset({Stage.ACCEPTED, Stage.DISPATCHED, Stage.IN_PROGRESS})
"""Stages in which a unit that did not come is missed."""

_SENDS = frozenset({Action.DISPATCH, Action.REINFORCE})


def lock(incident_id: int, scope: Scope) -> Incident:
    """The row of a case in scope, unchanged by others until the transaction ends. Raises DoesNotExist."""
    return lock_where(incident_id, scope.condition())


def lock_any(incident_id: int) -> Incident:
    """The row of a case for who is not bound to a scope: the system, and units that were sent."""
    return lock_where(incident_id, Q())


def lock_where(incident_id: int, condition: Q) -> Incident:
    """The row of a case that meets a condition, as `lock` does."""
    rows = Incident.objects.select_for_update(of=("self",)).select_related("category")
    return rows.get(condition, pk=incident_id)


def lock_all(incident_ids: Iterable[int], condition: Q) -> dict[int, Incident]:
    """Those of some cases that meet a condition, by id, locked in the order of their ids.

    Who locks several always does so here: one waits for the other, and there is no deadlock.
    """
    locked: dict[int, Incident] = {}
    for pk in sorted(set(incident_ids)):
        with suppress(Incident.DoesNotExist):
            locked[pk] = lock_where(pk, condition)
    return locked


def check_version(incident: Incident, version: int) -> None:
    """Refuse to act on a picture of the case that is no longer true."""
    if version != incident.version:
        raise StaleError(incident)


def act(
    *,
    incident_id: int,
    scope: Scope,
    user: User,
    action: Action,
    version: int,
    words: Words = NOTHING_SAID,
) -> Incident:
    """One transition by a person. Raises StaleError, RefusedError, UnknownError, Incident.DoesNotExist."""
    if action is Action.MERGE and words.into is not None:
        return _merge(
            incident_id=incident_id,
            into_id=words.into,
            scope=scope,
            user=user,
            version=version,
            words=words,
        )
    with feed.transaction() as publication:
        incident = lock(incident_id, scope)
        check_version(incident, version)
        move(publication, incident, selectors.actor_of(user), action, words, user=user)
    return incident


def move(
    publication: feed.Publication,
    incident: Incident,
    actor: Actor,
    action: Action,
    words: Words,
    *,
    user: User | None = None,
) -> Entry:
    """One transition of a locked case, inside the caller's transaction. Raises RefusedError, UnknownError."""
    case, photo = selectors.case_of(incident), selectors.has_photo_of_handling(incident)
    decision = decide(case, actor, action, words.given(photo=photo))
    if isinstance(decision, Refused):
        raise RefusedError(incident, action, decision)
    if words.target and not exists(words.target):
        raise UnknownError("target", "there is no such jurisdiction")
    now = timezone.now()
    if words.until is not None and words.until <= now:
        raise UnknownError("until", "a case is suspended until a time to come")
    before = _Before.of(incident)
    if action is not Action.REINFORCE:
        clocks.stop_clock(incident, now)
        _let_wishes_lapse(incident, now)
    incident.stage, incident.code, incident.owner = decision.stage, decision.code, decision.owner
    if incident.owner != before.owner or incident.stage not in HELPABLE:
        incident.help_from = ""
    if action in _SENDS or incident.stage not in SENDABLE:
        incident.redispatch_since = None
    _enter(incident, action, words, before, now)
    if action is not Action.REINFORCE:
        _end_orders(incident, action, now)
    detail = {**words.detail, **before.changed(incident), **_told(words)}
    entry = write(incident, action, user=user, text=words.text, detail=detail, now=now)
    came_back = before.stage in GONE and incident.stage not in GONE
    save(publication, incident, was=before.code, came_back=came_back)
    audit.record(
        action=audit.Action.INCIDENT_MOVED,
        actor=user,
        subject=incident.number,
        code=common_ancestor([before.code, incident.code]),
        detail={"action": action, "stage": [before.stage, incident.stage]},
    )
    return entry


@dataclass(frozen=True, slots=True)
class _Before:
    stage: str
    code: str
    owner: str

    @classmethod
    def of(cls, incident: Incident) -> _Before:
        return cls(incident.stage, incident.code, incident.owner)

    def changed(self, incident: Incident) -> dict[str, Any]:
        """What the timeline keeps of the change."""
        found: dict[str, Any] = {"from": self.stage}
        if incident.owner != self.owner:
            found["owner"] = [self.owner, incident.owner]
        return found


def _told(words: Words) -> dict[str, Any]:
    told: dict[str, Any] = {}
    if words.until is not None:
        told["until"] = iso(words.until)
    if words.score is not None:
        told["score"] = words.score
    return told


def _let_wishes_lapse(incident: Incident, now: datetime) -> None:
    """A wish for more time is about the stage that ends: nobody has refused it, and who asked is told so."""
    for wish in incident.extensions.filter(granted=None).select_related("asked_by"):
        wish.granted, wish.decided_at = False, now
        wish.save(update_fields=["granted", "decided_at"])
        told = {"minutes": wish.minutes, "asked_by": wish.asked_by.display_name}
        write(incident, "extension_lapsed", detail=told, now=now)


def _end_orders(incident: Incident, action: Action, now: datetime) -> None:
    """What the system ordered about a stage ends with it, what a person ordered when the case came to it."""
    in_force = incident.supervisions.filter(lifted_at=None)
    in_force.filter(by=None, escalates=None).update(lifted_at=now, end=End.STAGE)
    if action is Action.RETURN:
        undone = incident.supervisions.filter(asks=Asks.HANDLED, end=End.FULFILLED)
        undone.update(lifted_at=None, end="")
    _end_fulfilled(incident, now)


def _end_fulfilled(incident: Incident, now: datetime) -> None:
    in_force = incident.supervisions.filter(lifted_at=None).exclude(by=None, escalates=None)
    for asks in Asks:
        end = end_by_moving(asks, Stage(incident.stage))
        if end is not None:
            in_force.filter(asks=asks).update(lifted_at=now, end=end)


def _enter(
    incident: Incident, action: Action, words: Words, before: _Before, now: datetime
) -> None:
    """A stage begins: its clock, and what the transition says about the case."""
    match action:
        case Action.REINFORCE:
            return
        case Action.SUSPEND:
            incident.before_suspension = before.stage
            incident.suspended_until = words.until
        case Action.RETURN:
            incident.returned += 1
        case Action.REOPEN:
            incident.reopened += 1
            incident.closed_at = incident.score = None
            clocks.forget(incident)
        case Action.CLOSE:
            incident.score, incident.closed_at = words.score, now
        case Action.RESUME:
            incident.before_suspension, incident.suspended_until = "", None
        case Action.REJECT | Action.MERGE:
            incident.closed_at = now
        case _:
            pass
    clocks.start_clock(incident, now)


def _merge(
    *, incident_id: int, into_id: int, scope: Scope, user: User, version: int, words: Words
) -> Incident:
    """What the merged case had goes over; both histories stay, and are shown together."""
    with feed.transaction() as publication:
        incident, into, partners = _lock_for_merging(incident_id, into_id, scope)
        check_version(incident, version)
        told = replace(words, detail={**words.detail, "into": into.number})
        move(publication, incident, selectors.actor_of(user), Action.MERGE, told, user=user)
        if into.pk == incident.pk or into.stage not in OWED:
            raise UnknownError(
                "into", f"{into.number} is {into.stage}; merge into an open incident"
            )
        incident.merged_into = into
        incident.save(update_fields=["merged_into"])
        Incident.objects.filter(merged_into=incident).update(merged_into=into)
        IncidentAlarm.objects.filter(incident=incident).update(incident=into)
        incident.supervisions.filter(lifted_at=None).update(incident=into)
        _end_fulfilled(into, timezone.now())
        write(into, "merged_in", user=user, text=incident.title, detail={"number": incident.number})
        _take_over_links(publication, incident, into, partners)
        save(publication, into)
    return incident


def _lock_for_merging(
    incident_id: int, into_id: int, scope: Scope
) -> tuple[Incident, Incident, dict[int, Incident]]:
    """The two cases, and by id those that the first is linked to: they too get another neighbour.

    Those are locked wherever they lie, for a link goes over whether or not this person knows of it.
    """
    linked = selectors.partners_of(incident_id)
    locked = lock_all(
        {incident_id, into_id, *linked}, scope.condition() | Q(pk__in=linked - {incident_id})
    )
    if incident_id not in locked:
        raise Incident.DoesNotExist
    if into_id not in locked or not scope.covers(locked[into_id].code):
        raise UnknownError("into", f"there is no incident {into_id}")
    partners = selectors.partners_of(incident_id)
    if not partners <= locked.keys():
        raise ConflictError(f"{locked[incident_id].number} has changed meanwhile; try again")
    return locked[incident_id], locked[into_id], {pk: locked[pk] for pk in partners}


def _take_over_links(
    publication: feed.Publication,
    incident: Incident,
    into: Incident,
    partners: Mapping[int, Incident],
) -> None:
    """What a merged case was linked to, the surviving one is linked to: once, and never to itself."""
    known = selectors.partners_of(into.pk)
    for link in selectors.links_of(incident.pk).order_by("id"):
        partner = partners[link.other_id if link.one_id == incident.pk else link.one_id]
        if partner.pk == into.pk:
            link.delete()
            continue
        if partner.pk in known:
            link.delete()
        else:
            link.one, link.other = sorted((into, partner), key=lambda case: case.pk)
            link.save()
            for case, neighbour in ((into, partner), (partner, into)):
                detail = {**named(neighbour), "by_merge": True}
                write(case, "linked", text=link.reason, detail=detail)
        tell(publication, partner)


def named(incident: Incident) -> dict[str, Any]:
    """Another case, as a line of the timeline names it: by the id, it is shown to whom that exists."""
    return {"incident": incident.pk, "number": incident.number}


def write(
    incident: Incident,
    kind: str,
    *,
    user: User | None = None,
    text: str = "",
    detail: Mapping[str, Any] | None = None,
    now: datetime | None = None,
) -> Entry:
    """A line of the timeline. `user` None is the system; who reports or was sent takes part already.

    Who links takes part by that in neither case: one that is hidden from somebody leaves no trace there.
    """
    if user is not None and kind not in _NO_PART | selectors.LINKING:
        _take_part(incident, user, kind)
    return Entry.objects.create(
        incident=incident,
        at=now or timezone.now(),
        kind=str(kind),
        stage=incident.stage,
        actor=user,
        actor_name=user.display_name if user else "",
        text=text,
        detail=dict(detail or {}),
    )


_NO_PART = frozenset({"report", "notice_seen"})
"""By what nobody comes to take part: who reports does so already, and who was told has only read it."""

_SAID = frozenset({"comment", "attached", "extension_asked", "help_asked"})
"""What who reported or was sent does without being an officer of the case."""


def _take_part(incident: Incident, user: User, kind: str) -> None:
    mine = Participant.objects.filter(incident=incident, user=user)
    parts = set(mine.values_list("part", flat=True))
    if Participant.Part.HANDLER in parts or (kind in _SAID and parts):
        return
    mine.get_or_create(incident=incident, user=user, part=Participant.Part.OFFICER)


def save(
    publication: feed.Publication,
    incident: Incident,
    *,
    was: str | None = None,
    came_back: bool = False,
) -> None:
    """Save a changed case as its next version and publish it.

    `was` is the code it had; `came_back` that it is on the consoles again, after it had left them.
    """
    incident.version += 1
    incident.save()
    if was is not None and was != incident.code:
        publication.emit("incident.removed", code=was, data=RemovedById(id=incident.id))
    publication.emit("incident.changed", code=incident.code, data=incident_data(incident))
    for follow in _followers():
        follow(publication, incident, was, came_back)


def tell(publication: feed.Publication, incident: Incident) -> None:
    """Publish what came to a case without changing what others act on: it is no new version."""
    publication.emit("incident.changed", code=incident.code, data=incident_data(incident))


@cache
def _followers() -> tuple[Callable[[feed.Publication, Incident, str | None, bool], None], ...]:
    """What belongs to a case in layers above this one, and must go where the case goes."""
    return tuple(import_string(path) for path in settings.INCIDENT_FOLLOWERS)


def comment(*, incident_id: int, user: User, text: str) -> Incident:
    """Say something about a case; this makes no new version of what others act on.

    Raises Incident.DoesNotExist, and ConflictError of a case that is in the records.
    """
    with feed.transaction() as publication:
        incident = lock_where(incident_id, selectors.reach(user, Permission.INCIDENTS_HANDLE))
        if incident.stage in GONE:
            raise ConflictError(f"{incident.number} is {incident.stage}")
        write(incident, "comment", user=user, text=text)
        tell(publication, incident)
    return incident


@dataclass(frozen=True, slots=True)
class Correction:
    """What is corrected of a case; None leaves a thing as it is."""

    title: str | None = None
    description: str | None = None
    category: str | None = None
    severity: int | None = None
    place: str | None = None
    position: tuple[float, float] | None = None


def correct(
    *, incident_id: int, scope: Scope, user: User, version: int, correction: Correction
) -> Incident:
    """Correct the facts of a case. A new severity or category starts the stage's clock from its beginning.

    Raises StaleError, UnknownError, and NotAllowedError unless one is responsible for it or commands above.
    """
    with feed.transaction() as publication:
        incident = lock(incident_id, scope)
        check_version(incident, version)
        if not selectors.may_correct(incident, selectors.actor_of(user)):
            raise NotAllowedError("only who is responsible, or commands above, corrects a case")
        was, changed = incident.code, _apply(incident, correction)
        if changed:
            if {"category", "severity"} & changed.keys():
                _restart(incident)
            if {"category", "position"} & changed.keys():
                incident.repeats_id = selectors.original_of(incident)
            write(incident, "changed", user=user, detail={"changed": changed})
            save(publication, incident, was=was)
            audit.record(
                action=audit.Action.INCIDENT_CHANGED,
                actor=user,
                subject=incident.number,
                code=incident.code,
                detail={"changed": sorted(changed)},
            )
    return incident


def _restart(incident: Incident) -> None:
    """The clock of the present stage by the new table, from when the stage began."""
    if incident.stage != Stage.SUSPENDED:
        clocks.start_clock(incident, incident.stage_since)


def _apply(incident: Incident, wanted: Correction) -> dict[str, Any]:
    changed: dict[str, Any] = {}
    for name in ("title", "description", "severity", "place"):
        value = getattr(wanted, name)
        if value is not None and value != getattr(incident, name):
            changed[name] = [getattr(incident, name), value]
            setattr(incident, name, value)
    if wanted.category is not None and wanted.category != incident.category_id:
        changed["category"] = [incident.category_id, wanted.category]
        incident.category = category_of(wanted.category)
    if wanted.position is not None and wanted.position != (incident.longitude, incident.latitude):
        changed["position"] = [[incident.longitude, incident.latitude], list(wanted.position)]
        incident.longitude, incident.latitude = wanted.position
        changed |= _belong(incident, at_point(*wanted.position))
    return changed


def _belong(incident: Incident, code: str) -> dict[str, Any]:
    """A place that is known better can lie in another jurisdiction, but only below who is responsible."""
    if not code or code == incident.code:
        return {}
    if not code.startswith(incident.owner):
        raise UnknownError("lat", "the place lies outside who is responsible; transfer the case")
    changed = {"code": [incident.code, code]}
    incident.code = code
    return changed


def category_of(code: str) -> Category:
    """A category that a case can have: one in use, and not a group. Raises UnknownError."""
    category = selectors.categories_in_use().filter(pk=code).first()
    if category is None:
        raise UnknownError("category", f"there is no category {code} in use")
    return category


def archive_old(*, before: datetime, limit: int = 200) -> int:
    """Archive what was closed or rejected before a time; how many."""
    due = Q(stage__in=(Stage.CLOSED, Stage.REJECTED), closed_at__lt=before)
    return _by_itself(due, Action.ARCHIVE, limit)


def resume_due(*, now: datetime, limit: int = 200) -> int:
    """Take up again what was suspended until now; how many."""
    return _by_itself(Q(stage=Stage.SUSPENDED, suspended_until__lte=now), Action.RESUME, limit)


def _by_itself(due: Q, action: Action, limit: int) -> int:
    """What the system does with the cases that are due; whoever was changed meanwhile is left alone."""
    done = 0
    for pk in list(
        Incident.objects.filter(due).order_by("id").values_list("pk", flat=True)[:limit]
    ):
        with feed.transaction() as publication:
            try:
                incident = lock_where(pk, due)
            except Incident.DoesNotExist:
                continue
            move(publication, incident, SYSTEM, action, NOTHING_SAID)
            done += 1
    return done
