"""`python -m conferencing.media.cameras`: one camera's process, which the node starts; its socket is descriptor 0."""

from __future__ import annotations

import asyncio
import contextlib
import socket

import uvloop

from conferencing.media.cameras.pipe import Pipe
from conferencing.media.cameras.watching import Watcher, trial
from conferencing.media.cameras.words import Order


async def serve(handle: socket.socket) -> None:
    """Do as ordered until the node is gone."""
    pipe = Pipe(handle)
    data = await pipe.first()
    if not data:
        return
    order = Order.read(data)
    if order.trial:
        await pipe.tell(await trial(order))
        return
    watcher = Watcher(order, pipe)
    watching = asyncio.create_task(watcher.run())
    heeding = asyncio.create_task(watcher.heed())
    done, _ = await asyncio.wait({watching, heeding}, return_when=asyncio.FIRST_COMPLETED)
    for task in (watching, heeding):
        task.cancel()
    if watching in done:
        with contextlib.suppress(ConnectionError):
            watching.result()


def main() -> None:
    """As the module says."""
    uvloop.run(serve(socket.socket(fileno=0)))


if __name__ == "__main__":
    main()
