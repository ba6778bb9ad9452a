"""The fan-out of one web process: reads the feed once, encodes once, sends to every socket.

Sockets with the same scope form a group and share their frames. Everything here runs on the event
loop; the database is read by `FeedReader`'s thread and, for snapshots, by a small pool.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import TypeVar

import orjson
from django.conf import settings
from django.db import DatabaseError, close_old_connections

from command_center.accounts.policy import Permission
from command_center.accounts.scope import NOWHERE, Scope
from command_center.feed import selectors, services
from command_center.feed.connection import Connection, Frame
from command_center.feed.messages import CloseCode, Cursor, Heartbeat, Resumed, iso
from command_center.feed.reader import FeedReader
from command_center.feed.sections import section_of
from command_center.feed.selectors import EncodedEvent, EncodedSnapshot
from command_center.feed.services import ACCESS_CHANGED

logger = logging.getLogger(__name__)

FRAME_INTERVAL_S = 0.1
HEARTBEAT_S = 5.0
COUNT_EVERY = 12
"""Consoles are counted with every so many-th heartbeat, once a minute."""
RING = 20_000
RESUME_LIMIT = 5_000
FRAME_EVENTS = 1_000
SNAPSHOT_AGE_S = 1.0
"""A snapshot is handed out for so long at least, and for as long as making it has taken: who comes meanwhile gets the
events since then with it."""

Scopes = Mapping[Permission, Scope]
Follower = Callable[[EncodedEvent], object]
T = TypeVar("T")


@dataclass(slots=True)
class Group:
    """The sockets of one scope. `head` is the head of the last frame that they were sent."""

    scopes: Scopes
    head: int
    members: set[Connection] = field(default_factory=set)
    snapshot: EncodedSnapshot | None = None
    snapshot_until: float = 0.0
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    def sees(self, event: EncodedEvent) -> bool:
        """Whether an event lies in this scope."""
        section = section_of().get(event.kind)
        return section is not None and section.seen_in(
            self.scopes.get(section.permission, NOWHERE), event.code
        )


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose a socket is, and by which session."""

    user_id: int
    session: str


def events_frame(*, prev: int, head: int, events: list[EncodedEvent]) -> Frame:
    """The frame that carries events already encoded."""
    body = ",".join(event.json for event in events)
    return Frame(f'{{"type":"events","prev":{prev},"head":{head},"events":[{body}]}}', head)


