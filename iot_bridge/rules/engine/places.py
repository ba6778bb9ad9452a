"""Where a device stands, for rules that hold in an area: geometry by Shapely, distances on the sphere."""

from __future__ import annotations

from math import asin, cos, radians, sin, sqrt
from typing import Any

import shapely
from shapely.errors import ShapelyError
from shapely.geometry import shape
from shapely.validation import explain_validity

EARTH_M = 6_371_008.8
MAX_POINTS = 5_000
MAX_RADIUS_M = 100_000


def check_polygon(value: dict[str, Any]) -> dict[str, Any]:
    """A GeoJSON Polygon or MultiPolygon as it is. Raises ValueError with what is wrong with it."""
    if value.get("type") not in {"Polygon", "MultiPolygon"}:
        raise ValueError("must be a GeoJSON Polygon or MultiPolygon")
    try:
        geometry = shape(value)
    except (ShapelyError, ValueError, TypeError, KeyError, IndexError, AttributeError) as error:
        raise ValueError(f"is no GeoJSON geometry: {error}") from error
    if geometry.is_empty:
        raise ValueError("is empty")
    if shapely.get_num_coordinates(geometry) > MAX_POINTS:
        raise ValueError(f"has more than {MAX_POINTS} points; simplify it")
    if not geometry.is_valid:
        raise ValueError(explain_validity(geometry))
    west, south, east, north = geometry.bounds
    if west < -180 or east > 180 or south < -90 or north > 90:
        raise ValueError("has positions that are no longitude and latitude")
    return value


def in_polygon(value: dict[str, Any], longitude: float, latitude: float) -> bool:
    """Whether a point lies in a polygon that `check_polygon` accepted, its border included."""
    return bool(shapely.intersects_xy(shape(value), longitude, latitude))


def metres(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Great-circle distance of two points (longitude, latitude)."""
    lng_a, lat_a, lng_b, lat_b = map(radians, (*a, *b))
    part = sin((lat_b - lat_a) / 2) ** 2
    part += cos(lat_a) * cos(lat_b) * sin((lng_b - lng_a) / 2) ** 2
    return 2 * EARTH_M * asin(min(1.0, sqrt(part)))
