"""What the browser tests do to the demo city behind the system's back; run by a clerk.

Each takes and returns what JSON can carry.
"""

from __future__ import annotations

import io
import json
import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.core.management import call_command
from django.utils import timezone
from django_otp.oath import totp
from django_otp.plugins.otp_totp.models import TOTPDevice

from command_center.accounts.models import User
from command_center.accounts.policy import Role
from command_center.accounts.services import PostAt, create_account
from command_center.feed import services as feed
from iot_bridge.alarms import acts, escalation
from iot_bridge.alarms.feed import alarm_data
from iot_bridge.alarms.models import Alarm, AlarmGroup, CorrelationRule, SuppressionRule
from iot_bridge.devices.models import Device, DeviceStatus
from iot_bridge.devices.services import NewDevice, register_devices, save_device, save_devices
from iot_bridge.intake.models import DeadLetter, DeviceEvent
from iot_bridge.protocol.topics import Kind
from iot_bridge.rules.conditions import SPECS, Condition
from tests.support.served import PASSWORD

_C = Condition
PLAUSIBLE: dict[Kind, tuple[Condition, ...]] = {
    Kind.FACE_GATE: (_C.FORCED_OPEN, _C.DOOR_HELD, _C.TAILGATING, _C.DENIED_BURST, _C.TAMPER),
    Kind.WIFI_PROBE: (_C.CROWD_HIGH, _C.DEVICE_OFFLINE),
    Kind.FIRE_LANE: (_C.LANE_BLOCKED, _C.FAULT),
    Kind.PANIC_BUTTON: (_C.PANIC,),
    Kind.PATROL_TERMINAL: (_C.SOS,),
    Kind.SMOKE: (_C.SMOKE, _C.FAULT),
    Kind.CAMERA: (_C.TAMPER, _C.DEVICE_OFFLINE),
}
PATIENCE = {"offline_after_s": 604_800, "chatter_count": 1000}


def devices(*, kind: str, prefix: str) -> list[list[str]]:
    """The placed devices of a kind below a code that speak the canonical protocol, as [id, name]."""
    rows = Device.objects.filter(
        kind=kind, jurisdiction__code__startswith=prefix, codec="canonical", longitude__isnull=False
    )
    return [[row.id, row.name] for row in rows.order_by("id")]


def make_patient(*, device: str, **parameters: int) -> None:
    """Let a device be silent for a week, so that it is not offline in the midst of a test."""
    row = Device.objects.get(pk=device)
    row.parameters = {**row.parameters, **PATIENCE, **parameters}
    save_device(device=row, actor=None)


def make_all_patient() -> None:
    """The same for every device: nobody reports from the demo city, and a bridge that starts counts silence.

    What tests have devices say within a minute is neither chatter nor one event.
    """
    CorrelationRule.objects.update(enabled=False)
    rows = list(Device.objects.all())
    for row in rows:
        row.parameters = {**row.parameters, **PATIENCE}
    save_devices(devices=rows, actor=None)


def explain_nothing() -> None:
    """Alarms that no device raised explain one another by chance: none is suppressed by, or joined to, another."""
    CorrelationRule.objects.update(enabled=False)
    SuppressionRule.objects.update(enabled=False)


def register(*, device: str, kind: str, code: str, name: str) -> None:
    """Register one more device."""
    new = NewDevice(id=device, name=name, kind=Kind(kind), code=code, parameters=PATIENCE)
    register_devices(devices=[new], actor=None)


def credential(*, device: str) -> dict[str, Any]:
    """What `manage.py device_credential` prints."""
    output = io.StringIO()
    call_command("device_credential", device, stdout=output)
    answer: dict[str, Any] = json.loads(output.getvalue())
    return answer


def clear_alarms() -> int:
    """Close every open alarm and dead letter, telling the consoles; returns how many alarms."""
    now = timezone.now()
    DeadLetter.objects.all().delete()
    with feed.transaction() as publication:
        alarms = list(Alarm.objects.select_for_update().filter(open=True))
        for alarm in alarms:
            alarm.active, alarm.acknowledged, alarm.open = False, True, False
            alarm.acknowledged_at = alarm.cleared_at = now
            publication.emit("alarm.closed", code=alarm.code, data=alarm_data(alarm))
        fields = ["active", "acknowledged", "open", "acknowledged_at", "cleared_at"]
        Alarm.objects.bulk_update(alarms, fields, batch_size=500)
    return len(alarms)


def forget_alarms() -> None:
    """Close every open alarm without telling anybody: for when nobody looks."""
    over = {"open": False, "active": False, "acknowledged": True, "latched": False}
    Alarm.objects.filter(open=True).update(**over, shelved_until=None)


