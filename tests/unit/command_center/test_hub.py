"""The hub's fan-out over a feed in memory: who gets what, and that no frame is ever out of line."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any
from uuid import UUID

import pytest

from command_center.accounts.policy import Permission
from command_center.accounts.scope import Scope
from command_center.feed import hub as module
from command_center.feed import selectors
from command_center.feed.connection import Closing, Connection
from command_center.feed.hub import RESUME_LIMIT, Hub
from command_center.feed.messages import CloseCode, Cursor
from command_center.feed.selectors import EncodedEvent, EncodedSnapshot, Head

EPOCH = "5e0e0000-0000-4000-8000-000000000001"
OTHER_EPOCH = "5e0e0000-0000-4000-8000-000000000002"
EAST = {Permission.DEVICES_VIEW: Scope(("640181100",))}
SOUTH = {Permission.DEVICES_VIEW: Scope(("640181101",))}


def event(seq: int, code: str = "640181100001", kind: str = "unit.changed") -> EncodedEvent:
    data = json.dumps({"id": seq, "code": code})
    kind = "device.changed" if kind == "unit.changed" else kind
    text = json.dumps({"seq": seq, "kind": kind, "at": "", "code": code, "data": {"id": seq}})
    return EncodedEvent(seq=seq, kind=kind, code=code, json=text, data=data)


class Feed:
    """The feed table, in memory, with a reader that delivers on request."""

    def __init__(self, hub: Hub) -> None:
        self.hub = hub
        self.rows: list[EncodedEvent] = []
        self.epoch, self.trimmed, self.delivered = EPOCH, 0, 0
        self.snapshots = 0
        self.before_snapshot: Callable[[], None] = lambda: None

    @property
    def seq(self) -> int:
        return self.rows[-1].seq if self.rows else self.trimmed

    def head(self) -> Head:
        return Head(epoch=self.epoch, seq=self.seq, trimmed=self.trimmed)

    def events_after(self, seq: int, *, limit: int = 2000) -> list[EncodedEvent]:
        return [row for row in self.rows if row.seq > seq][:limit]

    def snapshot(self, scopes: Mapping[Permission, Scope]) -> EncodedSnapshot:
        self.snapshots += 1
        at = self.head()
        cursor = {"epoch": at.epoch, "seq": at.seq}
        text = json.dumps({"type": "snapshot", "cursor": cursor, "state": {}})
        return EncodedSnapshot(epoch=at.epoch, seq=at.seq, json=text)

    def write(self, *codes: str, kind: str = "device.changed") -> None:
        for code in codes:
            self.rows.append(event(self.seq + 1, code, kind))

    def deliver(self) -> None:
        """What the reader does when it has read to the end."""
        fresh = self.events_after(self.delivered)
        if fresh:
            self.delivered = fresh[-1].seq
            self.hub._delivered(fresh)

    def trim(self) -> None:
        self.trimmed, self.rows = self.seq, []


class StillReader:
    def __init__(self, **_: object) -> None: ...
    def start(self) -> None: ...
    def stop(self) -> None: ...
    def healthy(self) -> bool:
        return True


@pytest.fixture
async def feed(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Feed]:
    hub = Hub()
    made = Feed(hub)
    for name in ("head", "events_after", "snapshot"):
        monkeypatch.setattr(selectors, name, getattr(made, name))
    monkeypatch.setattr(module, "FeedReader", StillReader)
    monkeypatch.setattr(module, "close_old_connections", lambda: None)

    async def in_pool(work: Callable[[], Any]) -> Any:
        if work.__qualname__.startswith("Hub._snapshot"):
            await asyncio.to_thread(lambda: None)
            made.before_snapshot()
        return work()

    monkeypatch.setattr(hub, "_in_pool", in_pool)
    monkeypatch.setattr(module, "FRAME_INTERVAL_S", 0.0)
    yield made
    await hub.stop()


class Socket:
    """A socket at the hub: what it was sent, checked like a console would."""

    def __init__(self, feed: Feed, *, user: int = 1, session: str = "s") -> None:
        self.feed, self.user, self.session = feed, user, session
        self.closed: Closing | None = None
        self.connection = Connection(close=self._close)

    def _close(self, code: Closing) -> None:
        self.closed = code

    async def watched(self) -> "Socket":
        await self.feed.hub.watch(self.connection, user_id=self.user, session=self.session)
        return self

    async def hello(
        self, scopes: Mapping[Permission, Scope] = EAST, cursor: tuple[str, int] | None = None
    ) -> "Socket":
        if self.connection not in self.feed.hub._owners:
            await self.watched()
        at = None if cursor is None else Cursor(epoch=UUID(cursor[0]), seq=cursor[1])
        await self.feed.hub.hello(self.connection, scopes=scopes, cursor=at)
        return self

    def frames(self) -> list[dict[str, Any]]:
        found = [json.loads(frame.text) for frame in self.connection._frames]
        cursor: int | None = None
        for frame in found:
            match frame["type"]:
                case "snapshot" | "resumed":
                    cursor = frame["cursor"]["seq"]
                case "events":
                    assert frame["prev"] == cursor, found
                    cursor = frame["head"]
                case "heartbeat":
                    assert frame["head"] == cursor, found
        return found

    def seqs(self) -> list[int]:
        return [e["seq"] for frame in self.frames() for e in frame.get("events", [])]


async def settle() -> None:
    """Let the timers that are due run."""
    for _ in range(5):
        await asyncio.sleep(0)
    await asyncio.sleep(0.002)


async def test_events_go_to_the_sockets_whose_scope_they_lie_in(feed: Feed) -> None:
    east, south = await Socket(feed).hello(EAST), await Socket(feed).hello(SOUTH)
    feed.write("640181100001", "640181101001", "640181100002")
    feed.deliver()
    await settle()
    assert (east.seqs(), south.seqs()) == ([1, 3], [2])


async def test_an_event_of_no_section_reaches_nobody_and_breaks_no_chain(feed: Feed) -> None:
    east = await Socket(feed).hello()
    feed.write("640181100001")
    feed.rows.append(event(2, "", "access.changed"))
    feed.rows[-1] = EncodedEvent(2, "access.changed", "", "{}", '{"user": 9, "session": null}')
    feed.write("640181100001")
    feed.deliver()
    await settle()
    assert east.seqs() == [1, 3]


async def test_a_known_cursor_is_resumed_from_memory_or_table(feed: Feed) -> None:
    feed.write(*["640181100001"] * 5)
    feed.delivered = 5  # before this process began: only the table has them
    late = await Socket(feed).hello(cursor=(EPOCH, 2))
    assert late.frames()[0]["type"] == "resumed"
    assert late.seqs() == [3, 4, 5]
    feed.write(*["640181100001"] * 3)
    feed.deliver()
    assert (await Socket(feed).hello(cursor=(EPOCH, 6))).seqs() == [7, 8]


@pytest.mark.parametrize("cursor", [(OTHER_EPOCH, 3), (EPOCH, 99), (EPOCH, 1)])
async def test_an_unknown_cursor_gets_a_snapshot(feed: Feed, cursor: tuple[str, int]) -> None:
    feed.write(*["640181100001"] * 3)
    if cursor == (EPOCH, 1):
        feed.rows = feed.rows[2:]  # 2 is gone, 3 is still there
    assert (await Socket(feed).hello(cursor=cursor)).frames()[0]["type"] == "snapshot"


async def test_a_cursor_behind_a_trimmed_feed_gets_a_snapshot(feed: Feed) -> None:
    feed.write(*["640181100001"] * 3)
    await Socket(feed).hello()  # the hub knows the feed as it is before the trimming
    feed.trim()
    late = await Socket(feed).hello(cursor=(EPOCH, 1))
    assert late.closed is None
    assert late.frames()[0]["type"] == "snapshot"


async def test_a_cursor_far_behind_gets_a_snapshot(feed: Feed) -> None:
    feed.write(*["640181100001"] * (RESUME_LIMIT + 2))
    assert (await Socket(feed).hello(cursor=(EPOCH, 1))).frames()[0]["type"] == "snapshot"


async def test_a_snapshot_is_shared_by_those_who_come_together(feed: Feed) -> None:
    await asyncio.gather(*(Socket(feed).hello() for _ in range(20)))
    assert feed.snapshots == 1


async def test_events_during_the_snapshot_follow_it(feed: Feed) -> None:
    def meanwhile() -> None:
        feed.write("640181100001")
        feed.deliver()
        feed.write("640181100001")  # in the snapshot, not yet with the reader

    await Socket(feed).hello(SOUTH)
    feed.before_snapshot = meanwhile
    socket = await Socket(feed).hello()
    feed.write("640181100001")
    feed.deliver()
    await settle()
    assert socket.frames()[0]["cursor"]["seq"] == 2
    assert socket.seqs() == [3]


async def test_the_last_of_a_scope_may_leave_while_the_next_is_brought_up(feed: Feed) -> None:
    first = await Socket(feed).hello()
    feed.before_snapshot = lambda: feed.hub.forget(first.connection)
    next(iter(feed.hub._groups.values())).snapshot = None
    second = await Socket(feed).hello()
    feed.write("640181100001")
    feed.deliver()
    await settle()
    assert second.seqs() == [1]


async def test_nothing_is_kept_of_those_who_left(feed: Feed) -> None:
    sockets = [await Socket(feed).hello(scopes) for scopes in (EAST, SOUTH, EAST)]
    for socket in sockets:
        feed.hub.forget(socket.connection)
    assert not feed.hub._groups
    assert not feed.hub._members
    assert not feed.hub._owners


async def test_a_heartbeat_names_the_cursor_that_the_console_holds(
    feed: Feed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "HEARTBEAT_S", 0.001)
    east = await Socket(feed).hello()
    feed.write("640181101001")  # nothing for this console, yet its cursor must move
    feed.deliver()
    await asyncio.sleep(0.02)
    beats = [frame for frame in east.frames() if frame["type"] == "heartbeat"]
    assert beats
    assert beats[-1]["head"] == 1


@pytest.mark.parametrize("greeted", [True, False])
async def test_changed_rights_close_every_socket_of_the_person(feed: Feed, greeted: bool) -> None:
    mine, other = Socket(feed, user=7, session="a"), Socket(feed, user=8)
    for socket in (mine, other):
        await (socket.hello() if greeted else socket.watched())
    feed.rows.append(EncodedEvent(1, "access.changed", "", "{}", '{"user": 7, "session": null}'))
    feed.deliver()
    assert mine.closed is CloseCode.UNAUTHENTICATED
    assert other.closed is None


async def test_an_ended_session_closes_its_own_sockets_only(feed: Feed) -> None:
    ended, kept = Socket(feed, user=7, session="a"), Socket(feed, user=7, session="b")
    await ended.watched()
    await kept.hello()
    feed.rows.append(EncodedEvent(1, "access.changed", "", "{}", '{"user": 7, "session": "a"}'))
    feed.deliver()
    assert ended.closed is CloseCode.UNAUTHENTICATED
    assert kept.closed is None


async def test_a_new_epoch_sends_everybody_away_and_starts_clean(feed: Feed) -> None:
    feed.write(*["640181100001"] * 9)
    old = await Socket(feed).hello()
    feed.epoch, feed.rows, feed.delivered = OTHER_EPOCH, [], 0
    feed.hub._restart()
    assert old.closed is CloseCode.GOING_AWAY
    # The old socket has not left yet when the console is back.
    new = await Socket(feed).hello(cursor=(EPOCH, 9))
    assert new.frames()[0]["cursor"] == {"epoch": OTHER_EPOCH, "seq": 0}
    feed.write("640181100001")
    feed.deliver()
    await settle()
    assert new.seqs() == [1]


async def test_a_long_resume_comes_in_bounded_frames(feed: Feed) -> None:
    feed.write(*["640181100001"] * 2500)
    frames = (await Socket(feed).hello(cursor=(EPOCH, 0))).frames()
    assert [len(frame["events"]) for frame in frames[1:]] == [1000, 1000, 500]


async def test_followers_hear_of_their_kinds_until_they_leave(feed: Feed) -> None:
    heard: list[int] = []
    await (await Socket(feed).watched()).hello()
    unfollow = feed.hub.follow(frozenset({"task.changed"}), lambda event: heard.append(event.seq))
    feed.rows += [event(1), event(2, kind="task.changed"), event(3), event(4, kind="task.changed")]
    feed.deliver()
    assert heard == [2, 4]
    unfollow()
    feed.rows.append(event(5, kind="task.changed"))
    feed.deliver()
    assert heard == [2, 4]
