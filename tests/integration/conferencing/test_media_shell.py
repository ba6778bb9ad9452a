"""The socket, and what is private of the libraries."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import closing

import pytest
from aiortc.rtcdtlstransport import RTCDtlsTransport

from conferencing.media.shell import private
from conferencing.media.shell.datagrams import BATCH_OUT, SIZE, Inbox, Outbox, Pin

RUNS = [[900, 900, 900, 400], [300], [1000, 200, 200, 700], [50, 60, 60, 60], [1200] * 45]


@pytest.fixture
def receiver() -> Iterator[socket.socket]:
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as one:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 * 1024 * 1024)
        one.bind(("127.0.0.1", 0))
        one.settimeout(5)
        yield one


@pytest.fixture
def sender() -> Iterator[socket.socket]:
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as one:
        one.setblocking(False)
        one.bind(("127.0.0.1", 0))
        yield one


def pin(outbox: Outbox, port: int) -> Pin:
    return outbox.pin(
        socket.AF_INET.to_bytes(2, "little") + port.to_bytes(2, "big") + b"\x7f\0\0\x01" + bytes(8)
    )


def put(outbox: Outbox, to: Pin, sizes: list[int], first: int) -> list[bytes]:
    """Datagrams that tell each other apart, pushed as one run."""
    data = [(first + at).to_bytes(4, "big") * (size // 4) for at, size in enumerate(sizes)]
    for at, one in enumerate(data):
        where = (outbox.count + at) * SIZE
        outbox.view[where : where + len(one)] = one
    outbox.push_run(to.pointer, [len(one) for one in data])
    return data


@pytest.mark.parametrize("segments", [True, False])
def test_runs_arrive_as_the_datagrams_they_were(
    sender: socket.socket, receiver: socket.socket, segments: bool
) -> None:
    outbox, sent = Outbox(sender), list[bytes]()
    outbox.segments = segments
    to = pin(outbox, receiver.getsockname()[1])
    for run in RUNS:
        sent += put(outbox, to, run, len(sent))
    assert outbox.flush()
    assert [receiver.recv(2048) for _ in sent] == sent
    assert outbox.refused == 0


def test_who_cannot_be_reached_does_not_hold_up_the_others(
    sender: socket.socket, receiver: socket.socket
) -> None:
    outbox = Outbox(sender)
    nowhere, to = pin(outbox, 0), pin(outbox, receiver.getsockname()[1])
    put(outbox, nowhere, [100, 100], 0)
    sent = put(outbox, to, [100, 100], 7)
    outbox.unpin(nowhere)
    assert outbox.flush()
    assert [receiver.recv(2048) for _ in sent] == sent
    assert outbox.refused == 1


def test_a_full_socket_keeps_what_fits_and_counts_the_rest(
    sender: socket.socket, receiver: socket.socket
) -> None:
    outbox = Outbox(sender)
    to = pin(outbox, receiver.getsockname()[1])
    outbox.full = True  # as after a flush that the socket did not take: pushing does not try again
    for _ in range(BATCH_OUT):
        assert outbox.count < BATCH_OUT
        put(outbox, to, [8], outbox.count)
    outbox.flush = lambda: False  # type: ignore[method-assign]
    assert not outbox.room()
    assert outbox.dropped == 1
    del outbox.flush
    assert outbox.flush()
    assert outbox.count == 0
    assert [receiver.recv(64)[:4] for _ in range(BATCH_OUT)] == [
        number.to_bytes(4, "big") for number in range(BATCH_OUT)
    ]


def test_what_came_is_told_with_its_sender(sender: socket.socket, receiver: socket.socket) -> None:
    receiver.setblocking(False)
    inbox = Inbox(receiver)
    assert inbox.receive() == 0
    sender.sendto(b"one", receiver.getsockname())
    sender.sendto(b"second", receiver.getsockname())
    assert inbox.receive() == 2
    assert [bytes(inbox.view[n * SIZE : n * SIZE + inbox.size(n)]) for n in range(2)] == [
        b"one",
        b"second",
    ]
    assert inbox.source(0) == inbox.source(1)
    assert inbox.source(0)[2:8] == sender.getsockname()[1].to_bytes(2, "big") + b"\x7f\0\0\x01"


async def test_the_libraries_are_those_that_the_node_was_made_for() -> None:
    await private.check()


async def test_a_library_that_moved_something_is_told_in_one_sentence(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delattr(RTCDtlsTransport, "_validate_peer_identity")
    with pytest.raises(private.PrivateError, match=r"install requirements/base\.txt"):
        await private.check()
