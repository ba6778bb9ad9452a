"""Builds a history of millions of rows with a few hundred statements: `python -m loadtests.history_build SETTINGS`.

Places, devices and accounts are the demo city's, its villages divided into grids and its devices made
several. Devices, kinds, types and hours of the day are skewed: some gates are passed all day, tampering is rare.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import django

django.setup()

from django.db import connection, transaction
from django.db.models import Model

from command_center.audit.models import AuditEntry
from command_center.jurisdictions.models import Jurisdiction
from iot_bridge.alarms.models import Alarm, AlarmChange
from iot_bridge.devices.models import Device, DeviceStatus
from iot_bridge.intake.models import DeadLetter, DeviceEvent

DAYS = 90
ACKNOWLEDGED_S, CLEARED_S, CLOSED_S = 20, 240, 1_000
"""An alarm is acknowledged after 20 s to 13 minutes, has cleared after four, and is closed when all is over."""
AGAIN_S = 29
GRIDS = 4
COPIES = 4
SLOTS = 16_384
"""Each row is a slot of a table of devices, by a hash of its number; skew is how many slots one has."""
WAYS = 1_000
"""… and so is its type, by another hash."""

# How often a kind says what, of a thousand.
TYPES: dict[str, dict[str, int]] = {
    "face_gate": {
        "pass": 900, "denied": 60, "door_held": 12, "tailgating": 12, "battery": 10, "fault": 3,
        "forced_open": 2, "tamper": 1,
    },
    "wifi_probe": {"count": 985, "battery": 12, "fault": 3},
    "fire_lane": {"occupied": 480, "vacated": 479, "battery": 35, "fault": 4, "tamper": 2},
    "panic_button": {"battery": 940, "pressed": 58, "fault": 2},
    "smoke": {"battery": 960, "alarm": 19, "normal": 19, "fault": 2},
    "camera": {"motion": 990, "tamper": 6, "fault": 4},
}  # fmt: skip
WEIGHTS = {"face_gate": 10, "wifi_probe": 6, "fire_lane": 2, "camera": 5}

CONDITIONS: dict[str, dict[tuple[str, int], int]] = {
    "face_gate": {
        ("door_held", 3): 400, ("denied_burst", 3): 300, ("tailgating", 3): 200, ("device_offline", 4): 60,
        ("forced_open", 1): 25, ("tamper", 2): 15,
    },
    "wifi_probe": {("crowd_high", 2): 600, ("device_offline", 4): 400},
    "fire_lane": {("lane_blocked", 2): 850, ("device_offline", 4): 140, ("tamper", 2): 10},
    "panic_button": {("device_offline", 4): 600, ("panic", 1): 400},
    "smoke": {("device_offline", 4): 700, ("smoke", 1): 300},
    "camera": {("device_offline", 4): 700, ("tamper", 2): 300},
}  # fmt: skip
HOURS = [math.exp(-(((hour - 15) / 6) ** 2)) + 0.15 for hour in range(24)]


def build(*, events: int, alarms: int) -> None:
    """Fill the database; the newest rows are of this hour."""
    random = Random(7)  # noqa: S311 - the same history every time
    _places()
    devices = _devices()
    end = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    start = end - timedelta(days=DAYS)
    indexes = _drop_indexes(DeviceEvent, Alarm, AlarmChange, AuditEntry)
    transaction.set_autocommit(False)
    if connection.vendor == "postgresql":
        _run("SET session_replication_role = replica")  # no look at the device for each row
    _slots(devices, random)
    _ways("way_types", {kind: {(t,): n for t, n in ways.items()} for kind, ways in TYPES.items()})
    _ways("way_conditions", CONDITIONS)
    for number, (first, count, hour) in enumerate(_hours(start, events)):
        _events(first, count, hour)
        if number % 24 == 23:
            transaction.commit()
    for first, count, hour in _hours(start, alarms):
        _alarms(first, count, hour)
    transaction.commit()
    _open_alarms(end)
    _changes_and_audit()
    _letters(start, min(100_000, events // 100))
    transaction.commit()
    for statement in indexes:
        _run(statement)
    transaction.commit()
    transaction.set_autocommit(True)
    _run("ANALYZE" if connection.vendor == "sqlite" else "VACUUM ANALYZE")


def _run(sql: str, parameters: Any = None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)


def _places() -> None:
    villages = Jurisdiction.objects.filter(level="village")
    Jurisdiction.objects.bulk_create(
        Jurisdiction(
            code=f"{village.code}{grid:03d}",
            name=f"{village.name}第{grid}网格",
            level="grid",
            parent=village,
        )
        for village in villages
        for grid in range(1, GRIDS + 1)
    )


def _devices() -> list[Device]:
    made = []
    for device in list(Device.objects.all()):
        for copy in range(1, COPIES):
            code = f"{device.jurisdiction_id}{copy:03d}"
            made.append(
                Device(
                    id=f"{device.id}-{copy}",
                    name=f"{device.name}-{copy}",
                    kind=device.kind,
                    jurisdiction_id=code,
                    site=device.site,
                    longitude=device.longitude,
                    latitude=device.latitude,
                )
            )
    Device.objects.bulk_create(made)
    DeviceStatus.objects.bulk_create(DeviceStatus(device=device) for device in made)
    return list(Device.objects.order_by("id"))


def _slots(devices: list[Device], random: Random) -> None:
    """Devices by slot: their share falls with their rank, as 1/rank, times their kind's."""
    shares = [
        WEIGHTS.get(device.kind, 1) / (rank + 20)
        for rank, device in enumerate(random.sample(devices, len(devices)), start=1)
    ]
    shuffled = random.choices(devices, weights=shares, k=SLOTS - len(devices)) + devices
    random.shuffle(shuffled)
    _run(
        "CREATE TEMPORARY TABLE slots (n integer PRIMARY KEY, device_id text, name text, code text, "
        "kind text, site text)"
    )
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO slots VALUES (%s, %s, %s, %s, %s, %s)",
            [
                (n, one.id, one.name, one.jurisdiction_id, one.kind, one.site)
                for n, one in enumerate(shuffled)
            ],
        )


