"""Random walks through everything that changes a console's state, by the services that change it.

A walk runs in whatever Django process and database it is in. It notes snapshots of several scopes on
its way; `laws` then holds each against a fresh one: snapshot + events = fresh snapshot.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from command_center.accounts.models import User
from command_center.accounts.policy import Permission
from command_center.accounts.scope import NOWHERE, Scope, scopes_of
from command_center.accounts.selectors import posts_of
from command_center.feed import selectors
from command_center.feed import services as feed
from command_center.feed.hub import Group, events_frame
from command_center.feed.sections import sections
from command_center.feed.selectors import EncodedEvent
from command_center.jurisdictions.models import Jurisdiction
from dispatch.incidents import services as incidents
from dispatch.incidents.models import Incident
from dispatch.notices import services as notices
from dispatch.notices.selectors import to as notices_to
from dispatch.units.kinds import UnitKind, UnitStatus
from dispatch.units.models import Unit
from dispatch.units.services import remove_unit, save_unit, set_status
from iot_bridge.alarms.acknowledging import acknowledge
from iot_bridge.alarms.anchors import first_device
from iot_bridge.alarms.models import Alarm
from iot_bridge.devices.models import Device
from iot_bridge.devices.services import save_device
from iot_bridge.intake import services as intake
from iot_bridge.intake.decoding import Addressed, Decoder, Received, Rejected
from iot_bridge.intake.registry import DeviceRegistry, Shard
from iot_bridge.intake.work import Work
from iot_bridge.outages import services as outages
from iot_bridge.outages.models import OutageCause
from tests.support import casework, city, commandwork, conferencework, deeds, taskwork
from tests.support.consoles import State, apply, unfold

WATCHERS = ("city", "town", "town2", "both", "village")
START_MS = 1_763_740_800_000

MESSAGES: dict[str, tuple[tuple[str, dict[str, Any]], ...]] = {
    "face_gate": (
        ("pass", {}),
        ("denied", {}),
        ("forced_open", {"active": True}),
        ("forced_open", {"active": False}),
        ("door_held", {"active": True, "held_s": 40}),
        ("tailgating", {"people": 2}),
        ("tamper", {"active": True, "battery": 12}),
    ),
    "wifi_probe": (("count", {"count": 900}), ("count", {"count": 3}), ("battery", {"battery": 5})),
    "fire_lane": (("occupied", {"occupied": True}), ("vacated", {"occupied": False})),
    "panic_button": (("pressed", {}), ("fault", {"code": "E1"}), ("fault", {"active": False})),
    "patrol_terminal": (("sos", {}), ("battery", {"battery": 40})),
    "smoke": (("alarm", {}), ("normal", {})),
    "camera": (("motion", {}), ("tamper", {"active": True}), ("tamper", {"active": False})),
}


@dataclass
class Glimpse:
    """A snapshot taken on the way."""

    watcher: str
    seq: int
    text: str


class _MeantToFailError(Exception):
    pass


_REFUSALS = (
    *casework.REFUSALS,
    *taskwork.REFUSALS,
    *conferencework.REFUSALS,
    *commandwork.REFUSALS,
)


@dataclass
class Walk:
    """See the module. The database holds the city of the tests when the walk begins.

    `shared`: others use it too, so only what a walk made is moved to other places. What is theirs is named after its
    township, and would be a trace of it elsewhere.
    """

    shared: bool = False
    glimpses: list[Glimpse] = field(default_factory=list)
    now_ms: int = START_MS
    _number: int = 0

    def __post_init__(self) -> None:
        self.scopes = {name: scopes_of(User.objects.get(username=name)) for name in WATCHERS}
        self.begun = selectors.head().seq
        self._open_bridges(Random(0))
        self.look(Random(0))

    # -- steps --------------------------------------------------------------------------------

    def step(self, name: str, luck: int) -> None:
        """Take one step by name; what a service refuses in words is a step that leads nowhere."""
        rng = Random(luck)
        try:
            if self.shared:  # every act commits by itself, as it does in the running system
                ACTIONS[name](self, rng)
                return
            with transaction.atomic():
                ACTIONS[name](self, rng)
                connection.check_constraints()  # as a commit would: these steps are savepoints
        except (ValidationError, _MeantToFailError, *_REFUSALS):
            pass
        except IntegrityError:
            self._open_bridges(rng)  # a bridge's registry was older than the database

    def look(self, rng: Random) -> None:
        """Note a snapshot of somebody's scope."""
        watcher = rng.choice(WATCHERS)
        self.glimpses.append(self.glimpse(watcher))

    def glimpse(self, watcher: str) -> Glimpse:
        """A fresh snapshot."""
        shot = selectors.snapshot(self.scopes[watcher])
        return Glimpse(watcher, shot.seq, shot.json)

    def _open_bridges(self, _rng: Random) -> None:
        self.registries = [
            DeviceRegistry(Shard(include=(city.EAST.code,))),
            DeviceRegistry(Shard(exclude=(city.EAST.code,))),
        ]
        for registry in self.registries:
            registry.load()

    def _messages(self, rng: Random) -> None:
        self.now_ms += rng.choice((0, 1, 1000, 60_000))
        received = [self._message(rng) for _ in range(rng.randint(1, 6))]
        for registry in self.registries:
            if rng.random() < 0.7:
                registry.refresh()
            work = self._decoded(registry, received)
            work.places, work.codes = registry.places, registry.codes
            taken = intake.commit(work)
            intake.adopt(taken, silence_from_ms=registry.silence_from_ms)

    def _decoded(self, registry: DeviceRegistry, received: list[Received]) -> Work:
        decoder = Decoder(registry)
        messages: list[Addressed] = []
        rejected: list[Rejected] = []
        for one in received:
            decoded = decoder.decode(one)
            messages += decoded.messages
            if decoded.rejected is not None:
                rejected.append(decoded.rejected)
        return Work(messages=messages, rejected=rejected, now_ms=self.now_ms)

    def _message(self, rng: Random) -> Received:
        device = rng.choice(list(Device.objects.order_by("id")))
        facts = city.DeviceFacts(device.id, "", device.kind, device.jurisdiction_id)
        if rng.random() < 0.2:
            state = {"online": rng.random() < 0.5, "fault": rng.choice((None, "E7"))}
            return Received(f"{facts.topic}/state", json.dumps(state).encode(), self.now_ms)
        type_, data = rng.choice(MESSAGES[device.kind])
        self._number += rng.random() < 0.9  # now and then an event id comes again
        body = {"event_id": f"w{self._number}", "ts": self.now_ms, "type": type_, "data": data}
        return Received(f"{facts.topic}/event", json.dumps(body).encode(), self.now_ms)

    def _time(self, rng: Random) -> None:
        self.now_ms += rng.choice((30_000, 200_000, 400_000))
        for registry in self.registries:
            due = [entry for entry in registry.entries() if entry.due_ms <= self.now_ms]
            work = Work(due=due, now_ms=self.now_ms)
            work.places, work.codes = registry.places, registry.codes
            taken = intake.commit(work)
            intake.adopt(taken, silence_from_ms=0)

    def _outage(self, rng: Random) -> None:
        """A place falls silent, or the wide one above it; or what was silent is heard again."""
        now = timezone.now()
        with feed.transaction() as publication:
            if rng.random() < 0.5:
                outages.end(
                    publication, outages=outages.lasting(bridge="walk")[:1], until=now, now=now
                )
                return
            code, wide = rng.choice(_places()), rng.random() < 0.5
            outages.begin(
                publication,
                cause=OutageCause.BROKER_DOWN if wide else OutageCause.SITE_SILENT,
                place=outages.Place((code,), None if wide else "院"),
                bridge="walk",
                since=now,
                now=now,
                anchor=first_device((code,)),
                devices=rng.randint(3, 9),
            )

    def _acknowledge(self, rng: Random) -> None:
        username = rng.choice(WATCHERS)
        user = User.objects.get(username=username)
        scope = self.scopes[username].get(Permission.ALARMS_ACKNOWLEDGE, NOWHERE)
        ids = list(Alarm.objects.order_by("-id").values_list("id", flat=True)[:20])
        if ids:
            chosen = rng.sample(ids, rng.randint(1, len(ids)))
            acknowledge(ids=chosen, scope=scope, actor=user, note=rng.choice(("", "看到")))

    def _register(self, rng: Random) -> None:
        self._number += 1
        code, kind = rng.choice(_places()), rng.choice(sorted(MESSAGES))
        deeds.register(devices=[[f"walk-{self._number}", "新", kind, code, "canonical", ""]])

    def _change_device(self, rng: Random) -> None:
        device = rng.choice(list(Device.objects.select_related("status").order_by("id")))
        device.name = f"{device.name[:20]}{rng.randint(0, 9)}"
        device.longitude = rng.choice((None, 106.0 + rng.random()))
        device.latitude = None if device.longitude is None else 38.0
        save_device(device=device, actor=None)

    def _move_device(self, rng: Random) -> None:
        rows = Device.objects.order_by("id")
        if self.shared:
            rows = rows.filter(id__startswith="walk-")
        ids = list(rows.values_list("id", flat=True))
        if not ids:
            return
        device = rng.choice(ids)
        deeds.move(device=device, code=rng.choice(_places()))

    def _remove_device(self, rng: Random) -> None:
        deeds.remove(device=rng.choice(list(Device.objects.order_by("id"))).id)

    def _unit(self, rng: Random) -> None:
        units = list(Unit.objects.order_by("id"))
        if not units or rng.random() < 0.2:
            unit = Unit(name="队", kind=rng.choice(list(UnitKind)), updated_at=timezone.now())
            unit.jurisdiction_id, unit.status = rng.choice(_places()), UnitStatus.AVAILABLE
            save_unit(unit=unit)
            return
        unit = rng.choice(units)
        match rng.randint(0, 3):
            case 0:
                remove_unit(unit=unit)
            case 1 if self.shared and unit.name != "队":
                pass
            case 1:
                unit.jurisdiction_id = rng.choice(_places())
                save_unit(unit=unit)
            case _:
                user = User.objects.get(username="city")
                status = UnitStatus(rng.choice(list(UnitStatus)))
                set_status(unit_id=unit.id, status=status, actor=user)

    def _incident(self, rng: Random) -> None:
        username = rng.choice(WATCHERS)
        casework.work(rng, User.objects.get(username=username), self.scopes[username])

    def _task(self, rng: Random) -> None:
        username = rng.choice(WATCHERS)
        taskwork.work(rng, User.objects.get(username=username), self.scopes[username])

    def _notice(self, rng: Random) -> None:
        """Tell a post of a case that exists for it, or have somebody see what they were told."""
        username = rng.choice(WATCHERS)
        user = User.objects.get(username=username)
        if rng.random() < 0.5:
            open_ones = list(notices_to(user).order_by("-id")[:5])
            if open_ones:
                notices.see(notice_id=rng.choice(open_ones).pk, user=user)
            return
        role, code = rng.choice(posts_of(user))
        cases = list(Incident.objects.filter(code__startswith=code).order_by("-id")[:5])
        if not cases:
            return
        with feed.transaction() as publication:
            notices.tell(
                publication,
                incident=incidents.lock_any(rng.choice(cases).pk),
                to=notices.Addressee(role, code, "地", [user.pk]),
                plan="预案",
                title="已启动预案",
                body="…",
                sender=User.objects.get(username="city2"),
            )

    def _command(self, rng: Random) -> None:
        commandwork.work(rng, User.objects.get(username="city"), shared=self.shared)

    def _conference(self, rng: Random) -> None:
        conferencework.work(rng, User.objects.get(username=rng.choice(WATCHERS)))

    def _jurisdiction(self, rng: Random) -> None:
        if rng.random() < 0.3:
            deeds.drop_jurisdiction(code=rng.choice(_places()))
            return
        code = rng.choice(_places())
        if len(code) < 15 and rng.random() < 0.5:
            code += f"{rng.randint(1, 9):03}"
        deeds.set_jurisdiction(code=code, name=f"地{rng.randint(0, 99)}", lng=rng.random() + 106)

    def _undone(self, rng: Random) -> None:
        """Several changes in one transaction that fails in the end, and one that fails inside."""
        with feed.transaction():
            try:
                with feed.transaction():
                    self._unit(rng)
                    raise _MeantToFailError
            except _MeantToFailError:
                pass
            self._change_device(rng)
            if rng.random() < 0.5:
                raise _MeantToFailError
            self._unit(rng)

    # -- the law ------------------------------------------------------------------------------

    def events_since(self, glimpse: Glimpse, upto: int) -> list[EncodedEvent]:
        """What the hub would send this watcher after a snapshot, up to a number."""
        group = Group(scopes=self.scopes[glimpse.watcher], head=glimpse.seq)
        rows: list[EncodedEvent] = []
        after = glimpse.seq
        while part := [row for row in selectors.events_after(after) if row.seq <= upto]:
            rows += part
            after = part[-1].seq
        assert [row.seq for row in rows] == list(range(glimpse.seq + 1, upto + 1))
        return [row for row in rows if group.sees(row)]

    def laws(self) -> None:
        """Snapshot + events = fresh snapshot, for every snapshot noted."""
        fresh = {name: self.glimpse(name) for name in WATCHERS}
        for glimpse in self.glimpses:
            end = fresh[glimpse.watcher]
            state = state_of(glimpse.text)
            for event in self.events_since(glimpse, end.seq):
                apply(state, json.loads(event.json))
            differing = _difference(state, state_of(end.text))
            assert differing == [], f"{glimpse.watcher} from {glimpse.seq}: {differing[:3]}"
            _within(state, self.scopes[glimpse.watcher])

    def scenario(self, glimpse: Glimpse, end: Glimpse, rng: Random) -> dict[str, Any]:
        """A stretch of the walk as frames of random length, for other folders of the feed."""
        events = self.events_since(glimpse, end.seq)
        frames, prev = [], glimpse.seq
        while events:
            size = rng.randint(1, 8)
            part, events = events[:size], events[size:]
            head = part[-1].seq if events else end.seq
            frames.append(json.loads(events_frame(prev=prev, head=head, events=part).text))
            prev = head
        return {
            "snapshot": json.loads(glimpse.text),
            "frames": frames,
            "expected_state": json.loads(end.text)["state"],
        }


