"""Raising and ending the alarms of units: a call for help, and a sign of life that is overdue."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from command_center.audit.services import Action, record
from command_center.feed import services as feed
from dispatch.acts import happened_at, is_late
from dispatch.safety.terminals import terminal_id, terminal_of, unit_of_terminal
from dispatch.tasks import replies
from dispatch.tasks import selectors as tasks
from dispatch.tasks.signs import tell_overdue
from dispatch.units import selectors as units
from dispatch.units.duty import NoMemberError
from dispatch.units.models import Unit
from dispatch.units.services import lock_units
from iot_bridge.alarms import selectors as alarms
from iot_bridge.alarms.feed import AlarmData
from iot_bridge.alarms.services import Verdict, apply_verdicts
from iot_bridge.alarms.services import place as place_alarm
from iot_bridge.rules.conditions import Condition
from iot_bridge.rules.evaluate import Clear, Raise

if TYPE_CHECKING:
    from command_center.accounts.models import User

logger = logging.getLogger(__name__)


def call_for_help(
    *, user: User, place: tuple[float, float] | None, ago_ms: int = 0, key: str = ""
) -> AlarmData:
    """Raise the alarm of the gravest severity for one's unit: the one that one is on duty in, if several.

    `place` is where the phone was at that moment, degrees WGS-84: it becomes the alarm's place, since there
    help is needed; a phone that has to look for it first says it by `place_call`. A call that comes late says
    in the alarm when it was made. With a `key` the same call again is the same call. Raises NoMemberError.
    """
    chosen = _unit_of(user)
    request = replies.fingerprint("sos", place)
    with feed.transaction() as publication:
        # The unit first: two pages of a phone may send the same call at once, and both are to be answered.
        unit = lock_units([chosen])[chosen]
        remembered = replies.recall(user=user, key=key, request=request)
        if remembered is not None:
            return AlarmData.model_validate(remembered)
        now = timezone.now()
        made = happened_at(ago_ms=ago_ms, now=now)
        late = (
            {"called_ms": int(made.timestamp() * 1000)} if is_late(happened=made, heard=now) else {}
        )
        _raise(publication, unit, Condition.SOS, place=place, detail={**_work_of(unit), **late})
        if place is not None:  # an open call of before may have been from elsewhere
            _place(publication, unit.id, place)
        record(
            action=Action.SOS_PRESSED,
            actor=user,
            subject=unit.name,
            code=unit.jurisdiction_id,
        )
        answer = alarms.latest([terminal_id(unit.id)], Condition.SOS)
        if answer is None:
            raise RuntimeError(f"the alarm of {unit.name} was not raised")
        replies.remember(user=user, key=key, request=request, answer=answer.model_dump(mode="json"))
    return answer


def place_call(*, user: User, place: tuple[float, float]) -> AlarmData | None:
    """Where help is needed, known some seconds after the call; None if there was no call.

    Changes nothing once the call is closed. Raises NoMemberError.
    """
    chosen = _unit_of(user)
    with feed.transaction() as publication:
        lock_units([chosen])
        _place(publication, chosen, place)
    return alarms.latest([terminal_id(chosen)], Condition.SOS)


def _place(publication: feed.Publication, unit_id: int, place: tuple[float, float]) -> None:
    place_alarm(publication, device_id=terminal_id(unit_id), condition=Condition.SOS, at=place)


def _unit_of(user: User) -> int:
    memberships = units.duty_of(user)
    if not memberships:
        raise NoMemberError("this person belongs to no unit")
    return min(memberships, key=lambda row: (row.on_duty_since is None, row.unit_id)).unit_id


def last_call(*, user: User) -> AlarmData | None:
    """The last call for help of one's units, open or not; None if there was none."""
    ids = [terminal_id(unit_id) for unit_id in units.units_of(user)]
    return alarms.latest(ids, Condition.SOS)


def _work_of(unit: Unit) -> dict[str, Any]:
    """What the unit is out for: a case's number and id, if it is out."""
    task = tasks.task_under_way(unit.id)
    if task is None:
        return {"unit": unit.id}
    return {"unit": unit.id, "incident": task.incident_id, "number": task.incident.number}


def _raise(
    publication: feed.Publication,
    unit: Unit,
    condition: Condition,
    *,
    detail: dict[str, Any],
    place: tuple[float, float] | None = None,
) -> None:
    subject = terminal_of(unit, place=place)
    apply_verdicts(publication, [Verdict(subject, Raise(condition, detail), timezone.now())])


@dataclass(frozen=True, slots=True)
class Watched:
    """What looking after the signs of life came to."""

    raised: int = 0
    ended: int = 0


def watch_check_ins(*, now: datetime) -> Watched:
    """Raise an alarm for each unit that owes a sign of life, and end it for those that no longer do.

    Idempotent. A unit that fails is logged and does not hold up the others.
    """
    overdue = tasks.overdue_check_ins(now=now)
    alarmed = {
        unit
        for device in alarms.active_devices(Condition.CHECK_IN_OVERDUE)
        if (unit := unit_of_terminal(device)) is not None
    }
    raised = [
        unit
        for unit in overdue.keys() - alarmed
        if _tried(_raise_overdue, unit, overdue[unit], now)
    ]
    ended = [unit for unit in alarmed - overdue.keys() if _tried(_end_overdue, unit, now)]
    return Watched(len(raised), len(ended))


def _tried(act: Callable[..., bool], unit_id: int, *facts: Any) -> bool:
    try:
        return act(unit_id, *facts)
    except Exception:
        logger.exception("the signs of life of unit %s could not be looked after", unit_id)
        return False


def _raise_overdue(unit_id: int, task_id: int, now: datetime) -> bool:
    with feed.transaction() as publication:
        task = tell_overdue(task_id=task_id, now=now)
        if task is None:  # it came in this moment
            return False
        detail = {**_work_of(task.unit), "minutes": task.check_in_minutes}
        _raise(publication, task.unit, Condition.CHECK_IN_OVERDUE, detail=detail)
    return True


def _end_overdue(unit_id: int, now: datetime) -> bool:
    with feed.transaction() as publication:
        unit = lock_units([unit_id]).get(unit_id)
        if unit is None:
            return False
        verdict = Verdict(terminal_of(unit), Clear(Condition.CHECK_IN_OVERDUE), now)
        apply_verdicts(publication, [verdict])
    return True
