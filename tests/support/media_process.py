"""A media node as a process of its own."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from conferencing.engines.node import NodeEngine
from conferencing.engines.port import EngineError
from tests.support.ports import free_udp_port
from tests.support.processes import Child, start

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class MediaProcess:
    """A running node, and the adapter that speaks to it."""

    child: Child
    engine: NodeEngine
    port: int


def start_media(folder: Path, **more: str) -> Child:
    """A node that listens at `folder`/run/media.sock, soon (`until_up`); the caller ends it."""
    (folder / "run").mkdir(parents=True, exist_ok=True)
    environment = {
        "DATA_DIR": str(folder),
        "MEDIA_PORT": str(free_udp_port()),
        "MEDIA_HOST": "127.0.0.1",
        "MEDIA_CONTROL": str(folder / "run" / "media.sock"),
        "MEDIA_SECRET": "",
        **more,
    }
    command = [sys.executable, "-m", "conferencing.media"]
    return start(command, log=folder / "media.log", environment=environment, cwd=ROOT)


@asynccontextmanager
async def media_process(
    folder: Path, *, address: str = "", secret: str = "", certificate: Path | None = None, **more: str
) -> AsyncIterator[MediaProcess]:  # fmt: skip
    """A node for the time of a block; ready when the block begins."""
    port = free_udp_port()
    address = address or str(folder / "run" / "media.sock")
    told = {"MEDIA_PORT": str(port), "MEDIA_CONTROL": address, "MEDIA_SECRET": secret}
    child = start_media(folder, **{**told, **more})
    engine = NodeEngine(address, secret=secret or None, certificate=certificate)
    try:
        await until_up(engine, child)
        yield MediaProcess(child, engine, port)
    finally:
        await engine.close()
        child.stop()


async def until_up(engine: NodeEngine, child: Child) -> None:
    """Wait until a node answers."""
    async with asyncio.timeout(30):
        while True:
            assert child.process.poll() is None, child.output()
            try:
                await engine.state()
            except EngineError:
                await asyncio.sleep(0.05)
            else:
                return
