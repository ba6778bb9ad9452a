"""ESP8266 Wi-Fi sniffers: batches of the stations heard since the last one.

Source: "Wi-Fi Sniffer as a Human detector" by Andreas Spiess (SensorsIot), WiFi_Sniffer.ino, `sendDevices`:
topic `Sniffer` every 30 s or when somebody new appears, `{"MAC": ["5c:cf:7f:…", …]}`. The derived firmware
of agusalex adds `ID` (the ESP's chip id), `OFFSET`, and as arrays of the same order `RSSI` (dBm), `MILIS` (the
ESP's uptime when heard, ms), `CH`, `TYPE` ("B" a beacon of an access point, "C" a client) and `STA/SSID`.

A probe is named by its topic, `Sniffer/{id}` (the topic is a constant of the firmware), else by `ID`.
Access points are no people and are left out where `TYPE` tells. Addresses leave here in memory only
(TransientMacs); the counter makes a count of them. Neither a clock nor a message id exists in the format:
the id is derived from the arrival, so a repeated delivery counts the same addresses again, which changes
nothing in a count of distinct ones.
"""

from collections.abc import Sequence
from typing import Any

from iot_bridge.codecs.base import CodecError, MakerCodec, load_object
from iot_bridge.codecs.macs import parse_macs
from iot_bridge.protocol.decoded import DeviceMessage
from iot_bridge.protocol.messages import MAX_PAYLOAD_BYTES
from iot_bridge.protocol.privacy import strip
from iot_bridge.protocol.reasons import DeadLetterReason
from iot_bridge.protocol.topics import DEVICE_ID, Channel, Kind

_BEACON = "B"


class EspProbeCodec(MakerCodec):
    """The sniffer's JSON, plain and with parallel arrays."""

    name = "esp_probe"
    version = "1"
    filters = ("Sniffer", "Sniffer/+")
    max_bytes = MAX_PAYLOAD_BYTES
    late_s = 70
    silence_s = 120  # four batches of 30 s

    def reference(self, topic: str) -> str | None:
        """The probe's id, where the topic has it."""
        ref = topic.partition("/")[2]
        return ref if DEVICE_ID.fullmatch(ref) else None

    def decode(self, topic: str, payload: bytes, received_at_ms: int) -> Sequence[DeviceMessage]:
        """One `macs` message, its addresses in the transient carrier."""
        raw = load_object(payload, self.max_bytes)
        macs = parse_macs(_clients(raw), "MAC")
        rest, stripped = strip({name: value for name, value in raw.items() if name != "MAC"})
        ref = _device_ref(topic, rest)
        return [
            DeviceMessage(
                device_ref=ref,
                kind=Kind.WIFI_PROBE,
                channel=Channel.EVENT,
                type="macs",
                data={},
                event_id=f"rx-{received_at_ms}",
                stripped=stripped,
                macs=macs,
            )
        ]


def _clients(raw: dict[str, Any]) -> object:
    """The addresses, without those the batch itself marks as access points."""
    addresses, types = raw.get("MAC"), raw.get("TYPE")
    if not isinstance(addresses, list) or types is None:
        return addresses
    if not isinstance(types, list) or len(types) != len(addresses):
        raise CodecError(DeadLetterReason.BAD_DATA, "TYPE: must be as long as MAC")
    return [mac for mac, type_ in zip(addresses, types, strict=True) if type_ != _BEACON]


def _device_ref(topic: str, raw: dict[str, Any]) -> str:
    ref = topic.partition("/")[2] or raw.get("ID")
    if type(ref) is int:
        ref = str(ref)
    if not isinstance(ref, str) or DEVICE_ID.fullmatch(ref) is None:
        raise CodecError(DeadLetterReason.BAD_ENVELOPE, "neither the topic nor ID names the probe")
    return ref
