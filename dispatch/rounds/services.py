"""Keeping routes up, opening and closing their rounds, and taking confirmations."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time
from typing import TYPE_CHECKING, TypeVar

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max, Model, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from command_center.audit.services import Action, record
from dispatch.acts import happened_at
from dispatch.rounds import checking, selectors
from dispatch.rounds.checking import Fix, Method, Refusal, Verdict
from dispatch.rounds.models import Checkpoint, Round, Route, Schedule, Visit
from dispatch.rounds.schedule import EVERY_DAY, OPEN_STATES, Wanted, plan, state_of
from dispatch.units.selectors import units_of

if TYPE_CHECKING:
    from command_center.accounts.models import User
    from dispatch.units.models import Unit

M = TypeVar("M", bound=Model)


class RefusedError(Exception):
    """The confirmation does not count. `value` is metres, or a name, as its reason has it."""

    def __init__(self, refusal: Refusal, value: str = "") -> None:
        super().__init__(refusal)
        self.refusal, self.value = refusal, value


class UnknownCheckpointError(Exception):
    """No checkpoint of this route."""


class NotYoursError(Exception):
    """Only the unit that walks a round confirms its checkpoints."""


class KeyTakenError(Exception):
    """The key was given to another checkpoint of this round."""


# -- rounds ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Swept:
    """What one look has changed."""

    opened: int
    dropped: int
    closed: int


def sweep(*, now: datetime) -> Swept:
    """Open the rounds that schedules ask for, drop those that nobody asks for any more, close what is over.

    Doing it again changes nothing.
    """
    with transaction.atomic():
        opened, dropped = _arrange(now)
        closed = _close(now)
    return Swept(opened, dropped, closed)


def _arrange(now: datetime) -> tuple[int, int]:
    waiting = Round.objects.select_for_update().filter(due_until__gt=now)
    rounds = {one.wanted or one.pk: one for one in waiting}
    known = [key for key in rounds if isinstance(key, Wanted)]
    strays = [one.pk for one in rounds.values() if one.wanted is None and one.due_from > now]
    made = plan(wanted=selectors.wanted_rounds(now=now), known=known, now=now)
    to_drop = [rounds[wanted].pk for wanted in made.to_drop] + strays
    Round.objects.filter(pk__in=to_drop).delete()
    Round.objects.bulk_create([_round(wanted) for wanted in made.to_open], ignore_conflicts=True)
    return len(made.to_open), len(to_drop)


def _round(wanted: Wanted) -> Round:
    route = Schedule.objects.select_related("route").get(pk=wanted.schedule).route
    return Round(
        route=route,
        unit_id=wanted.unit,
        schedule_id=wanted.schedule,
        due_from=wanted.window.opens,
        due_until=wanted.window.closes,
        total=_checkpoints_of(route).count(),
    )


def _close(now: datetime) -> int:
    rows = Round.objects.select_for_update().filter(
        state__in=sorted(str(state) for state in OPEN_STATES), due_until__lte=now
    )
    ended = list(rows.select_related("route"))
    for one in ended:
        _settle(one, now)
    return len(ended)


def _settle(one: Round, now: datetime) -> None:
    """A locked round's figures and state. What it has had to confirm no longer changes once it is over."""
    visited = set(one.visits.values_list("checkpoint_id", flat=True))
    if one.state in OPEN_STATES:
        asked = set(_checkpoints_of(one.route).values_list("id", flat=True))
        one.total = len(asked | visited)
    one.done = len(visited)
    one.state = state_of(closes=one.due_until, done=one.done, total=one.total, now=now)
    one.save(update_fields=["total", "done", "state"])


def _checkpoints_of(route: Route) -> QuerySet[Checkpoint]:
    return Checkpoint.objects.filter(route=route, in_use=True).order_by("position", "id")


# -- confirmations -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Confirmation:
    """What a phone tells: which checkpoint, its code or where the phone is, how long ago, and the phone's key."""

    checkpoint: int | None = None
    token: str = ""
    fix: Fix | None = None
    ago_ms: int = 0
    key: str = ""


def confirm(
    *, round_id: int, wanted: Confirmation, user: User, now: datetime
) -> tuple[Round, bool]:
    """Take a confirmation; the round as it is then, and whether the confirmation was new.

    A checkpoint is confirmed once: what comes again, with the same key or another, changes nothing. Nothing is
    kept of who it was or where the phone was; so there is no entry in the audit either.
    Raises Round.DoesNotExist, NotYoursError, UnknownCheckpointError, KeyTakenError, RefusedError.
    """
    if not selectors.visible(user).filter(pk=round_id).exists():
        raise Round.DoesNotExist
    with transaction.atomic():
        one = Round.objects.select_for_update(of=("self",)).select_related("route").get(pk=round_id)
        if one.unit_id not in units_of(user):
            raise NotYoursError
        is_new = _take(one, wanted, now)
    return one, is_new


def _take(one: Round, wanted: Confirmation, now: datetime) -> bool:
    visited = dict(one.visits.values_list("checkpoint_id", "key"))
    before = next((point for point, key in visited.items() if key and key == wanted.key), None)
    if before is not None and wanted.checkpoint in (None, before):
        return False
    if before is not None:
        raise KeyTakenError
    checkpoints = list(_checkpoints_of(one.route))
    method, verdict = _judge(one, checkpoints, wanted)
    point = _passed(verdict)
    if point.id in visited:
        return False
    at = happened_at(ago_ms=wanted.ago_ms, now=now)
    late = checking.in_time(one.window, at, now)
    if late is not None:
        raise RefusedError(late)
    if one.route.is_ordered:
        _passed(checking.in_order([row.point for row in checkpoints], point, visited.keys()))
    Visit.objects.create(
        round=one,
        checkpoint_id=point.id,
        at=at,
        heard_at=now,
        method=method,
        key=wanted.key,
    )
    _settle(one, now)
    return True