def state_of(text: str) -> State:
    """A snapshot frame's state."""
    return unfold(json.loads(text)["state"])


def _difference(folded: State, fresh: State) -> list[tuple[str, Any, Any, Any]]:
    """(section, key, folded, fresh) wherever two states differ."""
    return [
        (section, key, folded[section].get(key), fresh[section].get(key))
        for section in fresh
        for key in folded[section].keys() | fresh[section].keys()
        if folded[section].get(key) != fresh[section].get(key)
    ]


def _within(state: State, scopes: dict[Permission, Scope]) -> None:
    scope = scopes[Permission.DEVICES_VIEW]
    outside = [
        item
        for section in sections()
        for item in state[section.name].values()
        if not section.seen_in(scope, item["code"])
    ]
    assert outside == []


def _places() -> list[str]:
    return list(Jurisdiction.objects.order_by("code").values_list("code", flat=True))


ACTIONS: dict[str, Callable[[Walk, Random], None]] = {
    "messages": Walk._messages,
    "time": Walk._time,
    "outage": Walk._outage,
    "acknowledge": Walk._acknowledge,
    "register": Walk._register,
    "change_device": Walk._change_device,
    "move_device": Walk._move_device,
    "remove_device": Walk._remove_device,
    "unit": Walk._unit,
    "incident": Walk._incident,
    "task": Walk._task,
    "notice": Walk._notice,
    "conference": Walk._conference,
    "command": Walk._command,
    "jurisdiction": Walk._jurisdiction,
    "undone": Walk._undone,
    "restart": Walk._open_bridges,
    "look": Walk.look,
}
OFTEN = (
    "messages", "messages", "messages", "acknowledge", "look", "look", "look", "time",
    "incident", "incident", "incident", "incident", "incident",
    "task", "task", "task", "task", "conference", "conference", "command", "command",
)  # fmt: skip


def random_walk(*, seed: int, steps: int, shared: bool = False) -> Walk:
    """Walk `steps` steps by a seed."""
    rng, walk = Random(seed), Walk(shared=shared)
    names = [*ACTIONS, *OFTEN]
    for _ in range(steps):
        walk.step(rng.choice(names), rng.getrandbits(32))
    return walk
