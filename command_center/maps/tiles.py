"""Tile layers as an operator writes them in `MAP_TILES`: checked, and brought to one template.

Pure: read by `command_center.env` before Django is configured. None are configured by default,
since the console asks no other host for anything unless it is told to.

A WMTS layer is given either as a template or by the parts of its key-value request (OGC 07-057r7,
8.2): address, layer, matrix set, token. 天地图 for example::

    {"id": "vec", "name": "天地图 矢量", "kind": "wmts",
     "url": "https://t{s}.tianditu.gov.cn/vec_w/wmts", "layer": "vec", "matrix_set": "w",
     "subdomains": "01234567", "token": "…", "attribution": "天地图"}
"""

from __future__ import annotations

import json
from enum import StrEnum
from typing import Any, Self
from urllib.parse import parse_qsl, quote

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError, model_validator
from pydantic.dataclasses import dataclass

_PLACEHOLDERS = ("{x}", "{y}", "{z}")
_MAX_LAYERS = 20


class Crs(StrEnum):
    """The coordinates a tile layer is drawn in: true ones, or China's shifted ones."""

    WGS84 = "WGS84"
    GCJ02 = "GCJ02"


class LayerKind(StrEnum):
    """How a tile layer is asked for its tiles."""

    XYZ = "xyz"
    WMTS = "wmts"


class LayerRole(StrEnum):
    """A base lies under everything, one at a time; an overlay (names, roads) lies over a base."""

    BASE = "base"
    OVERLAY = "overlay"


@dataclass(frozen=True, slots=True, config=ConfigDict(extra="forbid"))
class TileLayer:
    """One raster layer under the map. A subdomain is a letter of a string, or a word of a list."""

    id: str = Field(pattern=r"^[A-Za-z0-9_-]{1,40}$")
    name: str = Field(min_length=1, max_length=80)
    url: str = Field(pattern=r"^(https?://[^\s/?#]+|/)[^\s]*$", max_length=2000)
    kind: LayerKind = LayerKind.XYZ
    crs: Crs = Crs.WGS84
    attribution: str = Field(default="", max_length=200)
    subdomains: str | tuple[str, ...] = "abc"
    max_zoom: int = Field(default=18, ge=1, le=24)
    role: LayerRole = LayerRole.BASE
    layer: str = ""
    matrix_set: str = "w"
    style: str = "default"
    format: str = "tiles"
    token: str = Field(default="", repr=False)
    token_parameter: str = Field(default="tk", pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")

    @model_validator(mode="after")
    def _is_complete(self) -> Self:
        if self.kind is LayerKind.XYZ and self.layer:
            raise ValueError('"layer" is for "kind": "wmts"')
        if not self.layer and not all(mark in self.url for mark in _PLACEHOLDERS):
            wanted = "{x}, {y} and {z} in its url"
            raise ValueError(
                f'a WMTS layer needs "layer", or {wanted}'
                if self.kind is LayerKind.WMTS
                else f"an XYZ layer needs {wanted}"
            )
        return self

    @property
    def template(self) -> str:
        """The address of a tile with {x}, {y}, {z} and perhaps {s}."""
        if not self.layer:
            return self._with({})
        return self._with(
            {
                "SERVICE": "WMTS",
                "REQUEST": "GetTile",
                "VERSION": "1.0.0",
                "LAYER": self.layer,
                "STYLE": self.style,
                "TILEMATRIXSET": self.matrix_set,
                "FORMAT": self.format,
                "TILEMATRIX": "{z}",
                "TILEROW": "{y}",
                "TILECOL": "{x}",
            }
        )

    @property
    def origins(self) -> tuple[str, ...]:
        """The hosts that the browser asks for tiles, for the content security policy."""
        if self.url.startswith("/"):
            return ()
        scheme, rest = self.url.split("://", 1)
        host = rest.replace("?", "/").replace("#", "/").split("/", 1)[0]
        if "{s}" not in host:
            return (f"{scheme}://{host}",)
        return tuple(f"{scheme}://{host.replace('{s}', part)}" for part in self.subdomains)

    def _with(self, parameters: dict[str, str]) -> str:
        """The url with parameters that it does not have yet; braces stay what Leaflet fills in."""
        if self.token:
            parameters = {**parameters, self.token_parameter: self.token}
        query = self.url.partition("?")[2]
        present = {key.upper() for key, _ in parse_qsl(query, keep_blank_values=True)}
        added = "&".join(
            f"{key}={quote(value, safe='{}:/')}"
            for key, value in parameters.items()
            if key.upper() not in present
        )
        if not added:
            return self.url
        separator = "&" if query else "" if self.url.endswith("?") else "?"
        return f"{self.url}{separator}{added}"


_LAYERS: TypeAdapter[tuple[TileLayer, ...]] = TypeAdapter(tuple[TileLayer, ...])


def parse_tile_layers(text: str) -> tuple[TileLayer, ...]:
    """The layers of a JSON list; a ValueError says in one line which layer is wrong and how."""
    try:
        items: Any = json.loads(text)
    except ValueError:
        raise ValueError("it is not JSON") from None
    if not isinstance(items, list):
        raise ValueError("it is not a list of layers")
    if len(items) > _MAX_LAYERS:
        raise ValueError(f"it has more than {_MAX_LAYERS} layers")
    try:
        # Through JSON again: what comes from outside is read as JSON types, not as Python objects.
        layers = _LAYERS.validate_json(text)
    except ValidationError as error:
        raise ValueError(_in_words(error, items)) from None
    ids = [layer.id for layer in layers]
    repeated = next((item for item in ids if ids.count(item) > 1), None)
    if repeated is not None:
        raise ValueError(f'the id "{repeated}" is used twice')
    return layers


def _in_words(error: ValidationError, items: list[Any]) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    index, *field = first["loc"]
    item = items[index] if isinstance(index, int) else None
    identity = item.get("id") if isinstance(item, dict) else None
    named = f' ("{identity}")' if isinstance(identity, str) else ""
    place = f"layer {index + 1 if isinstance(index, int) else index}{named}"
    if field:
        place += f', "{field[0]}"'
    return f"{place}: {first['msg'].removeprefix('Value error, ')}"


def hosts_of(layers: tuple[TileLayer, ...]) -> list[str]:
    """Every origin once, in the order of the layers."""
    return list(dict.fromkeys(origin for layer in layers for origin in layer.origins))
