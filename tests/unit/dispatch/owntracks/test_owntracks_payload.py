"""The app's messages, as its booklet gives them, and anything else that could come in their place."""

from __future__ import annotations

import json
import math
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.owntracks.payload import MOST_BYTES, BadPayloadError, Fix, login_of, read

SAMPLES = Path(__file__).resolve().parent / "samples"
LOCATION = {"_type": "location", "lat": 38.1, "lon": 106.3, "tst": 1763740800}


def raw(**facts: Any) -> bytes:
    message = {**LOCATION, **facts}
    return json.dumps({k: v for k, v in message.items() if v is not None}).encode()


def test_a_location_of_the_app_on_each_system() -> None:
    android = read((SAMPLES / "location-android.json").read_bytes())
    at = datetime.fromtimestamp(1763740800, UTC)
    assert android == Fix(106.3321, 38.1024, at, accuracy_m=13, battery=87)
    ios = read((SAMPLES / "location-ios.json").read_bytes())
    assert ios == Fix(106.3398, 38.1057, datetime.fromtimestamp(1763740865, UTC), 65, 41)


@pytest.mark.parametrize("name", ["lwt", "transition", "encrypted"])
def test_other_messages_are_none_of_our_business(name: str) -> None:
    assert read((SAMPLES / f"{name}.json").read_bytes()) is None


def test_accuracy_and_battery_may_be_missing_or_unknown() -> None:
    fix = read(raw())
    assert fix is not None
    assert (fix.accuracy_m, fix.battery, fix.is_coarse) == (None, None, False)
    unknown = read(raw(batt=-1))
    assert unknown is not None
    assert unknown.battery is None
    coarse = read(raw(acc=3500))
    assert coarse is not None
    assert coarse.is_coarse


@pytest.mark.parametrize(
    ("payload", "why"),
    [
        (b"", "not JSON"),
        (b"\xff", "not JSON"),
        (b"[" * 20_000, "bytes"),
        (b"[" * 10_000, "not JSON"),
        (b"[]", "not a JSON object"),
        (b"{}", "_type"),
        (raw(_type=7), "_type"),
        (raw(lat=None), "lat"),
        (raw(lat="38.1"), "lat"),
        (raw(lat=True), "lat"),
        (raw(lat=91), "lat"),
        (raw(lon=-180.5), "lon"),
        (raw(lon=math.nan), "lon"),
        (raw(lat=math.inf), "lat"),
        (raw(lat=10**400), "lat"),
        (raw(tst=None), "tst"),
        (raw(tst=0), "tst"),
        (raw(tst=10**15), "tst"),
        (raw(acc=-1), "acc"),
        (raw(batt=101), "batt"),
        (raw(note="x" * MOST_BYTES), "bytes"),
    ],
)
def test_what_is_wrong_is_said(payload: bytes, why: str) -> None:
    with pytest.raises(BadPayloadError, match=why):
        read(payload)


NUMBERS = st.integers() | st.floats() | st.booleans() | st.none() | st.text()
JSON = st.recursive(NUMBERS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner))


@given(st.dictionaries(st.sampled_from(["lat", "lon", "tst", "acc", "batt", "x"]), JSON))
def test_whatever_stands_in_a_location_it_is_read_or_refused(facts: dict[str, Any]) -> None:
    try:
        fix = read(json.dumps({**LOCATION, **facts}).encode())
    except BadPayloadError:
        return
    assert fix is not None
    assert -90 <= fix.latitude <= 90
    assert -180 <= fix.longitude <= 180
    assert fix.at.tzinfo is UTC
    assert fix.battery is None or 0 <= fix.battery <= 100


@given(st.binary() | JSON.map(lambda value: json.dumps(value).encode()))
def test_anything_is_read_or_refused(payload: bytes) -> None:
    with suppress(BadPayloadError):
        read(payload)


@given(
    st.floats(-90, 90),
    st.floats(-180, 180),
    st.integers(1, 4_000_000_000),
    st.floats(0, 1e6),
    st.integers(0, 100),
)
def test_a_location_comes_out_as_it_went_in(
    lat: float, lon: float, tst: int, acc: float, batt: int
) -> None:
    fix = read(raw(lat=lat, lon=lon, tst=tst, acc=acc, batt=batt))
    assert fix == Fix(lon, lat, datetime.fromtimestamp(tst, UTC), acc, batt)


@pytest.mark.parametrize(
    ("topic", "login"),
    [
        ("owntracks/unit-7/phone", "unit-7"),
        ("owntracks/unit-7/phone/event", None),
        ("owntracks/unit-7", None),
        ("owntracks//phone", None),
        ("sc/unit-7/phone", None),
    ],
)
def test_whose_topic_it_is(topic: str, login: str | None) -> None:
    assert login_of(topic) == login
