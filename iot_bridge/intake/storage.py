"""The statements of the hot path, in SQL that SQLite and PostgreSQL share."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache

import orjson
from django.db import connection
from django.db.models import F

from command_center.jurisdictions.selectors import deepest_known
from iot_bridge.intake.decoding import Addressed, Rejected
from iot_bridge.intake.models import DeadLetter
from iot_bridge.intake.registry import DeviceEntry, Live, from_ms
from iot_bridge.protocol.privacy import scrub_text
from iot_bridge.protocol.scrub import scrub_bytes
from iot_bridge.rules.evaluate import next_due

ROWS = 500

_EVENT_COLUMNS = "device_id, event_id, code, kind, type, at, device_at, data"
_STATUS = (
    "UPDATE devices_devicestatus SET status = %s, last_seen = %s, battery = %s, fault = %s, "
    "rule_state = %s, due_at = %s WHERE device_id = %s"
)


@lru_cache(maxsize=8192)
def _moment(ms: int) -> str | datetime | None:
    """Epoch ms as the database stores it; messages of one batch share most of theirs."""
    stored: str | datetime | None = connection.ops.adapt_datetimefield_value(from_ms(ms))
    return stored


def insert_events(events: Mapping[tuple[str, str], Addressed]) -> set[tuple[str, str]]:
    """Insert events by (device, event id); returns the keys that were not there before."""
    rows: list[tuple[str | datetime | None, ...]] = []
    for (device_id, event_id), addressed in events.items():
        message = addressed.message
        device_at = message.device_at_ms
        rows.append(
            (
                device_id,
                event_id,
                addressed.entry.subject.code,
                addressed.entry.subject.kind,
                message.type,
                _moment(addressed.received.at_ms),
                None if device_at is None else _moment(device_at),
                orjson.dumps(message.data).decode(),
            )
        )
    inserted: set[tuple[str, str]] = set()
    with connection.cursor() as cursor:
        for start in range(0, len(rows), ROWS):
            part = rows[start : start + ROWS]
            values = ",".join(["(%s,%s,%s,%s,%s,%s,%s,%s)"] * len(part))
            cursor.execute(
                f"INSERT INTO intake_deviceevent ({_EVENT_COLUMNS}) VALUES {values} "  # noqa: S608  # constants
                "ON CONFLICT (device_id, event_id) DO NOTHING RETURNING device_id, event_id",
                [value for row in part for value in row],
            )
            inserted.update(cursor.fetchall())
    return inserted


def update_statuses(rows: Iterable[tuple[DeviceEntry, Live]]) -> None:
    """Write devices' live state. Rows in a fixed order, so that two writers cannot lock each other out."""
    parameters = []
    for entry, live in sorted(rows, key=lambda row: row[0].subject.id):
        due = next_due(live.state)
        seen = live.last_seen_ms
        parameters.append(
            (
                str(live.status),
                None if seen is None else _moment(seen),
                live.battery,
                live.fault,
                orjson.dumps(live.state.to_json()).decode(),
                None if due is None else _moment(due),
                entry.subject.id,
            )
        )
    if parameters:
        with connection.cursor() as cursor:
            cursor.executemany(_STATUS, parameters)


def store_dead_letters(rejected: Sequence[Rejected]) -> Counter[str]:
    """Write dead letters without their personal fields; identical ones fold into a count.

    Returns how many personal fields were stripped, by category.
    """
    stripped: Counter[str] = Counter()
    for letter in rejected:
        received = letter.received
        payload, found = scrub_bytes(received.payload)
        stripped.update(found)
        topic = scrub_text(received.topic)[:400]
        detail = scrub_text(letter.detail)[:400]
        digest = hashlib.sha256(
            b"\0".join((letter.reason.encode(), topic.encode(), payload))
        ).hexdigest()
        at = from_ms(received.at_ms)
        known = DeadLetter.objects.filter(digest=digest, state="open")
        if known.update(count=F("count") + 1, last_at=at, detail=detail):
            continue
        DeadLetter.objects.create(
            at=at,
            last_at=at,
            topic=topic,
            device_id=scrub_text(letter.device_id)[:64],
            code=deepest_known(letter.code),
            reason=letter.reason,
            detail=detail,
            payload=payload,
            size=len(received.payload),
            digest=digest,
        )
    return stripped
