"""Messages of the device protocol: the envelope, the data of every kind and type, state, ack and commands.

These models are the one place where the payloads are defined; AsyncAPI and JSON Schema are generated from
them. Types are strict (`"1"` is not a number, `1` is not a boolean), and fields that a model does not know
are dropped and counted, so that a maker's addition neither fails nor reaches the database.
"""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from iot_bridge.protocol.actions import CommandResult, DeviceAction
from iot_bridge.protocol.topics import Kind

MAX_PAYLOAD_BYTES = 64 * 1024
MAX_EVENT_ID_LENGTH = 64
# The last millisecond of the year 9999: what a datetime can hold.
MAX_EPOCH_MS = 253_402_300_799_999

# No control characters: PostgreSQL's jsonb refuses NUL, and none has a place in an id or a code.
EventId = Annotated[
    str,
    StringConstraints(min_length=1, max_length=MAX_EVENT_ID_LENGTH, pattern=r"^[^\x00-\x1f\x7f]+$"),
]
EpochMs = Annotated[
    int, Field(ge=0, le=MAX_EPOCH_MS, description="milliseconds since 1970-01-01T00:00Z")
]
Percent = Annotated[int, Field(ge=0, le=100, description="%")]
Code = Annotated[str, StringConstraints(max_length=64, pattern=r"^[^\x00-\x1f\x7f]*$")]
Nonce = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]
Seconds = Annotated[float, Field(ge=0, le=31_536_000, allow_inf_nan=False, description="s")]


class _Message(BaseModel):
    model_config = ConfigDict(strict=True, extra="ignore", frozen=True)


class Envelope(_Message):
    """What every `event` payload looks like."""

    event_id: EventId = Field(
        description="unique per device; a repeated one is acknowledged and ignored"
    )
    ts: EpochMs = Field(description="the device's clock, epoch ms")
    type: Annotated[str, StringConstraints(min_length=1, max_length=32)]
    data: dict[str, Any] = Field(default_factory=dict)


class EventData(_Message):
    """Fields any event may carry."""

    battery: Percent | None = None


class NoData(EventData):
    """An event whose type says it all."""


class Denied(EventData):
    """The gate refused somebody; the reason is the maker's word, never a person."""

    reason: Code | None = None


class Flag(EventData):
    """A condition that begins (`active`, the default) or ends."""

    active: bool = True


class DoorHeld(Flag):
    """The door stands open longer than it should."""

    held_s: Seconds | None = None


class Tailgating(EventData):
    """More people than passes went through."""

    people: Annotated[int, Field(ge=1, le=10_000)] | None = None


class Fault(Flag):
    """The device reports a defect of its own."""

    code: Code | None = None


class Battery(EventData):
    """A battery report by itself."""

    battery: Percent


class Count(EventData):
    """A head count: distinct stations heard in the window, and how many of them use random addresses."""

    count: Annotated[int, Field(ge=0, le=1_000_000)]
    window_s: Annotated[int, Field(ge=1, le=86_400)] = 300
    randomised: Annotated[int, Field(ge=0, le=1_000_000)] | None = None


class Macs(EventData):
    """Addresses a probe heard. Taken out in memory by the counter; never stored, logged or forwarded."""

    macs: Annotated[list[str], Field(max_length=4096)]


class Seen(EventData):
    """Something moved before the camera, or a picture was asked for. The picture is of the place.

    It is taken out in memory, made anew and stored apart; events, dead letters and logs never hold it.
    """

    snapshot: Annotated[str, Field(description="a JPEG, PNG or WebP picture in base64")] | None = (
        None
    )


class Tampered(Flag):
    """Somebody touched the camera, with what it saw."""

    snapshot: Annotated[str, Field(description="a JPEG, PNG or WebP picture in base64")] | None = (
        None
    )


class Occupied(EventData):
    """A vehicle stands on the lane."""

    occupied: Annotated[bool, Field(description="true, as the type says")]


class Vacated(EventData):
    """The lane is free."""

    occupied: Annotated[bool, Field(description="false, as the type says")]


class StateMessage(_Message):
    """What the retained `state` topic carries; the Last Will is `{"online": false}`."""

    online: bool
    ts: EpochMs | None = None
    battery: Percent | None = None
    fault: Code | None = Field(default=None, description="a defect code; null or empty: none")


class AckMessage(_Message):
    """From the platform on `ack`: these events are in the database."""

    event_ids: list[EventId]


class CommandMessage(_Message):
    """From the platform on `cmd`: to be carried out once, and not after `expires_at`.

    A device refuses a command whose `nonce` it has seen before or whose time is over by its own clock,
    and answers each on `reply`.
    """

    command_id: EventId
    nonce: Nonce
    issued_at: EpochMs
    expires_at: EpochMs
    action: DeviceAction
    args: dict[str, Any] = Field(default_factory=dict)


class ReplyMessage(_Message):
    """From the device on `reply`: what became of a command, with the nonce it came with."""

    command_id: EventId
    nonce: Nonce
    result: Annotated[CommandResult, Field(strict=False)]
    detail: Code | None = None


STATE = "state"
"""The `type` a decoded message of the `state` channel has."""

_COMMON: dict[str, type[EventData]] = {"fault": Fault, "battery": Battery}

EVENTS: dict[Kind, dict[str, type[EventData]]] = {
    Kind.FACE_GATE: {
        "pass": NoData,
        "denied": Denied,
        "forced_open": Flag,
        "door_held": DoorHeld,
        "tailgating": Tailgating,
        "tamper": Flag,
        **_COMMON,
    },
    Kind.WIFI_PROBE: {"count": Count, "macs": Macs, **_COMMON},
    Kind.FIRE_LANE: {"occupied": Occupied, "vacated": Vacated, "tamper": Flag, **_COMMON},
    Kind.PANIC_BUTTON: {"pressed": NoData, **_COMMON},
    Kind.SMOKE: {"alarm": NoData, "normal": NoData, **_COMMON},
    Kind.CAMERA: {"motion": Seen, "snapshot": Seen, "tamper": Tampered, **_COMMON},
    Kind.PATROL_TERMINAL: {"sos": NoData, **_COMMON},
}
"""The data model of every event type of every kind."""
