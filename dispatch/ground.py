"""Ways over the ground. Pure; places are longitude and latitude in degrees WGS-84."""

from __future__ import annotations

import math

EARTH_M = 6_371_008.8
"""Mean radius of the Earth in metres (IUGG)."""


def metres_between(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Metres between two places on the sphere, by the haversine."""
    (lng1, lat1), (lng2, lat2) = (tuple(map(math.radians, place)) for place in (one, other))
    half = (
        math.sin((lat2 - lat1) / 2) ** 2
        + math.cos(lat1) * math.cos(lat2) * math.sin((lng2 - lng1) / 2) ** 2
    )
    return 2 * EARTH_M * math.asin(min(1.0, math.sqrt(half)))
