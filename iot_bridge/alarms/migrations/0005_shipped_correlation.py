"""The rules that every installation begins with."""

from typing import Any

from django.db import migrations

SHIPPED = [
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


def ship(apps: Any, schema_editor: Any) -> None:
    rule = apps.get_model("alarms", "CorrelationRule")
    for row in SHIPPED:
        rule.objects.get_or_create(code=row["code"], defaults=row)


def take_back(apps: Any, schema_editor: Any) -> None:
    codes = [row["code"] for row in SHIPPED]
    apps.get_model("alarms", "CorrelationRule").objects.filter(code__in=codes).delete()


class Migration(migrations.Migration):
    dependencies = [("alarms", "0004_groups_and_chattering")]

    operations = [migrations.RunPython(ship, take_back)]
