"""ESP devices with Tasmota firmware.

Source: Tasmota's documentation, "MQTT" (tasmota.github.io/docs/MQTT), "Commands" (…/docs/Commands), "JSON Status
Responses" and "Buttons and Switches" (…/docs/Buttons-and-Switches), with the default FullTopic `%prefix%/%topic%/`:

  tele/TOPIC/LWT      Online, Offline (the Last Will), bare words
  tele/TOPIC/STATE    JSON: POWER, Wifi …, every TelePeriod
  tele/TOPIC/SENSOR   JSON: {"Time": …, "Switch1": "ON", "AM2301": {"Temperature": …}}; with SwitchMode 15
                      also whenever a switch changes
  stat/TOPIC/STATUS10 JSON: {"StatusSNS": {…}}, the same as SENSOR, on request
  stat/TOPIC/RESULT   JSON: {"POWER": "ON"}, {"Switch1": {"Action": "ON"}} (SetOption114),
                      {"Button1": {"Action": "SINGLE"}} (SetOption73). With SetOption4 or SetOption19 they go
                      elsewhere; leave both at 0

Commands are `cmnd/TOPIC/COMMAND` with a parameter, answered on `stat`:

  cmnd/TOPIC/Status   10: what the sensors say now          {"StatusSNS": {"Time": …, "Switch1": "ON"}}
  cmnd/TOPIC/Restart  1: restart the device                 {"Restart": "Restarting"}
  cmnd/TOPIC/Backlog  PulseTime2 10; Power2 ON: relay 2 on for a second (PulseTime counts tenths up to 111), then off
                                                            {"PulseTime2": {"Set": 10, …}}, {"POWER2": "ON"}
  anything unknown                                          {"Command": "Unknown"}

The answers name no command: they are taken for the one that is on its way. Which relay opens a gate says
`parameters.fields` (`{"opens": "POWER2"}`; a single relay is POWER).

`Time` is the device's local clock without an offset and is not used. What is wired to a switch Tasmota cannot
know: `parameters.fields` says it (`{"alarm": "Switch1"}`); `{"Switch1": {"Action": "ON"}}` reads as `Switch1`
too, and so does a switch with a name of its own (SwitchText). A plain answer to a command (`{"Command": "Unknown"}`)
says nothing of the device's state and is a sign of life. The access point's name and address in STATE are stripped.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

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
from iot_bridge.protocol.privacy import strip
from iot_bridge.protocol.reasons import DeadLetterReason
from iot_bridge.protocol.topics import Kind

PULSE_TENTHS = 10
_RELAY = re.compile(r"(?:POWER|Power|power)([1-9]|[12][0-9]|3[0-2])?")


class TasmotaCodec(MakerCodec):
    """Telemetry and results, at the default topics."""

    name = "tasmota"
    version = "14"
    filters = ("tele/+/LWT", "tele/+/STATE", "tele/+/SENSOR", "stat/+/RESULT", "stat/+/STATUS10")
    commands = ("cmnd/+/Status", "cmnd/+/Restart", "cmnd/+/Backlog")
    shows_results = True
    opens_by_output = True
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
        if topic.endswith("/STATUS10"):
            raw = raw.get("StatusSNS")
            if not isinstance(raw, dict):
                raise CodecError(DeadLetterReason.BAD_DATA, "StatusSNS: must be an object")
        raw = {name: _plain(name, value) for name, value in raw.items()}
        return [DeviceReading(ref, flatten(raw), event_id, stripped=stripped, maker="Tasmota")]

    def carries(self, kind: Kind) -> tuple[DeviceAction, ...]:
        """Everything but pictures."""
        return tuple(action for action in ACTIONS[kind] if action is not DeviceAction.SNAPSHOT)

    def encode_command(self, order: Order) -> Request:
        """One of the commands above."""
        topic = f"cmnd/{topic_part(order.reference)}"
        match order.action:
            case DeviceAction.REQUEST_STATE:
                return Request(f"{topic}/Status", b"10")
            case DeviceAction.RESET:
                return Request(f"{topic}/Restart", b"1")
            case DeviceAction.OPEN if relay := _RELAY.fullmatch(order.output):
                number = relay[1] or "1"
                pulse = f"PulseTime{number} {PULSE_TENTHS}; Power{number} ON"
                return Request(f"{topic}/Backlog", pulse.encode())
            case _:
                return super().encode_command(order)

    def answered(
        self, action: DeviceAction, output: str, values: Mapping[str, Scalar]
    ) -> CommandResult | None:
        """The relay is on, the restart is told of, the sensors have spoken; or the firmware does not know the command."""
        if values.get("Command") in ("Unknown", "Error"):
            return CommandResult.FAILED
        match action:
            case DeviceAction.OPEN:
                relay = _RELAY.fullmatch(output)
                done = relay is not None and any(values.get(name) == "ON" for name in _names(relay))
            case DeviceAction.RESET:
                done = "Restart" in values
            case _:
                done = action is DeviceAction.REQUEST_STATE and "Time" in values
        return CommandResult.DONE if done else None


def _names(relay: re.Match[str]) -> tuple[str, ...]:
    """How a relay is called in answers: the only one of a device without its number."""
    number = relay[1] or "1"
    return (f"POWER{number}", "POWER") if number == "1" else (f"POWER{number}",)


def _online(payload: bytes) -> bool:
    word = payload.decode("utf-8", "replace")
    if word not in ("Online", "Offline"):
        raise CodecError(DeadLetterReason.BAD_DATA, f"LWT: {quoted(word)} is not Online or Offline")
    return word == "Online"


def _plain(name: str, value: Any) -> Any:
    """A switch's state, however the firmware was told to report it; a button's press stays an action."""
    is_action = isinstance(value, dict) and set(value) == {"Action"}
    return value["Action"] if is_action and not name.startswith("Button") else value
