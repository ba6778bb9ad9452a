"""Reading GeoJSON areas (RFC 7946) and checking them. Pure."""

from __future__ import annotations

import math
from typing import Any

import shapely
from django.utils.translation import gettext as _
from shapely.errors import ShapelyError
from shapely.geometry import mapping, shape
from shapely.geometry.base import BaseGeometry

DECIMALS = 5  # about a metre
MENDED_AT_MOST = 0.001  # the part of an area that mending may change


class BadAreaError(ValueError):
    """A geometry that cannot be an area; the text says why."""


def read_area(geometry: Any) -> BaseGeometry:
    """The Polygon or MultiPolygon that a GeoJSON geometry describes, valid; raises `BadAreaError`.

    Boundaries rounded for the web often touch or cross themselves by a metre. That is mended;
    a geometry that mending would change visibly is refused.
    """
    if not isinstance(geometry, dict):
        raise BadAreaError(_("the geometry is missing"))
    kind = geometry.get("type")
    if kind not in ("Polygon", "MultiPolygon"):
        raise BadAreaError(
            _("the geometry is a %(kind)s, not a Polygon or MultiPolygon") % {"kind": kind}
        )
    coordinates = geometry.get("coordinates")
    for polygon in [coordinates] if kind == "Polygon" else _items(coordinates):
        for ring in _items(polygon):
            _check_ring(ring)
    try:
        area = shapely.force_2d(shape(geometry))
    except (ShapelyError, ValueError, TypeError) as error:
        raise BadAreaError(
            _("the geometry cannot be read: %(error)s") % {"error": error}
        ) from error
    if not area.is_valid:
        area = _mended(area)
    if area.area == 0:
        raise BadAreaError(_("the area is empty"))
    return area


def _items(value: Any) -> list[Any]:
    if not isinstance(value, list | tuple) or not value:
        raise BadAreaError(_("the coordinates are not nested lists of positions"))
    return list(value)


def _check_ring(ring: Any) -> None:
    positions = _items(ring)
    for position in positions:
        if not (
            isinstance(position, list | tuple)
            and len(position) >= 2
            and all(_is_number(value) for value in position)
        ):
            raise BadAreaError(
                _("%(position)s is not a position [longitude, latitude]")
                % {"position": repr(position)[:60]}
            )
        longitude, latitude = position[:2]
        if not (-180 <= longitude <= 180 and -90 <= latitude <= 90):
            raise BadAreaError(
                _(
                    "position [%(longitude)s, %(latitude)s] is not on the globe; "
                    "longitude comes first, in degrees"
                )
                % {"longitude": longitude, "latitude": latitude}
            )
    if len(positions) < 4 or list(positions[0]) != list(positions[-1]):
        raise BadAreaError(_("a ring needs four positions or more, the last equal to the first"))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _mended(area: BaseGeometry) -> BaseGeometry:
    mended = polygons_of(shapely.make_valid(area))
    if mended.is_empty or abs(mended.area - area.area) > MENDED_AT_MOST * mended.area:
        raise BadAreaError(
            _("the area is not valid: %(reason)s") % {"reason": shapely.is_valid_reason(area)}
        )
    return mended


def polygons_of(geometry: BaseGeometry) -> BaseGeometry:
    """Only the polygons of a geometry, without crumbs below a millionth of it."""
    parts = [part for part in shapely.get_parts(geometry) if part.geom_type == "Polygon"]
    parts += [
        inner
        for part in shapely.get_parts(geometry)
        if part.geom_type == "MultiPolygon"
        for inner in shapely.get_parts(part)
    ]
    total = sum(part.area for part in parts)
    return shapely.union_all([part for part in parts if part.area > total * 1e-6])


def to_geojson(area: BaseGeometry) -> dict[str, Any]:
    """A geometry as plain GeoJSON, rounded to a metre."""
    described = mapping(area)
    return {"type": described["type"], "coordinates": _rounded(described["coordinates"])}


def _rounded(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_rounded(item) for item in value]
    return round(float(value), DECIMALS)


def centre_of(area: BaseGeometry) -> tuple[float, float]:
    """A point inside the area, for a label: longitude and latitude."""
    point = area.representative_point()
    return round(point.x, DECIMALS), round(point.y, DECIMALS)
