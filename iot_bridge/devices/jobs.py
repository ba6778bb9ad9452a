"""What the worker does for the devices."""

from __future__ import annotations

from django.conf import settings

from command_center.health.worker import Job
from iot_bridge.devices.broker_files import publish_broker_files


def _write_broker_files() -> str:
    """An external broker's users follow the registry; the embedded one has a fixed table."""
    broker = settings.ENVIRONMENT.mqtt_url
    return publish_broker_files(broker) if broker is not None else ""


write_broker_files = Job(name="write_broker_files", every_s=5, run=_write_broker_files)
