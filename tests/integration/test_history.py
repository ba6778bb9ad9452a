"""The history: pages and counts agree with what one would count by hand, and what is past its time goes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import product
from random import Random
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from django.utils.translation import override

from command_center.accounts.models import Post, User
from command_center.api import lanes
from command_center.audit.models import AuditEntry
from command_center.feed.messages import iso
from command_center.jurisdictions.models import Jurisdiction
from iot_bridge.alarms.models import Alarm
from iot_bridge.alarms.words import condition_word, severity_word
from iot_bridge.devices.models import Device
from iot_bridge.history import retention, rollup
from iot_bridge.history.keeping import Keeping
from iot_bridge.history.models import HourlyCount, Retention
from iot_bridge.intake.models import DeadLetter, DeviceEvent

pytestmark = pytest.mark.django_db

CITY = "640181"
TOWNS = ("640181001", "640181100")
VILLAGES = ("640181001001", "640181001002", "640181100001")
GRID = f"{VILLAGES[0]}001"
WORDS = {
    "face_gate": ("pass", "pass", "pass", "denied", "tamper"),
    "smoke": ("battery", "battery", "alarm"),
    "camera": ("motion", "motion", "tamper"),
}
CONDITIONS = (("tamper", 2), ("smoke", 1), ("device_offline", 4), ("device_offline", 3))
START = datetime(2026, 9, 1, 3, 20, tzinfo=UTC)
EVENTS, ALARMS, DAYS = 500, 260, 20


@pytest.fixture
def past(monkeypatch: pytest.MonkeyPatch) -> None:
    """Twenty days of a small city; windows so small that every way of reading is taken."""
    monkeypatch.setattr(lanes, "LOOKED_AT", 40)
    monkeypatch.setattr(lanes, "FEW_LANES", 30)
    places = [(CITY, "city", None), *((town, "township", CITY) for town in TOWNS)]
    places += [(village, "village", village[:9]) for village in VILLAGES]
    for code, level, parent in [*places, (GRID, "grid", VILLAGES[0])]:
        Jurisdiction.objects.create(code=code, name=code, level=level, parent_id=parent)
    devices = [
        Device(id=f"{kind}-{place}", name=kind, kind=kind, jurisdiction_id=place)
        for kind, place in product(WORDS, (*VILLAGES, GRID))
    ]
    Device.objects.bulk_create(devices)
    random = Random(5)
    DeviceEvent.objects.bulk_create(_events(devices, random))
    Alarm.objects.bulk_create(_alarms(devices, random))
    for name, role, code in (("c", "dispatcher", CITY), ("t", "township_officer", TOWNS[0])):
        user = User.objects.create(username=name)
        Post.objects.create(user=user, role=role, jurisdiction_id=code)


def _events(devices: list[Device], random: Random) -> Iterator[DeviceEvent]:
    for number in range(EVENTS):
        device = random.choice(devices)
        yield DeviceEvent(
            device=device,
            event_id=str(number),
            code=device.jurisdiction_id,
            kind=device.kind,
            type=random.choice(WORDS[device.kind]),
            at=START + timedelta(days=DAYS) * number / EVENTS,
        )


def _alarms(devices: list[Device], random: Random) -> Iterator[Alarm]:
    still: set[tuple[str, str]] = set()
    for number in range(ALARMS):
        device, (condition, severity) = random.choice(devices), random.choice(CONDITIONS)
        is_open = (device.id, condition) not in still and random.random() < 0.1
        at = START + timedelta(days=DAYS) * number / ALARMS
        if is_open:
            still.add((device.id, condition))
        yield Alarm(
            device=device,
            device_name=device.name,
            kind=device.kind,
            condition=condition,
            severity=severity,
            code=device.jurisdiction_id,
            open=is_open,
            active=is_open,
            acknowledged=not is_open,
            raised_at=at,
            last_at=at,
            cleared_at=None if is_open else at + timedelta(minutes=4),
            acknowledged_at=None if is_open else at + timedelta(minutes=2),
        )


def reader(username: str) -> Client:
    client = Client()
    client.force_login(
        User.objects.get(username=username), backend="django.contrib.auth.backends.ModelBackend"
    )
    return client


def all_pages(client: Client, path: str, query: dict[str, Any]) -> list[int]:
    found: list[int] = []
    cursor: dict[str, str] = {}
    while True:
        answer = client.get(f"/api/v1{path}", {**query, "limit": 150, **cursor})
        assert answer.status_code == 200, answer.content
        found += [item["id"] for item in answer.json()["items"]]
        if answer.json()["next"] is None:
            return found
        cursor = {"cursor": answer.json()["next"]}


SPANS: tuple[dict[str, Any], ...] = (
    {},
    {"since": START + timedelta(days=4, seconds=7)},
    {"since": START + timedelta(days=3), "until": START + timedelta(days=11, hours=5)},
)


def some(*choices: Any) -> list[Any]:
    """Enough of all combinations, other ones each time: a failure names its own."""
    return Random().sample(list(product(*choices)), 25)


def written(query: dict[str, Any]) -> dict[str, Any]:
    return {k: v.isoformat() if isinstance(v, datetime) else v for k, v in query.items()}


def test_every_page_of_events_is_what_one_would_find_by_hand(past: None) -> None:
    clients = {"": reader("c"), TOWNS[0]: reader("t")}
    places = [{}, *({"code": code} for code in ("64018", TOWNS[0], TOWNS[1], VILLAGES[0], GRID))]
    places.append({"device": f"face_gate-{VILLAGES[1]}"})
    kinds: list[dict[str, str]] = [{}, {"kind": "camera"}, {"type": "tamper"}]
    kinds.append({"kind": "face_gate", "type": "tamper"})
    for (own, client), place, kind, span in some(clients.items(), places, kinds, SPANS):
        rows = DeviceEvent.objects.filter(code__startswith=own)
        query = {**place, **kind, **span}
        named = {"code": "code__startswith", "since": "at__gte", "until": "at__lt"}
        rows = rows.filter(**{named.get(key, key): value for key, value in query.items()})
        expected = list(rows.order_by("-id").values_list("id", flat=True))
        assert all_pages(client, "/events", written(query)) == expected, query


def test_every_page_of_alarms_is_what_one_would_find_by_hand(past: None) -> None:
    clients = {"": reader("c"), TOWNS[0]: reader("t")}
    places = [{}, {"code": TOWNS[1]}, {"code": VILLAGES[0]}, {"device": f"smoke-{GRID}"}]
    whats: list[dict[str, Any]] = [
        {}, {"condition": "device_offline"}, {"severity": "1,4"}, {"open": True}, {"active": False},
        {"condition": "device_offline", "severity": "3"}, {"acknowledged": False, "severity": "2"},
    ]  # fmt: skip
    for (own, client), place, what, span in some(clients.items(), places, whats, SPANS):
        query = {**place, **what, **span}
        named = {"code": "code__startswith", "since": "raised_at__gte", "until": "raised_at__lt"}
        rows = Alarm.objects.filter(code__startswith=own)
        for key, value in query.items():
            if key == "severity":
                rows = rows.filter(severity__in=value.split(","))
            else:
                rows = rows.filter(**{named.get(key, key): value})
        expected = list(rows.order_by("-id").values_list("id", flat=True))
        assert all_pages(client, "/alarms", written(query)) == expected, query


@pytest.mark.parametrize("counted", [0.0, 0.4, 1.0])
def test_the_timeline_counts_each_row_once(
    past: None, counted: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether the worker has counted none of it, some or all."""
    monkeypatch.setattr(rollup, "ROWS", max(1, int(EVENTS * counted)))
    if counted:
        rollup.count_hours(seconds=0 if counted < 1 else 60)
    client = reader("c")
    places: list[dict[str, str]] = [{}, {"code": TOWNS[0]}, {"code": VILLAGES[0]}, {"code": GRID}]
    places.append({"device": f"camera-{VILLAGES[2]}"})
    for place, hours in product(places, (1, 24 * 7, 24 * 30)):
        until = START + timedelta(days=18, minutes=13)
        query = {**place, "since": until - timedelta(hours=hours), "until": until}
        answer = client.get("/api/v1/history/timeline", written(query)).json()
        assert answer["kept_from"] is None  # nothing has gone
        span = {"at__gte": answer["since"], "at__lt": answer["until"]}
        where = {"code__startswith": place["code"]} if "code" in place else place
        for what, model, moment, name in (
            ("events", DeviceEvent, "at", "type"),
            ("alarms", Alarm, "raised_at", "severity"),
        ):
            rows = model.objects.filter(
                **{key.replace("at", moment, 1): value for key, value in span.items()}
            ).filter(**where)
            expected = Counter(map(str, rows.values_list(name, flat=True)))
            found = sum((Counter(one[what]) for one in answer["buckets"]), Counter())
            assert found == expected, query


