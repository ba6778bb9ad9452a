"""Reading the feed: where it stands, what came after a cursor, and the whole state."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

import orjson
from django.db import connection, transaction
from django.db.models import Sum

from command_center.accounts.policy import Permission
from command_center.accounts.scope import NOWHERE, Scope
from command_center.feed.messages import iso
from command_center.feed.models import ConsoleCount, FeedEvent, FeedHead
from command_center.feed.sections import FeedModel, Section, sections

BATCH = 2000
PART = 200
"""So many items of a snapshot are encoded at once."""


@dataclass(frozen=True, slots=True)
class Head:
    """Where the feed stands. Events up to `trimmed` are no longer kept."""

    epoch: str
    seq: int
    trimmed: int


@dataclass(frozen=True, slots=True)
class EncodedEvent:
    """One event, encoded once for every socket of this process."""

    seq: int
    kind: str
    code: str
    json: str
    data: str


def head() -> Head:
    """The feed's head, as committed."""
    row = FeedHead.objects.get(id=1)
    return Head(epoch=str(row.epoch), seq=row.seq, trimmed=row.trimmed)


def events_after(seq: int, *, limit: int = BATCH) -> list[EncodedEvent]:
    """The events after a number, in order, encoded for the wire."""
    rows = FeedEvent.objects.filter(seq__gt=seq).order_by("seq")[:limit]
    return [_encode(row) for row in rows]


def data_between(*, after: int, upto: int, kinds: Sequence[str]) -> list[str]:
    """The data (JSON) of the events of some kinds in `after < seq <= upto`, in order."""
    rows = FeedEvent.objects.filter(seq__gt=after, seq__lte=upto, kind__in=kinds)
    return list(rows.order_by("seq").values_list("data", flat=True))


def _encode(row: FeedEvent) -> EncodedEvent:
    text = (
        f'{{"seq":{row.seq},"kind":"{row.kind}","at":"{iso(row.at)}",'
        f'"code":"{row.code}","data":{row.data}}}'
    )
    return EncodedEvent(seq=row.seq, kind=row.kind, code=row.code, json=text, data=row.data)


@dataclass(frozen=True, slots=True)
class EncodedSnapshot:
    """The state of one scope as of `seq`: the complete frame."""

    epoch: str
    seq: int
    json: str


def snapshot(scopes: Mapping[Permission, Scope]) -> EncodedSnapshot:
    """The whole state in these scopes, read at one instant together with its cursor."""
    with consistent_read():
        at = head()
        state = b",".join(
            b'"%b":[%b]' % (section.name.encode(), b",".join(_parts(section, scopes)))
            for section in sections()
        )
    cursor = orjson.dumps({"epoch": at.epoch, "seq": at.seq})
    text = b'{"type":"snapshot","cursor":%b,"state":{%b}}' % (cursor, state)
    return EncodedSnapshot(epoch=at.epoch, seq=at.seq, json=text.decode())


def _parts(section: Section, scopes: Mapping[Permission, Scope]) -> Iterator[bytes]:
    """A section's items encoded, some at a time: never all of a flood's alarms as objects, nor the lock that Python's
    threads share held for as long as all of them take."""
    items = iter((section.plain or section.read)(scopes.get(section.permission, NOWHERE)))
    while part := list(islice(items, PART)):
        yield orjson.dumps(part, default=FeedModel.model_dump)[1:-1]


@contextmanager
def consistent_read() -> Iterator[None]:
    """A transaction that sees one instant of the database, and never waits for a writer."""
    if connection.in_atomic_block:
        yield
    elif connection.vendor == "sqlite":
        with _deferred(), transaction.atomic():
            yield
    else:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            yield


@contextmanager
def _deferred() -> Iterator[None]:
    """Begin DEFERRED for once: IMMEDIATE, the installation's mode, would take the writer's lock."""
    connection.ensure_connection()
    sqlite: Any = connection
    mode = sqlite.transaction_mode
    sqlite.transaction_mode = "DEFERRED"
    try:
        yield
    finally:
        sqlite.transaction_mode = mode


def consoles_at(codes: Sequence[str], *, since: datetime, until: datetime) -> dict[datetime, int]:
    """How many consoles of posts at these very jurisdictions were open, by the beginning of each ten minutes."""
    rows = ConsoleCount.objects.filter(code__in=codes, at__gte=since, at__lt=until)
    return dict(rows.values("at").annotate(all=Sum("consoles")).values_list("at", "all"))
