"""Alarm performance out of the database: each figure beside the same reckoned row by row, in one's scope, as files."""

from __future__ import annotations

import csv
import io
import random
import zipfile
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from command_center.accounts.models import User
from command_center.accounts.scope import Scope
from command_center.feed.services import note_consoles
from iot_bridge.alarms.models import Alarm, AlarmChange
from iot_bridge.devices.models import Device
from iot_bridge.history import jobs
from iot_bridge.history.keeping import Keeping
from iot_bridge.history.models import Retention
from iot_bridge.performance import rollup
from iot_bridge.performance.models import Chattered, SeenDay, SourceDay, WindowCount
from iot_bridge.performance.report import report
from tests.support import city, deeds

pytestmark = pytest.mark.django_db

SINCE = datetime(2026, 10, 1, tzinfo=timezone.get_default_timezone())
UNTIL = SINCE + timedelta(days=2)
PAGE = "/alarms/performance"


def ask(username: str, path: str = PAGE, **query: str) -> Any:
    client = Client()
    client.force_login(
        User.objects.get(username=username), "django.contrib.auth.backends.ModelBackend"
    )
    period = {"since": "2026-10-01T00:00", "until": "2026-10-03T00:00"}
    return client.get(f"/api/v1{path}", period | query)


def figures(answer: Any) -> dict[str, float | None]:
    assert answer.status_code == 200, answer.content
    return {figure["key"]: figure["value"] for figure in answer.json()["figures"]}


def alarm(device: Device, condition: str, severity: int, at: datetime, **facts: Any) -> Alarm:
    over: dict[str, Any] = {"open": False, "active": False, "acknowledged": True}
    made = Alarm.objects.create(
        device=device,
        device_name=device.name,
        kind=device.kind,
        condition=condition,
        severity=severity,
        code=device.jurisdiction_id,
        raised_at=at,
        last_at=at,
        **(over | facts),
    )
    AlarmChange.objects.create(alarm=made, at=at, change="raised")
    if not made.open:
        AlarmChange.objects.create(alarm=made, at=at, change="closed")
    return made


@pytest.fixture
def _city() -> None:
    deeds.seed()


@pytest.fixture
def _history(_city: None) -> None:
    """Two days with a flood in them, some of it chattering, and as much before and after."""
    chance = random.Random(5)
    devices = [
        *Device.objects.filter(jurisdiction__code__startswith=city.EAST.code)[:6],
        *Device.objects.filter(jurisdiction__code__startswith=city.SOUTH.code)[:6],
    ]
    conditions = {1: "smoke", 2: "tamper", 3: "door_held", 4: "fault"}
    for number in range(200):
        flood = number < 80
        spread = timedelta(minutes=40) if flood else timedelta(days=6)
        begin = SINCE + timedelta(hours=5) if flood else SINCE - timedelta(days=2)
        at = begin + chance.random() * spread
        severity = chance.choice((1, 2, 3, 4, 4, 4))
        seen = at + timedelta(seconds=chance.randrange(2000)) if chance.random() < 0.8 else None
        over = {} if seen else {"open": False, "active": False, "acknowledged": True}
        made = alarm(
            chance.choice(devices), conditions[severity], severity, at, acknowledged_at=seen, **over
        )
        for nth in range(chance.choice((0, 0, 0, 1, 3))):
            again = at + timedelta(seconds=25 * (nth + 1))
            AlarmChange.objects.create(alarm=made, at=again, change="reactivated")


def told(prefix: str = "") -> list[tuple[datetime, Alarm]]:
    """Every annunciation of the two days under a prefix, straight from the rows."""
    rows = AlarmChange.objects.filter(change__in=["raised", "reactivated"]).select_related("alarm")
    return [
        (row.at, row.alarm)
        for row in rows
        if SINCE <= row.at < UNTIL and row.alarm.code.startswith(prefix)
    ]


