"""Acknowledging: somebody says that they have seen an alarm, and answer for it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.db.models import Q, QuerySet
from django.utils import timezone

from command_center.accounts.scope import Scope
from command_center.audit.services import Action, entry_of, record_all
from command_center.feed import services as feed
from iot_bridge.alarms.locking import lock
from iot_bridge.alarms.models import Alarm, AlarmChange
from iot_bridge.alarms.rows import flags_of, new_change, publish_all, put_flags, save_all
from iot_bridge.alarms.suppressing import (
    apply_among,
    at_sites,
    pairs_in_force,
    sites_that_explain,
)
from iot_bridge.rules import lifecycle
from iot_bridge.rules.lifecycle import Effect, Transition
from iot_bridge.rules.suppression import Pair

if TYPE_CHECKING:
    from command_center.accounts.models import User


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """What became of each alarm that somebody acknowledged, by id."""

    acknowledged: list[int]
    already: list[int]
    not_found: list[int]


def acknowledge(
    *, ids: Iterable[int], scope: Scope, actor: User, note: str = ""
) -> Acknowledgement:
    """Acknowledge alarms in a scope. Each once: who comes second is told `already`."""
    wanted = set(ids)
    already: list[int] = []
    now = timezone.now()
    with feed.transaction() as publication:
        chosen = Alarm.objects.filter(scope.condition(), pk__in=wanted)
        pairs = pairs_in_force()
        concerned = lock(chosen | _explained_by(chosen, pairs))
        steps: list[tuple[Alarm, Transition]] = []
        for alarm in concerned:
            if alarm.id not in wanted:
                continue
            step = lifecycle.acknowledge(flags_of(alarm), alarm.condition)
            if step is None:
                already.append(alarm.id)
            else:
                steps.append((alarm, step))
        ended = any(alarm.active and not step.flags.active for alarm, step in steps)
        _acknowledge(publication, steps, actor=actor, note=note, now=now)
        if ended:
            apply_among(publication, [one for one in concerned if one.open], pairs, at=now)
    done = [alarm.id for alarm, _step in steps]
    missing = sorted(wanted - set(done) - set(already))
    return Acknowledgement(acknowledged=done, already=already, not_found=missing)


def _explained_by(chosen: QuerySet[Alarm], pairs: Collection[Pair]) -> QuerySet[Alarm]:
    """The open alarms that may be suppressed by one of these: those of their devices, and at their sites."""
    causes = chosen.filter(open=True, condition__in={pair.cause for pair in pairs})
    places = list(causes.values_list("device_id", "code", "site"))
    if not places:
        return Alarm.objects.none()
    sites = sites_that_explain(((code, site) for _device, code, site in places), pairs)
    devices = Q(device_id__in={device for device, _code, _site in places})
    return Alarm.objects.filter(devices | at_sites(sites), open=True)


def _acknowledge(
    publication: feed.Publication,
    steps: Sequence[tuple[Alarm, Transition]],
    *,
    actor: User,
    note: str,
    now: datetime,
) -> None:
    changes: list[AlarmChange] = []
    for alarm, step in steps:
        put_flags(alarm, step.flags, at=now)
        alarm.acknowledged_at, alarm.acknowledged_by = now, actor
        alarm.acknowledged_by_name, alarm.note = actor.display_name, note
        for word in ["acknowledged"] + (["closed"] if step.effect is Effect.CLOSED else []):
            changes.append(new_change(alarm, word, at=now, actor=actor, note=note))
    save_all([alarm for alarm, _step in steps])
    AlarmChange.objects.bulk_create(changes)
    told = ((alarm, step.effect) for alarm, step in steps)
    publish_all(publication, told, at=now, actor=actor, note=note)
    record_all(
        entry_of(
            action=Action.ALARM_ACKNOWLEDGED,
            actor=actor,
            subject=f"{alarm.device_id} {alarm.condition} #{alarm.id}",
            code=alarm.code,
            detail={"note": note} if note else {},
        )
        for alarm, _step in steps
    )
