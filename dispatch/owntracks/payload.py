"""What the OwnTracks app sends (its booklet, “JSON”): of all its messages only locations are read. Pure.

A location holds much that is nobody's business here (Wi-Fi name, pressure, regions, a name's initials): it is
never looked at.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

MOST_BYTES = 16 * 1024
COARSE_M = 1000.0
"""A fix that may be off by more (the cell of a network) would send help to the wrong place: it is not taken."""

_LATEST = 253402300799
"""The last second of the year 9999."""


class BadPayloadError(ValueError):
    """What can be no message of the app; says why."""


@dataclass(frozen=True, slots=True)
class Fix:
    """A location: degrees WGS-84, by the telephone's clock; metres and per cent where they are known."""

    longitude: float
    latitude: float
    at: datetime
    accuracy_m: float | None = None
    battery: int | None = None

    @property
    def is_coarse(self) -> bool:
        """Whether it says too little of where the team is."""
        return self.accuracy_m is not None and self.accuracy_m > COARSE_M


def read(raw: bytes) -> Fix | None:
    """The location in a message; None for a message of another type. Raises BadPayloadError."""
    if len(raw) > MOST_BYTES:
        raise BadPayloadError(f"more than {MOST_BYTES} bytes")
    try:
        message = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise BadPayloadError("not JSON") from error
    if not isinstance(message, dict):
        raise BadPayloadError("not a JSON object")
    kind = message.get("_type")
    if not isinstance(kind, str):
        raise BadPayloadError("_type: a text is wanted")
    if kind != "location":
        return None
    charge = _optional(message, "batt", -1, 100)
    return Fix(
        longitude=_number(message, "lon", -180, 180),
        latitude=_number(message, "lat", -90, 90),
        at=datetime.fromtimestamp(_number(message, "tst", 1, _LATEST), UTC),
        accuracy_m=_optional(message, "acc", 0, 1e9),
        battery=int(charge) if charge is not None and charge >= 0 else None,
    )


def _number(message: dict[str, Any], name: str, least: float, most: float) -> float:
    value = message.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise BadPayloadError(f"{name}: a number is wanted")
    if not least <= value <= most or not math.isfinite(value):
        raise BadPayloadError(f"{name}: from {least:g} to {most:g}")
    return float(value)


def _optional(message: dict[str, Any], name: str, least: float, most: float) -> float | None:
    return None if message.get(name) is None else _number(message, name, least, most)


def login_of(topic: str) -> str | None:
    """Whose topic it is: `owntracks/<login>/<device>`; None for those beneath it and others."""
    match topic.split("/"):
        case ["owntracks", login, device] if login and device:
            return login
        case _:
            return None
