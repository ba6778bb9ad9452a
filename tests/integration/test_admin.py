"""The admin pages: posts decide what exists, services write, signing in is as everywhere."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.contrib import admin
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import get_resolver
from django_otp.oath import totp
from django_otp.plugins.otp_totp.models import TOTPDevice

from command_center.accounts.models import User
from command_center.administration.scoped import ScopedModelAdmin
from command_center.administration.site import GROUPS
from command_center.audit.models import AuditEntry
from command_center.audit.services import Action
from command_center.audit.services import record as put_on_record
from command_center.feed.models import FeedEvent
from command_center.jurisdictions.models import Jurisdiction
from dispatch.units.kinds import UnitKind
from dispatch.units.models import Unit
from dispatch.units.services import NewUnit, create_units
from iot_bridge.devices.models import Device
from iot_bridge.devices.services import NewDevice, register_devices
from iot_bridge.protocol.topics import Kind
from tests.support.keepers import PASSWORD, account, enter, text

pytestmark = pytest.mark.django_db
CITY, EAST, SOUTH = "640181", "640181100", "640181101"
EAST_VILLAGE, SOUTH_VILLAGE = "640181100200", "640181101200"


@pytest.fixture(autouse=True)
def _city() -> None:
    names = {
        CITY: ("灵武市", "city", None),
        EAST: ("东塔镇", "township", CITY),
        SOUTH: ("郝家桥镇", "township", CITY),
        EAST_VILLAGE: ("城一村", "village", EAST),
        SOUTH_VILLAGE: ("王家嘴村", "village", SOUTH),
    }
    for code, (name, level, parent) in names.items():
        Jurisdiction.objects.create(code=code, name=name, level=level, parent_id=parent)
    register_devices(
        devices=[
            NewDevice("east-1", "东门", Kind.FACE_GATE, EAST_VILLAGE),
            NewDevice("south-1", "南门", Kind.FACE_GATE, SOUTH_VILLAGE),
        ],
        actor=None,
    )
    create_units(
        units=[
            NewUnit("东塔巡逻队", UnitKind.PATROL, EAST),
            NewUnit("郝家桥巡逻队", UnitKind.PATROL, SOUTH),
        ]
    )
    for code in (EAST, SOUTH):
        put_on_record(action=Action.DEVICE_CHANGED, subject=f"of {code}", code=code)
    account("east-officer", ("township_officer", EAST))
    account("south-officer", ("township_officer", SOUTH))
    account("both", ("patrol", EAST), ("patrol", SOUTH))


LISTS = {
    "/admin/jurisdictions/jurisdiction/": (EAST_VILLAGE, SOUTH_VILLAGE),
    "/admin/devices/device/": ("east-1", "south-1"),
    "/admin/units/unit/": ("东塔巡逻队", "郝家桥巡逻队"),
    "/admin/accounts/user/": ("east-officer", "south-officer"),
    "/admin/audit/auditentry/": (f"of {EAST}", f"of {SOUTH}"),
}


@pytest.mark.parametrize("path", LISTS)
def test_lists_show_what_is_inside_and_nothing_else(path: str) -> None:
    inside, outside = LISTS[path]
    page = text(enter(("administrator", EAST)), path)
    assert inside in page
    assert outside not in page
    assert "郝家桥" not in page  # not in a filter, not in a choice
    whole = text(enter(("administrator", CITY), username="top"), path)
    assert inside in whole
    assert outside in whole


def test_pages_outside_are_as_if_there_were_nothing() -> None:
    client = enter(("administrator", EAST))
    outsider = User.objects.get(username="south-officer").pk
    unit = Unit.objects.get(jurisdiction_id=SOUTH).pk
    for kind, key in (
        ("jurisdictions/jurisdiction", SOUTH_VILLAGE),
        ("jurisdictions/jurisdiction", CITY),
        ("devices/device", "south-1"),
        ("units/unit", unit),
        ("accounts/user", outsider),
    ):
        for page in ("change", "delete", "history"):
            answer = client.get(f"/admin/{kind}/{key}/{page}/")
            nothing = client.get(f"/admin/{kind}/999999/{page}/")
            assert (answer.status_code, answer.headers.get("Location")) == (
                nothing.status_code,
                nothing.headers.get("Location"),
            )
            assert answer.status_code == 302
    assert client.get(f"/admin/accounts/user/{outsider}/otp/").status_code == 302
    posted = client.post("/admin/devices/device/south-1/delete/", {"post": "yes"})
    assert posted.status_code == 302
    assert Device.objects.filter(pk="south-1").exists()


def test_the_map_and_the_choices_keep_to_the_scope() -> None:
    square = {"type": "Polygon", "coordinates": [[[1, 1], [2, 1], [2, 2], [1, 1]]]}
    Jurisdiction.objects.update(area=square)
    client = enter(("administrator", EAST))
    areas = json.loads(text(client, "/admin/map/areas/"))
    assert {area["properties"]["code"] for area in areas["features"]} == {EAST, EAST_VILLAGE}
    query = "app_label=devices&model_name=device&field_name=jurisdiction"
    found = json.loads(text(client, f"/admin/autocomplete/?{query}&term="))
    assert {row["id"] for row in found["results"]} == {EAST, EAST_VILLAGE}


def test_choices_are_those_where_one_may_change_things() -> None:
    client = enter(("auditor", CITY), ("administrator", EAST))
    assert "south-1" in text(client, "/admin/devices/device/")
    query = "app_label=devices&model_name=device&field_name=jurisdiction"
    found = json.loads(text(client, f"/admin/autocomplete/?{query}&term="))
    assert {row["id"] for row in found["results"]} == {EAST, EAST_VILLAGE}
    assert "Save" not in text(client, "/admin/devices/device/south-1/change/")


def test_an_auditor_reads_only() -> None:
    client = enter(("auditor", CITY))
    text(client, "/admin/audit/auditentry/")
    assert client.get("/admin/accounts/user/").status_code == 403
    assert client.get("/admin/devices/device/add/").status_code == 403
    assert client.get("/admin/devices/device/import/").status_code == 403
    assert client.post("/admin/devices/device/east-1/delete/", {"post": "yes"}).status_code == 403


def test_only_scoped_pages_are_registered() -> None:
    get_resolver().url_patterns  # noqa: B018 - the pages come with the routes
    pages = admin.site._registry.values()
    assert pages
    assert all(isinstance(page, ScopedModelAdmin) for page in pages)


def test_the_menu_leads_to_every_page() -> None:
    get_resolver().url_patterns  # noqa: B018 - the pages come with the routes
    listed = [name for _group, _title, names in GROUPS for name in names]
    assert sorted(listed) == sorted(model.__name__ for model in admin.site._registry)


def test_a_superuser_without_a_post_sees_nothing(client: Client) -> None:
    client.force_login(User.objects.create_superuser("root", password=PASSWORD))
    assert client.get("/admin/devices/device/").status_code == 403
    assert "east-1" not in text(client, "/admin/")


# -- devices, jurisdictions, units ------------------------------------------------------------------


def device_form(**changes: str) -> dict[str, str]:
    given = {
        "name": "新门",
        "kind": "face_gate",
        "jurisdiction": EAST_VILLAGE,
        "codec": "canonical",
    }
    return {**given, "place_lng": "106.37", "place_lat": "38.1", **changes}


def test_a_device_is_registered_through_the_service() -> None:
    client = enter(("administrator", EAST))
    form = device_form(id="FG-9", threshold_denied_count="4")
    answer = client.post("/admin/devices/device/add/", form)
    assert answer.status_code == 302, answer.context["errors"]
    device = Device.objects.get(pk="FG-9")
    assert (device.longitude, device.latitude) == (106.37, 38.1)
    assert device.parameters == {"denied_count": 4}
    assert FeedEvent.objects.order_by("-seq")[0].kind == "device.changed"
    assert AuditEntry.objects.get(action="device.created").actor_name == "keeper"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"id": "一"}, "id"),
        ({"jurisdiction": SOUTH_VILLAGE}, "jurisdiction"),
        ({"place_lat": ""}, "place"),
        ({"place_lat": "99"}, "place"),
        ({"codec": "face_terminal"}, "external_id"),
        ({"codec": "morse"}, "codec"),
        ({"threshold_lane_hold_s": "0"}, "threshold_lane_hold_s"),
    ],
)
def test_a_wrong_field_of_a_device_is_named(changes: dict[str, str], field: str) -> None:
    client = enter(("administrator", EAST))
    answer = client.post("/admin/devices/device/add/", device_form(**{"id": "FG-9", **changes}))
    assert answer.status_code == 200
    assert list(answer.context["adminform"].form.errors) == [field]
    assert not Device.objects.filter(pk="FG-9").exists()


def test_a_device_is_changed_and_removed() -> None:
    client = enter(("administrator", EAST))
    client.post("/admin/devices/device/east-1/change/", device_form())
    assert Device.objects.get(pk="east-1").name == "新门"
    client.post("/admin/devices/device/east-1/delete/", {"post": "yes"})
    assert not Device.objects.filter(pk="east-1").exists()
    kinds = list(FeedEvent.objects.order_by("-seq").values_list("kind", flat=True)[:2])
    assert kinds == ["device.removed", "device.changed"]


def test_a_jurisdiction_is_added_inside_and_not_outside() -> None:
    client = enter(("administrator", EAST))
    form = {"code": f"{EAST}201", "name": "城二村", "place_lng": "", "place_lat": "", "area": ""}
    form["area"] = '{"type":"Polygon","coordinates":[[[106,38],[107,38],[107,39],[106,38]]]}'
    assert client.post("/admin/jurisdictions/jurisdiction/add/", form).status_code == 302
    row = Jurisdiction.objects.get(code=f"{EAST}201")
    assert (row.level, row.parent_id) == ("village", EAST)
    assert row.centre is not None
    answer = client.post("/admin/jurisdictions/jurisdiction/add/", {**form, "code": f"{SOUTH}201"})
    assert "code" in answer.context["adminform"].form.errors
    answer = client.post(
        "/admin/jurisdictions/jurisdiction/add/",
        {**form, "code": f"{EAST}202", "area": '{"type":"Point"}'},
    )
    assert "area" in answer.context["adminform"].form.errors


def test_a_jurisdiction_in_use_says_what_stands_in_the_way() -> None:
    client = enter(("administrator", CITY))
    page = text(client, f"/admin/jurisdictions/jurisdiction/{EAST}/delete/")
    assert "jurisdictions 1" in page
    assert "posts 2" in page
    assert "units 1" in page
    client.post(f"/admin/jurisdictions/jurisdiction/{EAST}/delete/", {"post": "yes"})
    assert Jurisdiction.objects.filter(code=EAST).exists()


def test_a_unit_is_kept_up() -> None:
    client = enter(("administrator", EAST))
    form = {"name": "新队", "kind": "patrol", "jurisdiction": EAST, "status": "available"}
    form |= {"place_lng": "106.3", "place_lat": "38.1"}
    assert client.post("/admin/units/unit/add/", form).status_code == 302
    unit = Unit.objects.get(name="新队")
    assert unit.latitude == 38.1
    assert FeedEvent.objects.order_by("-seq")[0].kind == "unit.changed"


# -- accounts ---------------------------------------------------------------------------------------


def account_form(*posts: tuple[str, str], initial: int = 0, **changes: str) -> dict[str, str]:
    form = {"username": "new", "language": "zh-hans", "is_active": "on", **changes}
    form |= {
        "posts-TOTAL_FORMS": str(len(posts)),
        "posts-INITIAL_FORMS": str(initial),
        "posts-MIN_NUM_FORMS": "0",
        "posts-MAX_NUM_FORMS": "1000",
    }
    for index, (role, code) in enumerate(posts):
        form |= {f"posts-{index}-role": role, f"posts-{index}-jurisdiction": code}
    return form


def test_an_account_is_made_with_its_posts() -> None:
    client = enter(("administrator", EAST))
    form = account_form(("patrol", EAST_VILLAGE), new_password=PASSWORD)
    answer = client.post("/admin/accounts/user/add/", form)
    assert answer.status_code == 302, answer.context["errors"]
    user = User.objects.get(username="new")
    assert user.check_password(PASSWORD)
    assert [(post.role, post.jurisdiction_id) for post in user.posts.all()] == [
        ("patrol", EAST_VILLAGE)
    ]
    entry = AuditEntry.objects.filter(action="account.changed")[0]
    assert entry.detail["posts_given"] == [f"patrol@{EAST_VILLAGE}"]
    assert PASSWORD not in json.dumps(entry.detail)


def test_nobody_grants_posts_outside() -> None:
    client = enter(("administrator", EAST))
    form = account_form(("patrol", SOUTH), new_password=PASSWORD)
    assert client.post("/admin/accounts/user/add/", form).status_code == 200
    assert not User.objects.filter(username="new").exists()


def test_an_account_that_serves_elsewhere_keeps_its_other_posts() -> None:
    client = enter(("administrator", EAST))
    both = User.objects.get(username="both")
    page = text(client, f"/admin/accounts/user/{both.pk}/change/")
    assert SOUTH not in page
    assert "new_password" not in page
    post = both.posts.get(jurisdiction_id=EAST)
    form = account_form(("village_officer", EAST), initial=1, username="taken-over")
    form |= {"posts-0-id": str(post.pk), "posts-0-user": str(both.pk), "new_password": "x" * 20}
    assert client.post(f"/admin/accounts/user/{both.pk}/change/", form).status_code == 302
    both.refresh_from_db()
    assert both.username == "both"
    assert both.check_password(PASSWORD)
    assert {(post.role, post.jurisdiction_id) for post in both.posts.all()} == {
        ("village_officer", EAST),
        ("patrol", SOUTH),
    }
    assert client.get(f"/admin/accounts/user/{both.pk}/delete/").status_code == 403
    assert FeedEvent.objects.order_by("-seq")[0].kind == "access.changed"


def test_a_weak_password_is_refused() -> None:
    client = enter(("administrator", EAST))
    form = account_form(("patrol", EAST), new_password="12345678")
    answer = client.post("/admin/accounts/user/add/", form)
    assert "new_password" in answer.context["adminform"].form.errors


def test_nobody_takes_their_own_administration() -> None:
    client = enter(("administrator", EAST))
    keeper = User.objects.get(username="keeper")
    post = keeper.posts.get()
    form = account_form(("patrol", EAST), initial=1, username="keeper", is_staff="on")
    form |= {"posts-0-id": str(post.pk), "posts-0-user": str(keeper.pk)}
    answer = client.post(f"/admin/accounts/user/{keeper.pk}/change/", form)
    assert "You cannot take your own post" in answer.content.decode()
    assert client.get(f"/admin/accounts/user/{keeper.pk}/delete/").status_code == 403


def test_a_removed_account_leaves_its_deeds_on_record() -> None:
    client = enter(("administrator", CITY))
    user = User.objects.get(username="east-officer")
    client.post(f"/admin/accounts/user/{user.pk}/delete/", {"post": "yes"})
    assert not User.objects.filter(pk=user.pk).exists()
    entry = AuditEntry.objects.filter(action="account.changed")[0]
    assert (entry.subject, entry.code) == ("east-officer", EAST)


# -- signing in -------------------------------------------------------------------------------------


def sign_in(client: Client, username: str, **extra: str) -> Any:
    form = {"username": username, "password": PASSWORD, "otp": "", **extra}
    return client.post("/admin/login/?next=/admin/devices/device/", form)


def test_signing_in_and_out_is_on_record(client: Client) -> None:
    account("keeper", ("administrator", EAST), staff=True)
    assert sign_in(client, "keeper").headers["Location"] == "/admin/devices/device/"
    assert client.get("/admin/").status_code == 200
    client.post("/admin/logout/")
    assert client.get("/admin/").status_code == 302
    actions = AuditEntry.objects.filter(subject="keeper").values_list("action", flat=True)
    assert set(actions) == {"session.login", "session.logout"}


def test_a_wrong_password_is_refused_and_on_record(client: Client) -> None:
    account("keeper", ("administrator", EAST), staff=True)
    answer = sign_in(client, "keeper", password="wrong")
    assert answer.status_code == 200
    assert AuditEntry.objects.filter(action="session.refused", subject="keeper").count() == 1


def test_the_next_page_is_never_elsewhere(client: Client) -> None:
    account("keeper", ("administrator", EAST), staff=True)
    answer = client.post(
        "/admin/login/?next=https://example.org/", {"username": "keeper", "password": PASSWORD}
    )
    assert answer.headers["Location"] == "/admin/"


def test_who_is_no_staff_does_not_get_in(client: Client) -> None:
    sign_in(client, "east-officer")
    assert client.get("/admin/devices/device/").status_code == 302


def test_a_one_time_password_is_set_up_and_then_needed() -> None:
    client = enter(("administrator", EAST))
    text(client, "/admin/otp/")
    keeper = User.objects.get(username="keeper")
    key = client.session[f"otp-key-{keeper.pk}"]
    assert client.post("/admin/otp/", {"token": "12345"}).status_code == 200
    assert not TOTPDevice.objects.exists()
    token = f"{totp(bytes.fromhex(key)):06d}"
    assert client.post("/admin/otp/", {"token": token}).status_code == 302
    assert TOTPDevice.objects.get().confirmed
    assert client.get("/admin/").status_code == 200  # this session has shown it

    other = Client()
    assert sign_in(other, "keeper").status_code == 200
    assert sign_in(other, "keeper", otp="000000").status_code == 200
    assert other.get("/admin/").status_code == 302
    TOTPDevice.objects.update(last_t=-1, throttling_failure_count=0)
    assert sign_in(other, "keeper", otp=token).status_code == 302
    assert other.get("/admin/").status_code == 200

    api_only = Client()
    api_only.force_login(keeper)  # a session that never saw the token
    assert api_only.get("/admin/").status_code == 302
    client.post("/admin/otp/", {"remove": "1"})
    assert not TOTPDevice.objects.exists()


# -- importing jurisdictions ------------------------------------------------------------------------


def send_list(client: Client, content: str) -> Any:
    file = SimpleUploadedFile("list.csv", content.encode("gb18030"))
    return client.post("/admin/jurisdictions/jurisdiction/import/", {"table": file, "boundary": ""})


def test_a_list_is_imported_on_the_page() -> None:
    client = enter(("administrator", CITY))
    assert send_list(client, f"code,name\n{EAST}201,城二村\n").status_code == 302
    assert Jurisdiction.objects.get(code=f"{EAST}201").name == "城二村"
    assert AuditEntry.objects.get(action="jurisdictions.imported").actor_name == "keeper"


def test_wrong_lines_of_a_list_are_named_on_the_page() -> None:
    client = enter(("administrator", EAST))
    answer = send_list(client, f"code,name\n{EAST}201,城二村\n{EAST}202,\n")
    assert [problem.line for problem in answer.context["problems"]] == [3]
    answer = send_list(client, f"code,name\n{EAST}201,城二村\n{SOUTH}201,外村\n")
    assert [problem.line for problem in answer.context["problems"]] == [3]
    assert not Jurisdiction.objects.filter(code=f"{EAST}201").exists()
    assert (
        enter(("auditor", CITY), username="reader")
        .get("/admin/jurisdictions/jurisdiction/import/")
        .status_code
        == 403
    )


def test_a_bad_code_is_a_message() -> None:
    client = enter(("administrator", CITY))
    for code in ("", "6401811", "x", f"{SOUTH}0000000000"):
        form = {"code": code, "name": "甲", "place_lng": "", "place_lat": "", "area": ""}
        answer = client.post("/admin/jurisdictions/jurisdiction/add/", form)
        assert "code" in answer.context["adminform"].form.errors