class Hub:
    """See the module."""

    def __init__(self) -> None:
        self._groups: dict[tuple[tuple[Permission, Scope], ...], Group] = {}
        self._owners: dict[Connection, Owner] = {}
        self._members: dict[Connection, Group] = {}
        self._followers: dict[object, tuple[frozenset[str], Follower]] = {}
        self._ring: list[EncodedEvent] = []
        self._epoch = ""
        self._head = 0
        self._trimmed = 0
        self._flushed_at = 0.0
        self._flush: asyncio.TimerHandle | None = None
        self._heartbeat: asyncio.Task[None] | None = None
        self._reader: FeedReader | None = None
        self._starting: asyncio.Lock | None = None
        self._pool = ThreadPoolExecutor(max_workers=2, thread_name_prefix="feed-snapshot")

    # -- life ---------------------------------------------------------------------------------

    async def ensure_started(self) -> None:
        """Start following the feed with the first socket of this process."""
        if self._starting is None:
            self._starting = asyncio.Lock()
        async with self._starting:
            if self._reader is None:
                await self._start()

    async def _start(self) -> None:
        loop = asyncio.get_running_loop()
        head = await self._in_pool(selectors.head)
        self._epoch, self._head, self._trimmed = head.epoch, head.seq, head.trimmed
        self._ring.clear()
        self._reader = FeedReader(
            after=head.seq,
            epoch=head.epoch,
            deliver=lambda events: loop.call_soon_threadsafe(self._delivered, events),
            epoch_changed=lambda: loop.call_soon_threadsafe(self._restart),
        )
        self._reader.start()
        if self._heartbeat is None:
            self._heartbeat = loop.create_task(self._beat(), name="feed-heartbeat")

    def _restart(self) -> None:
        """The numbering began anew, or events were lost to this reader: begin again with everybody."""
        logger.warning("the feed began anew; every console takes a fresh snapshot")
        if self._reader is not None:
            self._reader.stop()
            self._reader = None
        self._groups = {}  # their heads and snapshots are of the old numbering
        for connection in list(self._owners):
            connection.close(CloseCode.GOING_AWAY)

    async def stop(self) -> None:
        """End: close every socket and stop the reader."""
        if self._heartbeat is not None:
            self._heartbeat.cancel()
            self._heartbeat = None
        for connection in list(self._owners):
            connection.close(CloseCode.GOING_AWAY)
        if self._reader is not None:
            self._reader.stop()
            self._reader = None
        self._pool.shutdown(wait=False)

    def healthy(self) -> bool:
        """Whether the feed is being read (or nobody has asked for it yet)."""
        return self._reader is None or self._reader.healthy()

    @property
    def sockets(self) -> int:
        """How many consoles are connected."""
        return len(self._members)

    def consoles(self) -> dict[str, int]:
        """How many people are connected whose posts let them acknowledge alarms, by the posts' jurisdictions."""
        people: dict[str, set[int]] = {}
        for connection, group in self._members.items():
            owner = self._owners.get(connection)
            for code in group.scopes.get(Permission.ALARMS_ACKNOWLEDGE, NOWHERE).prefixes:
                if owner is not None:
                    people.setdefault(code, set()).add(owner.user_id)
        return {code: len(found) for code, found in people.items()}

    # -- sockets ------------------------------------------------------------------------------

    async def watch(self, connection: Connection, *, user_id: int, session: str) -> None:
        """From now on close a socket when its person's rights change or its session ends.

        Read what those rights are after this has returned: then no change can slip between.
        """
        await self.ensure_started()
        self._owners[connection] = Owner(user_id, session)

    async def hello(self, connection: Connection, *, scopes: Scopes, cursor: Cursor | None) -> None:
        """Bring a socket to the feed's head, from its cursor or with a snapshot, and keep it there."""
        await self.ensure_started()
        self.leave(connection)
        group = self._group(scopes)
        if cursor is None or not await self._resume(connection, group, cursor):
            shot = await self._snapshot(group)
            connection.offer(Frame(shot.json, shot.seq))
        self._catch_up(connection, group)
        group = self._group(
            scopes
        )  # the one looked up before may have lost its last member meanwhile
        if not connection.closing:
            group.members.add(connection)
            self._members[connection] = group
        self._drop_if_empty(group)

    def follow(self, kinds: frozenset[str], follower: Follower) -> Callable[[], None]:
        """Have every event of some kinds told, on the event loop, whoever may see it; returns the way out.

        For other sockets of this process. A hint and no more: what is missed while the feed begins anew is
        made good by the sockets' coming back, as `watch` has them do.
        """
        key = object()
        self._followers[key] = (kinds, follower)

        def unfollow() -> None:
            self._followers.pop(key, None)

        return unfollow

    def leave(self, connection: Connection) -> None:
        """A socket follows no more."""
        group = self._members.pop(connection, None)
        if group is not None:
            group.members.discard(connection)
            self._drop_if_empty(group)

    def forget(self, connection: Connection) -> None:
        """A socket is gone."""
        self.leave(connection)
        self._owners.pop(connection, None)

    def _drop_if_empty(self, group: Group) -> None:
        if not group.members:
            self._groups = {key: kept for key, kept in self._groups.items() if kept is not group}

    def _group(self, scopes: Scopes) -> Group:
        key = tuple(sorted(scopes.items(), key=lambda item: item[0]))
        group = self._groups.get(key)
        if group is None:
            group = self._groups[key] = Group(scopes=scopes, head=self._head)
        return group

    async def _resume(self, connection: Connection, group: Group, cursor: Cursor) -> bool:
        known = str(cursor.epoch) == self._epoch and self._trimmed <= cursor.seq <= self._head
        if not known or self._head - cursor.seq > RESUME_LIMIT:
            return False
        missed: list[EncodedEvent] | None = self._ring_after(cursor.seq)
        if missed is None:
            missed = await self._in_pool(
                lambda: selectors.events_after(cursor.seq, limit=2 * RESUME_LIMIT)
            )
            if not missed or missed[0].seq != cursor.seq + 1:
                return False
        resumed = Resumed(cursor=cursor).model_dump_json()
        connection.offer(Frame(resumed, cursor.seq))
        self._offer_events(
            connection, group, missed, max(cursor.seq, missed[-1].seq if missed else 0)
        )
        return True

    async def _snapshot(self, group: Group) -> EncodedSnapshot:
        async with group.lock:
            began = asyncio.get_running_loop().time()
            shot = group.snapshot
            fresh = began < group.snapshot_until
            if shot is None or not fresh or self._ring_after(shot.seq) is None:
                shot = await self._in_pool(lambda: selectors.snapshot(group.scopes))
                now = asyncio.get_running_loop().time()
                group.snapshot, group.snapshot_until = shot, now + max(SNAPSHOT_AGE_S, now - began)
            return shot

    def _catch_up(self, connection: Connection, group: Group) -> None:
        """Follow from the socket's cursor to the head in memory. Without an await: nothing can slip between."""
        if connection.closing:
            return  # its closing frame is still on the way: nothing more to encode for it
        missed = self._ring_after(connection.cursor)
        if missed is None:
            connection.close(CloseCode.SLOW_CONSUMER)
        else:
            self._offer_events(connection, group, missed, self._head)

    def _offer_events(
        self, connection: Connection, group: Group, events: list[EncodedEvent], head: int
    ) -> None:
        visible = [event for event in events if group.sees(event)]
        while len(visible) > FRAME_EVENTS:
            part, visible = visible[:FRAME_EVENTS], visible[FRAME_EVENTS:]
            connection.offer(events_frame(prev=connection.cursor, head=part[-1].seq, events=part))
        if head > connection.cursor:
            connection.offer(events_frame(prev=connection.cursor, head=head, events=visible))

    # -- fan-out ------------------------------------------------------------------------------

    def _delivered(self, events: list[EncodedEvent]) -> None:
        self._ring.extend(events)
        self._head = events[-1].seq
        if len(self._ring) > 2 * RING:
            del self._ring[:-RING]
        for event in events:
            if event.kind == ACCESS_CHANGED:
                self._access_changed(orjson.loads(event.data))
            for kinds, follower in list(self._followers.values()):
                if event.kind in kinds:
                    follower(event)
        if self._flush is None:
            loop = asyncio.get_running_loop()
            due = max(loop.time(), self._flushed_at + FRAME_INTERVAL_S)
            self._flush = loop.call_at(due, self._flush_now)

    def _flush_now(self) -> None:
        self._flush = None
        self._flushed_at = asyncio.get_running_loop().time()
        for group in list(self._groups.values()):
            self._flush_group(group, even_if_empty=False)

    def _flush_group(self, group: Group, *, even_if_empty: bool) -> None:
        """Send a group what came since its last frame; sockets further on or behind get their own."""
        events = self._ring_after(group.head)
        if events is None:
            for connection in list(group.members):
                connection.close(CloseCode.SLOW_CONSUMER)
            return
        visible = [event for event in events if group.sees(event)]
        if self._head == group.head or not (visible or even_if_empty):
            return
        frame = events_frame(prev=group.head, head=self._head, events=visible)
        for connection in list(group.members):
            if connection.cursor == group.head:
                connection.offer(frame)
            elif connection.cursor < self._head:
                self._catch_up(connection, group)
        group.head = self._head

    def _access_changed(self, data: dict[str, object]) -> None:
        for connection, owner in list(self._owners.items()):
            if owner.user_id == data["user"] and data["session"] in (None, owner.session):
                connection.close(CloseCode.UNAUTHENTICATED)

    async def _beat(self) -> None:
        beats = 0
        while True:
            await asyncio.sleep(HEARTBEAT_S)
            beats += 1
            if beats % COUNT_EVERY == 1:
                await self._count_consoles()
            now = iso(datetime.now(UTC))
            for group in list(self._groups.values()):
                self._flush_group(group, even_if_empty=True)
                if asyncio.get_running_loop().time() >= group.snapshot_until:
                    group.snapshot = None  # too old to be handed out, and large
                frame = Frame(Heartbeat(head=group.head, now=now).model_dump_json(), group.head)
                for connection in list(group.members):
                    if connection.cursor == group.head:
                        connection.offer(frame)

    async def _count_consoles(self) -> None:
        """Keep how many watch alarms where, for the alarm rate per operator. A hint's worth: it may fail."""
        counts = self.consoles()
        if not counts:
            return
        now, instance = datetime.now(UTC), f"{socket.gethostname()}:{settings.ENVIRONMENT.port}"
        try:
            await self._in_pool(
                lambda: services.note_consoles(counts, instance=instance[-80:], now=now)
            )
        except DatabaseError as error:
            logger.warning("the consoles could not be counted: %s", error)

    # -- helpers ------------------------------------------------------------------------------

    def _ring_after(self, seq: int) -> list[EncodedEvent] | None:
        """The events in memory after a number; None when memory does not reach back so far."""
        if seq >= self._head:
            return []
        if not self._ring or self._ring[0].seq > seq + 1:
            return None
        return self._ring[seq + 1 - self._ring[0].seq :]

    async def _in_pool(self, work: Callable[[], T]) -> T:
        def run() -> T:
            close_old_connections()
            try:
                return work()
            finally:
                close_old_connections()

        return await asyncio.get_running_loop().run_in_executor(self._pool, run)


@cache
def hub() -> Hub:
    """The hub of this process."""
    return Hub()
