"""Chattering and grouped alarms through the bridge's own services, and across its restart."""

from __future__ import annotations

import json

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from command_center.accounts.models import User
from command_center.accounts.policy import Permission, Role
from command_center.accounts.scope import Scope
from command_center.accounts.services import PostAt, create_account
from command_center.audit.models import AuditEntry
from command_center.feed import selectors as feed_selectors
from command_center.feed import services as feed
from dispatch.incidents import reporting
from iot_bridge.alarms import configuration, groups
from iot_bridge.alarms.acknowledging import acknowledge
from iot_bridge.alarms.models import Alarm, AlarmGroup, CorrelationRule
from iot_bridge.intake import services
from iot_bridge.intake.decoding import Addressed, Decoder, Received
from iot_bridge.intake.registry import DeviceRegistry, Shard
from iot_bridge.intake.work import Work
from tests.support import city, deeds
from tests.support.consoles import State, apply, unfold

NOW = 1_763_740_800_000
VILLAGE, NEIGHBOUR = city.EAST.villages[:2]
HERE = Scope((city.EAST.code,))
AT_DOOR = (("smoke-1", "smoke"), ("panic-1", "panic_button"), ("gate-1", "face_gate"))


class Bridge:
    """A bridge that takes one message per transaction; `restart` leaves it nothing but the database."""

    def __init__(self) -> None:
        self.now = NOW
        self._number = 0
        self.restart()

    def restart(self) -> None:
        self.registry = DeviceRegistry(Shard())
        self.registry.load()
        self._decoder = Decoder(self.registry)

    def hear(self, *said: tuple[str, str], **data: object) -> None:
        messages = [one for device, type_ in said for one in self._message(device, type_, data)]
        self._commit(Work(messages=messages, now_ms=self.now))

    def wait(self, seconds: int) -> None:
        self.now += seconds * 1000
        due = [entry for entry in self.registry.entries() if entry.due_ms <= self.now]
        self._commit(Work(due=due, now_ms=self.now, watch_silence=False))

    def _commit(self, work: Work) -> None:
        services.adopt(services.commit(work), silence_from_ms=self.now)

    def _message(self, device: str, type_: str, data: dict[str, object]) -> list[Addressed]:
        self._number += 1
        entry = self.registry.by_id(device)
        assert entry is not None
        topic = city.DeviceFacts(device, "", str(entry.kind), entry.subject.code).topic
        body = {"event_id": str(self._number), "ts": self.now, "type": type_, "data": data}
        received = Received(f"{topic}/event", json.dumps(body).encode(), self.now)
        return self._decoder.decode(received).messages


@pytest.fixture
def bridge(db: None) -> Bridge:
    """The devices at one door of a village, and one of the same site's name in the next."""
    with feed.transaction():
        for code, name in city.jurisdictions():
            deeds.set_jurisdiction(code=code, name=name)
        rows = [[id_, "东门", kind, VILLAGE, "canonical", ""] for id_, kind in AT_DOOR]
        rows.append(["gate-far", "东门", "face_gate", NEIGHBOUR, "canonical", ""])
        deeds.register(devices=rows)
    return Bridge()


@pytest.fixture
def officer(db: None) -> User:
    """Who acts here."""
    return create_account(
        username="officer",
        name="officer",
        password=city.PASSWORD,
        posts=[PostAt(Role.TOWNSHIP_OFFICER, city.EAST.code)],
    )


def law(before: feed_selectors.EncodedSnapshot) -> State:
    """Snapshot + events = fresh snapshot; returns that."""
    scopes = {Permission.ALARMS_VIEW: HERE}
    events = feed_selectors.events_after(before.seq)
    fresh = unfold(json.loads(feed_selectors.snapshot(scopes).json)["state"])
    folded = unfold(json.loads(before.json)["state"])
    for event in events:
        if event.kind.startswith("alarm."):
            apply(folded, {"kind": event.kind, "data": json.loads(event.data)})
    assert folded["alarms"] == fresh["alarms"]
    return fresh


def snapshot() -> feed_selectors.EncodedSnapshot:
    return feed_selectors.snapshot({Permission.ALARMS_VIEW: HERE})


def test_a_chattering_device_is_one_alarm_held_until_it_is_quiet(bridge: Bridge) -> None:
    before = snapshot()
    for turn in range(5):
        bridge.hear(("smoke-1", "alarm"))
        bridge.hear(("smoke-1", "normal"))
        bridge.wait(6)
        if turn == 2:
            bridge.restart()  # what it knows of the chatter is in the database
    alarm = Alarm.objects.get()
    assert (alarm.active, alarm.chattering) == (True, True)
    law(before)
    bridge.restart()
    bridge.wait(61)
    alarm.refresh_from_db()
    assert (alarm.active, alarm.chattering, alarm.count) == (False, False, 5)
    steps = [row.change for row in alarm.changes.all()]
    assert steps[-2:] == ["settled", "cleared"]
    assert steps.count("chattering") == 1
    law(before)


