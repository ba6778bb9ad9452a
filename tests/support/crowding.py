"""Everybody who changes alarms, at once and about the same few: bridges, people, the worker, maintenance."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from random import Random
from threading import Barrier

from django.db import connection
from django.utils import timezone

from command_center.accounts.models import User
from command_center.accounts.scope import Scope
from iot_bridge.alarms import escalation
from iot_bridge.alarms.acknowledging import acknowledge
from iot_bridge.alarms.models import Alarm, AlarmChange, CorrelationRule
from iot_bridge.intake import services as intake
from iot_bridge.intake.decoding import Decoder, Received
from iot_bridge.intake.registry import DeviceRegistry, Shard
from iot_bridge.intake.work import Work
from iot_bridge.maintenance import services as maintenance
from tests.support import city, deeds

PLACES = city.EAST.villages[:2]
SAYS = {
    "smoke": (("alarm", {}), ("normal", {})),
    "panic_button": (("pressed", {}),),
    "face_gate": (
        ("forced_open", {"active": True}),
        ("forced_open", {"active": False}),
        ("door_held", {"active": True, "held_s": 40}),
        ("pass", {}),
        ("tamper", {"active": True}),
        ("tamper", {"active": False}),
    ),
}


def crowd(*, rounds: int) -> dict[str, int]:
    """Have them all act `rounds` times; raises what any of them met. How many alarms of these devices there are."""
    deeds.register(
        devices=[
            [f"crowd-{place}-{kind}", "门口", kind, place, "canonical", ""]
            for place in PLACES
            for kind in SAYS
        ],
        parameters={"chatter_count": 1000},
    )
    off = list(CorrelationRule.objects.filter(enabled=False).values_list("pk", flat=True))
    CorrelationRule.objects.update(enabled=True)
    mine = Alarm.objects.filter(device__id__startswith="crowd-")
    try:
        bridges = [_bridge(place) for place in PLACES]
        for number, bridge in enumerate(bridges):
            rng = Random(number)
            while not mine.filter(device__jurisdiction_id=PLACES[number]).exists():
                bridge(rng)  # who acknowledges has something to, from the first round on
        actors: list[Callable[[Random], None]] = [
            *bridges,
            _acknowledge,
            _acknowledge,
            _escalate,
            _maintain,
        ]
        begun = Barrier(len(actors))
        with ThreadPoolExecutor(len(actors)) as pool:
            running = [
                pool.submit(_act, actor, Random(number), rounds, begun)
                for number, actor in enumerate(actors)
            ]
        for one in running:
            one.result()
    finally:
        CorrelationRule.objects.filter(pk__in=off).update(enabled=False)
    return {
        "alarms": mine.count(),
        "grouped": mine.exclude(group=None).count(),
        "acknowledged": AlarmChange.objects.filter(alarm__in=mine, change="acknowledged").count(),
    }


def plan_at_once(*, people: int) -> list[str]:
    """Have so many people record the same outage of one device in the same moment; what each was told."""
    device = "planned-at-once"
    deeds.register(devices=[[device, "门口", "smoke", PLACES[0], "canonical", ""]])
    begun, user, now = Barrier(people), _city(), timezone.now()
    wanted = maintenance.Wanted(
        begins_at=now, ends_at=now + timedelta(hours=2), reason="年检", device=device
    )

    def plan(_number: int) -> str:
        try:
            begun.wait()
            maintenance.plan(wanted=wanted, scope=Scope((city.CITY,)), actor=user)
        except maintenance.WindowOverlapsError:
            return "overlaps"
        finally:
            connection.close()
        return "planned"

    with ThreadPoolExecutor(people) as pool:
        return sorted(pool.map(plan, range(people)))


def _act(actor: Callable[[Random], None], rng: Random, rounds: int, begun: Barrier) -> None:
    try:
        begun.wait(timeout=30)
        for _ in range(rounds):
            actor(rng)
    finally:
        connection.close()


def _bridge(place: str) -> Callable[[Random], None]:
    """A bridge of one village: each time a few messages of its devices, in any order, in one transaction."""
    registry = DeviceRegistry(Shard(include=(place,)))
    registry.load()
    decoder = Decoder(registry)
    said = 0

    def hear(rng: Random) -> None:
        nonlocal said
        now = timezone.now()
        now_ms = int(now.timestamp() * 1000)
        messages = []
        for kind in rng.choices(list(SAYS), k=4):
            said += 1
            type_, data = rng.choice(SAYS[kind])
            body = {"event_id": f"crowd-{said}", "ts": now_ms, "type": type_, "data": data}
            topic = city.DeviceFacts(f"crowd-{place}-{kind}", "", kind, place).topic
            received = Received(f"{topic}/event", json.dumps(body).encode(), now_ms)
            messages += decoder.decode(received).messages
        assert messages
        taken = intake.commit(Work(messages=messages, now_ms=now_ms))
        intake.adopt(taken, silence_from_ms=now_ms)

    return hear


def _acknowledge(rng: Random) -> None:
    ids = list(Alarm.objects.filter(device__id__startswith="crowd-").values_list("id", flat=True))
    if ids:
        chosen = rng.sample(ids, min(len(ids), 5))
        acknowledge(ids=chosen, scope=Scope((city.CITY,)), actor=_city())


def _escalate(_rng: Random) -> None:
    escalation.escalate(now=timezone.now())


def _maintain(rng: Random) -> None:
    """A village's devices go out of service, and back."""
    now, scope = timezone.now(), Scope((city.CITY,))
    wanted = maintenance.Wanted(now, now + timedelta(hours=1), "检修", code=rng.choice(PLACES))
    try:
        window = maintenance.plan(wanted=wanted, scope=scope, actor=_city())
    except maintenance.WindowOverlapsError:
        return
    maintenance.end(window_id=window.pk, scope=scope, actor=_city())


def _city() -> User:
    return User.objects.get(username="city")
