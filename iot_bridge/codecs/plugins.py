"""Finding codecs: those that come with the system, and those that installed packages bring.

A package brings a codec by an entry point of the group `lingdun.codecs` (docs/codecs.md). One that cannot be
imported, is not what the port asks for, or has the name of another is refused with a reason, and the others
go on: a defective plug-in must not silence a city. Refusals show in the system check, in the log and in the
bridge's line of the system status.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points

from iot_bridge.codecs.base import Codec

GROUP = "lingdun.codecs"

BUILT_IN = {
    "canonical": "iot_bridge.codecs.canonical:CanonicalCodec",
    "chirpstack": "iot_bridge.codecs.chirpstack:ChirpStackCodec",
    "chirpstack_vehicle": "iot_bridge.codecs.chirpstack_vehicle:ChirpStackVehicleCodec",
    "face_terminal": "iot_bridge.codecs.face_terminal:FaceTerminalCodec",
    "esp_probe": "iot_bridge.codecs.esp_probe:EspProbeCodec",
    "zigbee2mqtt": "iot_bridge.codecs.zigbee2mqtt:Zigbee2MqttCodec",
    "tasmota": "iot_bridge.codecs.tasmota:TasmotaCodec",
    "sparkplug": "iot_bridge.codecs.sparkplug:SparkplugCodec",
    "homeassistant": "iot_bridge.codecs.homeassistant:HomeAssistantCodec",
}
"""As entry points would name them. Of codecs that share topics the general one comes first: strangers are its."""

_NAME = re.compile(r"[a-z][a-z0-9_]{0,31}")
_OURS = "sc"


@dataclass(frozen=True, slots=True)
class Refusal:
    """A codec that is not used: its entry point, the package that brings it, and why not."""

    name: str
    package: str
    reason: str

    def __str__(self) -> str:
        return f"codec {self.name} of {self.package} is refused: {self.reason}"


class UnfitError(ValueError):
    """What an entry point names is no codec; the text says what it lacks."""


def built_in() -> tuple[Codec, ...]:
    """The codecs of this system; one that fails is a defect of the system, and raises."""
    codecs = []
    for path in BUILT_IN.values():
        module, _, name = path.partition(":")
        codecs.append(getattr(import_module(module), name)())
    return tuple(codecs)


def plugged_in(
    taken: Iterable[str], found: Iterable[EntryPoint] | None = None
) -> tuple[tuple[Codec, ...], tuple[Refusal, ...]]:
    """The codecs that packages bring, and what is refused of them. `taken` are names already given away."""
    names = set(taken)
    codecs: list[Codec] = []
    refused: list[Refusal] = []
    points = entry_points(group=GROUP) if found is None else found
    for point in sorted(points, key=lambda point: (point.name, point.value)):
        try:
            codec = _load(point)
            if codec.name in names:
                raise UnfitError(f"the name {codec.name} is taken")
        except Exception as error:  # noqa: BLE001  # whatever a stranger's module raises
            package = point.dist.name if point.dist else point.value.partition(":")[0]
            reason = (
                str(error) if isinstance(error, UnfitError) else f"{type(error).__name__}: {error}"
            )
            refused.append(Refusal(point.name[:64], package, reason[:200]))
            continue
        names.add(codec.name)
        codecs.append(codec)
    return tuple(codecs), tuple(refused)


def _load(point: EntryPoint) -> Codec:
    made = point.load()
    codec = made() if isinstance(made, type) else made
    check_codec(codec)
    if codec.name != point.name:
        raise UnfitError(f"the codec calls itself {codec.name!r}, the entry point {point.name!r}")
    fit: Codec = codec
    return fit


def check_codec(codec: object) -> None:
    """Raise UnfitError unless this is what the port asks for."""
    name = getattr(codec, "name", None)
    if not isinstance(name, str) or _NAME.fullmatch(name) is None:
        raise UnfitError("name: must be 1 to 32 small letters, digits or '_'")
    for attribute, kind in (
        ("version", str), ("max_bytes", int), ("silence_s", int), ("announces", bool),
    ):  # fmt: skip
        if type(getattr(codec, attribute, None)) is not kind:
            raise UnfitError(f"{attribute}: must be a {kind.__name__}")
    for method in ("decode", "reference", "carries", "encode_command"):
        if not callable(getattr(codec, method, None)):
            raise UnfitError(f"{method}: missing")
    filters = getattr(codec, "filters", None)
    if not isinstance(filters, tuple) or not filters:
        raise UnfitError("filters: must be a tuple of topic filters")
    commands = getattr(codec, "commands", None)
    if not isinstance(commands, tuple):
        raise UnfitError("commands: must be a tuple of topic filters")
    for topic in (*filters, *commands):
        _check_filter(topic)


def _check_filter(topic: object) -> None:
    """A filter begins with a word of the maker's: neither everything nor our own topics are a plug-in's."""
    levels = topic.split("/") if isinstance(topic, str) else [""]
    if levels[0] in ("", "+", "#") or levels[0].startswith("$"):
        raise UnfitError(f"filters: {topic!r} must begin with a word")
    if "#" in levels[:-1] or any(len(level) > 1 and set(level) & {"+", "#"} for level in levels):
        raise UnfitError(f"filters: {topic!r} is no MQTT topic filter")
    if levels[0] == _OURS:
        raise UnfitError("filters: sc/ is the canonical protocol's")
