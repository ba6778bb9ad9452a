"""The ASGI servers that are compared, each with the arguments that the supervisor gives it."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec

APPLICATION = "command_center.asgi:application"
CONSOLE_PROTOCOL = "command_center.feed.uvicorn_socket:ConsoleProtocol"


@dataclass(frozen=True, slots=True)
class ServerKind:
    """A server with one of its WebSocket implementations."""

    name: str
    ws: str = ""
    deflate: bool = False

    def command(self, port: int) -> list[str]:
        """Module and arguments."""
        if not self.ws:
            return [
                *("daphne", "-b", "127.0.0.1", "-p", str(port), "--no-server-name"),
                *("--application-close-timeout", "2", "--verbosity", "0", APPLICATION),
            ]
        return [
            *("uvicorn", APPLICATION, "--host", "127.0.0.1", "--port", str(port)),
            *("--loop", "uvloop", "--http", "httptools", "--ws", self.ws),
            *("--ws-per-message-deflate", str(self.deflate).lower()),
            *("--lifespan", "off", "--no-access-log", "--log-level", "warning"),
            *("--no-server-header", "--timeout-graceful-shutdown", "2"),
        ]


SERVED = ServerKind("uvicorn, ours", CONSOLE_PROTOCOL)
DAPHNE = ServerKind("daphne")
KINDS = (
    DAPHNE,
    ServerKind("uvicorn websockets", "websockets"),
    ServerKind("uvicorn wsproto", "wsproto"),
    ServerKind("uvicorn sansio, deflate", "websockets-sansio", deflate=True),
    ServerKind("uvicorn sansio", "websockets-sansio"),
    SERVED,
)


def installed() -> tuple[ServerKind, ...]:
    """Those that can be started; wsproto is no dependency of ours, `pip install wsproto` adds it."""
    missing = find_spec("wsproto") is None
    return tuple(kind for kind in KINDS if not (missing and kind.ws == "wsproto"))
