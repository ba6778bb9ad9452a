"""What makes a device wrong beyond its single fields, with words for the person who enters it."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from iot_bridge.codecs.mapping import FIELDS, MappingError, rules_for, split_parameters
from iot_bridge.codecs.registry import REGISTRY
from iot_bridge.devices.models import Device
from iot_bridge.protocol.topics import Kind
from iot_bridge.rules.thresholds import Thresholds, ThresholdsError, thresholds_for

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
    found: list[str] = []
    thresholds, declared = split_parameters(device.parameters)
    try:
        thresholds_for(Kind(device.kind), thresholds)
    except ThresholdsError as error:
        found += [_reason(key) for key in error.errors]
    try:
        rules_for(Kind(device.kind), declared)
    except MappingError as error:
        found += [
            f"{FIELDS}: {text}" if key == FIELDS else f"{FIELDS}.{key}: {text}"
            for key, text in error.errors.items()
        ]
    return found


def threshold_limits(name: str) -> tuple[int, int]:
    """The smallest and largest value of a threshold."""
    rules = Thresholds.model_fields[name].metadata
    return (
        next(rule.ge for rule in rules if hasattr(rule, "ge")),
        next(rule.le for rule in rules if hasattr(rule, "le")),
    )


def _reason(key: str) -> str:
    if key not in Thresholds.model_fields:
        known = ", ".join(Thresholds.model_fields)
        return _("%(key)s is unknown; the parameters are %(known)s") % {"key": key, "known": known}
    low, high = threshold_limits(key)
    return _("%(key)s must be a whole number from %(low)d to %(high)d") % {
        "key": key,
        "low": low,
        "high": high,
    }