@pytest.mark.usefixtures("_history")
def test_every_figure_is_what_the_rows_say() -> None:
    answer = ask("city")
    found, body = figures(answer), answer.json()
    rows = told()
    assert (found["annunciated"], found["operators"]) == (len(rows), 1)
    per_window = Counter(int(at.timestamp()) // 600 for at, _alarm in rows)
    begin, end = int(SINCE.timestamp()) // 600, int(UNTIL.timestamp()) // 600
    inside, flooded = False, 0
    for window in range(begin, end):
        count = per_window[window]
        inside = count >= 5 if inside else count > 10
        flooded += inside
    assert flooded > 2
    assert found["average"] == pytest.approx(len(rows) / 288)
    assert found["peak"] == max(per_window.values())
    assert found["flood"] == pytest.approx(flooded / 288)
    assert sum(point["alarms"] for point in body["series"]) == len(rows)
    severities = Counter(alarm.severity for _at, alarm in rows)
    assert {one["severity"]: one["count"] for one in body["priorities"]} == severities
    sources = Counter((alarm.device_id, alarm.condition) for _at, alarm in rows)
    worst = [(one["device_id"], one["condition"], one["count"]) for one in body["worst"]]
    assert [count for *_source, count in worst] == sorted(sources.values(), reverse=True)[:10]
    assert all(sources[device, condition] == count for device, condition, count in worst)
    assert found["worst"] == pytest.approx(sum(one[2] for one in worst) / len(rows))


@pytest.mark.usefixtures("_history")
def test_times_to_acknowledge_and_chattering_are_what_the_rows_say() -> None:
    body = ask("city").json()
    took: dict[int, list[int]] = {}
    for alarm in Alarm.objects.filter(acknowledged_at__isnull=False):
        if SINCE <= alarm.raised_at < UNTIL:
            assert alarm.acknowledged_at is not None
            seconds = (alarm.acknowledged_at - alarm.raised_at).total_seconds()
            took.setdefault(alarm.severity, []).append(round(seconds))
    for one in body["priorities"]:
        ordered = sorted(took[one["severity"]])
        times = one["acknowledged"]
        assert (times["count"], times["max"]) == (len(ordered), ordered[-1])
        assert times["p50"] == ordered[-(-len(ordered) * 50 // 100) - 1]
        assert times["p95"] == ordered[-(-len(ordered) * 95 // 100) - 1]
    per_alarm: dict[int, list[datetime]] = {}
    for at, alarm in told():
        per_alarm.setdefault(alarm.pk, []).append(at)
    restless = {key for key, times in per_alarm.items() if len(times) >= 3}
    expected = {(a.device_id, a.condition) for a in Alarm.objects.filter(pk__in=restless)}
    assert expected
    assert {(one["device_id"], one["condition"]) for one in body["chattering"]} == expected


@pytest.mark.usefixtures("_history")
def test_a_township_hears_of_its_own_and_shares_among_its_consoles() -> None:
    mine = told(city.EAST.code)
    assert 0 < len(mine) < len(told())
    assert figures(ask("town"))["annunciated"] == len(mine)
    assert figures(ask("city", code=city.EAST.code))["annunciated"] == len(mine)
    assert figures(ask("town", code=city.SOUTH.code))["annunciated"] == 0
    assert ask("nobody").status_code == 403
    busiest = Counter(int(at.timestamp()) // 600 * 600 for at, _alarm in mine).most_common(1)[0]
    then = datetime.fromtimestamp(busiest[0] + 61, UTC)
    for count in (1, 3, 2):
        note_consoles({city.EAST.code: count, city.CITY: 5}, instance="a", now=then)
    note_consoles({city.EAST.code: 1}, instance="b", now=then)
    shared = figures(ask("town"))
    assert shared["operators"] == pytest.approx(1 + 3 / 288)
    assert (shared["watched"], shared["peak"]) != (0, busiest[1])


@pytest.fixture(params=range(3))
def life(request: pytest.FixtureRequest, _city: None) -> random.Random:
    """Six days with alarms of every sort: open ones, such as nobody was told of, returns over midnight, late steps."""
    chance = random.Random(request.param)
    devices = list(Device.objects.filter(jurisdiction__code__startswith=city.CITY)[:40:4])
    for number in range(150):
        at = SINCE - timedelta(days=2) + chance.random() * timedelta(days=6)
        seen = at + chance.random() ** 3 * timedelta(hours=30) if chance.random() < 0.8 else None
        facts: dict[str, Any] = {"acknowledged_at": seen, "announced": chance.random() < 0.9}
        if number % 10 == 0:
            facts |= {"open": True, "active": True, "acknowledged": False}
        facts |= {"count": chance.randrange(1, 9), "condition": f"x_{number}"}
        made = alarm(chance.choice(devices), severity=chance.randrange(1, 5), at=at, **facts)
        for _ in range(chance.choice((0, 0, 2, 4))):
            again = at + chance.random() ** 4 * timedelta(hours=20)
            detail = {"quiet": True} if chance.random() < 0.1 else {}
            AlarmChange.objects.create(alarm=made, at=again, change="reactivated", detail=detail)
    for row in Alarm.objects.order_by("-id")[:75]:
        Alarm.objects.filter(pk=row.pk, open=False).update(condition="fault")
    return chance


def test_what_is_added_up_says_the_same_as_the_rows(
    life: random.Random, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = timezone.now()
    monkeypatch.setattr(rollup, "STEPS", 60)
    assert rollup.settle(seconds=0) > 0, "some of them, in one go"
    _compare(life, monkeypatch, now)
    for row in Alarm.objects.filter(open=True, pk__in=life.sample(range(10_000), 5_000)):
        row.open, row.active, row.acknowledged = False, False, True
        row.acknowledged_at = row.raised_at + timedelta(hours=1)
        row.save()
        at = row.acknowledged_at if life.random() < 0.5 else now
        AlarmChange.objects.create(alarm=row, at=at, change="closed")
    _compare(life, monkeypatch, now)
    rollup.settle(seconds=60)
    assert rollup.settle(seconds=60) == 0, "nothing twice"
    _compare(life, monkeypatch, now)


def _compare(chance: random.Random, monkeypatch: pytest.MonkeyPatch, now: datetime) -> None:
    """Reports of many places and times, with what is added up and without."""
    for prefixes in ((city.CITY,), (city.EAST.code, city.SOUTH.code), (f"{city.EAST.code}001",)):
        since = SINCE - timedelta(days=2) + timedelta(hours=chance.randrange(60))
        period = {"since": since, "until": since + timedelta(hours=chance.randrange(1, 100))}
        made = report(scope=Scope(prefixes), now=now, **period)
        with monkeypatch.context() as patch:
            patch.setattr("iot_bridge.performance.report.settled_through", lambda: 0)
            assert made == report(scope=Scope(prefixes), now=now, **period)


@pytest.mark.usefixtures("_history")
def test_the_worker_forgets_what_is_added_up_of_long_ago() -> None:
    rollup.settle(seconds=60)
    before = figures(ask("city"))
    assert SourceDay.objects.exists()
    assert before == figures(ask("city"))
    Retention.objects.create(what=Keeping.COUNTS, days=1)
    jobs.trim.run()
    sums = (WindowCount, SourceDay, SeenDay, Chattered)
    assert not any(model.objects.exists() for model in sums)


@pytest.mark.usefixtures("_city")
def test_what_stands_for_a_day_is_listed_and_a_bad_period_refused() -> None:
    now, device = timezone.now(), Device.objects.order_by("id").first()
    assert device is not None
    active = {"open": True, "active": True}
    old = alarm(device, "fault", 4, now - timedelta(days=3), **active)
    back = alarm(device, "tamper", 2, now - timedelta(days=3), acknowledged=False, open=True)
    Alarm.objects.filter(pk=back.pk).update(active=True)
    AlarmChange.objects.create(alarm=back, at=now - timedelta(hours=2), change="reactivated")
    alarm(device, "smoke", 1, now - timedelta(hours=23), **active)
    assert [one["id"] for one in ask("city").json()["standing"]] == [old.pk]
    for query in ({"until": "2026-10-01T00:00"}, {"until": "2028-01-01"}):
        assert ask("city", **query).json()["errors"][0]["code"] == "bad_period"


@pytest.mark.usefixtures("_history")
def test_the_files_open_and_say_the_same() -> None:
    found = figures(ask("city"))
    path = f"{PAGE}/export"
    rows = list(
        csv.reader(
            io.StringIO(ask("city", path, format="csv", language="en").content.decode("utf-8-sig"))
        )
    )
    values = {(row[0], row[1], row[2]): row[3] for row in rows[1:]}
    assert values["figures", "annunciations", "value"] == f"{found['annunciated']:.0f}"
    assert ("ten worst", ask("city").json()["worst"][0]["device_id"], "name") in values
    book = ask("city", path, language="zh-Hans")
    assert "attachment" in book["Content-Disposition"]
    with zipfile.ZipFile(io.BytesIO(book.content)) as archive:
        text = archive.read("xl/sharedStrings.xml").decode()
        assert "EEMUA 191" in text
        assert "泛滥时间" in text
        assert "xl/worksheets/sheet6.xml" in archive.namelist()
