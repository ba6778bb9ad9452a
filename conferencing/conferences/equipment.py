"""What conferences know of cameras: a port, filled by what `settings.CONFERENCE_CAMERAS` names.

The registry of devices is another package's, and so are the cameras' addresses: here a camera is an id.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Protocol, cast

from django.conf import settings
from django.utils.module_loading import import_string

_EARTH_M = 6_371_000


@dataclass(frozen=True, slots=True)
class Camera:
    """One that can be fetched; position in degrees WGS-84."""

    id: str
    name: str
    site: str
    code: str
    latitude: float | None
    longitude: float | None

    def distance_m(self, latitude: float, longitude: float) -> float:
        """How far it stands from a place, over the ground; infinite where it is not known."""
        if self.latitude is None or self.longitude is None:
            return math.inf
        mean = math.radians((latitude + self.latitude) / 2)
        north = math.radians(self.latitude - latitude)
        east = math.radians(self.longitude - longitude) * math.cos(mean)
        return _EARTH_M * math.hypot(north, east)


@dataclass(frozen=True, slots=True)
class Way:
    """How a camera is fetched. Never shown, sent to a browser or written down."""

    address: str
    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)


class Equipment(Protocol):
    """What is asked of whoever keeps the cameras."""

    def cameras(self, *, prefixes: Iterable[str]) -> list[Camera]:
        """Those with an address under any of these codes, in the order of their ids."""

    def ways(self, ids: Collection[str]) -> Mapping[str, Way]:
        """How to fetch these; one without an address is left out."""


@cache
def equipment() -> Equipment:
    """That of this installation."""
    return cast(Equipment, import_string(settings.CONFERENCE_CAMERAS))
