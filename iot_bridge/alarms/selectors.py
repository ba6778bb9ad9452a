"""Questions about alarms."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from command_center.accounts.scope import Scope
from command_center.api.lanes import Group, Lanes, distinct
from command_center.jurisdictions.codes import within
from iot_bridge.alarms.feed import AlarmData, alarm_data
from iot_bridge.alarms.models import Alarm
from iot_bridge.rules.conditions import Condition


def alarms_in(scope: Scope, ids: Collection[int]) -> list[AlarmData]:
    """The alarms of these ids that exist in a scope, oldest first."""
    rows = Alarm.objects.filter(scope.condition(), pk__in=ids).order_by("id")
    return [alarm_data(row) for row in rows]


def with_groups(scope: Scope, ids: Collection[int]) -> list[int]:
    """These alarms and, of the groups they are in, every alarm in the scope that is open still."""
    groups = Alarm.objects.filter(scope.condition(), pk__in=ids).exclude(group=None)
    members = Alarm.objects.filter(
        scope.condition(), open=True, group__in=groups.values("group_id")
    )
    return [*ids, *sorted(set(members.values_list("id", flat=True)) - set(ids))]


def latest(devices: Collection[str], condition: Condition) -> AlarmData | None:
    """The last alarm of a condition on any of these devices, open or not."""
    rows = Alarm.objects.filter(device_id__in=devices, condition=condition).order_by("-id")
    row = rows.first()
    return alarm_data(row) if row else None


def active_devices(condition: Condition) -> list[str]:
    """The devices on which a condition is active."""
    rows = Alarm.objects.filter(open=True, active=True, condition=condition).order_by("id")
    return list(rows.values_list("device_id", flat=True))


def raised_times(ids: Collection[int]) -> dict[int, datetime]:
    """When each of these alarms was raised."""
    return dict(Alarm.objects.filter(pk__in=ids).values_list("id", "raised_at"))


def lanes_of(
    scope: Scope,
    *,
    device: str | None = None,
    condition: str | None = None,
    severities: Collection[int] = (),
    still_open: bool = False,
) -> Lanes:
    """Where the alarms of a filter stand in the indexes. `still_open`: the filter leaves only open ones."""
    if device is not None:
        return Lanes("alarm_by_device", (Group(("device_id",), [(device,)]),))
    if still_open:
        return Lanes("open_alarm_newest")
    known = [condition] if condition else distinct(Alarm, "condition", [None])
    rest = (
        Group(("condition",), [(one,) for one in known]),
        Group(("severity",), [(one,) for one in severities or (1, 2, 3, 4)]),
    )
    everywhere = distinct(Alarm, "code", [None])
    codes = [code for code in everywhere if within(code, scope.prefixes)]
    if len(codes) == len(everywhere):
        return Lanes("alarm_by_condition", rest)
    return Lanes("alarm_by_code", (Group(("code",), [(code,) for code in codes]), *rest))
