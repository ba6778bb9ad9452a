"""What is on record of when devices were silent: the alarms of going off line, and the outages of their places."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Q

from command_center.jurisdictions.codes import within
from iot_bridge.alarms.models import Alarm, AlarmChange
from iot_bridge.devices.models import Device
from iot_bridge.intake.clock import to_ms
from iot_bridge.outages.models import Outage, OutageCause
from iot_bridge.outages.selectors import place_of
from iot_bridge.rules.conditions import Condition
from iot_bridge.rules.engine.trying import Silence, Stretch

OFF_LINE = (Condition.DEVICE_OFFLINE, Condition.DEVICE_FLAPPING)
DEAF = (OutageCause.BROKER_DOWN, OutageCause.BRIDGE_DOWN)
BEGINS = ("raised", "reactivated")
ENDS = ("cleared", "closed")


def deaf(device: Device, outages: Iterable[Outage], until: datetime) -> list[Stretch]:
    """When the bridge could not have heard a device, in order of time."""
    return [
        Stretch(to_ms(row.since), to_ms(row.until or until))
        for row in outages
        if row.cause in DEAF and within(device.jurisdiction_id, (row.code,))
    ]


def with_its_place(device: Device, outages: Iterable[Outage], until: datetime) -> list[Stretch]:
    """When the whole place of a device was silent by the record: live its going off line is part of that one alarm."""
    return [
        Stretch(to_ms(row.since), to_ms(row.until or until))
        for row in outages
        if row.cause not in DEAF and _concerns(row, device)
    ]


def silences(
    devices: Collection[Device], outages: Sequence[Outage], since: datetime, until: datetime
) -> dict[str, list[Silence]]:
    """The recorded silences of devices that reach into a stretch of time, by device, in order of time."""
    found: dict[str, list[Silence]] = {}
    for alarm, changes in _alarms(devices, since):
        found.setdefault(alarm.device_id, []).extend(_of_alarm(alarm, changes, since, until))
    quiet = [row for row in outages if row.cause not in DEAF]
    for device in devices if quiet else ():
        own = found.get(device.id, [])
        found[device.id] = own + [
            _of_outage(row, own, until) for row in quiet if _concerns(row, device)
        ]
    return {key: sorted(rows, key=lambda one: one.since_ms) for key, rows in found.items()}


def _of_outage(row: Outage, own: Sequence[Silence], until: datetime) -> Silence:
    """A silence with its place; who did not come back with that has an alarm of its own, which reaches further."""
    since_ms, until_ms = to_ms(row.since), to_ms(row.until or until)
    back = row.until is not None and not any(one.has(until_ms) for one in own)
    return Silence(since_ms, until_ms, off_ms=since_ms, heard=back)


def _concerns(row: Outage, device: Device) -> bool:
    if row.cause == OutageCause.ALL_SILENT:
        return within(device.jurisdiction_id, (row.code,))
    if place_of(device.jurisdiction_id, device.site) != (row.code, row.site):
        return False
    return device.id in row.members or row.devices > len(row.members)


def _alarms(
    devices: Collection[Device], since: datetime
) -> Iterable[tuple[Alarm, list[AlarmChange]]]:
    rows = Alarm.objects.filter(
        Q(open=True) | Q(cleared_at__gte=since),
        device_id__in=[device.id for device in devices],
        condition__in=OFF_LINE,
    ).order_by("id")
    alarms = list(rows)
    steps = AlarmChange.objects.filter(
        alarm__in=alarms, at__gte=since, change__in=(*BEGINS, *ENDS)
    ).order_by("id")
    changes: dict[int, list[AlarmChange]] = {}
    for step in steps if alarms else ():
        changes.setdefault(step.alarm_id, []).append(step)
    return [(alarm, changes.get(alarm.id, [])) for alarm in alarms]


def _of_alarm(
    alarm: Alarm, changes: Sequence[AlarmChange], since: datetime, until: datetime
) -> list[Silence]:
    """The stretches in which an alarm was active. One active at the beginning was so before."""
    found: list[Silence] = []
    begun = None if _begins_within(alarm, changes, since) else Silence(0, 0)
    for step in changes:
        at_ms = to_ms(step.at)
        if step.change in BEGINS:
            begun = _begun(alarm, step.detail, at_ms)
        elif begun is not None and (step.change == "cleared" or step.actor_id is None):
            found.append(_until(begun, at_ms, heard=_is_heard(alarm, step)))
            begun = None
    if begun is not None and alarm.active:
        found.append(_until(begun, to_ms(until), heard=False))
    return found


def _begins_within(alarm: Alarm, changes: Sequence[AlarmChange], since: datetime) -> bool:
    """Whether it was not active at the beginning of the stretch."""
    if alarm.raised_at >= since:
        return True
    if not changes:
        return not alarm.active
    first = changes[0]
    return first.change in BEGINS or (first.change == "closed" and first.at != alarm.cleared_at)


def _begun(alarm: Alarm, detail: dict[str, Any], at_ms: int) -> Silence:
    seen = detail.get("last_seen_ms")
    will = detail.get("cause") == "last_will"
    return Silence(seen if isinstance(seen, int) else at_ms, 0, off_ms=at_ms, will=will)


def _until(begun: Silence, until_ms: int, *, heard: bool) -> Silence:
    return Silence(begun.since_ms, until_ms, off_ms=begun.off_ms, heard=heard, will=begun.will)


def _is_heard(alarm: Alarm, step: AlarmChange) -> bool:
    """Not if it was folded into another alarm, nor if the device merely flaps no more."""
    return alarm.condition == Condition.DEVICE_OFFLINE and "folded_into" not in step.detail
