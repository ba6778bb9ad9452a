"""A camera's picture: taken out at the edge, made anew, stored once, shown for a minute, forgotten."""

from __future__ import annotations

import copy
import io
import json
import pickle
import time
import zlib
from base64 import b64encode
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from pytest_django import Settings

from command_center.feed import services as feed
from iot_bridge.alarms.services import Subject
from iot_bridge.codecs.canonical import CanonicalCodec
from iot_bridge.protocol.decoded import DeviceMessage, KeptPicture, TransientPicture
from iot_bridge.simulator.pictures import lane
from iot_bridge.snapshots import looks, services
from iot_bridge.snapshots.models import Snapshot
from iot_bridge.snapshots.pictures import EVERY_MS, STORE, PictureTaker
from iot_bridge.snapshots.services import Sent
from tests.support import city, deeds

CODEC = CanonicalCodec()
BASE = "sc/v1/640181/100/001"
NOW = datetime(2026, 11, 28, 8, tzinfo=UTC)


@pytest.fixture(autouse=True)
def folder(settings: Settings, tmp_path: Path) -> Path:
    settings.DATA_DIR = tmp_path
    return tmp_path / "snapshots"


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("??/*"))


def decode(kind: str, type_: str, data: dict[str, Any]) -> DeviceMessage:
    body = {"event_id": "e-1", "ts": 1, "type": type_, "data": data}
    [message] = CODEC.decode(f"{BASE}/{kind}/d-1/event", json.dumps(body).encode(), 0)
    assert isinstance(message, DeviceMessage)
    return message


def take(snapshot: object, taker: PictureTaker | None = None, at_ms: int = 0) -> DeviceMessage:
    message = decode("camera", "motion", {"snapshot": snapshot})
    return (taker or PictureTaker()).take(message, device_id="d-1", at_ms=at_ms)


def picture(kind: str = "JPEG", size: tuple[int, int] = (64, 48), **more: Any) -> str:
    out = io.BytesIO()
    Image.new("RGB", size, "#445566").save(out, format=kind, **more)
    return b64encode(out.getvalue()).decode()


def bomb() -> str:
    """A PNG of a hundred bytes that says it has a hundred million pixels."""

    def chunk(name: bytes, data: bytes) -> bytes:
        crc = zlib.crc32(name + data).to_bytes(4, "big")
        return len(data).to_bytes(4, "big") + name + data + crc

    side = (10_000).to_bytes(4, "big")
    header = chunk(b"IHDR", side + side + b"\x08\x02\x00\x00\x00")
    body = chunk(b"IDAT", zlib.compress(b"\0" * 999)) + chunk(b"IEND", b"")
    return b64encode(b"\x89PNG\r\n\x1a\n" + header + body).decode()


def test_only_a_camera_s_picture_is_taken_and_it_has_no_textual_form() -> None:
    message = decode("camera", "tamper", {"active": True, "snapshot": picture()})
    assert message.data == {"active": True}
    assert isinstance(message.picture, TransientPicture)
    assert "bytes hidden" in repr(message)
    for escape in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError):
            escape(message.picture)
    gate = decode("face_gate", "pass", {"snapshot": picture()})
    assert (gate.data, gate.picture, gate.stripped) == ({}, None, {"image": 1})
    assert decode("camera", "battery", {"battery": 5, "snapshot": picture()}).picture is None
    other = decode("camera", "motion", {"image": picture(), "snapshot": None})
    assert (other.data, other.picture, other.stripped) == ({}, None, {"image": 1})


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_picture_is_made_anew_and_stored_once(folder: Path, kind: str) -> None:
    exif = Image.Exif()
    exif[0x010E] = "where somebody lives"
    told = picture(kind, exif=exif)
    first, second = take(told), take(told)
    assert isinstance(first.picture, KeptPicture)
    assert first.picture == second.picture
    assert first.data == {"snapshot": "kept"}
    assert (first.picture.width, first.picture.height) == (64, 48)
    assert files(folder) == [first.picture.sha256]
    kept = STORE.read(first.picture.sha256)
    assert b"somebody" not in kept
    assert len(kept) == first.picture.size


