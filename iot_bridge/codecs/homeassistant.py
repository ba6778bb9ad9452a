"""Home Assistant's MQTT discovery: devices that say what they are before they report.

Source: Home Assistant, "MQTT" → "MQTT Discovery", "Discovery messages" and "Supported abbreviations in MQTT
discovery messages" (www.home-assistant.io/integrations/mqtt/#mqtt-discovery): retained JSON on
`homeassistant/{component}/[{node}/]{object}/config`, one per entity, or on `homeassistant/device/{object}/config`
with all `components` of a device. `~` at the beginning or end of a topic stands for the base topic. A component
of which only its `platform` is left is being taken back, as an entity is by an empty payload.

Nothing of it registers a device: it is announced, with the topic where it will report, a kind by the device
class, and a rule where its values are not the usual ones; an officer decides. Zigbee2MQTT, Tasmota and
others publish these messages for Home Assistant, so the platform needs no configuration of its own there.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from iot_bridge.codecs.base import CodecError, MakerCodec, load_object, usable_reference
from iot_bridge.codecs.mapping import SIGNALS
from iot_bridge.protocol.decoded import Announcement
from iot_bridge.protocol.privacy import STRIPPED, strip
from iot_bridge.protocol.reasons import DeadLetterReason
from iot_bridge.protocol.topics import MAX_TOPIC_LENGTH, Kind

_SHORT = {
    "~": "~",
    "avty_t": "availability_topic",
    "cmps": "components",
    "dev": "device",
    "dev_cla": "device_class",
    "json_attr_t": "json_attributes_topic",
    "p": "platform",
    "pl_off": "payload_off",
    "pl_on": "payload_on",
    "stat_t": "state_topic",
    "t": "topic",
    "uniq_id": "unique_id",
    "val_tpl": "value_template",
}
_SHORT_DEVICE = {"ids": "identifiers", "mf": "manufacturer", "mdl": "model", "mdl_id": "model_id"}

_CLASSES: dict[str, tuple[Kind, str]] = {
    "smoke": (Kind.SMOKE, "alarm"),
    "gas": (Kind.SMOKE, "alarm"),
    "carbon_monoxide": (Kind.SMOKE, "alarm"),
    "heat": (Kind.SMOKE, "alarm"),
    "safety": (Kind.PANIC_BUTTON, "pressed"),
    "motion": (Kind.CAMERA, "motion"),
    "occupancy": (Kind.FIRE_LANE, "occupied"),
    "presence": (Kind.FIRE_LANE, "occupied"),
}
"""Device classes of binary sensors that one of our kinds can stand for."""
_PLATFORM = {"p", "platform"}
_ACTIONS = {"action", "button", "sos", "panic", "emergency"}
_USUAL = (None, True, "ON", "on", "true", "True")

_TEMPLATE = re.compile(
    r"""\{\{\s*value_json((?:\.\w+|\[\s*['"][^'"\]]+['"]\s*\])+)\s*(?:\|[^}]*)?\}\}"""
)
_STEP = re.compile(r"""\.(\w+)|\[\s*['"]([^'"\]]+)['"]\s*\]""")


class HomeAssistantCodec(MakerCodec):
    """Announcements at the default discovery prefix."""

    name = "homeassistant"
    version = "2025"
    filters = ("homeassistant/+/+/config", "homeassistant/+/+/+/config")
    announces = True

    def decode(self, topic: str, payload: bytes, received_at_ms: int) -> Sequence[Announcement]:
        """What the message announces; nothing when an entity is taken back or has no topic of its own."""
        if not payload:
            return []
        raw, stripped = strip(load_object(payload, self.max_bytes))
        config = _expand(raw, _SHORT)
        device = config.get("device")
        if not isinstance(device, dict):
            return []  # an entity without a device: nothing one could register
        device = _expand(device, _SHORT_DEVICE)
        if topic.split("/")[1] != "device":
            entities = [config]
        else:
            parts = config.get("components")
            if not isinstance(parts, dict):
                raise CodecError(DeadLetterReason.BAD_ENVELOPE, "components: must be an object")
            shared = {k: v for k, v in config.items() if k in ("~", "state_topic")}
            entities = [
                {**shared, **_expand(part, _SHORT)}
                for part in list(parts.values())[:64]
                if isinstance(part, dict) and not set(part) <= _PLATFORM
            ]
        found = [one for entity in entities if (one := _announcement(entity, device, stripped))]
        return _merged(found)


def _expand(raw: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    return {names.get(key, key): value for key, value in raw.items()}


def _announcement(
    entity: dict[str, Any], device: dict[str, Any], stripped: Mapping[str, int]
) -> Announcement | None:
    topic = _topic(entity)
    ref = _identifier(device, entity)
    if topic is None or ref is None:
        return None
    field = _field(entity.get("value_template"))
    kind, fields = _meaning(entity, field)
    return Announcement(
        topic=topic,
        device_ref=ref,
        kind=kind,
        maker=_text(device.get("manufacturer"), 60),
        model=_text(device.get("model_id") or device.get("model"), 60),
        fields=fields,
        stripped=stripped,
    )


def _topic(entity: Mapping[str, Any]) -> str | None:
    for key in ("state_topic", "topic", "json_attributes_topic"):
        topic = entity.get(key)
        if isinstance(topic, str) and topic:
            base = entity.get("~")
            if isinstance(base, str) and topic.startswith("~"):
                topic = base + topic[1:]
            elif isinstance(base, str) and topic.endswith("~"):
                topic = topic[:-1] + base
            return topic if len(topic) <= MAX_TOPIC_LENGTH and topic.isprintable() else None
    return None


def _identifier(device: Mapping[str, Any], entity: Mapping[str, Any]) -> str | None:
    ids = device.get("identifiers")
    for candidate in (*(ids if isinstance(ids, list) else [ids]), entity.get("unique_id")):
        if isinstance(candidate, str) and candidate and STRIPPED not in candidate:
            return usable_reference(candidate[:64])
    return None


def _field(template: object) -> str | None:
    """The one field that a template reads, as a path; None when it does more than that."""
    match = _TEMPLATE.fullmatch(template.strip()) if isinstance(template, str) else None
    if match is None:
        return None
    path = ".".join(dotted or quoted for dotted, quoted in _STEP.findall(match[1]))
    return path if len(path) <= 120 and path.isprintable() else None


def _meaning(entity: Mapping[str, Any], field: str | None) -> tuple[Kind | None, dict[str, Any]]:
    """The kind an entity speaks for, and the rule where its field or its values are not the usual ones."""
    device_class = entity.get("device_class")
    kind, signal = _CLASSES.get(device_class if isinstance(device_class, str) else "", (None, ""))
    leaf = (field or "").rpartition(".")[2].lower()
    if kind is None and (leaf in _ACTIONS or entity.get("automation_type") == "trigger"):
        kind, signal = Kind.PANIC_BUTTON, "pressed"
    if kind is None or field is None:
        return kind, {}
    wanted = entity.get("payload_on")
    if isinstance(wanted, str) and not (len(wanted) <= 120 and wanted.isprintable()):
        return kind, {}
    if isinstance(wanted, bool | int | float | str) and wanted not in _USUAL:
        return kind, {signal: {"field": field, "is": [wanted]}}
    return kind, {} if leaf in SIGNALS[kind][signal].names else {signal: field}


def _text(value: object, limit: int) -> str:
    return value.strip()[:limit] if isinstance(value, str) and value.isprintable() else ""


def _merged(found: Sequence[Announcement]) -> list[Announcement]:
    """One per topic: of several entities the first that tells a kind."""
    best: dict[str, Announcement] = {}
    for one in found:
        known = best.get(one.topic)
        if known is None or (known.kind is None and one.kind is not None):
            best[one.topic] = one
    return list(best.values())