def _judge(
    one: Round, checkpoints: list[Checkpoint], wanted: Confirmation
) -> tuple[Method, Verdict]:
    points = [row.point for row in checkpoints]
    asked = next((point for point in points if point.id == wanted.checkpoint), None)
    if wanted.checkpoint is not None and asked is None:
        raise UnknownCheckpointError
    if wanted.token:
        return Method.QR, checking.by_code(points, wanted.token, wanted.checkpoint)
    if asked is None or wanted.fix is None:
        return Method.RADIUS, Verdict(None, Refusal.NO_PROOF)
    return Method.RADIUS, checking.by_place(asked, wanted.fix)


def _passed(verdict: Verdict) -> checking.Point:
    if verdict.point is None:
        raise RefusedError(verdict.refusal or Refusal.NO_PROOF, verdict.value)
    return verdict.point


# -- routes ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class NewCheckpoint:
    """A checkpoint to be created; `place` is longitude and latitude, WGS-84."""

    name: str
    place: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class NewRoute:
    """A route to be created, walked every day at these times of the day."""

    name: str
    code: str
    unit: Unit
    is_ordered: bool
    starts: tuple[time, ...]
    minutes: int
    checkpoints: tuple[NewCheckpoint, ...]


def create_route(*, new: NewRoute, actor: User | None) -> Route:
    """Create a route with its checkpoints and schedules; what is due now is open at once. Raises ValidationError."""
    route = Route(name=new.name, jurisdiction_id=new.code, unit=new.unit, is_ordered=new.is_ordered)
    with transaction.atomic():
        _write(route)
        for number, point in enumerate(new.checkpoints, start=1):
            lng, lat = point.place or (None, None)
            facts = {"name": point.name, "longitude": lng, "latitude": lat}
            _write(Checkpoint(route=route, position=number, **facts))
        for start in new.starts:
            days = list(EVERY_DAY)
            _write(Schedule(route=route, weekdays=days, starts_at=start, minutes=new.minutes))
        _recorded(route, actor, saved=str(route))
        _rearrange(route)
    return route


def _write(row: Model) -> None:
    row.full_clean()
    row.save()


def save_route(*, route: Route, actor: User | None) -> Route:
    """Create a route or change it; its coming rounds follow at once. Raises ValidationError."""
    return _saved(route, route, actor)


def save_checkpoint(*, checkpoint: Checkpoint, actor: User | None) -> Checkpoint:
    """Create a checkpoint or change it; without a number it comes last. Raises ValidationError."""
    with transaction.atomic():
        if not checkpoint.position:
            others = Checkpoint.objects.filter(route_id=checkpoint.route_id)
            last = others.aggregate(last=Max("position"))["last"] or 0
            checkpoint.position = last + 1
        return _saved(checkpoint, checkpoint.route, actor)


def save_schedule(*, schedule: Schedule, actor: User | None) -> Schedule:
    """Create a schedule or change it; its coming rounds follow at once. Raises ValidationError."""
    schedule.weekdays = sorted(schedule.weekdays)
    return _saved(schedule, schedule.route, actor)


def renew_token(*, checkpoint: Checkpoint, actor: User | None) -> Checkpoint:
    """Give a checkpoint another code: the old one, lost or copied, confirms nothing any more."""
    checkpoint.token = checking.new_token()
    return _saved(checkpoint, checkpoint.route, actor)


def remove_route(*, route: Route, actor: User | None) -> None:
    """Take a route away that was never walked. Raises ValidationError of one that was."""
    if Round.objects.filter(route=route, due_from__lte=timezone.now()).exists():
        raise ValidationError(_("It has been walked. Take it out of use instead."), "walked")
    with transaction.atomic():
        Round.objects.filter(route=route).delete()
        _recorded(route, actor, removed=str(route))
        route.delete()


def remove_checkpoint(*, checkpoint: Checkpoint, actor: User | None) -> None:
    """Take a checkpoint away that was never confirmed. Raises ValidationError of one that was."""
    if Visit.objects.filter(checkpoint=checkpoint).exists():
        raise ValidationError(_("It has been confirmed. Take it out of use instead."), "visited")
    _removed(checkpoint, checkpoint.route, actor)


def remove_schedule(*, schedule: Schedule, actor: User | None) -> None:
    """Take a schedule away, and its rounds that have not begun."""
    _removed(schedule, schedule.route, actor)


def _saved(row: M, route: Route, actor: User | None) -> M:
    with transaction.atomic():
        _write(row)
        _recorded(route, actor, saved=str(row))
        _rearrange(route)
    return row


def _removed(row: Model, route: Route, actor: User | None) -> None:
    with transaction.atomic():
        _recorded(route, actor, removed=str(row))
        row.delete()
        _rearrange(route)


def _rearrange(route: Route) -> None:
    """The coming rounds follow what a route and its schedules say now, those that run its checkpoints."""
    now = timezone.now()
    _arrange(now)
    rows = Round.objects.select_for_update(of=("self",)).select_related("route")
    for one in rows.filter(route=route, due_until__gt=now):
        _settle(one, now)


def _recorded(route: Route, actor: User | None, **detail: str) -> None:
    record(
        action=Action.ROUNDS_CONFIGURED,
        actor=actor,
        subject=route.name,
        code=route.jurisdiction_id,
        detail=dict(detail),
    )
