"""Reads pages of every long list through the real views: `python -m loadtests.history_pages SETTINGS`.

Prints, for each list, the milliseconds of every request and of CPU in it as JSON: of the first page, of one some pages on, and
of one from the middle of the time, under many filters.
"""

from __future__ import annotations

import json
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import django

django.setup()

from django.db import connection
from django.test import Client

from command_center.accounts.models import User
from iot_bridge.history.rollup import count_hours
from iot_bridge.intake.models import DeviceEvent

BACKEND = "django.contrib.auth.backends.ModelBackend"
SPANS = {"1 h": 1, "24 h": 24, "7 d": 168, "30 d": 720}
PAGES_ON = 3

Query = dict[str, Any]


class Reader:
    """One signed-in person, and how long each answer took."""

    def __init__(self, username: str) -> None:
        self.client = Client(headers={"host": "localhost"}, raise_request_exception=True)
        self.client.force_login(User.objects.get(username=username), backend=BACKEND)
        self.times: dict[str, list[tuple[float, float]]] = defaultdict(list)
        self.slowest: dict[str, tuple[float, str]] = {}

    def get(self, name: str, path: str, query: Query) -> Any:
        """The answer, which must be a good one."""
        started, used = time.perf_counter(), cpu_ms()
        answer = self.client.get(f"/api/v1{path}", query)
        ms, used_ms = (time.perf_counter() - started) * 1000, cpu_ms() - used
        if answer.status_code != 200:
            raise RuntimeError(f"{path} {query}: {answer.status_code} {answer.content[:300]!r}")
        self.times[name].append((ms, used_ms))
        if ms > self.slowest.get(name, (0.0, ""))[0]:
            self.slowest[name] = (ms, str(query))
        return answer.json()

    def pages(self, name: str, path: str, query: Query) -> None:
        """The first page and some after it."""
        more: Query = {}
        for _ in range(PAGES_ON):
            more = {"cursor": self.get(name, path, {**query, **more})["next"]}
            if more["cursor"] is None:
                return


def measure(*, rounds: int) -> dict[str, Any]:
    """Every list under its filters, `rounds` times with other places, devices and times."""
    rolled = _roll_up()
    random = Random(11)  # noqa: S311 - the same questions every time
    first = DeviceEvent.objects.order_by("pk").values_list("at", flat=True)[0]
    last = DeviceEvent.objects.order_by("-pk").values_list("at", flat=True)[0]
    places, devices = _chosen(random)
    readers = [Reader("city"), Reader("town"), Reader("village")]
    _warm(readers, last)
    for number in range(rounds):
        reader = readers[0] if number % 4 < 2 else readers[number % 4 - 1]
        middle = first + (last - first) * random.random()
        for query in _event_queries(random, places, devices, reader is readers[0]):
            for when in ({}, {"until": middle.isoformat()}):
                reader.pages("device events", "/events", {**query, **when})
        for query in _alarm_queries(random, places, devices, reader is readers[0]):
            for when in ({}, {"until": middle.isoformat()}):
                reader.pages("alarms", "/alarms", {**query, **when})
        _others(readers[0], random, places, devices)
        _timelines(reader, random, places, devices, (first, last), readers[0])
    times: dict[str, list[tuple[float, float]]] = defaultdict(list)
    slowest: dict[str, tuple[float, str]] = {}
    for reader in readers:
        for name, values in reader.times.items():
            times[name] += values
            slowest[name] = max(slowest.get(name, (0.0, "")), reader.slowest[name])
    return {"times": times, "slowest": slowest, "rolled_s": rolled}


def cpu_ms() -> float:
    """CPU that this process has used, and the database's process that serves it."""
    own = time.process_time() * 1000
    if connection.vendor != "postgresql":
        return own
    pid = BACKEND_PID.setdefault("pid", _backend_pid())
    return own + int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e6


def _backend_pid() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


def _roll_up() -> float:
    started = time.perf_counter()
    count_hours(seconds=3600)
    return time.perf_counter() - started


