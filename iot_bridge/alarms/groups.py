"""Grouped alarms: who belongs together is asked of `rules.correlating` and kept here, with the alarms themselves.

Called within the transaction that raised or closed alarms. What it asks for is bounded by the window and the village,
so that a city in flood costs one village's last minute and no more.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol

from django.db.models import Q

from command_center.feed import services as feed
from command_center.jurisdictions.codes import LENGTHS
from iot_bridge.alarms.feed import alarm_data
from iot_bridge.alarms.models import Alarm, AlarmChange, AlarmGroup, CorrelationRule
from iot_bridge.alarms.writing import update_all
from iot_bridge.rules import correlating
from iot_bridge.rules.correlating import Grouping, Sighting

MOST = 1_000
"""Open alarms that are looked at for one batch, the newest first."""


def rules_in_use() -> list[correlating.CorrelationRule]:
    """The rules, as committed now: a change of the table holds from the next alarm on, on every bridge."""
    return [
        correlating.CorrelationRule(
            code=row.code,
            name=row.name,
            conditions=frozenset(row.conditions),
            devices=row.devices,
            least_severity=row.least_severity,
            window_ms=row.window_s * 1000,
            radius_m=row.radius_m,
            raise_by=row.raise_by,
        )
        for row in CorrelationRule.objects.filter(enabled=True).order_by("order", "code")
    ]


class Spot(Protocol):
    """Where something is: an alarm, or the device that raises one."""

    @property
    def code(self) -> str:
        """Its jurisdiction."""

    @property
    def site(self) -> str:
        """The name of its site, or nothing."""

    @property
    def longitude(self) -> float | None:
        """Degrees, WGS-84."""

    @property
    def latitude(self) -> float | None:
        """Degrees, WGS-84."""


def within_reach(
    spots: Sequence[Spot], rules: Sequence[correlating.CorrelationRule], at: datetime
) -> set[int]:
    """Alarms that may be one event with what happens at these spots, and the other members of their groups.

    Ids only, to be locked with the caller's own.
    """
    if not spots or not rules:
        return set()
    since = at - timedelta(milliseconds=max(rule.window_ms for rule in rules))
    reach = max(rule.radius_m for rule in rules) / correlating.METRES_PER_DEGREE
    places = _places(spots, reach)
    rows = Alarm.objects.filter(
        places,
        open=True,
        shelved_until=None,
        out_of_service=False,
        suppressed_by="",
        last_at__gte=since,
    )
    found = dict(rows.order_by("-id").values_list("id", "group_id")[:MOST])
    groups = set(found.values()) - {None}
    others = Alarm.objects.filter(group_id__in=groups) if groups else Alarm.objects.none()
    return found.keys() | set(others.values_list("id", flat=True))


def group(
    publication: feed.Publication,
    *,
    rules: Sequence[correlating.CorrelationRule],
    fresh: Sequence[Alarm],
    touched: Sequence[Alarm],
    near: Sequence[Alarm],
    at: datetime,
) -> None:
    """Put alarms that have just happened into groups with what is near them.

    `touched`: all alarms, saved, that the caller is about to publish; they carry their group afterwards. `near`: those
    within reach, locked. Of these, any that join a group, or whose group became graver, are published here.
    """
    wanted = [
        one
        for one in fresh
        if _annunciated(one) and any(rule.covers(one.condition, one.severity) for rule in rules)
    ]
    if not wanted:
        return
    own = {alarm.id for alarm in touched}
    others = [alarm for alarm in near if alarm.open and _annunciated(alarm)]
    seen = {alarm.id: alarm for alarm in (*others, *wanted)}
    groupings = correlating.correlate(rules, map(_sighting, seen.values()))
    for alarm in _apply(groupings, seen, at):
        if alarm.id not in own:
            publication.emit("alarm.grouped", code=alarm.code, data=alarm_data(alarm))


def settle(group_id: int, at: datetime) -> None:
    """End a group of which no alarm is open any more."""
    # Locked before it is looked at: of two that close the last alarms at once, the second must see the first's.
    row = AlarmGroup.objects.select_for_update().filter(pk=group_id, ended_at=None).first()
    if row is not None and not Alarm.objects.filter(group_id=group_id, open=True).exists():
        row.ended_at = at
        row.save(update_fields=["ended_at"])


def _annunciated(alarm: Alarm) -> bool:
    """What is put aside, out of service or suppressed makes no event."""
    return alarm.shelved_until is None and not (alarm.out_of_service or alarm.suppressed_by)


def _sighting(alarm: Alarm) -> Sighting:
    return Sighting(
        alarm=alarm.id,
        device=alarm.device_id,
        condition=alarm.condition,
        severity=alarm.severity,
        at_ms=int(alarm.last_at.timestamp() * 1000),
        code=alarm.code,
        site=alarm.site,
        longitude=alarm.longitude,
        latitude=alarm.latitude,
        group=alarm.group_id,
    )


def _places(spots: Sequence[Spot], reach: float) -> Q:
    """By their sites within their villages; without one, or beside such, by position (widened, not exact).

    A condition for each village, not for each spot: a flood's batch brings a hundred.
    """
    villages: dict[str, list[Spot]] = {}
    for spot in spots:
        villages.setdefault(spot.code[: correlating.VILLAGE_DIGITS], []).append(spot)
    places = Q(pk__in=[])
    for village, inside in villages.items():
        if sites := {spot.site for spot in inside if spot.site}:
            places |= Q(code__gte=village, code__lt=f"{village}:", site__in=sites)
        places |= _beside([spot for spot in inside if spot.site], reach) & Q(site="")
        places |= _beside([spot for spot in inside if not spot.site], reach)
    return places


def _beside(spots: Sequence[Spot], reach: float) -> Q:
    """Within reach of the area that these lie in."""
    placed = [
        (spot.longitude, spot.latitude)
        for spot in spots
        if spot.longitude is not None and spot.latitude is not None
    ]
    if not placed:
        return Q(pk__in=[])
    longitudes, latitudes = zip(*placed, strict=True)
    return Q(
        longitude__range=(min(longitudes) - 2 * reach, max(longitudes) + 2 * reach),
        latitude__range=(min(latitudes) - reach, max(latitudes) + reach),
    )


_FIELDS = ("group", "group_rule", "group_name", "group_severity")


def _apply(groupings: Sequence[Grouping], seen: dict[int, Alarm], at: datetime) -> list[Alarm]:
    """Write groups and their members; returns the members that are not as before."""
    rows = _rows(groupings, seen)
    changed: list[Alarm] = []
    history: list[AlarmChange] = []
    for grouping, row in zip(groupings, rows, strict=True):
        others = [one for one in grouping.groups if one != row.id]
        if others:
            Alarm.objects.filter(group_id__in=others).update(group=row)
            AlarmGroup.objects.filter(pk__in=others).update(ended_at=at)
        detail = {"group": row.id, "rule": row.rule, "name": row.name}
        for alarm in (seen[alarm_id] for alarm_id in sorted(grouping.alarms)):
            if (alarm.group_id, alarm.group_severity) == (row.id, row.severity):
                continue
            if alarm.group_id != row.id:
                history.append(AlarmChange(alarm=alarm, at=at, change="grouped", detail=detail))
            alarm.group, alarm.group_rule, alarm.group_name = row, row.rule, row.name
            alarm.group_severity = row.severity
            changed.append(alarm)
    update_all(changed, _FIELDS)
    AlarmChange.objects.bulk_create(history)
    return changed


def _rows(groupings: Sequence[Grouping], seen: dict[int, Alarm]) -> list[AlarmGroup]:
    """The group of each, known or new, as grave and as wide as its members want it. All are locked in one order."""
    ids = {group_id for grouping in groupings for group_id in grouping.groups}
    known = AlarmGroup.objects.select_for_update().filter(pk__in=ids).order_by("id")
    locked = {row.id: row for row in known} if ids else {}
    rows: list[AlarmGroup] = []
    for grouping in groupings:
        members = [seen[alarm_id] for alarm_id in sorted(grouping.alarms)]
        row = locked.get(grouping.groups[0]) if grouping.groups else None
        rows.append(_new_row(grouping, members) if row is None else _grown(row, grouping, members))
    AlarmGroup.objects.bulk_create(row for row in rows if row.id not in locked)
    return rows


def _new_row(grouping: Grouping, members: Sequence[Alarm]) -> AlarmGroup:
    lead = min(members, key=lambda alarm: (alarm.severity, alarm.id))
    return AlarmGroup(
        rule=grouping.rule.code,
        name=grouping.rule.name,
        severity=grouping.severity,
        code=_common([alarm.code for alarm in members]),
        site=lead.site,
        raised_at=min(alarm.raised_at for alarm in members),
    )


def _grown(row: AlarmGroup, grouping: Grouping, members: Sequence[Alarm]) -> AlarmGroup:
    severity = min(row.severity, grouping.severity)
    wider = _common([row.code, *(alarm.code for alarm in members)])
    if (severity, wider) != (row.severity, row.code):
        row.severity, row.code = severity, wider
        row.save(update_fields=["severity", "code"])
    return row


def _common(codes: Sequence[str]) -> str:
    """The jurisdiction that all of these lie in."""
    shared = (codes[0][:length] for length in sorted(LENGTHS.values(), reverse=True))
    return next((code for code in shared if all(one.startswith(code) for one in codes)), "")
