"""One transition of a case, and what ends and begins with it: clocks, wishes, orders from above."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db.models import Q
from django.utils import timezone

from command_center.audit import services as audit
from command_center.feed import services as feed
from command_center.feed.messages import iso
from command_center.jurisdictions.codes import common_ancestor
from command_center.jurisdictions.selectors import exists
from dispatch.incidents import clocks, selectors
from dispatch.incidents.errors import RefusedError, UnknownError
from dispatch.incidents.lifecycle import (
    GONE,
    SYSTEM,
    Action,
    Actor,
    Given,
    Need,
    Refused,
    Stage,
    decide,
)
from dispatch.incidents.locking import lock_where
from dispatch.incidents.models import Entry, Incident
from dispatch.incidents.orders import Asks, End, end_by_moving
from dispatch.incidents.writing import save, write

if TYPE_CHECKING:
    from command_center.accounts.models import User


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
    end_fulfilled(incident, now)


def end_fulfilled(incident: Incident, now: datetime) -> None:
    """End what was ordered from above and is done by the stage that the case is in."""
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
