"""Teams that use OwnTracks: where they are while on duty, and nothing else, over HTTP and MQTT alike."""

from __future__ import annotations

import base64
import json
import queue
import threading
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from command_center.accounts.models import Post, User
from command_center.accounts.policy import Role
from command_center.audit.models import AuditEntry
from command_center.feed.models import FeedEvent
from command_center.jurisdictions.models import Jurisdiction
from command_center.variables import BrokerUrl
from dispatch.owntracks import services, subscriber
from dispatch.owntracks.models import TrackingLogin
from dispatch.owntracks.subscriber import receive
from dispatch.units import duty
from dispatch.units.models import Shift, Unit, UnitMember
from iot_bridge.devices.broker_files import current_files
from iot_bridge.intake.decoding import Received
from iot_bridge.runner.broker import BrokerLogin
from iot_bridge.runner.link import Delivery

pytestmark = pytest.mark.django_db
CITY, EAST, SOUTH = "640181", "640181100", "640181101"
PAGE = "/admin/owntracks/trackinglogin/"
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def _city() -> None:
    for code, level, parent in (
        (CITY, "city", None), (EAST, "township", CITY), (SOUTH, "township", CITY)
    ):  # fmt: skip
        Jurisdiction.objects.create(code=code, name=code, level=level, parent_id=parent)


def team(code: str = EAST, name: str = "环卫一队") -> Unit:
    return Unit.objects.create(
        name=name,
        kind="department",
        jurisdiction_id=code,
        status="available",
        updated_at=timezone.now(),
    )


def on_shift(unit: Unit, *, since: timedelta = HOUR) -> Shift:
    now = timezone.now()
    return Shift.objects.create(unit=unit, starts_at=now - since, ends_at=now + HOUR)


def member(unit: Unit, *, on_duty: bool) -> UnitMember:
    user = User.objects.create(username=f"member-{unit.pk}")
    since = timezone.now() - HOUR if on_duty else None
    return UnitMember.objects.create(unit=unit, user=user, on_duty_since=since)


class Phone:
    """A telephone with the app, and its login."""

    def __init__(self, unit: Unit) -> None:
        self.row = TrackingLogin(unit=unit)
        self.password = services.issue(row=self.row, actor=None)
        self.unit = unit

    def post(self, body: bytes, *, password: str | None = None) -> Any:
        login = f"{self.row.login}:{self.password if password is None else password}"
        return Client(enforce_csrf_checks=True).post(
            "/owntracks",
            body,
            content_type="application/json",
            headers={"Authorization": f"Basic {base64.b64encode(login.encode()).decode()}"},
        )

    def say(self, lat: float = 38.1, *, ago: timedelta = timedelta(0), **facts: Any) -> Any:
        return self.post(location(lat, ago=ago, **facts))

    def position(self) -> tuple[float, float] | None:
        return Unit.objects.get(pk=self.unit.pk).position


def location(lat: float = 38.1, *, ago: timedelta = timedelta(0), **facts: Any) -> bytes:
    tst = int((timezone.now() - ago).timestamp())
    message = {"_type": "location", "lat": lat, "lon": 106.3, "tst": tst, "tid": "p1", **facts}
    return json.dumps(message).encode()


def test_on_duty_the_last_location_is_the_units_position() -> None:
    phone = Phone(team())
    on_shift(phone.unit)
    answer = phone.say(38.1, ago=timedelta(minutes=5), batt=80, SSID="somebody's home")
    assert (answer.status_code, answer.json()) == (200, [])
    assert phone.position() == (106.3, 38.1)
    event = FeedEvent.objects.get(kind="unit.changed")
    assert (event.code, json.loads(event.data)["lat"]) == (EAST, 38.1)
    phone.say(38.2, batt=79)
    assert phone.position() == (106.3, 38.2)
    phone.row.refresh_from_db()
    assert phone.row.battery == 79
    assert phone.row.last_at


def test_an_older_location_never_overwrites_a_newer_one() -> None:
    phone = Phone(team())
    on_shift(phone.unit)
    phone.say(38.2, ago=timedelta(minutes=1))
    for ago in (timedelta(minutes=2), timedelta(hours=2)):
        assert phone.say(38.1, ago=ago).json() == []
    assert phone.position() == (106.3, 38.2)


