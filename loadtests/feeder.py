"""Writes feed events at a steady rate, as a bridge would, and nothing else.

`python -m loadtests.feeder SETTINGS`: `every_s`, `events` in each transaction, `padding` characters in each
event, `seconds` in all.
"""

from __future__ import annotations

import json
import os
import sys
import time
from typing import Any

from command_center.sqlite import use_bundled_sqlite


def feed(settings: dict[str, Any]) -> None:
    """Write events until the time is over."""
    from command_center.feed.services import transaction
    from iot_bridge.devices.feed import device_data
    from iot_bridge.devices.models import Device

    devices = list(Device.objects.select_related("status").order_by("id")[:200])
    padding = "·" * settings["padding"]
    begin = due = time.monotonic()
    number = 0
    while due - begin < settings["seconds"]:
        with transaction() as publication:
            for _ in range(settings["events"]):
                device = devices[number % len(devices)]
                data = device_data(device).model_copy(update={"site": device.site + padding})
                publication.emit("device.changed", code=device.jurisdiction_id, data=data)
                number += 1
        due += settings["every_s"]
        time.sleep(max(0.0, due - time.monotonic()))


if __name__ == "__main__":
    use_bundled_sqlite()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "command_center.settings")
    import django

    django.setup()
    feed(json.loads(sys.argv[1]))
