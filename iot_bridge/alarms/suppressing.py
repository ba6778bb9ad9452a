"""Suppression by design: the table of pairs, and applying it to the open alarms."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from command_center.audit.services import Action, record
from command_center.feed import services as feed
from command_center.jurisdictions.selectors import root_code
from iot_bridge.alarms import own
from iot_bridge.alarms.locking import lock
from iot_bridge.alarms.models import Alarm, AlarmChange, SuppressionRule
from iot_bridge.alarms.rows import flags_of, new_change, publish_all, put_flags, save_all
from iot_bridge.rules import lifecycle
from iot_bridge.rules.lifecycle import Effect
from iot_bridge.rules.suppression import Pair, Reach, Standing, Wrong, fault_of, suppressor

if TYPE_CHECKING:
    from command_center.accounts.models import User


NOTHING_ELSE: Mapping[int, bool] = MappingProxyType({})


def pairs_in_force() -> tuple[Pair, ...]:
    """The table as the pure part has it."""
    rows = SuppressionRule.objects.filter(enabled=True).order_by("id")
    return tuple(
        Pair(cause, suppressed, Reach(reach))
        for cause, suppressed, reach in rows.values_list("cause", "suppressed", "reach")
    )


Site = tuple[str, str]
"""A jurisdiction's code and the name of a site within it."""


def sites_that_explain(sites: Iterable[Site], pairs: Iterable[Pair]) -> frozenset[Site]:
    """Those whose other alarms may explain, or be explained; none if no pair reaches beyond its device."""
    if not any(pair.reach is Reach.SITE for pair in pairs):
        return frozenset()
    return frozenset(site for site in sites if site[1])


def at_sites(sites: Collection[Site]) -> Q:
    """The alarms there, and maybe some at a site of the same name elsewhere."""
    if not sites:
        return Q(pk__in=[])
    return Q(code__in={code for code, _name in sites}, site__in={name for _code, name in sites})


def standing_of(alarm: Alarm) -> Standing:
    """An open alarm as suppression sees it."""
    return Standing(
        device=alarm.device_id,
        condition=alarm.condition,
        site=(alarm.code, alarm.site) if alarm.site else None,
        active=alarm.active,
        out_of_service=alarm.out_of_service,
    )


def decide_all(
    alarms: Iterable[Alarm],
    pairs: Collection[Pair],
    *,
    at: datetime,
    out: Mapping[int, bool] = NOTHING_ELSE,
) -> Iterator[tuple[Alarm, Effect, list[AlarmChange]]]:
    """Which of some open alarms begin or cease to be suppressed among themselves: their rows, changed, unsaved.

    `out`: which of them (by id) go out of service or come back with it. What begins is applied before what
    ends: an alarm that is only handed from one silence to another is not annunciated in between.
    """
    known = list(alarms)
    standing = [
        replace(seen, out_of_service=out.get(alarm.pk, seen.out_of_service))
        for alarm, seen in ((alarm, standing_of(alarm)) for alarm in known)
    ]
    targets = {pair.suppressed for pair in pairs}
    for alarm, seen in zip(known, standing, strict=True):
        cause = suppressor(seen, standing, pairs) if alarm.condition in targets else ""
        if (cause, seen.out_of_service) == (alarm.suppressed_by, alarm.out_of_service):
            continue
        effect, changes = _silence(alarm, cause, out=seen.out_of_service, at=at)
        yield alarm, effect, changes


def _silence(
    alarm: Alarm, cause: str, *, out: bool, at: datetime
) -> tuple[Effect, list[AlarmChange]]:
    before, detail = flags_of(alarm), {"cause": cause or alarm.suppressed_by}
    moves = [
        (out, Effect.OUT_OF_SERVICE if out else Effect.IN_SERVICE),
        (cause != "", Effect.SUPPRESSED if cause else Effect.UNSUPPRESSED),
    ]
    effect, flags = Effect.SUPPRESSED, before
    changes: list[AlarmChange] = []
    for begins, word in sorted(moves, key=lambda move: not move[0]):
        service = word in (Effect.OUT_OF_SERVICE, Effect.IN_SERVICE)
        move = lifecycle.put_out_of_service if service else lifecycle.suppress
        step = move(flags, begins)
        if step is None:
            continue
        effect, flags = step.effect, step.flags
        changes.append(new_change(alarm, word.value, at=at, detail={} if service else detail))
    if not changes:  # another cause than before
        changes.append(new_change(alarm, Effect.SUPPRESSED.value, at=at, detail=detail))
    if effect is Effect.CLOSED:
        changes.append(new_change(alarm, Effect.CLOSED.value, at=at))
    put_flags(alarm, flags, at=at)
    alarm.suppressed_by = cause
    return effect, changes


