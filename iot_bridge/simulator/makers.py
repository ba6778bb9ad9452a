"""What devices of other makers say, made from the real payloads in mqtt/samples. Pure but for `load`.

The samples carry fictitious persons (name, identity number, telephone, picture): they are sent as a real
terminal would send them, so that one sees them stripped.
"""

from __future__ import annotations

import base64
import copy
import json
import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from hashlib import blake2b
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson

from iot_bridge.simulator.cast import Player

FACE_TERMINAL = "face_terminal"
ESP_PROBE = "esp_probe"
CHIRPSTACK = "chirpstack_vehicle"

_CST = timezone(timedelta(hours=8))
APPLICATION = "a5d0c9b2-7a3c-4c55-9d0a-6f1e2d3c4b5a"
_VERIFY_STATUS = {"pass": "1", "refused": "2"}


@dataclass(frozen=True, slots=True)
class Said:
    """One MQTT message."""

    topic: str
    payload: bytes


class Templates:
    """The samples of mqtt/samples that the makers' devices speak from, by codec and name."""

    NEEDED = {
        FACE_TERMINAL: ("pass", "refused", "stranger", "heartbeat", "online", "offline"),
        ESP_PROBE: ("arrays",),
        CHIRPSTACK: ("occupied", "vacated", "heartbeat", "status"),
    }

    def __init__(self, samples: Mapping[str, Mapping[str, Any]]) -> None:
        self._samples = samples

    def fresh(self, codec: str, name: str) -> Any:
        """A copy to fill in."""
        return copy.deepcopy(self._samples[codec][name])


def load(directory: Path) -> Templates:
    """Read the samples. Raises OSError or ValueError if one is missing or broken."""
    return Templates(
        {
            codec: {
                name: json.loads((directory / codec / f"{name}.json").read_text(encoding="utf-8"))
                for name in names
            }
            for codec, names in Templates.NEEDED.items()
        }
    )


# -- face terminals -------------------------------------------------------------------------------


def face_event(
    templates: Templates, player: Player, type_: str, data: Mapping[str, Any], number: int, ms: int
) -> Said | None:
    """A pass or a refusal, or a stranger's face; None for what this protocol cannot say."""
    if type_ == "denied" and data.get("reason") == "not_registered":
        body = templates.fresh(FACE_TERMINAL, "stranger")
        body["info"] |= {"SnapID": str(number)}
        leaf = "Snap"
    elif type_ in {"pass", "denied"}:
        name = "pass" if type_ == "pass" else "refused"
        body = templates.fresh(FACE_TERMINAL, name)
        body["info"] |= {"RecordID": str(number), "VerifyStatus": _VERIFY_STATUS[name]}
        leaf = "Rec"
    else:
        return None
    body["info"] |= {"facesluiceId": player.reference, "time": _local(ms)}
    return Said(f"mqtt/face/{player.reference}/{leaf}", orjson.dumps(body))


def face_presence(templates: Templates, player: Player, name: str, ms: int | None) -> Said:
    """`online`, `heartbeat`, or `offline` (the Last Will, which knows no time)."""
    body = templates.fresh(FACE_TERMINAL, name)
    body["info"]["facesluiceId"] = player.reference
    if ms is not None:
        body["info"]["time"] = _local(ms)
    if name == "online":
        body["info"]["facesname"] = player.name
    return Said(f"mqtt/face/{'heartbeat' if name == 'heartbeat' else 'basic'}", orjson.dumps(body))


def _local(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, _CST).strftime("%Y-%m-%d %H:%M:%S")


# -- Wi-Fi probes ---------------------------------------------------------------------------------


def probe_batch(templates: Templates, player: Player, people: int, uptime_ms: int) -> Said:
    """A batch with as many clients as there are people, and the one access point of the sample.

    The addresses are locally administered ones that no device owns; a person keeps hers.
    """
    body = templates.fresh(ESP_PROBE, "arrays")
    owner = random.Random(player.reference)  # noqa: S311 - fictitious addresses
    macs = [f"02:{owner.getrandbits(40).to_bytes(5).hex(':')}" for _ in range(people)]
    body["MAC"] = [body["MAC"][0], *macs]
    length = len(body["MAC"])
    body["TYPE"] = ["B", *["C"] * people]
    body["RSSI"] = [-40 - index % 50 for index in range(length)]
    body["CH"] = [(1, 6, 11)[index % 3] for index in range(length)]
    body["MILIS"] = [uptime_ms] * length
    body["STA/SSID"] = [body["STA/SSID"][0]] * length
    body["ID"] = int.from_bytes(player.reference.encode()[-3:])
    return Said(f"Sniffer/{player.reference}", orjson.dumps(body))


# -- LoRaWAN sensors ------------------------------------------------------------------------------


def lora_uplink(
    templates: Templates, player: Player, name: str, occupied: bool, counter: int, ms: int
) -> Said:
    """An uplink `occupied`, `vacated` or `heartbeat` as the network server passes it on."""
    body = templates.fresh(CHIRPSTACK, name)
    frame = bytes([1 if occupied else 0, 12])
    body |= {"fCnt": counter, "data": base64.b64encode(frame).decode()}
    return _lora(body, player, "up", counter, ms)


def lora_status(templates: Templates, player: Player, battery: int, counter: int, ms: int) -> Said:
    """The network server's report of a sensor's battery."""
    body = templates.fresh(CHIRPSTACK, "status")
    body["batteryLevel"] = float(battery)
    return _lora(body, player, "status", counter, ms)


def _lora(body: dict[str, Any], player: Player, event: str, counter: int, ms: int) -> Said:
    unique = blake2b(f"{player.id} {event} {ms} {counter}".encode(), digest_size=16).digest()
    body["deduplicationId"] = str(UUID(bytes=unique))
    body["time"] = datetime.fromtimestamp(ms / 1000, UTC).isoformat(timespec="milliseconds")
    body["deviceInfo"] |= {"devEui": player.reference, "deviceName": player.name or player.id}
    topic = f"application/{APPLICATION}/device/{player.reference}/event/{event}"
    return Said(topic, orjson.dumps(body))
