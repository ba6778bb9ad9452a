"""Cameras' addresses in the admin: who enters them, what they may hold, and that a login shows nowhere."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.core import serializers
from django.core.exceptions import ValidationError
from django.test import Client

from command_center.accounts.models import Post, User
from command_center.audit.models import AuditEntry
from command_center.feed.models import FeedEvent
from command_center.jurisdictions.models import Jurisdiction
from command_center.networks import parse_networks
from conferencing.engines.messages import CameraFacts
from conferencing.engines.troubles import CameraTrouble
from dispatch.cameras import services
from dispatch.cameras.models import CameraAddress
from dispatch.cameras.selectors import EQUIPMENT, way_of
from iot_bridge.devices.services import NewDevice, register_devices
from iot_bridge.protocol.topics import Kind

pytestmark = pytest.mark.django_db
CITY, EAST, VILLAGE = "640181", "640181100", "640181100200"
PAGE = "/admin/cameras/cameraaddress/"
SECRET = "Geheim-7"
Enter = Callable[..., Client]


@pytest.fixture(autouse=True)
def _city(settings: Any) -> None:
    networks = parse_networks(["10.20.0.0/16"])
    settings.ENVIRONMENT = replace(settings.ENVIRONMENT, camera_networks=networks)
    for code, level, parent in (
        (CITY, "city", None), (EAST, "township", CITY), (VILLAGE, "village", EAST)
    ):  # fmt: skip
        Jurisdiction.objects.create(code=code, name=code, level=level, parent_id=parent)
    kinds = {"CAM-1": Kind.CAMERA, "CAM-2": Kind.CAMERA, "LANE": Kind.FIRE_LANE}
    new = [NewDevice(id=id_, name=id_, kind=kind, code=VILLAGE) for id_, kind in kinds.items()]
    register_devices(devices=new, actor=None)


@pytest.fixture
def enter() -> Enter:
    """Signs staff with a post in: `enter("administrator", EAST)`."""

    def make(role: str, code: str) -> Client:
        user = User.objects.create(username=f"{role}-{code}", is_staff=True)
        Post.objects.create(user=user, role=role, jurisdiction_id=code)
        client = Client(HTTP_ACCEPT_LANGUAGE="en")
        client.force_login(user)
        return client

    return make


def form(**more: str) -> dict[str, str]:
    address = "rtsp://10.20.0.8/Streaming/Channels/101"
    return {"device": "CAM-1", "address": address, "user": "viewer", "new_password": SECRET, **more}


def test_administrators_alone_enter_addresses_and_a_login_shows_nowhere(enter: Enter) -> None:
    for role in ("dispatcher", "auditor"):
        assert enter(role, CITY).get(f"{PAGE}add/").status_code in (302, 403)
    client = enter("administrator", EAST)
    choices = client.get(f"{PAGE}add/").content.decode()
    assert "CAM-1" in choices
    assert "LANE" not in choices
    assert client.post(f"{PAGE}add/", form()).status_code == 302
    row = CameraAddress.objects.get()
    way = way_of(row)
    assert way is not None
    assert (way.user, way.password) == ("viewer", SECRET)
    assert [one.id for one in EQUIPMENT.cameras(prefixes=[EAST])] == ["CAM-1"]
    assert EQUIPMENT.cameras(prefixes=["640182"]) == []

    page = client.get(f"{PAGE}CAM-1/change/").content.decode()
    assert "Streaming/Channels/101" in page
    everywhere = [
        page,
        client.get(PAGE).content.decode(),
        serializers.serialize("json", CameraAddress.objects.all()),
        *(str(entry.detail) for entry in AuditEntry.objects.all()),
        *(str(event.__dict__) for event in FeedEvent.objects.all()),
        client.get("/api/v1/devices/CAM-1").content.decode(),
        repr(way),
    ]
    assert not [text for text in everywhere if SECRET in text]
    entry = AuditEntry.objects.get(action="camera.address_set")
    assert (entry.subject, entry.code) == ("CAM-1", VILLAGE)
    assert entry.detail == {"host": "10.20.0.8:554", "login": True}


@pytest.mark.parametrize(
    ("address", "field"),
    [
        ("rtsp://10.21.0.8/x", "is in no network"),
        ("rtsp://127.0.0.1/x", "is in no network"),
        ("http://10.20.0.8/x", "An address is rtsp://"),
        ("rtsp://10.20.0.8/a b", "An address is rtsp://"),
    ],
)
def test_what_is_no_address_or_not_allowed_is_told_beside_its_field(
    enter: Enter, address: str, field: str
) -> None:
    answer = enter("administrator", EAST).post(f"{PAGE}add/", form(address=address))
    assert field in answer.content.decode()
    assert not CameraAddress.objects.exists()


def test_a_kept_password_goes_to_no_other_host(enter: Enter) -> None:
    client = enter("administrator", EAST)
    pasted = f"rtsp://viewer:{SECRET}@10.20.0.8:554/one"
    client.post(f"{PAGE}add/", form(address=pasted, user="", new_password=""))
    row = CameraAddress.objects.get()
    way = way_of(row)
    assert way is not None
    assert (way.address, way.password) == ("rtsp://10.20.0.8:554/one", SECRET)

    change = form(address="rtsp://10.20.0.8/two", new_password="")
    assert client.post(f"{PAGE}CAM-1/change/", change).status_code == 302
    row.refresh_from_db()
    way = way_of(row)
    assert way is not None
    assert (way.address, way.password) == ("rtsp://10.20.0.8/two", SECRET)
    moved = form(address="rtsp://10.20.0.9/two", new_password="")
    assert "enter the password anew" in client.post(f"{PAGE}CAM-1/change/", moved).content.decode()


def test_a_trial_says_what_comes_or_why_nothing_does(
    enter: Enter, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    client = enter("administrator", EAST)
    client.post(f"{PAGE}add/", form())
    asked: list[Any] = []

    def plays(feed: Any) -> CameraFacts:
        asked.append(feed)
        return CameraFacts(codec="h264", width=1920, height=1080, rate=25, passes=True)

    monkeypatch.setattr(services, "look_at", plays)
    assert "10.20.0.8" in client.get(f"{PAGE}CAM-1/try/").content.decode()
    page = client.post(f"{PAGE}CAM-1/try/").content.decode()
    assert "1920 × 1080" in page
    assert "passed on as it is" in page
    assert asked[0].password == SECRET
    monkeypatch.setattr(services, "look_at", lambda _: CameraFacts(trouble=CameraTrouble.LOGIN))
    page = client.post(f"{PAGE}CAM-1/try/").content.decode()
    assert "refuses the login" in page
    results = AuditEntry.objects.filter(action="camera.tried").order_by("id")
    assert [entry.detail["result"] for entry in results] == ["plays", "login"]

    # Under another SECRET_KEY nothing opens: it says so, and no conference is given the address.
    settings.SECRET_KEY = "another"
    assert EQUIPMENT.ways(["CAM-1"]) == {}
    with pytest.raises(ValidationError, match="enter it anew"):
        services.try_address(row=CameraAddress.objects.get(), actor=None)
