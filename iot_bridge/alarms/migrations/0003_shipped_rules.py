"""The tables of rules that every installation begins with: groups, escalation, suppression by design."""

from typing import Any

from django.db import migrations

CORRELATION = [
    {
        "code": "smoke_panic",
        "name": "烟感报警与紧急按钮",
        "order": 10,
        "conditions": ["smoke", "panic"],
        "devices": 2,
        "least_severity": 4,
        "window_s": 120,
        "radius_m": 30,
        "raise_by": 1,
    },
    {
        "code": "lane_forced",
        "name": "消防通道堵塞与闸机强开",
        "order": 20,
        "conditions": ["lane_blocked", "forced_open"],
        "devices": 2,
        "least_severity": 4,
        "window_s": 300,
        "radius_m": 30,
        "raise_by": 1,
    },
    {
        "code": "several_grave",
        "name": "同一点位多台设备严重告警",
        "order": 30,
        "conditions": [],
        "devices": 3,
        "least_severity": 2,
        "window_s": 120,
        "radius_m": 30,
        "raise_by": 1,
    },
]

ESCALATION = {1: (1, 1, 3), 2: (3, 3, 10), 3: (10, 10, 30), 4: (None, None, None)}
"""By severity: minutes to the first reminder, to the next ones, and to the level above."""

SUPPRESSION = (
    ("forced_open", "door_held", "device", "门被强行打开后必然敞开"),
    ("forced_open", "tailgating", "device", "门被强行打开后有人随行通过"),
    ("device_offline", "fault", "device", "设备离线后无法报告故障是否消除"),
    ("smoke", "door_held", "site", "疏散时门会一直打开"),
    ("smoke", "tailgating", "site", "疏散时有人随行通过"),
)
"""As `rules.suppression.SHIPPED` was then."""


def ship(apps: Any, _schema_editor: Any) -> None:
    groups = apps.get_model("alarms", "CorrelationRule").objects
    for row in CORRELATION:
        groups.get_or_create(code=row["code"], defaults=row)
    levels = apps.get_model("alarms", "AlarmEscalation").objects
    names = ("remind_minutes", "repeat_minutes", "escalate_minutes")
    for severity, minutes in ESCALATION.items():
        times = dict(zip(names, minutes, strict=True))
        levels.get_or_create(severity=severity, condition="", kind="", defaults=times)
    pairs = apps.get_model("alarms", "SuppressionRule").objects
    for cause, suppressed, reach, why in SUPPRESSION:
        pairs.get_or_create(cause=cause, suppressed=suppressed, reach=reach, defaults={"why": why})


class Migration(migrations.Migration):
    dependencies = [("alarms", "0002_life_groups_and_escalation")]

    operations = [migrations.RunPython(ship, migrations.RunPython.noop)]
