"""What makes a device wrong beyond its single fields, with words for the person who enters it."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from iot_bridge.codecs.registry import REGISTRY
from iot_bridge.devices.models import Device
from iot_bridge.protocol.topics import Kind
from iot_bridge.rules.thresholds import ThresholdsError, thresholds_for

CANONICAL = "canonical"


def check_device(device: Device) -> None:
    """Raise ValidationError, by field, for a codec, external id, position or parameters that cannot work."""
    errors: dict[str, list[str]] = {}
    if device.codec not in REGISTRY.names:
        errors["codec"] = [
            _("codec %(codec)s is unknown; the codecs are %(known)s")
            % {"codec": repr(device.codec), "known": ", ".join(REGISTRY.names)}
        ]
    elif device.codec != CANONICAL and not device.external_id:
        errors["external_id"] = [
            _("codec %(codec)s needs the id by which the maker's messages name the device")
            % {"codec": device.codec}
        ]
    if (device.longitude is None) != (device.latitude is None):
        missing = "longitude" if device.longitude is None else "latitude"
        errors[missing] = [_("give both longitude and latitude, or neither")]
    parameters = _parameter_errors(device)
    if parameters:
        errors["parameters"] = parameters
    if errors:
        raise ValidationError(errors)


def _parameter_errors(device: Device) -> list[str]:
    if not isinstance(device.parameters, dict):
        return [_("the parameters must be a JSON object")]
    if device.kind not in set(Kind):
        return []  # the field itself is refused
    try:
        thresholds_for(Kind(device.kind), device.parameters)
    except ThresholdsError as error:
        return [f"{key}: {text}" for key, text in error.errors.items()]
    return []
