"""Illustrative areas tessellate what they divide, the same way every time."""

from __future__ import annotations

import json
from functools import cache
from itertools import combinations
from pathlib import Path

import pytest
import shapely
from shapely.geometry import Polygon, box
from shapely.geometry.base import BaseGeometry

from command_center.jurisdictions.areas import Seat, derive_areas, divide
from command_center.jurisdictions.geometry import read_area, to_geojson
from command_center.jurisdictions.importing import read_list

DATA = Path("dispatch/demo/data")


def boundary() -> BaseGeometry:
    document = json.loads((DATA / "lingwu_boundary.geojson").read_bytes())
    return read_area(document["features"][0]["geometry"])


@cache
def lingwu() -> dict[str, BaseGeometry]:
    codes = [row.code for row in read_list((DATA / "lingwu_jurisdictions.csv").read_bytes())]
    seats = {"640181001": Seat(106.34, 38.104), "640181103": Seat(106.6, 38.15)}
    return derive_areas(boundary(), "640181", codes, seats)


def test_every_township_and_village_has_one_valid_area() -> None:
    areas = lingwu()
    assert len(areas) == 112
    assert all(isinstance(area, Polygon) and area.is_valid for area in areas.values())


@pytest.mark.parametrize("length", [9, 12])
def test_siblings_tessellate_the_city(length: int) -> None:
    areas = [area for code, area in lingwu().items() if len(code) == length]
    whole = boundary()
    assert sum(area.area for area in areas) == pytest.approx(whole.area, rel=1e-4)
    assert shapely.union_all(areas).symmetric_difference(whole).area < whole.area * 1e-4
    for one, other in combinations(areas, 2):
        assert one.intersection(other).area < 1e-7


def test_villages_lie_in_their_township() -> None:
    areas = lingwu()
    for code, area in areas.items():
        if len(code) == 12:
            assert area.difference(areas[code[:9]]).area < area.area * 1e-3


def test_the_same_city_every_time() -> None:
    first = {code: to_geojson(area) for code, area in lingwu().items()}
    lingwu.cache_clear()
    assert {code: to_geojson(area) for code, area in lingwu().items()} == first


def test_shares_are_kept() -> None:
    seats = [Seat(0.2, 0.2, 1), Seat(0.7, 0.3, 2), Seat(0.5, 0.8, 5)]
    parts = divide(box(0, 0, 1, 1), seats, seed="x")
    assert [part.area for part in parts] == pytest.approx([1 / 8, 2 / 8, 5 / 8], abs=0.03)


def test_a_region_of_one_is_the_region() -> None:
    region = box(0, 0, 1, 1)
    assert divide(region, [Seat(0.5, 0.5)], seed="x") == [region]
