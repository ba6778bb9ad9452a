"""Topics of the device protocol: `sc/v1/{city6}/{township3}/{village3}/{kind}/{device_id}/{channel}`.

The three division levels together are the 12-digit jurisdiction code, so a broker ACL and a sharded
subscription can both work by prefix. A device that sits above village level has `000` in the levels it
lacks, as the national division codes do. Pure; parsing is cached, for the same few thousand topics return
all day.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from iot_bridge.protocol.reasons import DeadLetterReason

PREFIX = "sc/v1"
MAX_TOPIC_LENGTH = 256
DEVICE_ID = re.compile(r"[A-Za-z0-9_.-]{1,64}", re.ASCII)

_LEVELS = 8
_JURISDICTION = re.compile(r"\d{4}|\d{6}|\d{9}|\d{12}|\d{15}", re.ASCII)


class Channel(StrEnum):
    """What a topic carries; `event`, `state` and `reply` come from the device, `ack` and `cmd` go to it."""

    EVENT = "event"
    STATE = "state"
    ACK = "ack"
    CMD = "cmd"
    REPLY = "reply"


class Kind(StrEnum):
    """Kinds of device."""

    FACE_GATE = "face_gate"
    WIFI_PROBE = "wifi_probe"
    FIRE_LANE = "fire_lane"
    PANIC_BUTTON = "panic_button"
    SMOKE = "smoke"
    CAMERA = "camera"
    PATROL_TERMINAL = "patrol_terminal"


class TopicFault(StrEnum):
    """What is wrong with a topic; stable words."""

    TOO_LONG = "too_long"
    WRONG_PREFIX = "wrong_prefix"
    WRONG_LEVELS = "wrong_levels"
    BAD_CITY = "bad_city"
    BAD_TOWNSHIP = "bad_township"
    BAD_VILLAGE = "bad_village"
    UNKNOWN_KIND = "unknown_kind"
    BAD_DEVICE_ID = "bad_device_id"
    UNKNOWN_CHANNEL = "unknown_channel"


class TopicError(ValueError):
    """A topic outside the contract: `fault` says where, `reason` is its dead-letter word, `detail` how it should be."""

    def __init__(self, fault: TopicFault) -> None:
        super().__init__(fault.value)
        self.fault = fault

    @property
    def detail(self) -> str:
        """For whoever has to mend the device."""
        return f"{self.fault}: {_OUGHT[self.fault]}"

    @property
    def reason(self) -> DeadLetterReason:
        """The dead-letter reason that goes with the fault."""
        if self.fault is TopicFault.UNKNOWN_KIND:
            return DeadLetterReason.UNKNOWN_KIND
        return DeadLetterReason.BAD_TOPIC


@dataclass(frozen=True, slots=True)
class Topic:
    """A parsed topic. `str(topic)` builds it again; `parse_topic(str(t)) == t` for every valid one."""

    city: str
    township: str
    village: str
    kind: Kind
    device_id: str
    channel: Channel

    @property
    def code(self) -> str:
        """The 12-digit jurisdiction code the topic names (`000` in the levels above which it stops)."""
        return self.city + self.township + self.village

    @property
    def base(self) -> str:
        """The topic up to and without the channel: what a device is told to publish under."""
        return f"{PREFIX}/{self.city}/{self.township}/{self.village}/{self.kind}/{self.device_id}"

    def on(self, channel: Channel) -> "Topic":
        """The same device's topic on another channel."""
        return Topic(self.city, self.township, self.village, self.kind, self.device_id, channel)

    def __str__(self) -> str:
        return f"{self.base}/{self.channel}"


