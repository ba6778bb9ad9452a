"""Alarms that nobody acknowledges: the worker's look, what the feed and the history say of it, and who is called."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from command_center.accounts.models import User
from command_center.accounts.scope import Scope
from command_center.feed import services as feed
from command_center.feed.models import FeedEvent
from dispatch.push.models import Message
from iot_bridge.alarms import acknowledging, acts, escalation
from iot_bridge.alarms.configuration import save_escalation
from iot_bridge.alarms.models import Alarm, AlarmChange, AlarmEscalation
from iot_bridge.alarms.rows import flags_of, put_flags, save
from iot_bridge.alarms.services import Subject, Verdict, apply_verdicts
from iot_bridge.devices.models import Device
from iot_bridge.rules import lifecycle
from iot_bridge.rules.conditions import Condition
from iot_bridge.rules.evaluate import Raise
from tests.support import city, deeds

pytestmark = pytest.mark.django_db

VILLAGE = city.EAST.villages[0]


@pytest.fixture
def _city() -> None:
    deeds.seed()


def raise_on(device: Device, condition: Condition, at: datetime) -> Alarm:
    subject = Subject(device.id, device.name, device.kind, device.jurisdiction_id, "", None, None)
    with feed.transaction() as publication:
        apply_verdicts(publication, [Verdict(subject, Raise(condition), at)])
    return Alarm.objects.get(device=device, condition=condition, open=True)


def devices() -> list[Device]:
    return list(Device.objects.filter(jurisdiction_id=VILLAGE).order_by("id"))


def look(at: datetime) -> tuple[int, int]:
    return escalation.escalate(now=at)


def open_messages() -> list[tuple[Any, ...]]:
    rows = Message.objects.filter(alarm_id__isnull=False, ended_at=None).order_by("id")
    return list(rows.values_list("code", "alarm_id"))


@pytest.mark.usefixtures("_city")
def test_it_goes_up_to_the_top_and_ends_with_the_acknowledgement() -> None:
    begun = timezone.now()
    alarm = raise_on(devices()[0], Condition.FORCED_OPEN, begun)
    minute = timedelta(minutes=1)
    assert look(begun + minute / 2) == (0, 0)
    assert look(begun + minute) == (1, 0)
    assert look(begun + minute) == (0, 0)
    assert [code for code, _alarm in open_messages()] == [VILLAGE]
    assert look(begun + 3 * minute) == (1, 1)
    assert look(begun + 7 * minute) == (1, 1)
    alarm.refresh_from_db()
    assert (alarm.level, alarm.escalated_at) == (city.CITY, begun + 6 * minute)
    kinds = list(FeedEvent.objects.filter(kind__startswith="alarm.").values_list("kind", flat=True))
    assert kinds == ["alarm.raised", "alarm.reminded", "alarm.escalated", "alarm.escalated"]
    history = AlarmChange.objects.filter(alarm=alarm, change="escalated").order_by("id")
    assert [row.detail["level"] for row in history] == [city.EAST.code, city.CITY]
    assert {code for code, _alarm in open_messages()} == {VILLAGE, city.EAST.code, city.CITY}
    people = set(
        Message.objects.get(code=city.CITY, alarm_id=alarm.pk).deliveries.values_list(
            "user__username", flat=True
        )
    )
    assert {"city", "city2"} <= people
    assert "town" not in people
    acknowledging.acknowledge(
        ids=[alarm.pk], scope=Scope((city.CITY,)), actor=User.objects.get(username="city")
    )
    assert open_messages() == []
    assert look(begun + timedelta(days=1)) == (0, 0)


@pytest.mark.usefixtures("_city")
def test_a_flood_of_reminders_is_one_message_for_each_level() -> None:
    begun = timezone.now()
    alarms = [raise_on(device, Condition.FORCED_OPEN, begun) for device in devices()[:4]]
    raise_on(devices()[0], Condition.DOOR_HELD, begun)
    assert look(begun + timedelta(minutes=1)) == (len(alarms), 0)
    message = Message.objects.get(alarm_id__isnull=False)
    assert message.code == VILLAGE
    assert str(len(alarms)) in message.title
    assert all(row.reminders == 1 for row in Alarm.objects.filter(severity=1))


@pytest.mark.usefixtures("_city")
def test_what_is_kept_quiet_waits_and_begins_anew() -> None:
    begun = timezone.now()
    alarm = raise_on(devices()[0], Condition.FORCED_OPEN, begun)
    until = begun + timedelta(minutes=20)
    Alarm.objects.filter(pk=alarm.pk).update(suppressed_by="device_offline")
    assert look(until) == (0, 0)
    alarm.refresh_from_db()
    step = lifecycle.suppress(flags_of(alarm), False)
    assert step is not None
    put_flags(alarm, step.flags, at=until)
    save(alarm)
    assert look(until + timedelta(seconds=59)) == (0, 0)
    assert look(until + timedelta(seconds=60)) == (1, 0)


@pytest.mark.usefixtures("_city")
def test_a_policy_holds_for_what_waits_already_and_blue_is_never_called() -> None:
    begun, admin = timezone.now(), User.objects.get(username="admin")
    alarm = raise_on(devices()[0], Condition.DOOR_HELD, begun)
    raise_on(devices()[1], Condition.FAULT, begun)
    assert look(begun + timedelta(minutes=5)) == (0, 0)
    row = AlarmEscalation(
        severity=3,
        condition="door_held",
        remind_minutes=None,
        repeat_minutes=None,
        escalate_minutes=4,
    )
    save_escalation(row=row, actor=admin)
    assert look(begun + timedelta(minutes=5)) == (0, 1)
    alarm.refresh_from_db()
    assert alarm.level == city.EAST.code
    assert look(begun + timedelta(days=2)) == (0, 1)


@pytest.mark.usefixtures("_city")
def test_who_is_given_an_alarm_hears_of_it_until_it_is_seen() -> None:
    alarm = raise_on(devices()[0], Condition.FORCED_OPEN, timezone.now())
    dispatcher, officer = (User.objects.get(username=name) for name in ("city", "town"))
    scope = Scope((city.CITY,))
    acts.assign(alarm_id=alarm.pk, scope=scope, actor=dispatcher, assignee=dispatcher.pk)
    assert open_messages() == []
    acts.assign(alarm_id=alarm.pk, scope=scope, actor=dispatcher, assignee=officer.pk)
    message = Message.objects.get(alarm_id=alarm.pk)
    assert set(message.deliveries.values_list("user", flat=True)) == {officer.pk}
    acknowledging.acknowledge(ids=[alarm.pk], scope=scope, actor=officer)
    assert open_messages() == []
