"""A unit's terminal: the device that its alarms are of.

Alarms are of devices, and what a team carries is one: a radio that reports over MQTT, or the phone with
this system's page. The latter is registered by itself when it first has something to say. It stands for
the unit and for nobody in it (ADR 10).
"""

from __future__ import annotations

from dispatch.units.models import Unit
from iot_bridge.alarms.services import Subject
from iot_bridge.devices.selectors import find_device
from iot_bridge.devices.services import NewDevice, register_devices, save_device
from iot_bridge.protocol.topics import Kind

_PREFIX = "UNIT-"


def terminal_id(unit_id: int) -> str:
    """The device id of a unit's terminal."""
    return f"{_PREFIX}{unit_id}"


def unit_of_terminal(device_id: str) -> int | None:
    """The unit whose terminal a device is; None of any other device."""
    number = device_id.removeprefix(_PREFIX)
    return int(number) if number != device_id and number.isdecimal() else None


def terminal_of(unit: Unit, *, place: tuple[float, float] | None = None) -> Subject:
    """The terminal as an alarm is to show it: at `place`, else where the unit was seen, else at its post.

    Registers it, or brings its name and jurisdiction up to date; inside the caller's transaction.
    """
    id_ = terminal_id(unit.id)
    known = find_device(id_)
    if known is None:
        post = unit.post or (None, None)
        new = NewDevice(
            id_,
            unit.name,
            Kind.PATROL_TERMINAL,
            unit.jurisdiction_id,
            longitude=post[0],
            latitude=post[1],
        )
        register_devices(devices=[new], actor=None)
    elif (known.name, known.jurisdiction_id) != (unit.name, unit.jurisdiction_id):
        known.name, known.jurisdiction_id = unit.name, unit.jurisdiction_id
        save_device(device=known, actor=None)
    longitude, latitude = place or unit.position or unit.post or (None, None)
    return Subject(
        id=id_,
        name=unit.name,
        kind=Kind.PATROL_TERMINAL,
        code=unit.jurisdiction_id,
        site="",
        longitude=longitude,
        latitude=latitude,
    )
