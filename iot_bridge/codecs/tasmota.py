"""ESP devices with Tasmota firmware.

Source: Tasmota's documentation, "MQTT" (tasmota.github.io/docs/MQTT) and "Buttons and Switches"
(…/docs/Buttons-and-Switches), with the default FullTopic `%prefix%/%topic%/`:

  tele/TOPIC/LWT      Online, Offline (the Last Will), bare words
  tele/TOPIC/STATE    JSON: POWER, Wifi …, every TelePeriod
  tele/TOPIC/SENSOR   JSON: {"Time": …, "Switch1": "ON", "AM2301": {"Temperature": …}}; with SwitchMode 15
                      also whenever a switch changes
  stat/TOPIC/RESULT   JSON: {"POWER": "ON"}, {"Switch1": {"Action": "ON"}} (SetOption114),
                      {"Button1": {"Action": "SINGLE"}} (SetOption73). With SetOption4 or SetOption19 they go
                      elsewhere; leave both at 0

`Time` is the device's local clock without an offset and is not used. What is wired to a switch Tasmota cannot
know: `parameters.fields` says it (`{"alarm": "Switch1"}`); `{"Switch1": {"Action": "ON"}}` reads as `Switch1`
too, and so does a switch with a name of its own (SwitchText). A plain answer to a command (`{"Command": "Unknown"}`) says nothing and is a sign of life. The access
point's name and address in STATE are stripped.
"""

from collections.abc import Sequence
from typing import Any

from iot_bridge.codecs.base import (
    CodecError,
    MakerCodec,
    arrival_id,
    flatten,
    load_object,
    quoted,
    usable_reference,
)
from iot_bridge.protocol.decoded import Decodable, DeviceReading
from iot_bridge.protocol.privacy import strip
from iot_bridge.protocol.reasons import DeadLetterReason


class TasmotaCodec(MakerCodec):
    """Telemetry and results, at the default topics."""

    name = "tasmota"
    version = "14"
    filters = ("tele/+/LWT", "tele/+/STATE", "tele/+/SENSOR", "stat/+/RESULT")
    late_s = 330
    silence_s = 960  # three telemetry periods of 300 s, and a minute

    def reference(self, topic: str) -> str | None:
        """The device's `Topic`."""
        levels = topic.split("/")
        return usable_reference(levels[1]) if len(levels) > 1 else None

    def decode(self, topic: str, payload: bytes, received_at_ms: int) -> Sequence[Decodable]:
        """A reading; nothing for an empty payload, by which a retained message is taken back."""
        if not payload:
            return []
        ref = self.reference(topic)
        if ref is None:
            raise CodecError(DeadLetterReason.BAD_TOPIC, "a Topic has 1 to 64 printable characters")
        event_id = arrival_id(topic, payload, received_at_ms)
        if topic.endswith("/LWT"):
            return [DeviceReading(ref, {}, event_id, online=_online(payload), maker="Tasmota")]
        raw, stripped = strip(load_object(payload, self.max_bytes))
        raw = {name: _plain(name, value) for name, value in raw.items()}
        return [DeviceReading(ref, flatten(raw), event_id, stripped=stripped, maker="Tasmota")]


def _online(payload: bytes) -> bool:
    word = payload.decode("utf-8", "replace")
    if word not in ("Online", "Offline"):
        raise CodecError(DeadLetterReason.BAD_DATA, f"LWT: {quoted(word)} is not Online or Offline")
    return word == "Online"


def _plain(name: str, value: Any) -> Any:
    """A switch's state, however the firmware was told to report it; a button's press stays an action."""
    is_action = isinstance(value, dict) and set(value) == {"Action"}
    return value["Action"] if is_action and not name.startswith("Button") else value
