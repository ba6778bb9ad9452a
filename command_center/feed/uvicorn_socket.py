"""uvicorn's WebSocket protocol, for consoles that do not read.

Once its buffer is full, uvicorn's `send` waits for the client, the closing frame included, and even its
ping timeout closes the transport only after the buffer has drained: a client that never reads again keeps
its socket, task and buffer for ever. Here such a connection is cut after a time of grace. Measured by
`loadtests/server_comparison`; decided in docs/adr/0001-asgi-server.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

if TYPE_CHECKING:
    from uvicorn._types import ASGISendEvent

GRACE_S = 5.0
"""How long a closing frame may wait for a client that does not read."""


class ConsoleProtocol(WebSocketsSansIOProtocol):
    """See the module; named by the supervisor as uvicorn's `--ws`."""

    async def send(self, message: ASGISendEvent) -> None:
        """As uvicorn's; a close that cannot leave cuts the connection when the grace is over."""
        if message["type"] == "websocket.close" and not self.writable.is_set():
            self.loop.call_later(GRACE_S, self.transport.abort)
        await super().send(message)

    def keepalive_timeout(self) -> None:
        """As uvicorn's; then not waiting for a buffer that nobody drains."""
        super().keepalive_timeout()
        self.loop.call_later(GRACE_S, self.transport.abort)
