"""Which codec reads which topic."""

from collections.abc import Sequence
from functools import lru_cache

from iot_bridge.codecs.base import Codec, CodecError
from iot_bridge.codecs.plugins import Refusal, built_in, plugged_in
from iot_bridge.protocol.decoded import Decodable
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
    """Codecs by name and by topic. Several may read one topic: then the registered device decides."""

    def __init__(self, codecs: tuple[Codec, ...], refused: tuple[Refusal, ...] = ()) -> None:
        self._by_name: dict[str, Codec] = {codec.name: codec for codec in codecs}
        if len(self._by_name) != len(codecs):
            raise ValueError("two codecs share a name")
        self.refused = refused
        self._candidates = lru_cache(maxsize=65_536)(self._find)

    @property
    def names(self) -> tuple[str, ...]:
        """The codecs a device can be registered with, as its `codec` field holds them."""
        return tuple(name for name, codec in self._by_name.items() if not codec.announces)

    @property
    def codecs(self) -> tuple[Codec, ...]:
        """Every codec, in the order in which they are asked."""
        return tuple(self._by_name.values())

    @property
    def filters(self) -> tuple[str, ...]:
        """Every codec's topic filters, each once, to subscribe to."""
        return tuple(dict.fromkeys(f for codec in self._by_name.values() for f in codec.filters))

    @property
    def commands(self) -> tuple[str, ...]:
        """Where codecs have requests published."""
        return tuple(dict.fromkeys(f for codec in self._by_name.values() for f in codec.commands))

    def by_name(self, name: str) -> Codec:
        """The codec of that name. Raises KeyError."""
        return self._by_name[name]

    def candidates(self, topic: str) -> tuple[Codec, ...]:
        """The codecs that read a topic, the general ones first. Cached."""
        return self._candidates(topic)

    def match(self, topic: str) -> Codec | None:
        """The first codec that reads a topic, None when no filter matches."""
        found = self._candidates(topic)
        return found[0] if found else None

    def relatives(self, name: str) -> tuple[str, ...]:
        """The codecs that read a topic this one reads, itself included: they name a device alike."""
        filters = set(self._by_name[name].filters)
        return tuple(other for other, codec in self._by_name.items() if filters & {*codec.filters})

    def decode(self, topic: str, payload: bytes, received_at_ms: int) -> Sequence[Decodable]:
        """Decode a message with the first codec of its topic. Raises CodecError only."""
        codec = self.match(topic)
        if codec is None:
            raise CodecError(DeadLetterReason.BAD_TOPIC, "no codec reads this topic")
        return decode_with(codec, topic, payload, received_at_ms)

    def _find(self, topic: str) -> tuple[Codec, ...]:
        return tuple(
            codec
            for codec in self._by_name.values()
            if any(topic_matches(f, topic) for f in codec.filters)
        )


def decode_with(
    codec: Codec, topic: str, payload: bytes, received_at_ms: int
) -> Sequence[Decodable]:
    """Decode a message with a codec.

    Raises CodecError only: a defect of a codec becomes `codec_error`, for a poison message must end in
    the dead-letter table and not in the runner.
    """
    try:
        return codec.decode(topic, payload, received_at_ms)
    except CodecError:
        raise
    except Exception as error:  # the type alone is told: a message may quote the payload
        raise CodecError(
            DeadLetterReason.CODEC_ERROR, f"{codec.name}: {type(error).__name__}"
        ) from error


def installed() -> Registry:
    """Every codec of this installation: the system's own, then those of plug-ins."""
    own = built_in()
    plugged, refused = plugged_in(codec.name for codec in own)
    return Registry((*own, *plugged), refused)


REGISTRY = installed()
"""Every codec of this installation."""
