"""Being on duty: the switch, the roster, what is forgotten by itself, and the admin pages of it."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone

from command_center.accounts.models import User
from command_center.accounts.scope import Scope
from command_center.audit.models import AuditEntry
from command_center.feed.models import FeedEvent
from dispatch.units import duty
from dispatch.units.feed import unit_data
from dispatch.units.kinds import Skill, UnitKind, UnitStatus
from dispatch.units.models import Shift, Unit, UnitMember
from dispatch.units.selectors import forces
from dispatch.units.services import NewUnit, create_units, save_unit
from tests.support import city, deeds

pytestmark = pytest.mark.django_db
EVERYWHERE = Scope((city.CITY,))
PLACE = (106.33, 38.11)
HOUR = timedelta(hours=1)
BACKEND = "django.contrib.auth.backends.ModelBackend"


@pytest.fixture(autouse=True)
def _city() -> None:
    deeds.seed()


@pytest.fixture
def unit() -> Unit:
    """A team of the eastern township."""
    new = NewUnit("巡逻二队", UnitKind.PATROL, city.EAST.code, longitude=106.3, latitude=38.1)
    create_units(units=[new])
    return Unit.objects.get(name="巡逻二队")


def person(username: str, code: str = city.EAST.code) -> User:
    """A patrol."""
    deeds.person(username=username, held=[["patrol", code]])
    return User.objects.get(username=username)


def join(unit: Unit, username: str) -> User:
    """A patrol who belongs to a unit."""
    user = person(username)
    duty.add_member(unit=unit, user=user, actor=None)
    return user


def now_of(unit: Unit) -> Unit:
    """The row as it is now."""
    return Unit.objects.get(pk=unit.pk)


def is_on_duty(unit: Unit, at: datetime | None = None) -> bool:
    """What a recommendation would say."""
    at = at or timezone.now()
    return next(f.on_duty for f in forces(EVERYWHERE, now=at) if f.unit.pk == unit.pk)


def test_a_unit_of_which_nothing_is_known_goes_by_its_status(unit: Unit) -> None:
    assert is_on_duty(unit)
    join(unit, "one")
    assert not is_on_duty(unit)


def test_the_last_one_to_go_takes_the_unit_out_of_service(unit: Unit) -> None:
    one, two = join(unit, "one"), join(unit, "two")
    for user in (one, two):
        duty.set_duty(user=user, on=True)
    duty.set_position(user=two, place=PLACE, at=None)
    assert now_of(unit).position == PLACE
    duty.set_duty(user=one, on=False)
    assert now_of(unit).position is None
    assert (now_of(unit).status, is_on_duty(unit)) == (UnitStatus.AVAILABLE, True)
    duty.set_position(user=two, place=PLACE, at=None)
    duty.set_duty(user=two, on=False)
    assert (now_of(unit).status, is_on_duty(unit)) == (UnitStatus.OUT_OF_SERVICE, False)
    assert now_of(unit).position is None
    duty.set_duty(user=one, on=True)
    assert now_of(unit).status == UnitStatus.AVAILABLE


def test_a_unit_at_work_stays_at_work_when_duty_ends(unit: Unit) -> None:
    one = join(unit, "one")
    duty.set_duty(user=one, on=True)
    Unit.objects.filter(pk=unit.pk).update(status=UnitStatus.ON_SCENE)
    duty.set_duty(user=one, on=False)
    assert now_of(unit).status == UnitStatus.ON_SCENE


def test_a_position_from_before_duty_or_ahead_of_time(unit: Unit) -> None:
    one = join(unit, "one")
    duty.set_duty(user=one, on=True)
    duty.set_position(user=one, place=PLACE, at=timezone.now() - HOUR)
    assert now_of(unit).position is None
    duty.set_position(user=one, place=PLACE, at=timezone.now() + HOUR)
    at = now_of(unit).position_at
    assert at is not None
    assert at <= timezone.now()
    shown = unit_data(now_of(unit))
    assert (shown.lng, shown.lat) == PLACE
    assert shown.position_at is not None


def test_forgotten_duty_ends_by_itself(unit: Unit) -> None:
    one = join(unit, "one")
    duty.set_duty(user=one, on=True)
    duty.set_position(user=one, place=PLACE, at=None)
    later = timezone.now() + duty.LONGEST_DUTY
    assert duty.end_forgotten_duty(now=later - HOUR) == 0
    assert duty.end_forgotten_duty(now=later + HOUR) == 1
    assert duty.end_forgotten_duty(now=later + HOUR) == 0
    assert now_of(unit).position is None
    with pytest.raises(duty.NotOnDutyError):
        duty.set_position(user=one, place=PLACE, at=None)


def test_who_leaves_takes_the_position_away(unit: Unit) -> None:
    one = join(unit, "one")
    duty.set_duty(user=one, on=True)
    duty.set_position(user=one, place=PLACE, at=None)
    duty.remove_member(membership=UnitMember.objects.get(user=one), actor=None)
    assert now_of(unit).position is None


def test_a_position_of_whom_nobody_is_left_is_cleared(unit: Unit) -> None:
    one = join(unit, "one")
    duty.set_duty(user=one, on=True)
    duty.set_position(user=one, place=PLACE, at=None)
    assert duty.forget_stray_positions() == 0
    UnitMember.objects.filter(user=one).delete()  # as when an account is deleted
    assert duty.forget_stray_positions() == 1
    assert now_of(unit).position is None


def test_who_has_lost_their_post_can_still_go_off_duty_but_not_on(unit: Unit) -> None:
    one = join(unit, "one")
    duty.set_duty(user=one, on=True)
    deeds.posts(username="one", held=[["patrol", city.SOUTH.code]])
    with pytest.raises(duty.NotOnDutyError):
        duty.set_position(user=one, place=PLACE, at=None)
    duty.set_duty(user=one, on=False)
    assert UnitMember.objects.get(user=one).on_duty_since is None
    with pytest.raises(duty.NoMemberError):
        duty.set_duty(user=one, on=True)


def test_the_roster(unit: Unit) -> None:
    start = timezone.now()
    duty.save_shift(shift=Shift(unit=unit, starts_at=start, ends_at=start + 8 * HOUR), actor=None)
    assert is_on_duty(unit, start + HOUR)
    assert not is_on_duty(unit, start - HOUR)
    assert not is_on_duty(unit, start + 9 * HOUR)
    assert is_on_duty(unit, start + 8 * 24 * HOUR)  # the roster is not kept up: nothing is known
    with pytest.raises(ValidationError):
        duty.save_shift(shift=Shift(unit=unit, starts_at=start, ends_at=start), actor=None)


def test_the_feed_says_who_is_on_duty_as_members_shifts_and_time_have_it(unit: Unit) -> None:
    def told() -> bool:
        events = FeedEvent.objects.filter(kind="unit.changed").order_by("seq")
        last = json.loads(events.values_list("data", flat=True).last() or "")
        assert last["on_duty"] == now_of(unit).on_duty
        return bool(last["on_duty"])

    assert told()  # neither members nor shifts: its status speaks
    user = join(unit, "one")
    assert not told()
    duty.set_duty(user=user, on=True)
    assert told()
    duty.set_duty(user=user, on=False)
    start = timezone.now() - HOUR
    shift = duty.save_shift(
        shift=Shift(unit=unit, starts_at=start, ends_at=start + 8 * HOUR), actor=None
    )
    assert told()
    assert duty.follow_roster(now=timezone.now()) == 0
    assert duty.follow_roster(now=start + 9 * HOUR) == 1
    assert not told()
    duty.follow_roster(now=timezone.now())
    duty.remove_shift(shift=shift, actor=None)
    assert not told()


def test_who_manages_a_unit_keeps_its_roster_in_the_console(unit: Unit) -> None:
    user, stranger = person("one"), person("two", city.SOUTH.code)
    path = f"/api/v1/units/{unit.pk}"
    town, patrol = Client(), Client()
    for client, username in ((town, "town"), (patrol, "patrol")):
        client.force_login(User.objects.get(username=username), BACKEND)

    def send(where: str, body: dict[str, Any], client: Client = town) -> Any:
        return client.post(f"{path}/{where}", body, content_type="application/json")

    names = [one["name"] for one in town.get(f"{path}/candidates").json()]
    assert user.display_name in names
    assert stranger.display_name not in names
    assert send("members", {"user": stranger.pk}).status_code == 422
    roster = send("members", {"user": user.pk}).json()
    assert [(one["name"], one["on_duty_since"]) for one in roster["members"]] == [
        (user.display_name, None)
    ]
    duty.set_duty(user=user, on=True)
    start = timezone.now().replace(microsecond=0) + HOUR
    times = {"starts_at": start.isoformat(), "ends_at": (start + 8 * HOUR).isoformat(), "days": 3}
    for _again in range(2):
        roster = send("shifts", times).json()
    assert len(roster["shifts"]) == 3
    assert send("shifts", {**times, "ends_at": start.isoformat()}).status_code == 422
    seen = patrol.get(f"{path}/roster").json()
    assert (seen["on_duty"], seen["may_manage"]) == (True, False)
    assert seen["members"][0]["on_duty_since"]
    for where, body in (("members", {"user": user.pk}), ("shifts", times)):
        assert send(where, body, patrol).status_code == 403
    assert patrol.delete(f"{path}/shifts/{roster['shifts'][0]['id']}").status_code == 403
    left = town.delete(f"{path}/shifts/{roster['shifts'][0]['id']}").json()["shifts"]
    assert len(left) == 2
    gone = town.delete(f"{path}/members/{seen['members'][0]['id']}").json()
    assert (gone["members"], gone["on_duty"]) == ([], False)
    subjects = AuditEntry.objects.filter(action="unit.roster_set").values_list(
        "actor__username", flat=True
    )
    assert list(subjects) == ["town"] * 4


def test_skills_are_known_ones_each_once(unit: Unit) -> None:
    for wrong in (["flying"], ["fire", "fire"], "fire"):
        unit.skills = wrong
        with pytest.raises(ValidationError):
            save_unit(unit=unit)
    unit.skills = ["fire", "rescue"]
    save_unit(unit=unit)
    assert unit_data(now_of(unit)).skills == (Skill.FIRE, Skill.RESCUE)


# -- admin pages -------------------------------------------------------------------------------------


@pytest.fixture
def keeper() -> Client:
    """The administrator of the southern township, signed in."""
    client = Client(HTTP_ACCEPT_LANGUAGE="en")
    client.force_login(User.objects.get(username="admin2"))
    return client


def test_members_are_given_and_taken_where_one_manages(keeper: Client, unit: Unit) -> None:
    southern = Unit.objects.filter(jurisdiction_id=city.SOUTH.code).first()
    assert southern is not None
    user, stranger = person("southerner", city.SOUTH.code), person("easterner")
    path = "/admin/units/unitmember/"
    page = keeper.get(f"{path}add/").content.decode()
    assert "southerner" in page
    assert "easterner" not in page
    assert unit.name not in page
    for wrong in ({"unit": unit.pk, "user": user.pk}, {"unit": southern.pk, "user": stranger.pk}):
        assert keeper.post(f"{path}add/", wrong).status_code == 200
    assert not UnitMember.objects.exists()
    answer = keeper.post(f"{path}add/", {"unit": southern.pk, "user": user.pk})
    assert answer.status_code == 302
    member = UnitMember.objects.get()
    assert (member.unit_id, member.user_id) == (southern.pk, user.pk)
    assert "southerner" in keeper.get(path).content.decode()
    answer = keeper.post(f"{path}{member.pk}/delete/", {"post": "yes"})
    assert answer.status_code == 302
    assert not UnitMember.objects.exists()


def test_a_shift_is_put_on_the_roster(keeper: Client) -> None:
    southern = Unit.objects.filter(jurisdiction_id=city.SOUTH.code).first()
    assert southern is not None
    times = {
        "starts_at_0": "2026-11-22",
        "starts_at_1": "08:00",
        "ends_at_0": "2026-11-22",
        "ends_at_1": "20:00",
    }
    answer = keeper.post("/admin/units/shift/add/", {"unit": southern.pk, **times})
    assert answer.status_code == 302, answer.content.decode()[:2000]
    shift = Shift.objects.get()
    assert shift.ends_at - shift.starts_at == 12 * HOUR
    backwards = {**times, "ends_at_1": "07:00"}
    answer = keeper.post("/admin/units/shift/add/", {"unit": southern.pk, **backwards})
    assert answer.status_code == 200
    assert Shift.objects.count() == 1


def test_a_units_skills_are_ticked(keeper: Client) -> None:
    southern = Unit.objects.filter(jurisdiction_id=city.SOUTH.code).first()
    assert southern is not None
    facts = {
        "name": southern.name,
        "kind": southern.kind,
        "jurisdiction": city.SOUTH.code,
        "status": southern.status,
        "skills": ["fire", "mediation"],
    }
    answer = keeper.post(f"/admin/units/unit/{southern.pk}/change/", facts)
    assert answer.status_code == 302, answer.content.decode()[:3000]
    assert now_of(southern).skills == ["fire", "mediation"]