def _ways(table: str, ways: Mapping[str, Mapping[tuple[Any, ...], int]]) -> None:
    _run(
        f"CREATE TEMPORARY TABLE {table} (kind text, n integer, name text, severity integer, "
        "PRIMARY KEY (kind, n))"
    )
    rows = []
    for kind, names in ways.items():
        n = 0
        for name, often in names.items():
            rows += [(kind, n + i, name[0], name[1] if len(name) > 1 else 0) for i in range(often)]
            n += often
    with connection.cursor() as cursor:
        cursor.executemany(f"INSERT INTO {table} VALUES (%s, %s, %s, %s)", rows)


def _hours(start: datetime, total: int) -> Iterator[tuple[int, int, datetime]]:
    """(rows before, rows, hour) of every hour; the last days are as busy as the first."""
    weight = sum(HOURS) * DAYS
    given, ideal = 0, 0.0
    for hour in range(DAYS * 24):
        at = start + timedelta(hours=hour)
        ideal += HOURS[(at.hour + 8) % 24] / weight * total
        count = round(ideal) - given
        if count > 0:
            yield given, count, at
        given += count


def _series(first: int, count: int) -> str:
    return (
        f"WITH RECURSIVE series (i) AS (SELECT CAST({first:d} AS bigint) UNION ALL SELECT i + 1 FROM series "
        f"WHERE i < {first + count - 1:d}), hashed AS (SELECT i, "
        f"(i * 7919 + (i / 13) * 104729 + i / 977) %% {SLOTS} AS slot, "
        f"(i * 31 + (i / 7) * 611953 + i / {SLOTS}) %% {WAYS} AS way FROM series) "
    )


def _moment(hour: datetime, first: int, count: int, *, shift_s: float = 0, waits: str = "0") -> str:
    """The time of row i of an hour, as the database keeps times; `waits` seconds later."""
    epoch, step = hour.timestamp() + shift_s, 3600 / count
    return _time(f"{epoch} + (i - {first}) * {step:.6f} + {waits}")


def _time(epoch: str) -> str:
    """A time of so many seconds since 1970, as the database keeps times."""
    if connection.vendor == "sqlite":
        return f"strftime('%%Y-%%m-%%d %%H:%%M:%%f', {epoch}, 'unixepoch') || '000'"
    return f"to_timestamp({epoch})"


def _insert(model: type[Model], given: Mapping[str, str], source: str, *, series: str = "") -> None:
    """INSERT … SELECT with the model's own defaults for what is not given."""
    columns, values, parameters = [], [], []
    for field in model._meta.local_concrete_fields:  # noqa: SLF001 - Django's name
        if field.primary_key:
            continue
        name = str(field.column)
        columns.append(f'"{name}"')
        if name in given:
            values.append(given[name])
        else:
            values.append("%s")
            parameters.append(field.get_db_prep_save(field.get_default(), connection))
    _run(
        f"{series} INSERT INTO {model._meta.db_table} ({', '.join(columns)}) "  # noqa: SLF001 - names of columns
        f"SELECT {', '.join(values)} FROM {source}",
        parameters,
    )


def _json(text: str) -> str:
    return f"'{text}'" if connection.vendor == "sqlite" else f"'{text}'::jsonb"


def _events(first: int, count: int, hour: datetime) -> None:
    _insert(
        DeviceEvent,
        {
            "device_id": "s.device_id",
            "event_id": "'E' || i",
            "code": "s.code",
            "kind": "s.kind",
            "type": "w.name",
            "at": _moment(hour, first, count),
            "device_at": _moment(hour, first, count, shift_s=-0.4),
            "data": _json('{"battery": 87}'),
        },
        "hashed JOIN slots s ON s.n = slot JOIN way_types w ON w.kind = s.kind AND w.n = way ORDER BY i",
        series=_series(first, count),
    )


