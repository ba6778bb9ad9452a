"""TURN by Debian's coturn with the configuration that is shipped: names that expire, and media through it alone."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from aioice import stun, turn
from aiortc import RTCIceServer

from command_center.env import Environment
from conferencing.signalling.messages import IceServer
from conferencing.signalling.turn import with_credentials
from tests.support.media_client import MediaClient
from tests.support.media_process import media_process
from tests.support.media_room import until
from tests.support.ports import accepts, free_port
from tests.support.processes import start

ROOT = Path(__file__).parents[3]
SECRET = "of-a-relay-under-test"
ROOM = "relayed"


@contextmanager
def coturn(folder: Path) -> Iterator[int]:
    """A relay on a port of its own, that may reach loopback."""
    port = free_port()
    command = [
        "turnserver",
        *("-c", str(ROOT / "docker" / "coturn" / "turnserver.conf")),
        *(f"--static-auth-secret={SECRET}", f"--listening-port={port}"),
        *("--listening-ip=127.0.0.1", "--relay-ip=127.0.0.1"),
        *("--allowed-peer-ip=127.0.0.1", "--allow-loopback-peers", "--no-tls", "--no-dtls"),
        f"--pidfile={folder}/turn.pid",
    ]
    child = start(command, log=folder / "turn.log", ready=lambda: accepts(port), cwd=folder)
    try:
        yield port
    finally:
        child.stop()


def server(port: int, *, now: float) -> IceServer:
    """What a page is told at a moment."""
    environment = replace(
        Environment(data_dir=Path("unused")),
        turn_urls=(f"turn:127.0.0.1:{port}?transport=udp",),
        turn_secret=SECRET,
        turn_lifetime_s=60,
    )
    (told,) = with_credentials(environment, now=now, nonce="a1b2c3")
    return told


async def test_media_come_through_the_relay_alone(tmp_path: Path) -> None:
    with coturn(tmp_path) as port:
        told = server(port, now=time.time())
        relay = RTCIceServer(list(told.urls), told.username, told.credential)
        async with media_process(tmp_path) as node:
            await node.engine.open_room(ROOM)
            inside, outside = MediaClient("in"), MediaClient("out", turn=[relay])
            try:
                await inside.join(node.engine, ROOM)
                await outside.join(node.engine, ROOM)
                await inside.look(node.engine, ROOM, "out")
                await outside.look(node.engine, ROOM, "in")
                pictures = (inside.pictures, outside.pictures)
                await until(lambda: all(one[0] > 5 for one in pictures), what="both pictures")
                assert outside.ways() == {"relay"}
            finally:
                await inside.close()
                await outside.close()


async def test_a_name_that_has_expired_opens_nothing(tmp_path: Path) -> None:
    with coturn(tmp_path) as port:
        old = server(port, now=time.time() - 120)
        with pytest.raises(stun.TransactionFailed, match="401"):
            await turn.create_turn_endpoint(
                asyncio.DatagramProtocol, ("127.0.0.1", port), old.username, old.credential
            )