def test_the_timeline_says_before_when_only_counts_are_left(past: None) -> None:
    rollup.count_hours(seconds=60)
    DeviceEvent.objects.filter(at__lt=START + timedelta(days=10)).delete()
    query = written({"since": START, "until": START + timedelta(days=18)})
    answer = reader("c").get("/api/v1/history/timeline", query).json()
    assert answer["kept_from"] == iso(DeviceEvent.objects.order_by("pk")[0].at)
    assert any(one["events"] for one in answer["buckets"][:3])


def test_a_span_must_be_one_and_a_place_too(past: None) -> None:
    client, now = reader("c"), timezone.now()
    for query in (
        {"since": now, "until": now - timedelta(hours=1)},
        {"since": now - timedelta(days=900), "until": now},
        {"since": now - timedelta(days=1), "until": now, "code": "64018"},
    ):
        answer = client.get("/api/v1/history/timeline", written(query))
        assert (answer.status_code, answer.json()["code"]) == (422, "validation_error")


def test_a_file_has_the_lines_of_its_span(past: None) -> None:
    query = written({"code": TOWNS[0], "since": START, "until": START + timedelta(days=5)})
    answer = reader("c").get("/api/v1/history/export", {**query, "what": "alarms"})
    lines = answer.content.decode("utf-8-sig").splitlines()
    rows = Alarm.objects.filter(
        code__startswith=TOWNS[0], raised_at__gte=START, raised_at__lt=START + timedelta(days=5)
    )
    assert len(lines) == rows.count() + 1
    newest = rows.order_by("-id")[0]
    with override("zh-hans"):
        words = severity_word(newest.severity), condition_word(newest.condition)
    assert f",{words[0]},{words[1]},{newest.device_id}," in lines[1]