def test_off_duty_nothing_is_kept() -> None:
    phone = Phone(team())
    answer = phone.say()
    assert (answer.status_code, answer.json()) == (200, [])
    on_shift(phone.unit, since=timedelta(minutes=1))
    phone.say(ago=timedelta(minutes=2))  # from before the shift
    assert phone.position() is None
    phone.row.refresh_from_db()
    assert (phone.row.last_at, phone.row.battery) == (None, None)
    assert not FeedEvent.objects.exists()


def test_of_a_team_with_members_their_own_switch_decides() -> None:
    phone = Phone(team())
    on_shift(phone.unit)
    membership = member(phone.unit, on_duty=False)
    phone.say()
    assert phone.position() is None
    UnitMember.objects.update(on_duty_since=timezone.now() - HOUR)
    phone.say(38.2)
    assert phone.position() == (106.3, 38.2)
    Post.objects.create(user=membership.user, role=Role.PATROL, jurisdiction_id=EAST)
    duty.set_duty(user=membership.user, on=False)
    phone.say(38.3)
    assert phone.position() is None


def test_the_position_goes_with_the_shift() -> None:
    phone = Phone(team())
    shift = on_shift(phone.unit)
    phone.say()
    assert duty.forget_stray_positions() == 0
    Shift.objects.filter(pk=shift.pk).update(ends_at=timezone.now())
    assert duty.forget_stray_positions() == 1
    assert phone.position() is None


def test_a_clock_ahead_and_a_coarse_fix() -> None:
    phone = Phone(team())
    on_shift(phone.unit)
    assert phone.say(38.4, acc=5000).json() == []
    assert phone.position() is None
    phone.say(38.1, ago=-HOUR)
    at = Unit.objects.get(pk=phone.unit.pk).position_at
    assert at is not None
    assert at <= timezone.now()


def test_junk_is_refused_with_its_reason_and_other_messages_are_taken_for_read() -> None:
    phone = Phone(team())
    on_shift(phone.unit)
    for body, why in ((b"{", "not JSON"), (b'{"_type":"location"}', "lon"), (b"[]", "object")):
        answer = phone.post(body)
        assert answer.status_code == 400
        assert why in answer.content.decode()
    assert phone.say(lat=95).status_code == 400
    for body in (b'{"_type":"lwt","tst":1}', b'{"_type":"encrypted","data":"x"}'):
        answer = phone.post(body)
        assert (answer.status_code, answer.json()) == (200, [])
    assert phone.position() is None
    assert Client().get("/owntracks").status_code == 405


def test_who_may_say_where_a_team_is() -> None:
    phone, other = Phone(team()), Phone(team(name="环卫二队"))
    on_shift(phone.unit)
    for wrong in ("", "x", other.password):
        answer = phone.post(location(), password=wrong)
        assert (answer.status_code, answer["WWW-Authenticate"][:5]) == (401, "Basic")
    for header in ("", "Basic", "Basic !!", "Basic w6k=", "Bearer x", "Basic AAA="):
        answer = Client().post(
            "/owntracks", location(), "application/json", headers={"Authorization": header}
        )
        assert answer.status_code == 401, header
    TrackingLogin.objects.filter(pk=phone.row.pk).update(in_use=False)
    assert phone.say().status_code == 401
    assert phone.position() is None
    assert phone.password not in str(TrackingLogin.objects.values())


def test_over_mqtt_the_same_holds(settings: Any) -> None:
    phone = Phone(team())
    topic = f"owntracks/{phone.row.login}/phone"
    assert not receive(topic, location())
    on_shift(phone.unit)
    for wrong in (f"{topic}/event", "owntracks/unit-0/phone", "owntracks/x"):
        assert not receive(wrong, location())
    assert not receive(topic, b"{")
    assert not receive(topic, b'{"_type":"lwt","tst":1}')
    assert receive(topic, location())
    assert phone.position() == (106.3, 38.1)