def _alarms(first: int, count: int, hour: datetime) -> None:
    when = _moment(hour, first, count)
    yes, no = ("1", "0") if connection.vendor == "sqlite" else ("true", "false")
    _insert(
        Alarm,
        {
            "device_id": "s.device_id",
            "device_name": "s.name",
            "kind": "s.kind",
            "site": "s.site",
            "code": "s.code",
            "condition": "w.name",
            "severity": "w.severity",
            "open": no,
            "active": no,
            "acknowledged": yes,
            "raised_at": when,
            "last_at": when,
            "cleared_at": _moment(hour, first, count, shift_s=CLEARED_S),
            "acknowledged_at": _moment(
                hour, first, count, shift_s=ACKNOWLEDGED_S, waits="way * 3 / 4"
            ),
            "acknowledged_by_name": "'city'",
        },
        "hashed JOIN slots s ON s.n = slot JOIN way_conditions w ON w.kind = s.kind AND w.n = way "
        "ORDER BY i",
        series=_series(first, count),
    )


def _open_alarms(end: datetime) -> None:
    """The last alarm of every other device is open still."""
    yes, no = ("1", "0") if connection.vendor == "sqlite" else ("true", "false")
    _run(
        f"UPDATE alarms_alarm SET open = {yes}, active = {yes}, acknowledged = {no}, "
        "cleared_at = NULL, acknowledged_at = NULL, acknowledged_by_name = '' WHERE id IN "
        "(SELECT max(id) FROM alarms_alarm GROUP BY device_id) AND id % 2 = 0"
    )


def _changes_and_audit() -> None:
    for change, when in (
        ("raised", "raised_at"),
        ("acknowledged", "acknowledged_at"),
        ("cleared", "cleared_at"),
    ):
        _insert(
            AlarmChange,
            {"alarm_id": "a.id", "at": f"a.{when}", "change": f"'{change}'"},
            f"alarms_alarm a WHERE a.{when} IS NOT NULL ORDER BY a.id",
        )
    for nth in range(1, 4):
        _again(nth * AGAIN_S)
    no = "0" if connection.vendor == "sqlite" else "false"
    _insert(
        AlarmChange,
        {"alarm_id": "a.id", "at": _later("a.raised_at", CLOSED_S), "change": "'closed'"},
        f"alarms_alarm a WHERE a.open = {no} ORDER BY a.id",
    )
    _insert(
        AuditEntry,
        {
            "at": "a.acknowledged_at",
            "actor_name": "CASE WHEN a.id %% 10 < 7 THEN '调度一' ELSE '调度二' END",
            "action": "CASE WHEN a.id %% 1000 = 0 THEN 'device.changed' "
            "WHEN a.id %% 7 = 0 THEN 'session.login' ELSE 'alarm.acknowledged' END",
            "subject": "a.device_id",
            "code": "a.code",
        },
        "alarms_alarm a WHERE a.acknowledged_at IS NOT NULL ORDER BY a.id",
    )


def _again(after_s: int) -> None:
    """One alarm in twenty came back three times; every other of these within a minute, so that it chattered."""
    _insert(
        AlarmChange,
        {
            "alarm_id": "a.id",
            "at": _later("a.raised_at", f"{after_s} * (1 + a.id %% 2)"),
            "change": "'reactivated'",
        },
        "alarms_alarm a WHERE a.id / 7 %% 20 = 0 ORDER BY a.id",
    )


def _later(moment: str, seconds: int | str) -> str:
    """A time of the database so many seconds later."""
    if connection.vendor == "sqlite":
        return _time(f"unixepoch({moment}, 'subsec') + {seconds}")
    return f"{moment} + {seconds} * interval '1 second'"


def _letters(start: datetime, count: int) -> None:
    payload = "x'7b7d'" if connection.vendor == "sqlite" else "'\\x7b7d'::bytea"
    step = DAYS * 86400 / count
    moment = _time(f"{start.timestamp()} + i * {step:.6f}")
    _insert(
        DeadLetter,
        {
            "at": moment,
            "last_at": moment,
            "topic": "'sc/v1/' || s.code",
            "device_id": "s.device_id",
            "code": "s.code",
            "reason": "CASE WHEN way < 900 THEN 'bad_data' WHEN way < 990 THEN 'not_json' "
            "ELSE 'codec_error' END",
            "payload": payload,
            "size": "2",
            "digest": "'d' || i",
            "state": "CASE WHEN way %% 10 < 2 THEN 'open' ELSE 'discarded' END",
        },
        "hashed JOIN slots s ON s.n = slot ORDER BY i",
        series=_series(0, count),
    )


def _drop_indexes(*models: type[Model]) -> list[str]:
    """Indexes are built faster at the end; returns the statements that do."""
    made = []
    with connection.schema_editor() as editor:
        for model in models:
            for statement in editor._model_indexes_sql(model):  # type: ignore[attr-defined]  # noqa: SLF001 - no public way
                made.append(str(statement))
                name = str(statement).split("INDEX ")[1].split()[0]
                _run(f"DROP INDEX {name}")
    return made


if __name__ == "__main__":
    settings = json.loads(sys.argv[1])
    build(events=settings["events"], alarms=settings["alarms"])
