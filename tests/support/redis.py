"""A real Redis on a free port, with nothing on disk."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.ports import accepts, free_port
from tests.support.processes import Child, start

REDIS_SERVER = shutil.which("redis-server") or "/usr/bin/redis-server"


@dataclass(frozen=True, slots=True)
class Redis:
    """A running Redis."""

    port: int
    child: Child

    @property
    def url(self) -> str:
        """As REDIS_URL takes it."""
        return f"redis://127.0.0.1:{self.port}/0"


def start_redis(directory: Path, *, port: int | None = None) -> Redis:
    """Start a Redis; returns when it accepts connections."""
    directory.mkdir(parents=True, exist_ok=True)
    port = port or free_port()
    options = {
        "--port": str(port),
        "--bind": "127.0.0.1",
        "--dir": str(directory),
        "--save": "",
        "--appendonly": "no",
    }
    command = [REDIS_SERVER, *(word for option in options.items() for word in option)]
    child = start(command, log=directory / "redis.log", ready=lambda: accepts(port))
    return Redis(port=port, child=child)


@contextmanager
def running_redis(directory: Path) -> Iterator[Redis]:
    """A Redis for the time of a block."""
    server = start_redis(directory)
    try:
        yield server
    finally:
        server.child.stop()