class Line:
    """In place of the line to the broker: what arrives, and what was acknowledged."""

    problem = ""

    def __init__(self, stop: threading.Event, *messages: tuple[str, bytes]) -> None:
        self.arrivals: queue.SimpleQueue[Delivery] = queue.SimpleQueue()
        self.acknowledged: list[int] = []
        self._stop, self._count = stop, len(messages)
        for mid, (topic, payload) in enumerate(messages):
            self.arrivals.put(Delivery(Received(topic, payload, 0, retained=True), 1, mid, 1))

    def start(self) -> None:
        """Stands already."""

    def stop(self) -> None:
        """Nothing to close."""

    def alive(self) -> bool:
        return True

    def acknowledge(self, deliveries: list[Delivery]) -> None:
        self.acknowledged += [delivery.mid for delivery in deliveries]
        if len(self.acknowledged) == self._count:
            self._stop.set()


def test_the_subscriber_takes_what_it_can_and_acknowledges_all(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    phone, stop = Phone(team()), threading.Event()
    on_shift(phone.unit)
    topic = f"owntracks/{phone.row.login}/phone"
    line = Line(stop, (topic, b"{"), (topic, location(38.4)), ("owntracks/x/y", location()))
    monkeypatch.setattr(subscriber, "BrokerLink", lambda **_: line)
    monkeypatch.setattr(subscriber, "close_old_connections", lambda: None)
    login = BrokerLogin("127.0.0.1", 1883, None, None)
    subscriber.Subscriber(login=login, stop=stop).run()
    assert line.acknowledged == [0, 1, 2]
    assert phone.position() == (106.3, 38.4)


def test_at_the_broker_a_team_writes_its_own_topics_only(settings: Any) -> None:
    phone = Phone(team())
    files = current_files(BrokerUrl("localhost", 1883, "bridge", "secret"))
    login = phone.row.login
    assert f"user {login}\ntopic write owntracks/{login}/#\n\n" in files.acl
    assert f"{login}:$7$" in files.passwd
    bridge = files.acl.partition("user bridge\n")[2].partition("\n\n")[0]
    assert "topic read owntracks/+/+" in bridge
    TrackingLogin.objects.update(in_use=False)
    assert login not in current_files(BrokerUrl("localhost", 1883)).acl


# -- giving out logins -----------------------------------------------------------------------------


def enter(code: str) -> Client:
    user = User.objects.create(username=f"keeper-{code}", is_staff=True)
    Post.objects.create(user=user, role=Role.ADMINISTRATOR, jurisdiction_id=code)
    client = Client(HTTP_ACCEPT_LANGUAGE="en")
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    return client


def shown(page: Any) -> list[str]:
    assert page.status_code == 200
    assert "no-store" in page["Cache-Control"]
    parts = page.content.decode().split("<td><code>")[1:]
    return [part.partition("</code>")[0] for part in parts]


def test_a_password_is_shown_once() -> None:
    keeper, unit = enter(EAST), team()
    phone = Phone.__new__(Phone)
    address, login, phone.password, _topic = shown(keeper.post(f"{PAGE}add/", {"unit": unit.pk}))
    assert address.endswith("/owntracks")
    assert login == f"unit-{unit.pk}"
    phone.row, phone.unit = TrackingLogin.objects.get(), unit
    assert phone.say().status_code == 200
    row = f"{PAGE}{phone.row.pk}"
    for page in (PAGE, f"{row}/change/", f"{row}/password/", f"{row}/history/"):
        assert phone.password not in keeper.get(page).content.decode()
    first = phone.password
    phone.password = shown(keeper.post(f"{row}/password/"))[2]
    assert phone.say().status_code == 200
    assert phone.post(location(), password=first).status_code == 401
    assert keeper.post(f"{row}/change/", {}).status_code == 302
    assert phone.say().status_code == 401
    assert keeper.post(f"{row}/delete/", {"post": "yes"}).status_code == 302
    assert not TrackingLogin.objects.exists()
    told = AuditEntry.objects.filter(action="unit.tracker_issued", code=EAST)
    assert told.count() == 4


def test_logins_belong_to_who_manages_the_unit() -> None:
    unit = team()
    phone = Phone(unit)
    south = enter(SOUTH)
    assert unit.name not in south.get(PAGE).content.decode()
    before = phone.row.password_hash
    for page in ("change", "password", "delete"):
        answer = south.post(f"{PAGE}{phone.row.pk}/{page}/", {"post": "yes"})
        assert answer.status_code == 302
    assert south.post(f"{PAGE}add/", {"unit": team(name="三队").pk}).status_code == 200
    assert TrackingLogin.objects.get().password_hash == before
