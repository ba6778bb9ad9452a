"""The process that `loadtests.rules` measures: `python -m loadtests.rules_probe ROUNDS BATCHES NUMBER …`."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import django

django.setup()

from django.core.management import call_command
from django.utils import timezone

from command_center.feed import services as feed
from iot_bridge.devices.models import Device, DeviceStatus
from iot_bridge.intake import services
from iot_bridge.intake.decoding import Addressed, Received
from iot_bridge.intake.evaluating import evaluate_message
from iot_bridge.intake.registry import DeviceEntry, DeviceRegistry, Shard
from iot_bridge.intake.work import Taken, Work
from iot_bridge.protocol.decoded import DeviceMessage
from iot_bridge.protocol.topics import Channel, Kind
from iot_bridge.rulebook.models import Rule
from iot_bridge.rulebook.services import next_revision
from tests.support.deeds import set_jurisdiction

CITY = "640181"
VILLAGES = [f"{CITY}{100 + town}{village:03}" for town in range(10) for village in range(1, 11)]
ELSEWHERE = [f"{CITY}199{village:03}" for village in range(1, 101)]
"""Villages without a device."""
KINDS = (Kind.FACE_GATE, Kind.WIFI_PROBE, Kind.FIRE_LANE, Kind.SMOKE, Kind.CAMERA)
DEVICES = 1_000
BATCH = 500

SAID: dict[Kind, tuple[tuple[str, dict[str, Any]], ...]] = {
    Kind.FACE_GATE: (("pass", {}), ("denied", {"reason": "x"})),
    Kind.WIFI_PROBE: (
        ("count", {"count": 12, "window_s": 300}),
        ("count", {"count": 90, "window_s": 300}),
    ),
    Kind.FIRE_LANE: (("occupied", {"occupied": True}), ("vacated", {"occupied": False})),
    Kind.SMOKE: (("normal", {}), ("battery", {"battery": 80})),
    Kind.CAMERA: (("motion", {}), ("battery", {"battery": 70})),
}
SHAPES: dict[Kind, tuple[dict[str, Any], ...]] = {
    Kind.FACE_GATE: (
        {"type": "count", "events": ["denied"], "at_least": 90, "within_s": 60},
        {"type": "expression", "events": ["denied"], "expr": "data.reason == 'blacklist'"},
        {"type": "absence", "events": ["pass"], "for_s": 86400},
    ),
    Kind.WIFI_PROBE: (
        {"type": "threshold", "event": "count", "field": "count", "raise_at": 900, "clear_at": 700},
        {"type": "rate", "event": "count", "field": "count", "by": 500, "within_s": 600},
        {"type": "expression", "events": ["count"], "expr": "data.count > 900 && data.window_s < 600"},
    ),
    Kind.FIRE_LANE: (
        {"type": "held", "for_s": 86400, "of": {"type": "between", "begin": ["occupied"], "end": ["vacated"]}},
        {"type": "count", "events": ["occupied"], "at_least": 90, "within_s": 60},
    ),
    Kind.SMOKE: (
        {"type": "threshold", "field": "battery", "direction": "below", "raise_at": 10, "clear_at": 20},
        {"type": "absence", "for_s": 86400},
    ),
    Kind.CAMERA: (
        {
            "type": "all",
            "of": [
                {"type": "schedule", "from": "22:00", "until": "06:00"},
                {"type": "count", "events": ["motion"], "at_least": 90, "within_s": 60},
            ],
        },
        {"type": "threshold", "field": "battery", "direction": "below", "raise_at": 10},
    ),
}  # fmt: skip

_numbers = count(1)


def furnish() -> None:
    """The city and its devices."""
    call_command("migrate", verbosity=0)
    places = [*VILLAGES, *ELSEWHERE]
    with feed.transaction():
        for code in [CITY, *sorted({village[:9] for village in places}), *places]:
            set_jurisdiction(code=code, name=code, lng=106.3, lat=38.1)
    rows = [
        Device(id=f"D-{n:04}", name=f"D-{n:04}", kind=KINDS[n % 5], jurisdiction_id=VILLAGES[n // 5 % 100])
        for n in range(DEVICES)
    ]  # fmt: skip
    Device.objects.bulk_create(rows)
    DeviceStatus.objects.bulk_create(DeviceStatus(device=row) for row in rows)


def store_rules(number: int, villages: list[str]) -> None:
    """So many rules and no others, as the module says; those for one device are for the villages' kinds elsewhere."""
    Rule.objects.all().delete()
    revision, rows = next_revision(), []
    for n in range(number):
        kind, village = KINDS[n % 5], villages[n // 5 % 100]
        shapes = SHAPES[kind]
        more: dict[str, Any] = {"code": village, "kinds": [kind]}
        if n % 10 == 9:
            more["code"] = village[:9]
        elif n % 10 in (7, 8) and villages is VILLAGES:
            more = {"code": village, "device_id": f"D-{n % DEVICES:04}"}
            shapes = SHAPES[KINDS[n % DEVICES % 5]]
        rows.append(
            Rule(
                name=f"rule {n}", condition=f"x_rule_{n}", title_zh="x", title_en="x", severity=3,
                definition={"when": shapes[n // 5 % len(shapes)]}, revision=revision, changed_at=timezone.now(), **more,
            )
        )  # fmt: skip
    Rule.objects.bulk_create(rows)


def settle(registry: DeviceRegistry) -> None:
    """Have every device looked at that is to be, as a bridge's tick does."""
    now = time.time_ns() // 1_000_000
    registry.silence_from_ms = now
    due = [entry for entry in registry.entries() if entry.due_ms <= now]
    for start in range(0, len(due), BATCH):
        take(registry, Work(due=due[start : start + BATCH], now_ms=now, days=registry.shelf.days))


def take(registry: DeviceRegistry, work: Work) -> None:
    """Commit and adopt."""
    work.silence_from_ms = registry.silence_from_ms
    services.adopt(services.commit(work), silence_from_ms=registry.silence_from_ms)


def batches(entries: list[DeviceEntry], number: int) -> Iterator[list[Addressed]]:
    """Messages of all devices in turn."""
    turn = count()
    for _ in range(number):
        batch = []
        for _message in range(BATCH):
            n = next(turn)
            entry = entries[n * 7 % len(entries)]
            type_, data = SAID[entry.kind][n % 2]
            now = time.time_ns() // 1_000_000
            message = DeviceMessage(
                entry.subject.id,
                entry.kind,
                Channel.EVENT,
                type_,
                data,
                event_id=str(next(_numbers)),
            )
            batch.append(Addressed(entry, message, Received("", b"", now)))
        yield batch


def cpu_us(act: Callable[[], None], messages: int) -> float:
    """CPU of this process per message, microseconds."""
    before = time.process_time_ns()
    act()
    return (time.process_time_ns() - before) / messages / 1000


def measure(registry: DeviceRegistry, number: int, facts: dict[str, Any]) -> None:
    """One round with the rules that are stored now."""
    entries = sorted(registry.entries(), key=lambda entry: entry.subject.id)
    made = list(batches(entries, number))
    now = time.time_ns() // 1_000_000
    work = Work(now_ms=now, silence_from_ms=now, days=registry.shelf.days)

    def evaluate() -> None:
        for batch in made:
            taken = Taken()
            for addressed in batch:
                evaluate_message(addressed, taken, work)

    def commit() -> None:
        for batch in made:
            at = time.time_ns() // 1_000_000
            take(registry, Work(messages=batch, now_ms=at, days=registry.shelf.days))

    messages = number * BATCH
    facts["pure_us"].append(cpu_us(evaluate, messages))
    facts["commit_us"].append(cpu_us(commit, messages))
    facts["in_reach"] = sum(len(entry.stored.rules) for entry in entries) / len(entries)
    asked = sum(len(a.entry.stored.listening(a.message.type)) for batch in made for a in batch)
    facts["asked"] = asked / messages


def main(rounds: int, number: int, asked: list[str]) -> None:
    """Prints one line of JSON. `asked`: numbers of rules, `+` behind those that are all for places elsewhere."""
    furnish()
    found: dict[str, Any] = {one: {"pure_us": [], "commit_us": []} for one in asked}
    for _ in range(rounds):
        for one in asked:
            store_rules(int(one.rstrip("+")), ELSEWHERE if one.endswith("+") else VILLAGES)
            registry = DeviceRegistry(Shard())
            registry.load()
            settle(registry)
            measure(registry, number, found[one])
    registry = DeviceRegistry(Shard())
    Rule.objects.all().delete()
    registry.load()
    store_rules(1_000, VILLAGES)
    found["take_over_ms"] = cpu_us(registry.refresh_rules, 1) / 1000
    settle(registry)
    Rule.objects.filter(pk=Rule.objects.earliest("id").pk).update(revision=next_revision())
    found["one_change_ms"] = cpu_us(registry.refresh_rules, 1) / 1000
    print(json.dumps({**found, "devices": DEVICES}))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:])
