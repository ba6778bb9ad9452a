"""What the console's map starts from: django-leaflet's settings and the configured tile layers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from command_center.maps.tiles import Crs, LayerKind, LayerRole, TileLayer

Latitude = float
Longitude = float


class MapConfigurationError(ValueError):
    """A setting of the map can't be used; the message names it."""


class Layer(BaseModel):
    """A tile layer as the browser needs it; a WMTS request is already written out in `url`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    name: str
    url: str
    kind: LayerKind
    role: LayerRole
    crs: Crs
    attribution: str
    subdomains: list[str]
    max_zoom: int


class MapSettings(BaseModel):
    """Answer of `GET /map`. Positions are (latitude, longitude), as Leaflet takes them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    layers: list[Layer]
    center: tuple[Latitude, Longitude] | None
    zoom: int | None = Field(ge=0, le=24)
    min_zoom: int = Field(ge=0, le=24)
    max_zoom: int = Field(ge=0, le=24)
    bounds: tuple[tuple[Latitude, Longitude], tuple[Latitude, Longitude]] | None

    @model_validator(mode="after")
    def _lies_on_earth(self) -> MapSettings:
        corners = [*([self.center] if self.center else []), *(self.bounds or ())]
        if any(abs(lat) > 90 or abs(lng) > 180 for lat, lng in corners):
            raise ValueError("a position lies outside ±90° of latitude or ±180° of longitude")
        if self.bounds and not (
            self.bounds[0][0] < self.bounds[1][0] and self.bounds[0][1] < self.bounds[1][1]
        ):
            raise ValueError("SPATIAL_EXTENT is (west, south, east, north)")
        if self.min_zoom > self.max_zoom:
            raise ValueError("MIN_ZOOM is greater than MAX_ZOOM")
        return self


def read_map_settings(leaflet: Mapping[str, Any], layers: Sequence[TileLayer] = ()) -> MapSettings:
    """Reads `LEAFLET_CONFIG` (its own TILES are for django-leaflet's maps in the admin)."""
    extent = leaflet.get("SPATIAL_EXTENT")
    try:
        if extent is not None and len(extent) != 4:
            raise MapConfigurationError("LEAFLET_CONFIG: SPATIAL_EXTENT has not four numbers")
        return MapSettings(
            layers=[_layer(layer) for layer in layers],
            center=leaflet.get("DEFAULT_CENTER"),
            zoom=leaflet.get("DEFAULT_ZOOM"),
            min_zoom=leaflet.get("MIN_ZOOM", 3),
            max_zoom=leaflet.get("MAX_ZOOM", 19),
            bounds=None if extent is None else ((extent[1], extent[0]), (extent[3], extent[2])),
        )
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        name = _NAMES.get(str(first["loc"][0]), "") if first["loc"] else ""
        reason = first["msg"].removeprefix("Value error, ")
        raise MapConfigurationError(
            f"LEAFLET_CONFIG: {name + ': ' if name else ''}{reason}"
        ) from None


_NAMES = {
    "center": "DEFAULT_CENTER",
    "zoom": "DEFAULT_ZOOM",
    "min_zoom": "MIN_ZOOM",
    "max_zoom": "MAX_ZOOM",
    "bounds": "SPATIAL_EXTENT",
}


def _layer(layer: TileLayer) -> Layer:
    return Layer(
        id=layer.id,
        name=layer.name,
        url=layer.template,
        kind=layer.kind,
        role=layer.role,
        crs=layer.crs,
        attribution=layer.attribution,
        subdomains=list(layer.subdomains),
        max_zoom=layer.max_zoom,
    )
