"""Many phones in one process: each keeps its socket, reads its tasks when told, and notes which came when.

`python -m loadtests.phones SETTINGS`; says "ready" once each has read its tasks the first time, then
"task ID NS" (monotonic) for each that has come to its phone. It asks as the page at /patrol/ does.
"""

from __future__ import annotations

import asyncio
import json
import signal
import sys
import time
from contextlib import suppress
from typing import Any

import httpx
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

AT_ONCE = 20


class Phones:
    """The phones of one process."""

    def __init__(self, settings: dict[str, Any]) -> None:
        self._base = f"127.0.0.1:{settings['port']}"
        self._sessions: list[str] = settings["sessions"]
        self._gate = asyncio.Semaphore(AT_ONCE)
        self._waiting = len(self._sessions)

    async def run(self) -> None:
        """Stay until SIGTERM."""
        stop = asyncio.Event()
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
        async with httpx.AsyncClient(
            base_url=f"http://{self._base}", timeout=60, limits=httpx.Limits(max_connections=50)
        ) as client:
            phones = [asyncio.create_task(self._phone(client, key)) for key in self._sessions]
            await stop.wait()
            for phone in phones:
                phone.cancel()

    async def _phone(self, client: httpx.AsyncClient, session: str) -> None:
        headers = {"Cookie": f"sessionid={session}"}
        async with self._gate:
            socket = await connect(
                f"ws://{self._base}/ws/patrol",
                additional_headers={**headers, "Origin": f"http://{self._base}"},
                ping_interval=None,
                open_timeout=60,
            )
            known = await self._read(client, headers, set())
        self._waiting -= 1
        if not self._waiting:
            print("ready", flush=True)
        with suppress(ConnectionClosed):
            while True:
                if json.loads(await socket.recv())["type"] == "tasks":
                    known = await self._read(client, headers, known)

    async def _read(
        self, client: httpx.AsyncClient, headers: dict[str, str], known: set[int]
    ) -> set[int]:
        answer = await client.get("/api/v1/me/tasks", headers=headers)
        answer.raise_for_status()
        now = time.monotonic_ns()
        ids = {detail["task"]["id"] for detail in answer.json()}
        for task in ids - known:
            print("task", task, now, flush=True)
        return known | ids


if __name__ == "__main__":
    asyncio.run(Phones(json.loads(sys.argv[1])).run())
