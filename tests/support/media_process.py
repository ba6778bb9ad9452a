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


@asynccontextmanager
async def media_process(
    folder: Path, *, address: str = "", secret: str = "", certificate: Path | None = None, **more: str
) -> AsyncIterator[MediaProcess]:  # fmt: skip
    """A node for the time of a block; ready when the block begins."""
    port = free_udp_port()
    address = address or str(folder / "run" / "media.sock")
    environment = {
        "DATA_DIR": str(folder),
        "MEDIA_PORT": str(port),
        "MEDIA_HOST": "127.0.0.1",
        "MEDIA_CONTROL": address,
        "MEDIA_SECRET": secret,
        **more,
    }
    (folder / "run").mkdir(parents=True, exist_ok=True)
    log = folder / "media.log"
    command = [sys.executable, "-m", "conferencing.media"]
    child = start(command, log=log, environment=environment, cwd=ROOT)
    engine = NodeEngine(address, secret=secret or None, certificate=certificate)
    try:
        await _until_up(engine, child)
        yield MediaProcess(child, engine, port)
    finally:
        await engine.close()
        child.stop()


async def _until_up(engine: NodeEngine, child: Child) -> None:
    async with asyncio.timeout(30):
        while True:
            assert child.process.poll() is None, child.output()
            try:
                await engine.state()
            except EngineError:
                await asyncio.sleep(0.05)
            else:
                return