_OUGHT = {
    TopicFault.TOO_LONG: f"a topic has at most {MAX_TOPIC_LENGTH} characters",
    TopicFault.WRONG_PREFIX: f"a topic begins with {PREFIX}/",
    TopicFault.WRONG_LEVELS: f"a topic is {PREFIX}/city/township/village/kind/device/channel",
    TopicFault.BAD_CITY: "the third level is a city's 6 digits",
    TopicFault.BAD_TOWNSHIP: "the fourth level is a township's 3 digits, 000 for none",
    TopicFault.BAD_VILLAGE: "the fifth level is a village's 3 digits, 000 for none",
    TopicFault.UNKNOWN_KIND: f"the sixth level is one of {', '.join(Kind)}",
    TopicFault.BAD_DEVICE_ID: "the seventh level is 1 to 64 of A-Z a-z 0-9 _ . -",
    TopicFault.UNKNOWN_CHANNEL: f"the last level is one of {', '.join(Channel)}",
}
_KINDS = frozenset(kind.value for kind in Kind)
_CHANNELS = frozenset(channel.value for channel in Channel)


def _digits(text: str, length: int) -> bool:
    return len(text) == length and text.isascii() and text.isdigit()


@lru_cache(maxsize=65_536)
def parse_topic(topic: str) -> Topic:
    """Parse a topic of ours.

    Raises TopicError (whose `fault` is the first thing wrong, read from the left).
    """
    if len(topic) > MAX_TOPIC_LENGTH:
        raise TopicError(TopicFault.TOO_LONG)
    parts = topic.split("/")
    if parts[:2] != ["sc", "v1"]:
        raise TopicError(TopicFault.WRONG_PREFIX)
    if len(parts) != _LEVELS:
        raise TopicError(TopicFault.WRONG_LEVELS)
    _, _, city, township, village, kind, device_id, channel = parts
    if not _digits(city, 6):
        raise TopicError(TopicFault.BAD_CITY)
    if not _digits(township, 3):
        raise TopicError(TopicFault.BAD_TOWNSHIP)
    if not _digits(village, 3):
        raise TopicError(TopicFault.BAD_VILLAGE)
    if kind not in _KINDS:
        raise TopicError(TopicFault.UNKNOWN_KIND)
    if DEVICE_ID.fullmatch(device_id) is None:
        raise TopicError(TopicFault.BAD_DEVICE_ID)
    if channel not in _CHANNELS:
        raise TopicError(TopicFault.UNKNOWN_CHANNEL)
    return Topic(city, township, village, Kind(kind), device_id, Channel(channel))


def topic_code(jurisdiction: str) -> str:
    """The 12 digits a device's topic carries for its jurisdiction of 4, 6, 9, 12 or 15 digits.

    A grid (15) is addressed by its village; what is missing below is `000`.
    Raises ValueError on anything that is not a jurisdiction code.
    """
    if _JURISDICTION.fullmatch(jurisdiction) is None:
        raise ValueError(f"not a jurisdiction code: {jurisdiction!r}")
    return jurisdiction[:12].ljust(12, "0")


def build_topic(
    *, jurisdiction: str, kind: Kind, device_id: str, channel: Channel = Channel.EVENT
) -> Topic:
    """The topic of a registered device.

    Raises ValueError when the jurisdiction code or the device id is not usable in a topic.
    """
    code = topic_code(jurisdiction)
    if DEVICE_ID.fullmatch(device_id) is None:
        raise TopicError(TopicFault.BAD_DEVICE_ID)
    return Topic(code[:6], code[6:9], code[9:], Kind(kind), device_id, Channel(channel))


def subscription_filters(
    prefix: str = "",
    channels: tuple[Channel, ...] = (Channel.EVENT, Channel.STATE, Channel.REPLY),
) -> tuple[str, ...]:
    """MQTT topic filters for every device under a jurisdiction prefix of 0, 6, 9 or 12 digits.

    Raises ValueError for a prefix that does not end on a topic level, which MQTT wildcards cannot express.
    """
    if len(prefix) not in (0, 6, 9, 12) or not (prefix == "" or _digits(prefix, len(prefix))):
        raise ValueError(f"a bridge's prefix has 6, 9 or 12 digits, not {prefix!r}")
    city, township, village = (prefix[a:b] or "+" for a, b in ((0, 6), (6, 9), (9, 12)))
    return tuple(f"{PREFIX}/{city}/{township}/{village}/+/+/{channel}" for channel in channels)