def test_gate_and_panic_in_two_batches_are_one_event(bridge: Bridge, officer: User) -> None:
    rule = CorrelationRule.objects.filter(code="smoke_panic")
    rule.update(conditions=["forced_open", "panic"])
    before = snapshot()
    bridge.hear(("gate-1", "forced_open"), ("gate-far", "forced_open"), active=True)
    bridge.restart()
    bridge.wait(20)
    bridge.hear(("panic-1", "pressed"))
    group = AlarmGroup.objects.get()
    assert (group.rule, group.severity, group.code) == ("smoke_panic", 1, VILLAGE)
    members = set(group.alarms.values_list("device_id", flat=True))
    assert members == {"gate-1", "panic-1"}
    shown = law(before)["alarms"].values()
    marks = {one["device_id"]: one["group"] for one in shown}
    assert marks["gate-far"] is None
    assert marks["gate-1"] == marks["panic-1"] == {
        "id": group.id, "rule": "smoke_panic", "name": "烟感报警与紧急按钮", "severity": 1
    }  # fmt: skip
    ids = list(group.alarms.values_list("id", flat=True))
    acknowledge(ids=ids, scope=HERE, actor=officer)
    assert AuditEntry.objects.filter(action="alarm.acknowledged").count() == 2
    assert AlarmGroup.objects.filter(ended_at=None).exists()  # the gate is open still
    bridge.hear(("gate-1", "pass"))
    assert not AlarmGroup.objects.filter(ended_at=None).exists()
    assert group.alarms.count() == 2
    law(before)


def test_too_late_is_no_event_and_a_repeat_makes_it_one(bridge: Bridge) -> None:
    bridge.hear(("panic-1", "pressed"))
    bridge.wait(121)
    bridge.hear(("smoke-1", "alarm"))
    assert not AlarmGroup.objects.exists()
    bridge.hear(("panic-1", "pressed"))
    assert AlarmGroup.objects.get().alarms.count() == 2


def test_promoting_one_takes_the_whole_event(bridge: Bridge, officer: User) -> None:
    bridge.hear(("smoke-1", "alarm"), ("panic-1", "pressed"))
    bridge.hear(("gate-1", "forced_open"), active=True)
    alarm = Alarm.objects.get(device_id="smoke-1")
    scope = Scope((city.EAST.code,))
    incident = reporting.promote(alarm_ids=[alarm.id], scope=scope, user=officer)
    assert incident.severity == 1
    grouped = Alarm.objects.filter(group=alarm.group_id).values_list("id", flat=True)
    assert set(incident.alarms.values_list("alarm_id", flat=True)) == set(grouped)


def test_a_rule_holds_from_the_next_alarm_on(bridge: Bridge, officer: User) -> None:
    deeds.set_jurisdiction(code=city.EAST.code[:6], name="市")
    rule = CorrelationRule.objects.get(code="lane_forced")
    rule.conditions = ["smoke", "forced_open"]
    configuration.save_rule(rule=rule, actor=officer)
    CorrelationRule.objects.exclude(pk=rule.pk).update(enabled=False)
    assert [one.code for one in groups.rules_in_use()] == ["lane_forced"]
    bridge.hear(("smoke-1", "alarm"))
    bridge.hear(("gate-1", "forced_open"), active=True)
    assert AlarmGroup.objects.get().rule == "lane_forced"
    rule.conditions = ["smoke", "earthquake"]
    with pytest.raises(ValidationError, match="earthquake"):
        configuration.save_rule(rule=rule, actor=officer)


def test_groups_that_meet_become_one(bridge: Bridge) -> None:
    bridge.hear(("smoke-1", "alarm"), ("panic-1", "pressed"), ("gate-1", "tamper"))
    first = AlarmGroup.objects.get()
    at = timezone.now()
    other = AlarmGroup.objects.create(rule="x", name="x", severity=3, code=VILLAGE, raised_at=at)
    Alarm.objects.filter(device_id="gate-1").update(group=other, group_rule="x", group_severity=3)
    Alarm.objects.filter(device_id="panic-1").update(group=None)
    bridge.hear(("panic-1", "pressed"))
    assert {alarm.group_id for alarm in Alarm.objects.all()} == {first.id}
    other.refresh_from_db()
    assert other.ended_at is not None


def test_what_ends_and_begins_anew_in_one_batch_is_two_alarms_in_order(
    bridge: Bridge, officer: User
) -> None:
    bridge.hear(("smoke-1", "alarm"), ("gate-1", "forced_open"), active=True)
    known = list(Alarm.objects.order_by("id"))
    acknowledge(ids=[one.id for one in known], scope=HERE, actor=officer)
    before = snapshot()
    bridge.hear(("gate-far", "tamper"), ("gate-1", "pass"), ("gate-1", "forced_open"), active=True)
    old, new = Alarm.objects.filter(device_id="gate-1").order_by("id")
    far = Alarm.objects.get(device_id="gate-far")
    assert (old.open, old.condition, new.open) == (False, "forced_open", True)
    assert [row.change for row in old.changes.order_by("id")][-1] == "closed"
    assert new.changes.earliest("id").change == "raised"
    assert far.id < new.id  # in the order in which they were heard
    events = [
        (event.kind, json.loads(event.data)["id"])
        for event in feed_selectors.events_after(before.seq)
        if event.kind.startswith("alarm.")
    ]
    assert events == [("alarm.closed", old.id), ("alarm.raised", far.id), ("alarm.raised", new.id)]
    law(before)
