"""Many consoles in one process: they log in, say hello, fold nothing, and note what came when.

`python -m loadtests.consoles SETTINGS`; says "ready" once each has its snapshot, and on SIGTERM writes
what it counted to the file that the settings name. Like a browser it offers per-message deflate.
"""

from __future__ import annotations

import asyncio
import json
import re
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

AT_ONCE = 20
HEAD = re.compile(r'"head":(\d+)')


class Consoles:
    """The consoles of one process."""

    def __init__(self, settings: dict[str, Any]) -> None:
        self._settings = settings
        self._gate = asyncio.Semaphore(AT_ONCE)
        self._waiting: int = settings["count"]
        self._ready = asyncio.Event()
        self._frames = self._events = self._closed = 0
        self._arrivals: list[tuple[str, int]] = []

    async def run(self) -> dict[str, Any]:
        """Stay until SIGTERM; returns what was counted."""
        stop = asyncio.Event()
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
        tasks = [asyncio.create_task(self._console(n)) for n in range(self._settings["count"])]
        ready = asyncio.create_task(self._say_ready())
        await stop.wait()
        found = {
            "frames": self._frames,
            "events": self._events,
            "closed": self._closed,
            "arrivals": self._arrivals,
        }
        for task in (*tasks, ready):
            task.cancel()
        return found

    async def _say_ready(self) -> None:
        await self._ready.wait()
        print("ready", flush=True)

    async def _console(self, number: int) -> None:
        port, cookies = self._settings["port"], self._settings["cookies"]
        headers = {"Cookie": cookies[number % len(cookies)], "Origin": f"http://127.0.0.1:{port}"}
        async with self._gate:
            socket = await connect(
                f"ws://127.0.0.1:{port}/ws/console",
                additional_headers=headers,
                max_size=None,
                ping_interval=None,
                open_timeout=60,
            )
            await socket.send('{"type":"hello","cursor":null}')
            await socket.recv()
        self._waiting -= 1
        if not self._waiting:
            self._ready.set()
        with suppress(ConnectionClosed):
            await self._follow(socket)
        self._closed += 1

    async def _follow(self, socket: ClientConnection) -> None:
        said = time.monotonic()
        while True:
            frame = await socket.recv()
            now = time.monotonic_ns()
            if not isinstance(frame, str) or not frame.startswith('{"type":"events"'):
                continue
            self._frames += 1
            if '"held_s"' in frame:
                self._note(frame, now)
            if now / 1e9 - said >= 1:
                said = now / 1e9
                head = HEAD.search(frame)
                await socket.send(f'{{"type":"seen","seq":{head[1] if head else 0}}}')

    def _note(self, frame: str, now: int) -> None:
        for event in json.loads(frame)["events"]:
            held = event["data"].get("detail", {}).get("held_s")
            if held is None:
                continue
            word = "clear" if event["kind"] == "alarm.cleared" else "raise"
            self._arrivals.append((f"{word}-{int(held)}", now))


if __name__ == "__main__":
    given = json.loads(sys.argv[1])
    Path(given["out"]).write_text(json.dumps(asyncio.run(Consoles(given).run())))
