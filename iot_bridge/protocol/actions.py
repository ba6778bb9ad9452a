"""What a device may be told to do from afar, by kind: the one table of it. Pure.

A patrol terminal has none: it is carried by somebody, and nobody asks from afar where a person is.
"""

from dataclasses import dataclass
from enum import StrEnum

from iot_bridge.protocol.topics import Kind


class DeviceAction(StrEnum):
    """What a command asks for."""

    OPEN = "open"
    RESET = "reset"
    REQUEST_STATE = "request_state"
    SNAPSHOT = "snapshot"


class CommandResult(StrEnum):
    """What the device answers: it was done; it will not do it; it tried and could not."""

    DONE = "done"
    REFUSED = "refused"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Terms:
    """How long a command may be carried out (seconds from its issue), and whether a reason must be given."""

    valid_s: int
    needs_reason: bool = False


TERMS: dict[DeviceAction, Terms] = {
    # Whoever stands before a gate waits no longer; a gate that opens by itself later is a danger.
    DeviceAction.OPEN: Terms(valid_s=15, needs_reason=True),
    DeviceAction.RESET: Terms(valid_s=60),
    DeviceAction.REQUEST_STATE: Terms(valid_s=60),
    DeviceAction.SNAPSHOT: Terms(valid_s=60),
}

ACTIONS: dict[Kind, tuple[DeviceAction, ...]] = {
    Kind.FACE_GATE: (DeviceAction.OPEN, DeviceAction.REQUEST_STATE),
    Kind.WIFI_PROBE: (DeviceAction.RESET, DeviceAction.REQUEST_STATE),
    Kind.FIRE_LANE: (DeviceAction.RESET, DeviceAction.REQUEST_STATE),
    Kind.PANIC_BUTTON: (DeviceAction.RESET, DeviceAction.REQUEST_STATE),
    Kind.SMOKE: (DeviceAction.RESET, DeviceAction.REQUEST_STATE),
    Kind.CAMERA: (DeviceAction.SNAPSHOT, DeviceAction.REQUEST_STATE),
    Kind.PATROL_TERMINAL: (),
}