def apply_anew(
    publication: feed.Publication, *, at: datetime, out: Mapping[int, bool] = NOTHING_ELSE
) -> int:
    """Apply the table to every open alarm that it may concern, and put those in `out` out of service or back.

    How many changed. For when the table, a device or a cause has changed by other ways than a report.
    """
    pairs = pairs_in_force()
    named = {name for pair in pairs for name in (pair.cause, pair.suppressed)}
    concerned = Q(condition__in=named) | ~Q(suppressed_by="") | Q(pk__in=list(out))
    return apply_among(
        publication, lock(Alarm.objects.filter(concerned, open=True)), pairs, at=at, out=out
    )


def apply_among(
    publication: feed.Publication,
    alarms: Iterable[Alarm],
    pairs: Collection[Pair],
    *,
    at: datetime,
    out: Mapping[int, bool] = NOTHING_ELSE,
) -> int:
    """Apply the table among locked alarms, all that are open at their devices and sites; how many changed."""
    steps: list[tuple[Alarm, Effect]] = []
    history: list[AlarmChange] = []
    for alarm, effect, changes in decide_all(alarms, pairs, at=at, out=out):
        alarm.announced = lifecycle.settle(flags_of(alarm)).announced
        steps.append((alarm, effect))
        history += changes
    save_all([alarm for alarm, _effect in steps])
    AlarmChange.objects.bulk_create(history)
    publish_all(publication, steps, at=at)
    return len(steps)


_WRONG = {
    Wrong.UNKNOWN: ("cause", _("No such condition.")),
    Wrong.ITSELF: ("suppressed", _("A condition cannot suppress itself.")),
    Wrong.PERSON: ("suppressed", _("A person's call for help is never suppressed.")),
    Wrong.GRAVER: ("suppressed", _("What is graver than its cause is never suppressed.")),
    Wrong.CIRCLE: ("suppressed", _("Two conditions would silence each other.")),
}


def check_rule(row: SuppressionRule) -> None:
    """Raises ValidationError naming the wrong field."""
    before = SuppressionRule.objects.filter(pk=row.pk).values_list("cause", "suppressed").first()
    for field in ("cause", "suppressed"):
        if own.unknown([getattr(row, field)], kept=before or ()):
            text = _WRONG[Wrong.UNKNOWN][1]
            raise ValidationError({field: ValidationError(text, code=Wrong.UNKNOWN)})
    others = SuppressionRule.objects.exclude(pk=row.pk)
    known = [
        Pair(cause, suppressed) for cause, suppressed in others.values_list("cause", "suppressed")
    ]
    wrong = fault_of(Pair(row.cause, row.suppressed), known, own.severities())
    if wrong is not None:
        field, text = _WRONG[wrong]
        raise ValidationError({field: ValidationError(text, code=wrong)})


def save_rule(*, row: SuppressionRule, actor: User) -> None:
    """Put a pair into the table, or change it; at once in force for what is open. Raises ValidationError."""
    check_rule(row)
    with feed.transaction() as publication:
        row.save()
        _changed(publication, row, actor, "saved")


def remove_rule(*, row: SuppressionRule, actor: User) -> None:
    """Take a pair from the table."""
    with feed.transaction() as publication:
        SuppressionRule.objects.filter(pk=row.pk).delete()
        _changed(publication, row, actor, "removed")


def _changed(publication: feed.Publication, row: SuppressionRule, actor: User, what: str) -> None:
    apply_anew(publication, at=timezone.now())
    record(
        action=Action.ALARM_SUPPRESSION,
        actor=actor,
        subject=f"{row.cause} → {row.suppressed}",
        code=root_code(),
        detail={"what": what, "reach": row.reach, "enabled": row.enabled},
    )
