"""Zigbee devices behind Zigbee2MQTT.

Source: Zigbee2MQTT's guide, "MQTT Topics and Messages" (zigbee2mqtt.io/guide/usage/mqtt_topics_and_messages.html)
and "Device-Availability" (…/guide/configuration/device-availability.html); the fields of a model are under
"Exposes" on its page (smoke, gas, carbon_monoxide, occupancy, contact, tamper, battery_low, battery, action …):

  zigbee2mqtt/FRIENDLY_NAME               JSON, the whole state with every report
  zigbee2mqtt/FRIENDLY_NAME/availability  {"state": "online"}, before version 2 also the bare word

Commands (the same guide; "Exposes" and "On with timed off" on a model's page):

  zigbee2mqtt/FRIENDLY_NAME/set           {"state": "ON", "on_time": 1}: on for a second, then off by itself
  zigbee2mqtt/FRIENDLY_NAME/get           {"battery": ""}: read a value from the device

Neither is answered by name: what became of it shows in the state published next. Which output opens a gate says
`parameters.fields` (`{"opens": "state_l1"}`). Whether a relay knows `on_time` depends on its firmware: it is to be tried
before a gate is opened so. What cannot be asked for its charge, or sleeps, does not answer, and the command ends as
unknown.

The base topic is the default one, and a friendly name has no `/`. The option `last_seen` adds a time, as ISO
8601 or epoch ms. Neither a message id exists nor an order, so a button's repeated delivery counts twice.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson

from iot_bridge.codecs.base import (
    CodecError,
    MakerCodec,
    arrival_id,
    flatten,
    load_object,
    quoted,
    topic_part,
    usable_reference,
)
from iot_bridge.protocol.actions import ACTIONS, CommandResult, DeviceAction
from iot_bridge.protocol.decoded import Decodable, DeviceReading, Order, Request, Scalar
from iot_bridge.protocol.messages import MAX_EPOCH_MS
from iot_bridge.protocol.privacy import strip
from iot_bridge.protocol.reasons import DeadLetterReason
from iot_bridge.protocol.topics import Kind

PULSE_S = 1
_BRIDGE = "bridge"
_CHARGE = "battery"


class Zigbee2MqttCodec(MakerCodec):
    """State and availability, at the default base topic."""

    name = "zigbee2mqtt"
    version = "2"
    filters = ("zigbee2mqtt/+", "zigbee2mqtt/+/availability")
    commands = ("zigbee2mqtt/+/set", "zigbee2mqtt/+/get")
    shows_results = True
    opens_by_output = True
    silence_s = 90_000  # passive devices check in once a day: 25 h is what availability allows them

    def reference(self, topic: str) -> str | None:
        """The friendly name."""
        levels = topic.split("/")
        if len(levels) < 2 or levels[1] == _BRIDGE:
            return None
        return usable_reference(levels[1])

    def decode(self, topic: str, payload: bytes, received_at_ms: int) -> Sequence[Decodable]:
        """A reading; nothing for an empty payload, by which a retained message is taken back."""
        if not payload or topic.startswith(f"zigbee2mqtt/{_BRIDGE}/"):
            return []
        ref = self.reference(topic)
        if ref is None:
            raise CodecError(
                DeadLetterReason.BAD_TOPIC, "a friendly name has 1 to 64 printable characters"
            )
        event_id = arrival_id(topic, payload, received_at_ms)
        if topic.endswith("/availability"):
            return [DeviceReading(ref, {}, event_id, online=_available(payload))]
        raw, stripped = strip(load_object(payload, self.max_bytes))
        device = raw.pop("device", None) if "device" in raw else None
        return [
            DeviceReading(
                device_ref=ref,
                values=flatten(raw),
                event_id=event_id,
                device_at_ms=_last_seen(raw.get("last_seen")),
                stripped=stripped,
                maker=_word(device, "manufacturerName"),
                model=_word(device, "model"),
            )
        ]

    def carries(self, kind: Kind) -> tuple[DeviceAction, ...]:
        """Opening a gate's relay, and reading a value; nothing is reset from afar."""
        own = (DeviceAction.OPEN, DeviceAction.REQUEST_STATE)
        return tuple(action for action in ACTIONS[kind] if action in own)

    def encode_command(self, order: Order) -> Request:
        """`set` for a second, or `get`."""
        topic = f"zigbee2mqtt/{topic_part(order.reference)}"
        if order.action is DeviceAction.OPEN and order.output:
            return Request(f"{topic}/set", orjson.dumps({order.output: "ON", "on_time": PULSE_S}))
        if order.action is DeviceAction.REQUEST_STATE:
            return Request(f"{topic}/get", orjson.dumps({order.output or _CHARGE: ""}))
        return super().encode_command(order)

    def answered(
        self, action: DeviceAction, output: str, values: Mapping[str, Scalar]
    ) -> CommandResult | None:
        """The output is on, or the value that was asked for is there."""
        if action is DeviceAction.OPEN:
            done = bool(output) and values.get(output) == "ON"
        else:
            done = action is DeviceAction.REQUEST_STATE and (output or _CHARGE) in values
        return CommandResult.DONE if done else None


def _available(payload: bytes) -> bool:
    word: object = payload.decode("utf-8", "replace")
    try:
        value = orjson.loads(payload)
        word = value.get("state") if isinstance(value, dict) else value
    except orjson.JSONDecodeError:
        pass
    if word not in ("online", "offline"):
        raise CodecError(
            DeadLetterReason.BAD_DATA, f"state: {quoted(word)} is not online or offline"
        )
    return word == "online"


def _word(device: object, key: str) -> str:
    """Maker or model, which the option `include_device_information` adds."""
    value = device.get(key) if isinstance(device, dict) else None
    return value[:60] if isinstance(value, str) else ""


def _last_seen(value: Any) -> int | None:
    """A time that cannot be read is left out: it is an option of the gateway, not the device's word."""
    if isinstance(value, str):
        try:
            at = datetime.fromisoformat(value)
            if at.tzinfo is None:
                return None
            value = int(at.timestamp() * 1000)
        except (ValueError, OverflowError):
            return None
    if type(value) is int and 0 <= value <= MAX_EPOCH_MS:
        return value
    return None
