"""Lists and boundaries: everything wrong is found, with its line, and nothing right is refused."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.utils import translation

from command_center.jurisdictions.importing import (
    ImportRefusedError,
    read_boundaries,
    read_list,
)

DATA = Path("dispatch/demo/data")
GOOD = "code,name,level,parent\n640181,灵武市,city,\n640181001,城区街道,township,640181\n"
SQUARE = [[106.0, 38.0], [106.1, 38.0], [106.1, 38.1], [106.0, 38.1], [106.0, 38.0]]


@pytest.fixture(autouse=True)
def _in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


def problems(text: str | bytes, known: set[str] | None = None) -> list[tuple[int | None, str]]:
    content = text.encode() if isinstance(text, str) else text
    with pytest.raises(ImportRefusedError) as caught:
        read_list(content, known=known or set())
    return [(problem.line, problem.reason) for problem in caught.value.problems]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_good_list_in_every_encoding(encoding: str) -> None:
    rows = read_list(GOOD.encode(encoding))
    assert [(row.line, row.code, row.name) for row in rows] == [
        (2, "640181", "灵武市"),
        (3, "640181001", "城区街道"),
    ]


def test_the_real_list() -> None:
    assert len(read_list((DATA / "lingwu_jurisdictions.csv").read_bytes())) == 113


def test_level_and_parent_are_optional() -> None:
    rows = read_list(b"\nname,code\n\xe7\x81\xb5,640181\n\n\xe8\xa1\x97,640181001\n".lstrip())
    assert [row.line for row in rows] == [2, 4]


def test_a_parent_may_be_known_from_before() -> None:
    text = "code,name\n640181001001,西湖社区\n"
    assert read_list(text.encode(), known={"640181001"})
    assert problems(text) == [
        (2, "parent 640181001 is unknown: neither in this list nor imported before")
    ]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("64018A001,甲,township,640181", "digits only"),
        ("6.40181E+11,甲,,", "digits only"),
        ("64018101,甲,,", "has 8 digits"),
        (",甲,,", "the code is empty"),
        ("640181002,,township,640181", "the name is empty"),
        (f"640181002,{'长' * 81},township,640181", "more than 80"),
        ("640181002,甲,village,640181", "level village does not fit code 640181002"),
        ("640181002,甲,hamlet,640181", "level 'hamlet' is unknown"),
        ("640181002,甲,township,640182", "not the beginning of code"),
        ("640181001001,甲,village,640181", "is not one level above"),
        ("640199001,甲,township,640199", "parent 640199 is unknown"),
        ("640181001,甲,township,640181", "is already on line 3"),
    ],
)
def test_a_bad_line_is_named_with_its_reason(line: str, reason: str) -> None:
    found = problems(f"{GOOD}{line}\n")
    assert [number for number, _text in found] == [4]
    assert reason in found[0][1]


def test_every_bad_line_is_listed_and_no_child_is_blamed_for_its_parent() -> None:
    text = GOOD + "640181002,,township,640181\n640181002001,村,village,640181002\nx,甲,,\n"
    assert [line for line, _reason in problems(text)] == [4, 6]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "the file is empty"),
        (b"code,name\n", "no lines"),
        (b"kode,name\n1,2\n", "lacks code"),
        (b"code,name,code\n1,2,3\n", "more than once"),
        (b"code,name\n640181,a,b,c\n", "4 fields"),
        (b'code,name\n640181,"a\n', "unexpected end"),
        (b"\xff\xfe\x00c", "not text"),
        (b"code\0name", "not text"),
    ],
)
def test_files_that_are_no_list(content: bytes, reason: str) -> None:
    assert any(reason in text for _line, text in problems(content))


def boundary(geometry: Any, code: Any = "640181") -> bytes:
    feature = {"type": "Feature", "properties": {"code": code}, "geometry": geometry}
    return json.dumps({"type": "FeatureCollection", "features": [feature]}).encode()


def refused(content: bytes) -> str:
    with pytest.raises(ImportRefusedError) as caught:
        read_boundaries(content, known={"640181"})
    return str(caught.value)


def test_the_real_boundary_is_mended_and_taken() -> None:
    content = (DATA / "lingwu_boundary.geojson").read_bytes()
    area = read_boundaries(content, known={"640181"})["640181"]
    assert area.is_valid
    assert area.area == pytest.approx(0.29206, rel=1e-3)


def test_a_single_feature_and_a_number_as_code() -> None:
    feature = json.loads(boundary({"type": "Polygon", "coordinates": [SQUARE]}, 640181))
    content = json.dumps(feature["features"][0]).encode()
    assert set(read_boundaries(content, known={"640181"})) == {"640181"}


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"{", "is not JSON: line 1"),
        (b"[]", "is not a GeoJSON Feature"),
        (b'{"type":"FeatureCollection","features":[]}', "is not a GeoJSON Feature"),
        (boundary(None), "the geometry is missing"),
        (boundary({"type": "Point", "coordinates": [1, 2]}), "is a Point"),
        (boundary({"type": "Polygon", "coordinates": []}), "not nested lists"),
        (boundary({"type": "Polygon", "coordinates": [[1, 2]]}), "not a position"),
        (boundary({"type": "Polygon", "coordinates": [SQUARE[:-1]]}), "a ring needs"),
        (
            boundary({"type": "Polygon", "coordinates": [[[y, x] for x, y in SQUARE]]}),
            "longitude comes first",
        ),
        (
            boundary(
                {
                    "type": "Polygon",
                    "coordinates": [[SQUARE[0], SQUARE[2], *SQUARE[1:2], SQUARE[3], SQUARE[0]]],
                }
            ),
            "not valid",
        ),
        (boundary({"type": "Polygon", "coordinates": [SQUARE]}, "999999"), "999999 is unknown"),
        (boundary({"type": "Polygon", "coordinates": [SQUARE]}, None), "no property `code`"),
    ],
)
def test_boundaries_that_are_none(content: bytes, reason: str) -> None:
    assert reason in refused(content)


def test_a_foreign_coordinate_system_is_refused() -> None:
    document = json.loads(boundary({"type": "Polygon", "coordinates": [SQUARE]}))
    document["crs"] = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4490"}}
    assert "other than WGS-84" in refused(json.dumps(document).encode())
    document["crs"]["properties"]["name"] = "urn:ogc:def:crs:OGC:1.3:CRS84"
    assert read_boundaries(json.dumps(document).encode(), known={"640181"})
