"""One socket's outgoing side: bounded whatever the console does, and in order."""

import asyncio

import pytest

from command_center.feed.connection import (
    QUEUE_LIMIT,
    UNSEEN_LIMIT,
    Closing,
    Connection,
    Frame,
)
from command_center.feed.messages import CloseCode


class Transport:
    """A transport that takes frames only while `open`."""

    def __init__(self) -> None:
        self.taken: list[str] = []
        self.open = asyncio.Event()

    async def send(self, text: str) -> None:
        await self.open.wait()
        self.taken.append(text)


def make() -> tuple[Connection, list[Closing]]:
    closes: list[Closing] = []
    return Connection(close=closes.append), closes


async def pumped(connection: Connection, transport: Transport) -> None:
    """Run the pump until it has nothing left to do."""
    task = asyncio.create_task(connection.pump(transport.send))
    for _ in range(1000):
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_frames_leave_in_the_order_they_were_offered() -> None:
    connection, transport = make()[0], Transport()
    transport.open.set()
    for head in range(50):
        connection.offer(Frame(str(head), head))
    await pumped(connection, transport)
    assert transport.taken == [str(head) for head in range(50)]
    assert connection.cursor == 49


async def test_a_transport_that_takes_nothing_is_closed_at_the_limit() -> None:
    connection, closes = make()
    text = "x" * (QUEUE_LIMIT // 4)
    for head in range(4):
        connection.offer(Frame(text, head))
    assert closes == []
    connection.offer(Frame(text, 4))
    connection.offer(Frame(text, 5))
    assert closes == [CloseCode.SLOW_CONSUMER]
    assert connection.cursor == 3


async def test_nothing_is_kept_for_a_closed_socket() -> None:
    connection, _ = make()
    connection.offer(Frame("x" * 1000, 1))
    connection.close(CloseCode.SLOW_CONSUMER)
    connection.offer(Frame("y", 2))
    transport = Transport()
    transport.open.set()
    await pumped(connection, transport)
    assert transport.taken == []


async def test_one_frame_above_the_limit_passes_when_nothing_waits() -> None:
    """A snapshot of a whole city may be larger than the queue."""
    connection, closes = make()
    connection.offer(Frame("x" * (2 * QUEUE_LIMIT), 1))
    assert closes == []


async def test_a_server_that_buffers_without_bound_is_bounded_by_what_was_seen() -> None:
    connection, closes = make()
    transport = Transport()
    transport.open.set()
    text = "x" * (UNSEEN_LIMIT // 8)
    head = 0
    while not closes and head < 20:
        connection.offer(Frame(text, head))
        await pumped(connection, transport)
        head += 1
    assert closes == [CloseCode.SLOW_CONSUMER]
    assert head == 10


async def test_who_says_seen_is_not_closed() -> None:
    connection, closes = make()
    transport = Transport()
    transport.open.set()
    for head in range(40):
        connection.offer(Frame("x" * (UNSEEN_LIMIT // 8), head))
        await pumped(connection, transport)
        connection.saw(head)
    assert closes == []


async def test_a_socket_is_closed_once_and_with_the_first_reason() -> None:
    connection, closes = make()
    connection.close(CloseCode.UNAUTHENTICATED)
    connection.close(CloseCode.GOING_AWAY)
    assert closes == [CloseCode.UNAUTHENTICATED]


async def test_heartbeats_of_a_quiet_night_leave_nothing_behind() -> None:
    connection, transport = make()[0], Transport()
    transport.open.set()
    for _ in range(500):
        connection.offer(Frame("heartbeat", 7))
    await pumped(connection, transport)
    assert len(transport.taken) == 500
    assert list(connection._unseen) == [(7, 500 * len("heartbeat"))]


def test_a_snapshot_larger_than_the_limits_is_sent_while_events_go_on() -> None:
    closed: list[object] = []
    connection = Connection(close=closed.append)
    connection.offer(Frame("s" * (UNSEEN_LIMIT + 1), 10))
    for seq in range(11, 60):
        connection.offer(Frame("e" * 1000, seq))
    assert (closed, connection.cursor) == ([], 59)
    connection.offer(
        Frame("s" * (UNSEEN_LIMIT + 1), 60)
    )  # and no second one before the first is seen
    assert closed == [CloseCode.SLOW_CONSUMER]
