"""A console that says hello and then does not read: a socket of our own, so that nothing reads for it."""

from __future__ import annotations

import base64
import os
import socket
import struct

import psutil

HELLO = b'{"type":"hello","cursor":null}'
SLOW_CONSUMER = struct.pack("!H", 4408)


class StalledConsole:
    """See the module."""

    def __init__(self, port: int, cookie: str) -> None:
        self._socket = socket.socket()
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 64 * 1024)
        self._socket.settimeout(10)
        self._socket.connect(("127.0.0.1", port))
        self._own_port: int = self._socket.getsockname()[1]
        key = base64.b64encode(os.urandom(16)).decode()
        lines = (
            "GET /ws/console HTTP/1.1",
            f"Host: 127.0.0.1:{port}",
            f"Origin: http://127.0.0.1:{port}",
            f"Cookie: {cookie}",
            "Upgrade: websocket",
            "Connection: Upgrade",
            "Sec-WebSocket-Version: 13",
            f"Sec-WebSocket-Key: {key}",
            "\r\n",
        )
        self._socket.sendall("\r\n".join(lines).encode())
        if not self._socket.recv(12).startswith(b"HTTP/1.1 101"):
            raise ConnectionError("the server refuses the console")
        # A client's frames are masked (RFC 6455, 5.3); a mask of zeros leaves the text as it is.
        self._socket.sendall(bytes((0x81, 0x80 | len(HELLO))) + bytes(4) + HELLO)

    def held_by(self, pid: int) -> bool:
        """Whether the server still has its side of the connection."""
        return any(
            getattr(connection.raddr, "port", None) == self._own_port
            for connection in psutil.Process(pid).net_connections("tcp")
        )

    def was_told(self) -> bool:
        """Read all that is left: whether it ends with a close frame of 4408."""
        tail = b""
        try:
            while part := self._socket.recv(1 << 20):
                tail = (tail + part)[-200:]
        except OSError:
            pass
        return b"\x88" in tail and SLOW_CONSUMER in tail

    def close(self) -> None:
        """Let go."""
        self._socket.close()
