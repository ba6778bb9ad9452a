"""Which codec reads which topic. The one place where codecs are listed."""

from functools import lru_cache

from iot_bridge.codecs.base import Codec, CodecError
from iot_bridge.codecs.canonical import CanonicalCodec
from iot_bridge.codecs.chirpstack_vehicle import ChirpStackVehicleCodec
from iot_bridge.codecs.esp_probe import EspProbeCodec
from iot_bridge.codecs.face_terminal import FaceTerminalCodec
from iot_bridge.protocol.decoded import DeviceMessage
from iot_bridge.protocol.reasons import DeadLetterReason


def topic_matches(topic_filter: str, topic: str) -> bool:
    """Whether an MQTT topic filter matches a topic (MQTT 5.0, 4.7; `$` topics match no leading wildcard)."""
    if topic.startswith("$") and topic_filter[:1] in ("+", "#"):
        return False
    wanted, given = topic_filter.split("/"), topic.split("/")
    for index, level in enumerate(wanted):
        if level == "#":
            return True
        if index >= len(given) or level not in ("+", given[index]):
            return False
    return len(wanted) == len(given)


class Registry:
    """Codecs by name and by topic."""

    def __init__(self, codecs: tuple[Codec, ...]) -> None:
        self._by_name: dict[str, Codec] = {codec.name: codec for codec in codecs}
        if len(self._by_name) != len(codecs):
            raise ValueError("two codecs share a name")
        self._match = lru_cache(maxsize=65_536)(self._find)

    @property
    def names(self) -> tuple[str, ...]:
        """The codecs' names, as a device's `codec` field holds them."""
        return tuple(self._by_name)

    @property
    def filters(self) -> tuple[str, ...]:
        """Every codec's topic filters, to subscribe to."""
        return tuple(f for codec in self._by_name.values() for f in codec.filters)

    def by_name(self, name: str) -> Codec:
        """The codec of that name. Raises KeyError."""
        return self._by_name[name]

    def match(self, topic: str) -> Codec | None:
        """The codec that reads a topic, None when no filter matches. Cached."""
        return self._match(topic)

    def decode(self, topic: str, payload: bytes, received_at_ms: int) -> list[DeviceMessage]:
        """Decode a message by its topic.

        Raises CodecError only: a defect of a codec becomes `codec_error`, for a poison message must end in
        the dead-letter table and not in the runner.
        """
        codec = self._match(topic)
        if codec is None:
            raise CodecError(DeadLetterReason.BAD_TOPIC, "no codec reads this topic")
        try:
            return codec.decode(topic, payload, received_at_ms)
        except CodecError:
            raise
        except Exception as error:  # the type alone is told: a message may quote the payload
            raise CodecError(
                DeadLetterReason.CODEC_ERROR, f"{codec.name}: {type(error).__name__}"
            ) from error

    def _find(self, topic: str) -> Codec | None:
        for codec in self._by_name.values():
            if any(topic_matches(f, topic) for f in codec.filters):
                return codec
        return None


REGISTRY = Registry(
    (CanonicalCodec(), ChirpStackVehicleCodec(), FaceTerminalCodec(), EspProbeCodec())
)
"""Every codec of this installation."""