def test_the_simulators_lane_is_such_a_picture_and_fits_a_message() -> None:
    drawn = lane(Random(1))
    assert len(drawn) < 48 * 1024
    assert isinstance(take(drawn).picture, KeptPicture)


@pytest.mark.parametrize(
    ("make", "word"),
    [
        (bomb, "too_many_pixels"),
        (lambda: picture("PNG", (4000, 1100)), "too_many_pixels"),
        (lambda: b64encode(b"%PDF-1.7 x").decode(), "bad_type"),
        (lambda: b64encode(b"GIF89a").decode(), "bad_type"),
        (lambda: picture()[:400], "broken"),
        (lambda: "not base64", "bad_base64"),
        (lambda: 7, "bad_base64"),
        (lambda: "", "bad_type"),
    ],
)
def test_a_bad_picture_is_left_out_and_its_event_counts(
    folder: Path, make: Callable[[], object], word: str
) -> None:
    message = take(make())
    assert (message.picture, message.data) == (None, {"snapshot": word})
    assert files(folder) == []


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=300), st.integers(0, 600))
def test_no_bytes_make_the_bridge_stumble(noise: bytes, cut: int) -> None:
    whole = picture("PNG")
    for data in (b64encode(noise).decode(), whole[:cut] + b64encode(noise).decode()):
        assert take(data).data["snapshot"]


def test_a_camera_that_sends_them_too_fast_is_cut_short() -> None:
    taker = PictureTaker()
    words = [take(picture(), taker, at).data["snapshot"] for at in (0, EVERY_MS - 1, EVERY_MS)]
    assert words == ["kept", "too_often", "kept"]


def test_an_address_is_for_one_picture_one_person_one_session_and_a_minute(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    given_to = {"snapshot_id": 7, "user_id": 3, "session": "abc"}
    ticket = looks.ticket_of(snapshot_id=7, user_id=3, session="abc")
    assert looks.is_valid(ticket, snapshot_id=7, user_id=3, session="abc")
    for other in ({"snapshot_id": 8}, {"user_id": 4}, {"session": "abd"}, {"session": ""}):
        assert not looks.is_valid(ticket, **(given_to | other))  # type: ignore[arg-type]  # facts by name
    assert not looks.is_valid(ticket[:-1], snapshot_id=7, user_id=3, session="abc")
    later = time.time() + looks.VALID_FOR.total_seconds() + 1
    monkeypatch.setattr(time, "time", lambda: later)
    assert not looks.is_valid(ticket, snapshot_id=7, user_id=3, session="abc")


@pytest.mark.django_db
def test_in_time_rows_go_and_files_that_nobody_names(folder: Path, settings: Settings) -> None:
    camera = next(facts for facts in city.fleet() if facts.kind == "camera")
    with feed.transaction():
        for code, name in city.jurisdictions():
            deeds.set_jurisdiction(code=code, name=name)
        deeds.register(
            devices=[[camera.id, camera.name, camera.kind, camera.code, camera.codec, ""]]
        )
    subject = Subject(camera.id, camera.name, "camera", camera.code, camera.name, None, None)
    same, other = (take(picture(size=size)).picture for size in ((64, 48), (32, 32)))
    assert isinstance(same, KeptPicture)
    assert isinstance(other, KeptPicture)
    old = NOW - settings.SNAPSHOTS_KEPT - timedelta(seconds=1)
    for event_id, at, kept in (("a", old, same), ("b", NOW, same), ("c", old, other)):
        services.add([Sent(subject, event_id, "motion", at, kept)])
        services.add([Sent(subject, event_id, "motion", at, kept)])  # delivered again
    assert services.forget_old(now=NOW) == 2
    assert [row.event_id for row in Snapshot.objects.all()] == ["b"]
    assert files(folder) == [same.sha256]
    stray = STORE.keep(b"of a commit that failed")
    assert services.forget_strays(before=datetime.now(UTC) - timedelta(days=1)) == 0
    assert services.forget_strays(before=datetime.now(UTC) + timedelta(days=1)) == 1
    assert stray not in files(folder)
