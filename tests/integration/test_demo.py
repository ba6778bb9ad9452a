"""The demo city: complete, plausible, the same every time, and only in an empty database."""

from __future__ import annotations

from collections import Counter
from io import StringIO

import pytest
from django.conf import settings
from django.core.management import call_command
from django.utils import timezone
from shapely.geometry import Point, shape

from command_center.accounts.models import Post, User
from command_center.accounts.scope import Scope
from command_center.feed.models import FeedEvent
from command_center.jurisdictions.models import Jurisdiction
from command_center.supervisor.demo import USERNAMES, demo_password
from dispatch.incidents.models import Source
from dispatch.incidents.reporting import Report, report
from dispatch.rounds.models import Checkpoint, Round, Route
from dispatch.tasks.recommendation import ReasonCode
from dispatch.tasks.selectors import recommendation
from dispatch.units.kinds import UnitStatus
from dispatch.units.models import Unit, UnitMember
from iot_bridge.codecs.registry import REGISTRY
from iot_bridge.devices.models import Device, DeviceStatus

pytestmark = pytest.mark.django_db


def seed() -> str:
    out = StringIO()
    call_command("seed_demo", stdout=out)
    return out.getvalue()


def test_the_city() -> None:
    seed()
    assert Jurisdiction.objects.count() == 113
    assert Jurisdiction.objects.filter(area=None).count() == 0
    assert set(Jurisdiction.objects.filter(illustrative=False).values_list("code", flat=True)) == {
        "640181"
    }
    devices = list(Device.objects.all())
    assert len(devices) >= 600
    assert DeviceStatus.objects.count() == len(devices)
    simulated = {"canonical", "chirpstack_vehicle", "face_terminal", "esp_probe"}
    assert {device.codec for device in devices} == simulated <= set(REGISTRY.names)
    foreign = [device for device in devices if device.codec != "canonical"]
    assert 0.03 < len(foreign) / len(devices) < 0.08
    assert all(device.external_id for device in foreign)
    assert 20 <= Unit.objects.count() <= 30
    assert len({unit.status for unit in Unit.objects.all()}) >= 5


def test_devices_stand_in_their_village_and_more_of_them_in_town() -> None:
    seed()
    areas = {row.code: shape(row.area or {}) for row in Jurisdiction.objects.all()}
    towns: Counter[str] = Counter()
    for device in Device.objects.all():
        assert device.longitude is not None
        assert device.latitude is not None
        assert areas[device.jurisdiction_id].contains(Point(device.longitude, device.latitude))
        towns[device.jurisdiction_id[:9]] += 1
    assert towns.most_common(1)[0][0] == "640181001"
    assert len(towns) == 10


def test_the_accounts_and_their_posts() -> None:
    seed()
    posts = {
        post.user.username: (post.role, post.jurisdiction_id)
        for post in Post.objects.select_related("user")
    }
    assert tuple(posts) == USERNAMES or set(posts) == set(USERNAMES)
    assert posts["city"] == posts["city2"] == ("dispatcher", "640181")
    assert posts["town"] == ("township_officer", "640181100")
    assert posts["town2"] == ("township_officer", "640181101")
    assert posts["village"][0] == "village_officer"
    assert posts["village"][1].startswith("640181100")
    assert posts["patrol"] == ("patrol", "640181100")
    assert posts["department"] == ("department_officer", "640181")
    assert posts["auditor"] == ("auditor", "640181")
    assert posts["admin"] == ("administrator", "640181")
    admin = User.objects.get(username="admin")
    assert admin.is_staff
    assert not admin.is_superuser
    assert admin.check_password(demo_password(settings.ENVIRONMENT))


def test_a_console_that_is_already_there_sees_it_come() -> None:
    seed()
    kinds = Counter(FeedEvent.objects.values_list("kind", flat=True))
    assert kinds["device.changed"] == Device.objects.count()
    assert kinds["jurisdiction.changed"] == 113
    assert kinds["unit.changed"] >= Unit.objects.count()


def test_units_have_skills_and_some_are_on_duty_with_a_position() -> None:
    seed()
    assert all(unit.skills for unit in Unit.objects.all())
    on_duty = {
        (member.user.username, member.unit.name)
        for member in UnitMember.objects.select_related("user", "unit")
        if member.on_duty_since is not None
    }
    assert on_duty == {
        ("patrol", "东塔镇巡逻队"),
        ("village", "城一村综治中心"),
        ("department", "城市管理综合执法局"),
    }
    seen = Unit.objects.filter(position_at__isnull=False)
    assert {unit.name for unit in seen} == {name for _username, name in on_duty}
    assert all(unit.status == UnitStatus.AVAILABLE for unit in seen)


def test_a_recommendation_in_the_demo_city_is_lively() -> None:
    seed()
    wanted = Report("求助", "0105", Source.HOTLINE, code="640181100200", position=(106.345, 38.09))
    town = User.objects.get(username="town")
    incident = report(wanted=wanted, scope=Scope(("640181100",)), user=town)
    found = recommendation(incident, Scope(("640181",)), now=timezone.now())
    assert len(found) == Unit.objects.count()
    assert len({reason.code for one in found for reason in one.reasons}) >= 5
    best = {reason.code for reason in found[0].reasons}
    assert {ReasonCode.SKILL, ReasonCode.IDLE} <= best
    assert ReasonCode.OFF_DUTY not in best
    assert ReasonCode.OFF_DUTY in {reason.code for reason in found[-1].reasons}


def test_whatever_the_hour_a_round_is_to_be_walked_now() -> None:
    seed()
    now = timezone.now()
    due = Round.objects.filter(due_from__lte=now, due_until__gt=now)
    assert due.filter(unit__name="东塔镇巡逻队", total=5).count() == 1
    assert Route.objects.filter(is_ordered=True).count() == 1
    assert {point.place is None for point in Checkpoint.objects.all()} == {True, False}


def test_the_same_city_every_time() -> None:
    seed()
    fields = ("id", "name", "jurisdiction_id", "site", "longitude", "latitude", "external_id")
    first = list(Device.objects.values_list(*fields))
    DeviceStatus.objects.all().delete()
    for model in (Device, Round, Route, Unit, Post, User):
        model.objects.all().delete()
    Jurisdiction.objects.update(parent=None)
    Jurisdiction.objects.all().delete()
    seed()
    assert list(Device.objects.values_list(*fields)) == first


def test_a_database_in_use_is_left_alone() -> None:
    User.objects.create_user("somebody")
    assert "nothing was changed" in seed()
    assert not Jurisdiction.objects.exists()
