"""Whether a process serves, seen from outside."""

import asyncio

from command_center.supervisor.processes import Probe
from command_center.unix_sockets import reachable

TIMEOUT_S = 2.0
EVERY_S = 0.1


async def until_answers(probe: Probe) -> None:
    """Returns once the process answers."""
    while True:
        if await answers(probe):
            return
        await asyncio.sleep(EVERY_S)


async def answers(probe: Probe) -> bool:
    """Whether the port or socket accepts a connection and, if the probe has a path, answers it with 200."""
    try:
        async with asyncio.timeout(TIMEOUT_S):
            reader, writer = await _connect(probe)
            try:
                if probe.path is None:
                    return True
                request = f"GET {probe.path} HTTP/1.0\r\nHost: {probe.host_header}\r\n\r\n"
                writer.write(request.encode())
                return (await reader.readline()).split(b" ")[1:2] == [b"200"]
            finally:
                writer.close()
    except (OSError, TimeoutError):
        return False


async def _connect(probe: Probe) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    if probe.socket is None:
        return await asyncio.open_connection(probe.host, probe.port)
    with reachable(probe.socket) as path:
        return await asyncio.open_unix_connection(path)
