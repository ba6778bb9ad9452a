"""Alarms follow their devices out of service and back."""

from __future__ import annotations

from datetime import datetime

from command_center.feed import services as feed
from iot_bridge.alarms import suppressing
from iot_bridge.alarms.models import Alarm
from iot_bridge.rules.conditions import SPECS

_PERSONS = [str(condition) for condition, spec in SPECS.items() if spec.person]


def follow_devices(publication: feed.Publication, *, at: datetime) -> int:
    """Mark the open alarms of devices out of service, and take those back whose device is; how many changed.

    What was out of service explains alarms again once it is back, so the table of suppression is applied too.
    """
    opened = Alarm.objects.filter(open=True)
    begins = opened.filter(out_of_service=False, device__out_of_service_until__isnull=False)
    ends = opened.filter(out_of_service=True, device__out_of_service_until__isnull=True)
    out = dict.fromkeys(begins.exclude(condition__in=_PERSONS).values_list("pk", flat=True), True)
    out |= dict.fromkeys(ends.values_list("pk", flat=True), False)
    return suppressing.apply_anew(publication, at=at, out=out) if out else 0
