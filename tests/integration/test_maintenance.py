"""Windows that overlap: one record for one outage, and what stands beside another is said before it is saved."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from command_center.accounts.models import User
from command_center.accounts.policy import Role
from command_center.accounts.services import PostAt, create_account
from command_center.audit.models import AuditEntry
from iot_bridge.devices.models import Device
from iot_bridge.maintenance.models import MaintenanceWindow
from tests.support import city, deeds
from tests.support.stack import Shape, Stack

VILLAGE = city.EAST.villages[0]
GATE, SMOKE = "OVER-GATE", "OVER-SMOKE"


class Desk:
    """Somebody who plans maintenance, over the API."""

    def __init__(self, username: str) -> None:
        self._client = Client()
        self._client.force_login(
            User.objects.get(username=username), "django.contrib.auth.backends.ModelBackend"
        )

    def __call__(self, method: str, path: str, **body: Any) -> Any:
        call = getattr(self._client, method)
        answer = call(f"/api/v1/maintenance{path}", body, content_type="application/json")
        return answer.status_code, answer.json() if answer.content else None

    def plan(self, begins: int, ends: int, **more: Any) -> Any:
        return self("post", "", begins_at=at(begins), ends_at=at(ends), reason="年检", **more)

    def overlaps(self, begins: int, ends: int, **more: Any) -> list[tuple[int, str]]:
        status, found = self("post", "/overlaps", begins_at=at(begins), ends_at=at(ends), **more)
        assert status == 200, found
        return [(one["window"]["id"], one["relation"]) for one in found]


NOW = datetime.now(UTC).replace(second=0, microsecond=0)


def at(hours: int) -> str:
    return (NOW + timedelta(hours=hours)).isoformat()


@pytest.fixture
def desk(db: None) -> Desk:
    deeds.set_jurisdiction(code=city.CITY, name="灵武市")
    deeds.set_jurisdiction(code=city.EAST.code, name=city.EAST.name)
    deeds.set_jurisdiction(code=VILLAGE, name="一村")
    for username, code in (("city", city.CITY), ("town", city.EAST.code)):
        role = Role.DISPATCHER if code == city.CITY else Role.TOWNSHIP_OFFICER
        create_account(
            username=username, name=username, password=city.PASSWORD, posts=[PostAt(role, code)]
        )
    deeds.register(
        devices=[
            [GATE, "1 号院", "face_gate", VILLAGE, "canonical", ""],
            [SMOKE, "1 号院", "smoke", VILLAGE, "canonical", ""],
        ]
    )
    return Desk("city")


def test_a_second_record_of_one_outage_is_refused(desk: Desk) -> None:
    status, first = desk.plan(1, 3, device=GATE)
    assert status == 201
    assert desk.overlaps(2, 5, device=GATE) == [(first["id"], "same")]
    status, problem = desk.plan(2, 5, device=GATE, beside=[first["id"]])
    assert (status, problem["code"]) == (409, "window_overlaps")
    assert problem["errors"] == [{"field": "beside", "message": str(first["id"]), "code": "same"}]
    # What touches does not overlap, nor does what has ended.
    assert desk.plan(3, 5, device=GATE)[0] == 201
    assert desk("patch", f"/{first['id']}", ends_at=at(4))[1]["code"] == "window_overlaps"
    MaintenanceWindow.objects.filter(device_id=GATE).update(state="ended", ended_at=NOW)
    assert desk.overlaps(1, 5, device=GATE) == []


def test_what_shares_equipment_stands_beside_only_knowingly(desk: Desk) -> None:
    area = desk.plan(1, 3, code=VILLAGE, kinds=["face_gate"])[1]["id"]
    assert desk.overlaps(2, 4, device=SMOKE) == []
    assert desk.overlaps(2, 4, device=GATE) == [(area, "covers")]
    assert desk.plan(2, 4, device=GATE)[0] == 409
    status, gate = desk.plan(2, 4, device=GATE, beside=[area])
    assert status == 201
    assert AuditEntry.objects.latest("id").detail["beside"] == [area]
    assert desk.overlaps(0, 9, code=city.EAST.code) == [(area, "within"), (gate["id"], "within")]

    # What it overlapped before is no news; other times bring others.
    assert desk("patch", f"/{gate['id']}", ends_at=at(5))[0] == 200
    later = desk.plan(6, 8, code=VILLAGE)[1]["id"]
    status, problem = desk("patch", f"/{gate['id']}", ends_at=at(7))
    assert (status, [one["message"] for one in problem["errors"]]) == (409, [str(later)])
    assert desk.overlaps(2, 7, window=gate["id"]) == [(later, "covers")]
    assert desk("patch", f"/{gate['id']}", ends_at=at(7), beside=[later])[0] == 200
    assert desk("patch", f"/{gate['id']}", reason="换电池")[1]["reason"] == "换电池"


def test_what_lies_above_is_not_told_but_by_the_device(desk: Desk) -> None:
    begun = desk.plan(-1, 3, code=city.CITY)[1]
    town = Desk("town")
    assert town.overlaps(0, 2, device=GATE) == []
    assert town.plan(0, 2, device=GATE)[0] == 201
    assert town("post", "/overlaps", window=begun["id"], ends_at=at(9))[0] == 404
    assert Device.objects.get(pk=GATE).out_of_service_until is not None


@pytest.mark.shapes(Shape.PRODUCTION)  # SQLite has one writer
def test_of_those_who_record_one_outage_at_once_one_does(stack: Stack) -> None:
    clerk = stack.hire("planning")
    try:
        told = clerk.do("tests.support.crowding.plan_at_once", people=4)
    finally:
        clerk.close()
    assert told == ["overlaps"] * 3 + ["planned"]
