"""Settings of the map: tile layers, WMTS requests, django-leaflet's numbers, clear refusals."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from command_center.maps.settings import MapConfigurationError, read_map_settings
from command_center.maps.tiles import (
    Crs,
    LayerKind,
    LayerRole,
    TileLayer,
    hosts_of,
    parse_tile_layers,
)

LEAFLET = {
    "SPATIAL_EXTENT": (106.15, 37.55, 106.95, 38.40),
    "DEFAULT_CENTER": (38.10, 106.34),
    "DEFAULT_ZOOM": 11,
    "MIN_ZOOM": 6,
    "MAX_ZOOM": 18,
    "TILES": [],
}
XYZ = {"id": "base", "name": "底图", "url": "https://{s}.tiles.example/{z}/{x}/{y}.png"}
TIANDITU = {
    "id": "vec",
    "name": "天地图 矢量",
    "kind": "wmts",
    "url": "https://t{s}.tianditu.gov.cn/vec_w/wmts",
    "layer": "vec",
    "subdomains": "01234567",
    "token": "k&y",
}


def parse(*layers: dict[str, Any]) -> tuple[TileLayer, ...]:
    return parse_tile_layers(json.dumps(layers))


def test_an_xyz_layer_has_sensible_defaults() -> None:
    (layer,) = parse(XYZ)
    assert (layer.kind, layer.crs, layer.role) == (LayerKind.XYZ, Crs.WGS84, LayerRole.BASE)
    assert layer.template == XYZ["url"]


def test_tianditu_becomes_a_key_value_request() -> None:
    (layer,) = parse(TIANDITU)
    address = urlsplit(layer.template)
    assert address.netloc == "t{s}.tianditu.gov.cn"
    assert address.path == "/vec_w/wmts"
    assert parse_qs(address.query) == {
        "SERVICE": ["WMTS"],
        "REQUEST": ["GetTile"],
        "VERSION": ["1.0.0"],
        "LAYER": ["vec"],
        "STYLE": ["default"],
        "TILEMATRIXSET": ["w"],
        "FORMAT": ["tiles"],
        "TILEMATRIX": ["{z}"],
        "TILEROW": ["{y}"],
        "TILECOL": ["{x}"],
        "tk": ["k&y"],
    }


@pytest.mark.parametrize(
    ("url", "token", "expected"),
    [
        ("/t/{z}/{x}/{y}?tk=a", "b", "/t/{z}/{x}/{y}?tk=a"),
        ("/t/{z}/{x}/{y}?v=1", "b", "/t/{z}/{x}/{y}?v=1&tk=b"),
        ("/t/{z}/{x}/{y}?", "b", "/t/{z}/{x}/{y}?tk=b"),
        ("/t/{z}/{x}/{y}", "", "/t/{z}/{x}/{y}"),
    ],
)
def test_a_token_is_added_once(url: str, token: str, expected: str) -> None:
    (layer,) = parse({**XYZ, "url": url, "token": token})
    assert layer.template == expected


def test_a_token_is_not_shown_by_accident() -> None:
    (layer,) = parse(TIANDITU)
    assert "k&y" not in repr(layer)


def test_the_hosts_for_the_content_security_policy() -> None:
    layers = parse(XYZ, TIANDITU, {**XYZ, "id": "own", "url": "/tiles/{z}/{x}/{y}.png"})
    hosts = hosts_of(layers)
    assert hosts[:3] == [f"https://{letter}.tiles.example" for letter in "abc"]
    assert hosts[3:] == [f"https://t{digit}.tianditu.gov.cn" for digit in range(8)]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("{", "not JSON"),
        ("3", "not a list"),
        (json.dumps([XYZ] * 21), "more than 20"),
        ('["x"]', "layer 1"),
        ('[{"id": "a"}]', r'layer 1 \("a"\), "name"'),
        (json.dumps([XYZ, {**XYZ, "id": "b", "crs": "BD09"}]), r'layer 2 \("b"\), "crs"'),
        (json.dumps([{**XYZ, "url": "javascript:x"}]), '"url"'),
        (json.dumps([{**XYZ, "url": "https://t.example/{z}/{x}"}]), "{x}, {y} and {z}"),
        (json.dumps([{**TIANDITU, "layer": ""}]), 'needs "layer"'),
        (json.dumps([{**XYZ, "layer": "vec"}]), '"kind": "wmts"'),
        (json.dumps([{**XYZ, "colour": "red"}]), '"colour"'),
        (json.dumps([{**XYZ, "max_zoom": 99}]), '"max_zoom"'),
        (json.dumps([{**XYZ, "token_parameter": "a&b"}]), '"token_parameter"'),
        (json.dumps([XYZ, XYZ]), "used twice"),
    ],
)
def test_a_wrong_layer_is_named_in_one_line(text: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint) as caught:
        parse_tile_layers(text)
    assert "\n" not in str(caught.value)


def test_the_map_starts_where_django_leaflet_says() -> None:
    settings = read_map_settings(LEAFLET, parse(TIANDITU))
    assert settings.center == (38.10, 106.34)
    assert settings.bounds == ((37.55, 106.15), (38.40, 106.95))
    assert (settings.zoom, settings.min_zoom, settings.max_zoom) == (11, 6, 18)
    assert settings.layers[0].url.endswith("&tk=k%26y")
    assert settings.layers[0].subdomains == list("01234567")


def test_without_layers_nothing_is_asked_of_anyone() -> None:
    assert read_map_settings(LEAFLET).layers == []
    bare = read_map_settings({})
    assert (bare.center, bare.zoom, bare.bounds) == (None, None, None)


@pytest.mark.parametrize(
    ("changed", "complaint"),
    [
        ({"DEFAULT_CENTER": ("north", 1)}, "DEFAULT_CENTER"),
        ({"DEFAULT_CENTER": (106.34, 138.1)}, "latitude"),
        ({"DEFAULT_ZOOM": 99}, "DEFAULT_ZOOM"),
        ({"SPATIAL_EXTENT": (1, 2, 3)}, "SPATIAL_EXTENT"),
        ({"SPATIAL_EXTENT": (106.95, 37.55, 106.15, 38.40)}, "west, south, east, north"),
        ({"MIN_ZOOM": 19}, "MIN_ZOOM"),
    ],
)
def test_a_wrong_setting_is_named(changed: dict[str, Any], complaint: str) -> None:
    with pytest.raises(MapConfigurationError, match=complaint):
        read_map_settings({**LEAFLET, **changed})