def _chosen(random: Random) -> tuple[list[str], list[str]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT code FROM jurisdictions_jurisdiction ORDER BY code")
        places = [row[0] for row in cursor.fetchall()]
        cursor.execute("SELECT id FROM devices_device ORDER BY id")
        devices = [row[0] for row in cursor.fetchall()]
        cursor.execute(
            "SELECT device_id FROM intake_deviceevent WHERE id > (SELECT max(id) FROM "
            "intake_deviceevent) - 20000 GROUP BY device_id ORDER BY count(*) DESC LIMIT 5"
        )
        loudest = [row[0] for row in cursor.fetchall()]
    return places, [*random.sample(devices, 40), *loudest]


def _warm(readers: list[Reader], last: datetime) -> None:
    for reader in readers:
        since = (last - timedelta(hours=1)).isoformat()
        reader.get("warm", "/events", {})
        reader.get("warm", "/alarms", {})
        reader.get("warm", "/history/timeline", {"since": since, "until": last.isoformat()})
        reader.times.clear()
        reader.slowest.clear()


def _place(random: Random, places: list[str], digits: int) -> str:
    return random.choice([code for code in places if len(code) == digits])


def _event_queries(
    random: Random, places: list[str], devices: list[str], city: bool
) -> Iterator[Query]:
    kinds = {"kind": random.choice(["face_gate", "fire_lane", "smoke", "camera"])}
    rare, often = {"type": "tamper"}, {"type": random.choice(["pass", "battery", "motion"])}
    spots: list[Query] = [{}]
    if city:
        spots += [{"code": _place(random, places, digits)} for digits in (9, 12, 15)]
        spots += [{"device": random.choice(devices)}]
    for spot in spots:
        for what in ({}, kinds, rare, often, {**kinds, "type": "fault"}):
            yield {**spot, **what}


def _alarm_queries(
    random: Random, places: list[str], devices: list[str], city: bool
) -> Iterator[Query]:
    spots: list[Query] = [{}]
    if city:
        spots += [{"code": _place(random, places, digits)} for digits in (9, 12, 15)]
        spots += [{"device": random.choice(devices)}]
    conditions = ["door_held", "device_offline", "smoke", "tamper", "forced_open"]
    for spot in spots:
        yield spot
        yield {**spot, "condition": random.choice(conditions)}
        yield {**spot, "severity": random.choice(["1", "1,2", "3", "4"])}
        yield {**spot, "condition": "smoke", "severity": "4"}
        yield {**spot, "open": "true"}
        yield {**spot, "open": "false", "severity": "2"}
        yield {**spot, "active": "true", "severity": "4"}
        yield {**spot, "acknowledged": "false", "condition": "door_held"}


def _others(reader: Reader, random: Random, places: list[str], devices: list[str]) -> None:
    auditor = AUDITOR.setdefault("auditor", Reader("auditor"))
    auditor.times, auditor.slowest = reader.times, reader.slowest
    town = {"code": _place(random, places, 9)}
    for query in (
        {},
        {"action": "device.changed"},
        {"actor": "调度二"},
        town,
        {**town, "actor": "调度一"},
    ):
        auditor.pages("audit", "/audit", query)
    letters: list[Query] = [{}, {"reason": "codec_error"}, {"state": "open"}]
    letters += [{"device": random.choice(devices)}, {"reason": "not_json", "state": "open"}]
    for query in letters:
        auditor.pages("dead letters", "/dead-letters", query)
    auditor.get("dead letters by device", "/dead-letters/devices", {})
    alarms = reader.client.get("/api/v1/alarms", {"limit": 3}).json()["items"]
    for alarm in alarms:
        reader.get("changes of an alarm", f"/alarms/{alarm['id']}/changes", {})
        reader.get("events of a device", f"/devices/{alarm['device_id']}/events", {"limit": 20})


AUDITOR: dict[str, Reader] = {}
BACKEND_PID: dict[str, int] = {}


def _timelines(
    reader: Reader,
    random: Random,
    places: list[str],
    devices: list[str],
    whole: tuple[datetime, datetime],
    city: Reader,
) -> None:
    first, last = whole
    for name, hours in SPANS.items():
        until = last - (last - first - timedelta(hours=hours)) * random.random() / 2
        span = {"since": (until - timedelta(hours=hours)).isoformat(), "until": until.isoformat()}
        reader.get(f"timeline, {name}", "/history/timeline", span)
        for query in (
            {"code": _place(random, places, 9)},
            {"code": _place(random, places, 12)},
            {"device": random.choice(devices)},
        ):
            city.get(f"timeline, {name}", "/history/timeline", {**query, **span})


if __name__ == "__main__":
    print(json.dumps(measure(**json.loads(sys.argv[1]))))
