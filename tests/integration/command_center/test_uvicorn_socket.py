"""A console that does not read is cut, though its closing frame can never leave."""

from __future__ import annotations

import asyncio
import socket
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
import uvicorn

from command_center.feed import uvicorn_socket
from tests.support.ports import free_port
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from uvicorn._types import ASGIReceiveCallable, ASGISendCallable, Scope

HANDSHAKE = (
    "GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
)
FRAME = "x" * 262_144
ENOUGH = 64  # frames: 16 MiB, more than the kernel takes between two sockets


class Flood:
    """An application that sends until the server takes no more, then closes the socket."""

    def __init__(self) -> None:
        self.over = asyncio.Event()

    async def __call__(
        self, scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable
    ) -> None:
        await send({"type": "websocket.accept", "subprotocol": None, "headers": []})
        pump = asyncio.create_task(self._pump(send))
        await asyncio.wait({pump}, timeout=0.5)
        with suppress(OSError):
            await send({"type": "websocket.close", "code": 4408, "reason": "slow_consumer"})
        pump.cancel()
        self.over.set()

    async def _pump(self, send: ASGISendCallable) -> None:
        with suppress(OSError):
            for _ in range(ENOUGH):
                await send({"type": "websocket.send", "text": FRAME, "bytes": None})


async def test_a_console_that_never_reads_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uvicorn_socket, "GRACE_S", 0.05)
    application, port = Flood(), free_port()
    config = uvicorn.Config(
        application,
        port=port,
        ws=uvicorn_socket.ConsoleProtocol,
        lifespan="off",
        log_level="warning",
        ws_per_message_deflate=False,
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    await asyncio.to_thread(wait_until, lambda: server.started)
    with socket.create_connection(("127.0.0.1", port)) as console:
        console.sendall(HANDSHAKE.encode())
        async with asyncio.timeout(10):
            await application.over.wait()
        await asyncio.to_thread(wait_until, lambda: not server.server_state.connections)
    server.should_exit = True
    await serving
