"""Work on cases: what tests do to them that people can't, and the part of a random walk that is about them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from random import Random

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.db.models import F
from django.utils import timezone

from command_center.accounts.models import Post, User
from command_center.accounts.policy import Permission, Role
from command_center.accounts.scope import NOWHERE, Scope
from command_center.feed import services as feed
from command_center.jurisdictions.models import Jurisdiction
from dispatch.incidents import (
    callbacks,
    correcting,
    distinct,
    links,
    moving,
    reporting,
    selectors,
    services,
    supervision,
)
from dispatch.incidents.lifecycle import Action, Stage
from dispatch.incidents.models import Incident, Participant, Source
from dispatch.incidents.orders import Asks
from iot_bridge.alarms.models import Alarm
from tests.support import city

Scopes = dict[Permission, Scope]
REFUSALS = (services.IncidentError, Incident.DoesNotExist)
"""What a service says when a step leads nowhere."""

NEARLY_ALWAYS = 0.9
_BEFORE_HANDLED = (Stage.REPORTED, Stage.ACCEPTED, Stage.DISPATCHED, Stage.IN_PROGRESS)
_TRANSFERS = (Action.TRANSFER_DOWN, Action.TRANSFER_SIDEWAYS, Action.TRANSFER_UP)


# -- what takes time, or units, in the world -------------------------------------------------------


def crew(*, count: int, code: str) -> list[str]:
    """That many dispatchers of a jurisdiction, each signed in; the keys of their sessions."""
    return [_sign_in(f"crew-{code}-{number}", code) for number in range(count)]


def _sign_in(username: str, code: str) -> str:
    """A session without its password: fifty hashes would take longer than what is to be tested."""
    user, _new = User.objects.get_or_create(username=username, defaults={"name": username})
    Post.objects.get_or_create(user=user, role=Role.DISPATCHER, jurisdiction_id=code)
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    return str(session.session_key)


def age(*, incident: int, minutes: float) -> None:
    """As if the present stage had begun that much earlier."""
    span = timedelta(minutes=minutes)
    Incident.objects.filter(pk=incident, due_at__isnull=False).update(
        stage_since=F("stage_since") - span, warn_at=F("warn_at") - span, due_at=F("due_at") - span
    )


def end_suspension(*, incident: int) -> None:
    """As if the day until which a case was suspended had come."""
    Incident.objects.filter(pk=incident).update(suspended_until=timezone.now())


def supervise_now() -> int:
    """What the worker does about overdue cases, once more; how many it found."""
    return supervision.supervise_overdue(now=timezone.now())


def send(*, incident: int, username: str, dispatcher: str) -> None:
    """Somebody is sent and sets out, as the tasks of a case tell it."""
    user, sender = (User.objects.get(username=name) for name in (username, dispatcher))
    with feed.transaction() as publication:
        case, sent = services.lock_any(incident), services.Words(units=1)
        by = selectors.actor_of(sender)
        services.move(publication, case, by, Action.DISPATCH, sent, user=sender)
        part = Participant.Part.HANDLER
        Participant.objects.get_or_create(incident=case, user=user, part=part)
        actor, said = selectors.actor_of(user), moving.NOTHING_SAID
        services.move(publication, case, actor, Action.START, said, user=user)


def come_back(*, incident: int, username: str, feedback: str) -> None:
    """Who was sent says what was done."""
    user = User.objects.get(username=username)
    with feed.transaction() as publication:
        case, said = services.lock_any(incident), services.Words(text=feedback)
        services.move(publication, case, selectors.actor_of(user), Action.HANDLE, said, user=user)


# -- at random -------------------------------------------------------------------------------------


def work(rng: Random, user: User, scopes: Scopes) -> None:
    """One act of one person, or of the command centre itself, on some case."""
    rng.choice(_ACTS)(rng, user, scopes)


def _case(rng: Random) -> Incident:
    rows = list(Incident.objects.order_by("-id")[:12])
    if not rows:
        raise services.IncidentError("there is no case yet")
    return rng.choice(rows)


def _code(rng: Random) -> str:
    return rng.choice(list(Jurisdiction.objects.order_by("code").values_list("code", flat=True)))


def _report(rng: Random, user: User, scopes: Scopes) -> None:
    category = rng.choice(list(selectors.categories_in_use().order_by("code")))
    position = (106.0 + rng.random(), 38.0) if rng.random() < 0.5 else None
    wanted = reporting.Report(
        title=rng.choice(("", "井盖缺失", "积水")),
        category=category.code,
        source=rng.choice((Source.MANUAL, Source.HOTLINE, Source.VILLAGE)),
        severity=rng.choice((None, 1, 2, 3, 4)),
        code=_code(rng) if rng.random() < NEARLY_ALWAYS else "",
        position=position,
        caller=reporting.CallerFacts(phone="1", callback=True)
        if rng.random() < 0.3
        else reporting.CallerFacts(),
    )
    scope = scopes.get(Permission.INCIDENTS_REPORT, NOWHERE)
    reporting.report(wanted=wanted, scope=scope, user=user)


def _promote(rng: Random, user: User, scopes: Scopes) -> None:
    ids = list(Alarm.objects.order_by("-id").values_list("id", flat=True)[:8])
    if ids:
        chosen = rng.sample(ids, rng.randint(1, min(3, len(ids))))
        scope = scopes.get(Permission.INCIDENTS_HANDLE, NOWHERE)
        reporting.promote(alarm_ids=chosen, scope=scope, user=user)


def _link(rng: Random, user: User, scopes: Scopes) -> None:
    ids = list(Alarm.objects.order_by("-id").values_list("id", flat=True)[:8])
    if ids:
        case = _case(rng)
        reporting.link(
            incident_id=case.id,
            alarm_ids=[rng.choice(ids)],
            version=case.version,
            scope=scopes.get(Permission.INCIDENTS_HANDLE, NOWHERE),
            user=user,
        )


def _relate(rng: Random, user: User, _scopes: Scopes) -> None:
    one, other = _case(rng), _case(rng)
    if rng.random() < 0.3:
        links.unlink(incident_id=one.id, other_id=other.id, user=user)
    else:
        reason = rng.choice(("", "同一处"))
        links.link(incident_id=one.id, other_id=other.id, user=user, reason=reason)


def _act(rng: Random, user: User, scopes: Scopes) -> None:
    """Mostly what the person may do now; now and then anything, at an old version."""
    incident = _case(rng)
    possible = [rule.action for rule in selectors.actions_for(incident, user)]
    action = (
        rng.choice(possible) if possible and rng.random() < NEARLY_ALWAYS else rng.choice([*Action])
    )
    words = services.Words(
        text="因为",
        target=_code(rng),
        until=timezone.now() + timedelta(hours=rng.randint(1, 50)),
        score=rng.randint(1, 5),
        into=_case(rng).id if action is Action.MERGE else None,
        units=1,
    )
    services.act(
        incident_id=incident.id,
        scope=scopes.get(Permission.INCIDENTS_HANDLE, NOWHERE),
        user=user,
        action=action,
        version=incident.version - (rng.random() > NEARLY_ALWAYS),
        words=words,
    )
    if action is Action.DISPATCH:
        handler = User.objects.get(username=rng.choice(("village", "both", "town2")))
        part = Participant.Part.HANDLER
        Participant.objects.get_or_create(incident=incident, user=handler, part=part)


def _hand_on(rng: Random, user: User, scopes: Scopes) -> None:
    """Give a case to another jurisdiction, mostly one that may have it, by somebody who may."""
    rows = Incident.objects.filter(stage__in=_BEFORE_HANDLED).order_by("-id")
    cases = list(rows[:12])
    if not cases:
        return
    may = [
        (case, rule.action)
        for case in cases
        for rule in selectors.actions_for(case, user)
        if rule.action in _TRANSFERS
    ]
    anything = (rng.choice(cases), rng.choice(_TRANSFERS))
    incident, action = rng.choice(may) if may and rng.random() < NEARLY_ALWAYS else anything
    codes = list(Jurisdiction.objects.order_by("code").values_list("code", flat=True))
    below = [code for code in codes if code.startswith(incident.owner) and code != incident.owner]
    beside = [code for code in codes if len(code) == len(incident.owner) != len(city.CITY)]
    fitting = below if action is Action.TRANSFER_DOWN else beside
    services.act(
        incident_id=incident.id,
        scope=scopes.get(Permission.INCIDENTS_HANDLE, NOWHERE),
        user=user,
        action=action,
        version=incident.version,
        words=services.Words(text="因为", target=rng.choice(fitting or codes)),
    )


def _say(rng: Random, user: User, _scopes: Scopes) -> None:
    services.comment(incident_id=_case(rng).id, user=user, text="看到了")


def _correct(rng: Random, user: User, scopes: Scopes) -> None:
    correction = correcting.Correction(
        title=f"更正{rng.randint(0, 9)}", severity=rng.choice((None, 1, 2, 3, 4))
    )
    case = _case(rng)
    correcting.correct(
        incident_id=case.id,
        scope=scopes.get(Permission.INCIDENTS_HANDLE, NOWHERE),
        user=user,
        version=case.version,
        correction=correction,
    )


def _supervise(rng: Random, user: User, scopes: Scopes) -> None:
    """An order, or the end of one."""
    incident, scope = _case(rng), scopes.get(Permission.INCIDENTS_HANDLE, NOWHERE)
    given = incident.supervisions.filter(lifted_at=None).exclude(by=None).first()
    if given is not None and rng.random() < 0.4:
        supervision.lift(
            incident_id=incident.id, supervision_id=given.pk, scope=scope, user=user, text=""
        )
        return
    due = timezone.now() + timedelta(hours=rng.randint(1, 50)) if rng.random() < 0.5 else None
    supervision.supervise(
        incident_id=incident.id,
        scope=scope,
        user=user,
        text="限期办结",
        asks=rng.choice(list(Asks)),
        due_at=due,
    )


def _call_back(rng: Random, user: User, scopes: Scopes) -> None:
    reached = rng.random() < 0.7
    callbacks.record(
        incident_id=_case(rng).id,
        scope=scopes.get(Permission.INCIDENTS_CALLERS, NOWHERE),
        user=user,
        reached=reached,
        satisfied=rng.randint(1, 5) if reached else None,
        words="说过的话",
    )


def _tell_apart(rng: Random, user: User, scopes: Scopes) -> None:
    distinct.tell_apart(
        incident_id=_case(rng).id,
        other_id=_case(rng).id,
        scope=scopes.get(Permission.INCIDENTS_HANDLE, NOWHERE),
        user=user,
    )


def _extend(rng: Random, user: User, scopes: Scopes) -> None:
    incident = _case(rng)
    if not incident.extensions.filter(granted=None).exists():
        supervision.ask_extension(incident_id=incident.id, user=user, minutes=30, reason="路远")
        return
    supervision.decide_extension(
        incident_id=incident.id,
        scope=scopes.get(Permission.INCIDENTS_HANDLE, NOWHERE),
        user=user,
        granted=rng.random() < 0.5,
        note="",
    )


def _time(rng: Random, _user: User, _scopes: Scopes) -> None:
    """What the worker does, as of a later day."""
    later = timezone.now() + timedelta(days=rng.choice((0, 1, 30)))
    match rng.randint(0, 3):
        case 0:
            supervision.supervise_overdue(now=later)
        case 3:
            supervision.escalate_late_orders(now=later)
        case 1:
            moving.resume_due(now=later)
        case _:
            moving.archive_old(before=later)


_ACTS: tuple[Callable[[Random, User, Scopes], None], ...] = (
    _report, _promote, _link, _relate, _act, _act, _act, _act, _hand_on, _hand_on, _say, _correct, _supervise, _supervise,
    _extend, _time, _call_back, _tell_apart,
)  # fmt: skip
