"""What the import page shows of a result."""

from __future__ import annotations

from django import template
from import_export.results import Result

from iot_bridge.devices import resources
from iot_bridge.devices.resources import Fault

register = template.Library()


@register.filter
def faults(result: Result) -> list[Fault]:
    """The wrong rows."""
    return resources.faults(result)
