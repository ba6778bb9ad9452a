"""Writing to the live feed, in the transaction that makes the change."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, datetime

from django.db import transaction as db
from django.db.models import F
from django.utils import timezone

from command_center.feed import wakeup
from command_center.feed.models import ConsoleCount, FeedEvent, FeedHead
from command_center.feed.sections import FeedModel, section_of

ACCESS_CHANGED = "access.changed"
CONSOLES_EVERY_S = 600
"""Consoles are counted by these stretches of time, which begin with the hour (EEMUA 191 counts alarms so)."""


class AccessChanged(FeedModel):
    """For the servers only: what a person may see has changed, or a session has ended."""

    user: int
    session: str | None = None


@dataclass(slots=True)
class Publication:
    """The events of one transaction, numbered together at its end."""

    _events: list[FeedEvent] = field(default_factory=list)

    def emit(self, kind: str, *, code: str, data: FeedModel) -> None:
        """Add an event. `kind` must be one that a section declares, with that section's model."""
        if kind != ACCESS_CHANGED:
            section = section_of()[kind]
            expected = section.item if kind in section.upserts else section.removals[kind]
            if not isinstance(data, expected):
                raise TypeError(f"{kind} carries {expected.__name__}, not {type(data).__name__}")
        self._events.append(FeedEvent(kind=kind, code=code, data=data.model_dump_json()))

    def hint(self, kind: str, data: FeedModel) -> None:
        """Add an event for the servers only (`Hub.follow`): no section has its kind, no console sees it."""
        if kind in section_of():
            raise TypeError(f"{kind} is for consoles; emit it")
        self._events.append(FeedEvent(kind=kind, code="", data=data.model_dump_json()))

    def mark(self) -> int:
        """How many events there are now."""
        return len(self._events)

    def rewind(self, mark: int) -> None:
        """Forget what was emitted after a mark (its savepoint was rolled back)."""
        del self._events[mark:]

    def flush(self) -> None:
        """Number and write the events. The lock on the head is held to the commit: no gap, no overtaking."""
        if not self._events:
            return
        count = len(self._events)
        FeedHead.objects.filter(id=1).update(seq=F("seq") + count)
        head = FeedHead.objects.values_list("seq", flat=True).get(id=1)
        now = timezone.now()
        for offset, event in enumerate(self._events, start=1):
            event.seq = head - count + offset
            event.at = now
        FeedEvent.objects.bulk_create(self._events)
        db.on_commit(wakeup.notify)


_current: ContextVar[Publication | None] = ContextVar("feed_publication", default=None)


@contextmanager
def transaction() -> Iterator[Publication]:
    """A database transaction whose emitted events are numbered and written at its very end.

    Nested use joins the outer transaction as a savepoint.
    """
    outer = _current.get()
    if outer is not None:
        mark = outer.mark()
        try:
            with db.atomic():
                yield outer
        except BaseException:
            outer.rewind(mark)
            raise
        return
    publication = Publication()
    token = _current.set(publication)
    try:
        with db.atomic():
            yield publication
            publication.flush()
    finally:
        _current.reset(token)


def announce_access_change(*, user_id: int, session: str | None = None) -> None:
    """Have every server close this person's sockets (or one session's), so that they come back anew."""
    with transaction() as publication:
        publication.emit(ACCESS_CHANGED, code="", data=AccessChanged(user=user_id, session=session))


def note_consoles(counts: Mapping[str, int], *, instance: str, now: datetime) -> None:
    """Keep how many consoles a web process has at each jurisdiction; of the ten minutes the most stands."""
    seconds = int(now.timestamp()) // CONSOLES_EVERY_S * CONSOLES_EVERY_S
    at = datetime.fromtimestamp(seconds, UTC)
    with db.atomic():
        rows = ConsoleCount.objects.filter(at=at, instance=instance, code__in=counts)
        known = dict(rows.values_list("code", "consoles"))
        more = {code: count for code, count in counts.items() if count > known.get(code, 0)}
        ConsoleCount.objects.bulk_create(
            [
                ConsoleCount(at=at, code=code, instance=instance, consoles=count)
                for code, count in sorted(more.items())
            ],
            update_conflicts=True,
            unique_fields=["code", "at", "instance"],
            update_fields=["consoles"],
        )