def flood(
    *,
    count: int,
    prefix: str = "6",
    announce: bool = True,
    plausible: bool = True,
    spare: Sequence[str] = (),
    apart_s: float = 7,
) -> list[int]:
    """Open `count` alarms of all severities and ages, those below a code; returns their ids.

    None is on a device to be spared: what that reports afterwards is new. Plausible ones are of conditions that the device's kind can be in.
    """
    rows = list(
        Device.objects.filter(jurisdiction__code__startswith=prefix)
        .exclude(pk__in=spare)
        .order_by("id")
    )
    random.Random(count).shuffle(rows)
    taken = set(Alarm.objects.filter(open=True).values_list("device_id", "condition"))
    pairs = []
    for turn in range(len(Condition)):
        for number, row in enumerate(rows):
            possible = PLAUSIBLE[Kind(row.kind)] if plausible else tuple(Condition)
            condition = possible[(number + turn) % len(possible)]
            if turn < len(possible) and (row.id, str(condition)) not in taken:
                pairs.append((row, condition))
    assert len(pairs) >= count, f"{len(rows)} devices hold only {len(pairs)} alarms"
    alarms = [
        _alarm(row, condition, number, apart_s)
        for number, (row, condition) in enumerate(pairs[:count])
    ]
    with feed.transaction() as publication:
        Alarm.objects.bulk_create(alarms, batch_size=500)
        for alarm in alarms if announce else ():
            publication.emit("alarm.raised", code=alarm.code, data=alarm_data(alarm))
    return [alarm.id for alarm in alarms]


def group_some() -> int:
    """Have the three newest alarms be one event, one of them chattering; returns the group's id."""
    wanted = Alarm.objects.filter(open=True, acknowledged=False, group=None)
    alarms = list(wanted.order_by("-id")[:3])
    lead = alarms[0]
    group = AlarmGroup.objects.create(
        rule="smoke_panic",
        name="烟感报警与紧急按钮",
        severity=1,
        code=lead.code,
        site=lead.site,
        raised_at=lead.raised_at,
    )
    with feed.transaction() as publication:
        for alarm in alarms:
            alarm.group, alarm.group_rule, alarm.group_name = group, group.rule, group.name
            alarm.group_severity, alarm.chattering = 1, alarm is lead
            alarm.save()
            publication.emit("alarm.grouped", code=alarm.code, data=alarm_data(alarm))
    return group.id


def past(*, device: str, events: int, alarms: int, every_s: int) -> None:
    """A device's last minutes: events of two types in turn, and alarms that are over; no console is told."""
    row = Device.objects.get(pk=device)
    first = timezone.now() - timedelta(seconds=every_s * events)
    DeviceEvent.objects.bulk_create(
        DeviceEvent(
            device=row,
            event_id=f"past-{number}",
            code=row.jurisdiction_id,
            kind=row.kind,
            type=("pass", "denied")[number % 2],
            at=first + timedelta(seconds=every_s * number),
        )
        for number in range(events)
    )
    Alarm.objects.bulk_create(
        _over(row, Condition.TAMPER, first + timedelta(seconds=every_s * number), acknowledged=True)
        for number in range(alarms)
    )


