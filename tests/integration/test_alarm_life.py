"""The life of alarms, whatever happens: a model of a few lines against the real service on a real database.

The model knows nothing of transitions: it keeps facts (what is active, seen, told, shelved until when, which
windows run) and says what must be so. After every step the rows, the histories and the feed are compared.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, cast
from unittest import mock

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from command_center.accounts.models import User
from command_center.accounts.policy import Role
from command_center.accounts.scope import Scope
from command_center.accounts.services import PostAt, create_account
from command_center.feed import services as feed
from command_center.feed.models import FeedEvent
from command_center.feed.sections import section_of, sections
from iot_bridge.alarms import acts
from iot_bridge.alarms.acknowledging import acknowledge
from iot_bridge.alarms.models import Alarm, AlarmChange
from iot_bridge.alarms.services import Subject, Verdict, apply_verdicts
from iot_bridge.devices.models import Device
from iot_bridge.maintenance import services as maintenance
from iot_bridge.maintenance.models import MaintenanceWindow
from iot_bridge.rules.evaluate import Clear, Raise
from iot_bridge.rules.lifecycle import RefusedError
from tests.support import city, deeds

ALL = Scope((city.CITY,))
PLACE = city.EAST.villages[0]
DEVICES = {"life-gate": "face_gate", "life-smoke": "smoke", "life-button": "panic_button"}
KEYS = (
    ("life-gate", "forced_open"),
    ("life-gate", "door_held"),
    ("life-smoke", "smoke"),
    ("life-button", "panic"),
)
"""Few, so that a short walk comes far with each."""
EXPLAINS = {"forced_open": ("door_held", "device"), "smoke": ("door_held", "site")}
SHARED = ("alarms", "devices", "windows")
SWITCHES = {
    "shelved": ("shelved", True), "unshelved": ("shelved", False),
    "out_of_service": ("out", True), "in_service": ("out", False),
    "suppressed": ("suppressed", True), "unsuppressed": ("suppressed", False),
}  # fmt: skip

Key = tuple[str, str]
keys = st.sampled_from(KEYS)


@dataclass
class Told:
    """What is known of one open alarm."""

    active: bool = True
    seen: bool = False
    latched: bool = False
    told: bool = False
    silent: bool = False
    count: int = 1
    shelf: datetime | None = None
    has: str = ""
    comments: int = 0


@dataclass
class Model:
    """The facts, and what follows from them."""

    alarms: dict[Key, Told] = field(default_factory=dict)
    windows: dict[int, tuple[str | None, datetime, datetime]] = field(default_factory=dict)

    def out(self, key: Key, now: datetime) -> bool:
        device = key[0]
        return any(
            begins <= now < ends and which in (None, device)
            for which, begins, ends in self.windows.values()
        )

    def cause(self, key: Key, now: datetime) -> str:
        for condition, (target, reach) in EXPLAINS.items():
            for other, alarm in self.alarms.items():
                near = reach == "site" or other[0] == key[0]
                explains = other[1] == condition and target == key[1] and near
                if explains and alarm.active and not self.out(other, now):
                    return condition
        return ""

    def follow(self, now: datetime) -> None:
        """Bring everything into line with the facts."""
        for key, alarm in self.alarms.items():
            alarm.shelf = alarm.shelf if alarm.shelf and alarm.shelf > now else None
            silent = bool(alarm.shelf or self.out(key, now) or self.cause(key, now))
            if alarm.silent and not silent:
                if alarm.active:
                    alarm.seen = False
                elif not alarm.told and not alarm.latched:
                    alarm.seen = True
            alarm.silent = silent
            alarm.told = alarm.told or not silent
        self.alarms = {key: alarm for key, alarm in self.alarms.items() if self.lives(alarm)}

    @staticmethod
    def lives(alarm: Told) -> bool:
        return alarm.active or not alarm.seen or alarm.latched or alarm.shelf is not None


class Life(RuleBasedStateMachine):
    """See the module."""

    def __init__(self) -> None:
        super().__init__()
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        self.now = datetime(2026, 11, 22, 0, 0, tzinfo=UTC)
        self.clock = mock.patch("django.utils.timezone.now", side_effect=lambda: self.now)
        self.clock.start()
        self.model = Model()
        self.user = User.objects.get(username="city")
        self.state: dict[str, dict[Any, Mapping[str, Any]]] = {
            section.name: {item[section.key]: item for item in _fresh(section.name)}
            for section in sections()
            if section.name in SHARED
        }
        self.seq = FeedEvent.objects.order_by("-seq").values_list("seq", flat=True)[0]

    def teardown(self) -> None:
        self.clock.stop()
        transaction.set_rollback(True)
        self.atomic.__exit__(None, None, None)

    # -- what happens --------------------------------------------------------------------------

    @rule(key=keys, begins=st.booleans())
    def report(self, key: Key, begins: bool) -> None:
        self._apply(key, Raise(key[1]) if begins else Clear(key[1]))
        alarm = self.model.alarms.get(key)
        if begins and alarm is None:
            silent = self.model.out(key, self.now)
            self.model.alarms[key] = Told(silent=silent)
        elif begins and alarm is not None:
            alarm.seen = alarm.seen and alarm.active
            alarm.active, alarm.latched, alarm.count = True, False, alarm.count + 1
        elif alarm is not None and alarm.active:
            alarm.active, alarm.latched = False, key[1] == "smoke"

    @rule(key=keys)
    def see(self, key: Key) -> None:
        result = acknowledge(ids=[self._id(key)], scope=ALL, actor=self.user, note="看到")
        alarm = self.model.alarms.get(key)
        assert bool(result.acknowledged) == (alarm is not None and not alarm.seen)
        if alarm is not None and not alarm.seen:
            alarm.seen = True
            alarm.active = alarm.active and key[1] != "panic"

    @rule(key=keys)
    def reset(self, key: Key) -> None:
        alarm = self.model.alarms.get(key)
        may = alarm is not None and alarm.latched
        assert self._tried(acts.reset, key) == may
        if alarm is not None and may:
            alarm.latched = False

    @rule(key=keys, minutes=st.sampled_from([15, 60]), confirmed=st.booleans())
    def shelve(self, key: Key, minutes: int, confirmed: bool) -> None:
        until = self.now + timedelta(minutes=minutes)
        alarm = self.model.alarms.get(key)
        may = alarm is not None and (confirmed or key[1] == "door_held")
        said = {"grave": ALL, "until": until, "reason": "等人来修", "confirmed": confirmed}
        assert self._tried(acts.shelve, key, **said) == may
        if alarm is not None and may:
            alarm.shelf = until

    @rule(key=keys)
    def unshelve(self, key: Key) -> None:
        alarm = self.model.alarms.get(key)
        may = alarm is not None and alarm.shelf is not None
        assert self._tried(acts.unshelve, key) == may
        if alarm is not None:
            alarm.shelf = None

    @rule(key=keys, somebody=st.booleans())
    def assign(self, key: Key, somebody: bool) -> None:
        alarm = self.model.alarms.get(key)
        wanted = self.user.display_name if somebody else ""
        may = alarm is not None and alarm.has != wanted
        assert self._tried(acts.assign, key, assignee=self.user.pk if somebody else None) == may
        if alarm is not None:
            alarm.has = wanted

    @rule(key=keys)
    def comment(self, key: Key) -> None:
        if self._id(key):
            acts.comment(alarm_id=self._id(key), scope=ALL, actor=self.user, text="已电话核实")
        if (alarm := self.model.alarms.get(key)) is not None:
            alarm.comments += 1

    @rule(minutes=st.sampled_from([5, 20, 90]))
    def time_passes(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)
        acts.unshelve_due(now=self.now)
        maintenance.tend(now=self.now)

    @rule(
        device=st.sampled_from([None, *DEVICES]),
        begins=st.sampled_from([0, 15]),
        minutes=st.sampled_from([30, 60]),
    )
    def plan(self, device: str | None, begins: int, minutes: int) -> None:
        starts = self.now + timedelta(minutes=begins)
        ends = starts + timedelta(minutes=minutes)
        wanted = maintenance.Wanted(
            begins_at=starts,
            ends_at=ends,
            reason="年检",
            device=device,
            code=None if device else PLACE,
            beside=list(self.model.windows),
        )
        if any(
            which == device and begun < ends and starts < over and self.now < over
            for which, begun, over in self.model.windows.values()
        ):
            with pytest.raises(maintenance.WindowOverlapsError):
                maintenance.plan(wanted=wanted, scope=ALL, actor=self.user)
            return
        window = maintenance.plan(wanted=wanted, scope=ALL, actor=self.user)
        self.model.windows[window.pk] = (device, starts, ends)

    @rule(data=st.data())
    def end(self, data: st.DataObject) -> None:
        running = [
            key
            for key, (_d, starts, ends) in self.model.windows.items()
            if starts <= self.now < ends
        ]
        if running:
            key = data.draw(st.sampled_from(running))
            maintenance.end(window_id=key, scope=ALL, actor=self.user)
            self.model.windows.pop(key)

    # -- what must be so -----------------------------------------------------------------------

    @invariant()
    def the_rows_are_as_the_model_says(self) -> None:
        self.model.follow(self.now)
        rows = {(row.device_id, row.condition): row for row in Alarm.objects.filter(open=True)}
        assert rows.keys() == self.model.alarms.keys()
        for key, alarm in self.model.alarms.items():
            row = rows[key]
            found = Told(
                active=row.active,
                seen=row.acknowledged,
                latched=row.latched,
                told=row.announced,
                silent=row.shelved_until is not None
                or row.out_of_service
                or bool(row.suppressed_by),
                count=row.count,
                shelf=row.shelved_until,
                has=row.assignee_name,
                comments=row.comments,
            )
            assert found == alarm, key
            assert row.out_of_service == self.model.out(key, self.now)
            assert row.suppressed_by == self.model.cause(key, self.now)
        running = MaintenanceWindow.objects.filter(state="running").count()
        assert running == sum(
            starts <= self.now < ends for _d, starts, ends in self.model.windows.values()
        )

    @invariant()
    def the_history_tells_it(self) -> None:
        for row in Alarm.objects.all():
            changes = list(
                AlarmChange.objects.filter(alarm=row)
                .order_by("id")
                .values_list("change", flat=True)
            )
            assert changes[0] == "raised"
            assert ("closed" in changes) == (not row.open)
            flags = {"shelved": False, "out": False, "suppressed": False}
            for change in changes:
                if change in SWITCHES:
                    name, value = SWITCHES[change]
                    flags[name] = value
            assert flags["shelved"] == (row.shelved_until is not None)
            if row.open:
                assert flags["out"] == row.out_of_service
                assert flags["suppressed"] == bool(row.suppressed_by)
            assert changes.count("commented") == row.comments

    @invariant()
    def the_feed_makes_a_fresh_read(self) -> None:
        for event in FeedEvent.objects.filter(seq__gt=self.seq).order_by("seq"):
            section = section_of()[event.kind]
            data = section.item if event.kind in section.upserts else section.removals[event.kind]
            item = data.model_validate_json(event.data).model_dump(mode="json")
            section.fold(self.state[section.name], event.kind, item)
            self.seq = event.seq
        for name in SHARED:
            assert sorted(self.state[name].values(), key=lambda item: item["id"]) == _fresh(name)

    # -- helpers -------------------------------------------------------------------------------

    def _apply(self, key: Key, decision: Raise | Clear) -> None:
        device = Device.objects.get(pk=key[0])
        place = (device.longitude, device.latitude)
        subject = Subject(device.pk, device.name, device.kind, PLACE, device.site, *place)
        with feed.transaction() as publication:
            apply_verdicts(publication, [Verdict(subject, decision, self.now)])

    def _id(self, key: Key) -> int:
        rows = Alarm.objects.filter(device_id=key[0], condition=key[1]).order_by("-id")
        return rows.values_list("pk", flat=True).first() or 0

    def _tried(self, act: Any, key: Key, **said: Any) -> bool:
        """Whether an act was taken; what was refused must leave no trace, which the invariants see."""
        try:
            act(alarm_id=self._id(key), scope=ALL, actor=self.user, **said)
        except (RefusedError, acts.AlreadyAssignedError, Alarm.DoesNotExist):
            return False
        return True


@pytest.fixture
def place(db: None) -> None:
    """A village with a gate, a smoke detector and a button at one site, and somebody at the city."""
    deeds.set_jurisdiction(code=city.CITY, name="灵武市")
    deeds.set_jurisdiction(code=city.EAST.code, name=city.EAST.name)
    deeds.set_jurisdiction(code=PLACE, name="一村")
    create_account(
        username="city",
        name="市一席",
        password=city.PASSWORD,
        posts=[PostAt(Role.DISPATCHER, city.CITY)],
    )
    deeds.register(
        devices=[
            [device, "1 号院", kind, PLACE, "canonical", ""] for device, kind in DEVICES.items()
        ]
    )


def _fresh(name: str) -> list[Mapping[str, Any]]:
    section = next(one for one in sections() if one.name == name)
    items = [item.model_dump(mode="json") for item in section.read(ALL)]
    return sorted(items, key=lambda item: cast("str", item["id"]))


@pytest.mark.usefixtures("place")
def test_the_life_of_alarms_is_what_the_model_says() -> None:
    run_state_machine_as_test(
        Life,
        settings=settings(
            max_examples=25,
            stateful_step_count=30,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.explicit, Phase.generate, Phase.shrink],
        ),
    )


@pytest.mark.usefixtures("place")
def test_what_is_handed_from_one_silence_to_another_is_not_announced_in_between() -> None:
    """A walk that chance seldom finds: out of service all together, and suppressed again afterwards."""
    life = Life()
    try:
        forced, held = KEYS[0], KEYS[1]
        steps: tuple[Callable[[], None], ...] = (
            lambda: life.report(forced, True),
            lambda: life.report(held, True),
            lambda: life.see(held),
            lambda: life.plan(None, 0, 30),
            lambda: life.time_passes(90),
        )
        for step in steps:
            step()
            life.the_rows_are_as_the_model_says()
        assert life.model.alarms[held].seen
        life.report(forced, False)
        life.the_rows_are_as_the_model_says()
        assert not life.model.alarms[held].seen
    finally:
        life.teardown()