def third_of(alarms: Iterable[int]) -> set[int]:
    """What somebody else still refers to."""
    return {alarm for alarm in alarms if alarm % 3 == 0}


def test_what_is_past_its_time_goes_and_nothing_else(
    past: None, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    monkeypatch.setattr(retention, "BATCH", 7)
    before = START + timedelta(days=10)
    old = Alarm.objects.filter(raised_at__lt=before - timedelta(hours=1), open=False)
    kept = set(old.filter(id__in=third_of(range(1, ALARMS + 1))).values_list("id", flat=True))
    settings.ALARMS_IN_USE = [*settings.ALARMS_IN_USE, f"{__name__}.third_of"]
    still_open = set(Alarm.objects.filter(open=True).values_list("id", flat=True))
    young = set(Alarm.objects.filter(raised_at__gte=before).values_list("id", flat=True))
    retention.trim(retention.Old(Keeping.ALARMS, before))
    left = set(Alarm.objects.values_list("id", flat=True))
    assert left >= still_open | young | kept
    assert not old.filter(id__in=left - kept).exists()

    cameras = DeviceEvent.objects.filter(kind="camera", at__lt=before)
    others = DeviceEvent.objects.exclude(kind="camera").count()
    assert retention.count(retention.Old(Keeping.CAMERA, before)) == cameras.count() > 7
    call_command("trim_history", "--kind", "camera", "--before", before.isoformat(), "--dry-run")
    assert cameras.exists()
    call_command("trim_history", "--kind", "camera", "--before", before.isoformat())
    assert not cameras.exists()
    assert DeviceEvent.objects.exclude(kind="camera").count() == others


def test_an_open_letter_never_goes() -> None:
    long_ago = timezone.now() - timedelta(days=4000)
    for number, state in enumerate(("open", "queued", "discarded", "replayed")):
        DeadLetter.objects.create(
            at=long_ago, last_at=long_ago, topic="t", reason="not_json", payload=b"", size=0,
            digest=str(number), state=state,
        )  # fmt: skip
    for old in retention.past_time():
        retention.trim(old)
    assert set(DeadLetter.objects.values_list("state", flat=True)) == {"open", "queued"}


def test_days_are_as_the_administration_says_and_on_record(past: None) -> None:
    boss = User.objects.create(username="boss", is_staff=True)
    Post.objects.create(user=boss, role="administrator", jurisdiction_id=CITY)
    answer = reader("boss").post(
        "/admin/history/retention/add/", {"what": "camera", "days": "30"}, follow=True
    )
    assert answer.status_code == 200
    assert retention.days_kept()[Keeping.CAMERA] == 30
    assert retention.days_kept()[Keeping.SMOKE] == 90
    entry = AuditEntry.objects.get(action="history.retention_set")
    assert (entry.subject, entry.detail) == ("camera", {"days": 30})
    Retention.objects.all().delete()


def test_the_newest_minute_is_left_to_later(past: None) -> None:
    device = Device.objects.all()[0]
    DeviceEvent.objects.create(
        device=device, event_id="now", code=VILLAGES[0], kind="smoke", type="alarm",
        at=timezone.now(),
    )  # fmt: skip
    rollup.count_hours(seconds=60)
    counts = HourlyCount.objects.filter(code=CITY, what="event").values_list("count", flat=True)
    assert sum(counts) == EVENTS