def long_ago(*, devices: Sequence[str], days: int) -> dict[str, str]:
    """Twelve alarms of the first device within ten minutes of a day, eight of the second in two other hours.

    Fifteen of them somebody has seen, after a minute. Returns the day as the page's fields take it.
    """
    first, second = (Device.objects.get(pk=one) for one in devices)
    day = timezone.localtime() - timedelta(days=days)
    midnight = day.replace(hour=0, minute=0, second=0, microsecond=0)
    moments = [(first, 8 * 3600 + 40 * number) for number in range(12)]
    moments += [(second, (10 + number // 4) * 3600 + 60 * number) for number in range(8)]
    Alarm.objects.bulk_create(
        _over(row, Condition.FAULT, midnight + timedelta(seconds=at), acknowledged=number < 15)
        for number, (row, at) in enumerate(moments)
    )
    until = midnight + timedelta(days=1)
    return {"since": f"{midnight:%Y-%m-%dT%H:%M}", "until": f"{until:%Y-%m-%dT%H:%M}"}


def _over(device: Device, condition: Condition, at: datetime, *, acknowledged: bool) -> Alarm:
    """An alarm that has closed; one that nobody is on record for was closed by the administration."""
    alarm = _alarm(device, condition, 0, 0)
    alarm.raised_at = alarm.last_at = at
    alarm.active, alarm.acknowledged, alarm.open = False, True, False
    alarm.cleared_at = at + timedelta(seconds=90)
    alarm.acknowledged_at = at + timedelta(seconds=60) if acknowledged else None
    return alarm


def _alarm(device: Device, condition: Condition, number: int, apart_s: float) -> Alarm:
    at = timezone.now() - timedelta(seconds=apart_s * number + 3)
    return Alarm(
        device=device,
        device_name=device.name,
        kind=device.kind,
        site=device.site,
        longitude=device.longitude,
        latitude=device.latitude,
        condition=condition,
        severity=SPECS[condition].severity,
        code=device.jurisdiction_id,
        count=1 + (number % 9 == 0) * (number % 40),
        active=number % 8 != 5,
        cleared_at=timezone.now() if number % 8 == 5 else None,
        raised_at=at,
        last_at=at,
    )


def more_devices(*, count: int, code: str) -> None:
    """Register many more devices in a jurisdiction, without telling anybody."""
    rows = [
        Device(
            id=f"MORE-{number:05}",
            name=f"加装设备 {number}",
            kind="camera",
            jurisdiction_id=code,
            site="加装",
            longitude=106.30 + (number % 60) / 600,
            latitude=38.05 + (number // 60) / 600,
            codec="canonical",
            parameters=PATIENCE,
        )
        for number in range(count)
    ]
    Device.objects.bulk_create(rows)
    DeviceStatus.objects.bulk_create([DeviceStatus(device=row) for row in rows])


def set_online(*, share: int) -> None:
    """Mark all devices as online, but every `share`th offline, and tell the consoles."""
    from iot_bridge.devices.feed import device_data

    with feed.transaction() as publication:
        for number, status in enumerate(DeviceStatus.objects.select_related("device")):
            status.status = "offline" if number % share == 0 else "online"
            status.battery = 20 + number % 80
            status.save()
            code = status.device.jurisdiction_id
            publication.emit("device.changed", code=code, data=device_data(status.device, status))


def open_alarms(*, prefix: str) -> list[int]:
    """The ids of the open alarms below a code, as the database has them."""
    return sorted(
        Alarm.objects.filter(open=True, code__startswith=prefix).values_list("id", flat=True)
    )


def foreign_names(*, prefix: str, outside: str) -> Sequence[str]:
    """Ids and names of devices and codes below `outside` but not below `prefix`."""
    rows = Device.objects.filter(jurisdiction__code__startswith=outside)
    rows = rows.exclude(jurisdiction__code__startswith=prefix)
    return sorted({text for row in rows for text in (row.id, row.jurisdiction_id)})


def add_person_with_otp(*, username: str, password: str, code: str) -> None:
    """A dispatcher with a TOTP device."""
    user = User.objects.filter(username=username).first() or create_account(
        username=username, name="带口令者", password=password, posts=[PostAt(Role.DISPATCHER, code)]
    )
    TOTPDevice.objects.get_or_create(user=user, name="test", defaults={"confirmed": True})


def one_time_code(*, username: str) -> str:
    """The present code of a person's TOTP device."""
    device = TOTPDevice.objects.get(user__username=username)
    # Every test may use the present code once more.
    TOTPDevice.objects.filter(pk=device.pk).update(last_t=-1, throttling_failure_count=0)
    return f"{totp(device.bin_key, device.step, device.t0, device.digits, device.drift):06d}"


def ensure_person(*, username: str, name: str, held: Sequence[Sequence[str]]) -> None:
    """Create an account with these posts, as [role, code], unless it exists."""
    if not User.objects.filter(username=username).exists():
        create_account(
            username=username,
            name=name,
            password=PASSWORD,
            posts=[PostAt(Role(role), code) for role, code in held],
            is_staff=True,
        )


def clear_device(*, device: str) -> int:
    """Close a device's open alarms, telling the consoles; returns how many."""
    now = timezone.now()
    with feed.transaction() as publication:
        alarms = list(Alarm.objects.select_for_update().filter(open=True, device_id=device))
        for alarm in alarms:
            alarm.active, alarm.acknowledged, alarm.open = False, True, False
            alarm.acknowledged_at = alarm.cleared_at = now
            alarm.save()
            publication.emit("alarm.closed", code=alarm.code, data=alarm_data(alarm))
    return len(alarms)


def let_wait(*, device: str, minutes: int) -> None:
    """Let a device's unacknowledged alarms have waited so long at their first level, and the worker's look be now."""
    since = timezone.now() - timedelta(minutes=minutes)
    rows = Alarm.objects.filter(open=True, device_id=device, acknowledged=False)
    rows.update(level="", level_since=since, level_reminders=0, escalated_at=None, due_at=None)
    escalation.escalate(now=timezone.now())


def end_shelf(*, device: str) -> None:
    """Let the time of what is shelved of a device be over, and the worker's look be now."""
    rows = Alarm.objects.filter(device_id=device, shelved_until__isnull=False)
    rows.update(shelved_until=timezone.now())
    acts.unshelve_due(now=timezone.now())
