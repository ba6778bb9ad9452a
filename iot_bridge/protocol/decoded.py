"""What a codec hands on: messages, readings, announcements, replies, and the carrier of MAC addresses nobody writes down."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn, final

from iot_bridge.protocol.actions import CommandResult, DeviceAction
from iot_bridge.protocol.topics import Channel, Kind, Topic


@final
class TransientMacs:
    """MAC addresses on their way from a decoder to the counter, in memory only.

    It has no textual form and refuses to be pickled or copied, so that a log line, a JSON encoder or a
    queue between processes cannot carry an address by accident.
    """

    __slots__ = ("_addresses",)

    def __init__(self, addresses: tuple[bytes, ...]) -> None:
        self._addresses = addresses

    def reveal(self) -> tuple[bytes, ...]:
        """The addresses, 6 bytes each; for the counter and nobody else."""
        return self._addresses

    def __len__(self) -> int:
        return len(self._addresses)

    def __repr__(self) -> str:
        return f"<TransientMacs: {len(self._addresses)} hidden>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("MAC addresses are not serialised")

    __copy__ = __reduce__

    def __deepcopy__(self, memo: object) -> NoReturn:
        raise TypeError("MAC addresses are not copied")


@final
class TransientPicture:
    """A camera's picture on its way from a decoder to whoever makes it anew, in memory only, as TransientMacs.

    `fault` says why there are no bytes; empty where there are.
    """

    __slots__ = ("_data", "fault")

    def __init__(self, data: bytes, fault: str = "") -> None:
        self._data = data
        self.fault = fault

    def reveal(self) -> bytes:
        """The bytes as the camera sent them; for who makes the picture anew, and nobody else."""
        return self._data

    def __repr__(self) -> str:
        return f"<TransientPicture: {len(self._data)} bytes hidden>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("pictures are not serialised")

    __copy__ = __reduce__

    def __deepcopy__(self, memo: object) -> NoReturn:
        raise TypeError("pictures are not copied")


@dataclass(frozen=True, slots=True)
class KeptPicture:
    """A picture that was made anew and lies on the disk under its digest."""

    sha256: str
    media_type: str
    size: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class DeviceMessage:
    """One decoded message of one device, its data canonical and free of personal fields.

    `device_ref` is the device's own id when `topic` is set (our topics), else the maker's id, by which the
    registry finds it. `event_id` is what is stored and deduplicated on, `ack_id` what the device called it;
    they differ only when the device's word itself looked like an address or a number of a person. State
    messages have neither. `device_at_ms` is the device's clock, epoch ms, None when it sent none.
    """

    device_ref: str
    kind: Kind
    channel: Channel
    type: str
    data: dict[str, Any]
    event_id: str | None = None
    ack_id: str | None = None
    device_at_ms: int | None = None
    topic: Topic | None = None
    stripped: Mapping[str, int] = field(default_factory=dict)
    ignored: int = 0
    macs: TransientMacs | None = None
    picture: TransientPicture | KeptPicture | None = None


Scalar = bool | int | float | str


@dataclass(frozen=True, slots=True)
class DeviceReading:
    """Named values of a device whose kind its message does not tell; the registry does.

    `values` go by the maker's field names (nested ones joined by dots), free of personal fields.
    `codecs.mapping` makes canonical messages of them. `event_id` has at most 38 characters, for each
    message adds its type. `online` False is a Last Will or a death. `problem` says why values that
    should be there are not; it counts once the device is known to be registered so.
    """

    device_ref: str
    values: Mapping[str, Scalar]
    event_id: str
    online: bool = True
    device_at_ms: int | None = None
    stripped: Mapping[str, int] = field(default_factory=dict)
    maker: str = ""
    model: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Announcement:
    """A device that says what it is before it reports. `topic` is where it will report: by that its codec
    and its id are found. `fields` are proposed rules for `parameters.fields`. What people call the device
    is not taken: in homes it is their own names.
    """

    topic: str
    device_ref: str
    kind: Kind | None = None
    maker: str = ""
    model: str = ""
    fields: Mapping[str, Any] = field(default_factory=dict)
    stripped: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Request:
    """What a codec wants said to a device or gateway: the bridge publishes it with QoS 0, not retained."""

    topic: str
    payload: bytes


@dataclass(frozen=True, slots=True)
class Reply:
    """A device's answer to a command; `detail` is a code of the maker's, free of personal values."""

    device_ref: str
    command_id: str
    nonce: str
    result: CommandResult
    detail: str = ""
    topic: Topic | None = None
    stripped: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Order:
    """A command on its way to a device: what a codec makes a message of.

    `topic` is the device's own, on the channel `cmd`; `reference` what its maker calls it, `output` what it calls
    the output that opens it (empty: nobody has said). Times in epoch ms.
    """

    device_id: str
    kind: Kind
    topic: Topic
    reference: str
    command_id: str
    nonce: str
    issued_at_ms: int
    expires_at_ms: int
    action: DeviceAction
    output: str = ""


Decodable = DeviceMessage | DeviceReading | Announcement | Request | Reply
