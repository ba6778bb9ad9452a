"""MQTT 3.1.1 on a plain socket: just enough to publish faster than any subscriber can read.

A client library would itself be the bottleneck of what is measured here.
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Sequence

PUBACK_BYTES = 4
KEEPALIVE_S = 3600  # rumqttd refuses 0, "never"


def _string(text: str | bytes) -> bytes:
    raw = text.encode() if isinstance(text, str) else text
    return struct.pack("!H", len(raw)) + raw


def _packet(kind: int, body: bytes) -> bytes:
    """A control packet with its remaining length (MQTT 3.1.1, 2.2.3)."""
    length, digits = len(body), bytearray()
    while True:
        length, digit = divmod(length, 128)
        digits.append(digit | (0x80 if length else 0))
        if not length:
            return bytes((kind,)) + bytes(digits) + body


def connect_packet(client_id: str, username: str | None, password: str | None) -> bytes:
    """CONNECT with a clean session (3.1)."""
    flags, payload = 0x02, _string(client_id)
    if username is not None:
        flags |= 0xC0
        payload += _string(username) + _string(password or "")
    return _packet(
        0x10, _string("MQTT") + bytes((4, flags)) + struct.pack("!H", KEEPALIVE_S) + payload
    )


def publish_packet(topic: str, payload: bytes, mid: int) -> bytes:
    """PUBLISH at QoS 1 (3.3)."""
    return _packet(0x32, _string(topic) + struct.pack("!H", mid) + payload)


class Publisher:
    """A connection that publishes at QoS 1, a window of messages at a time."""

    def __init__(self, port: int, client_id: str, login: tuple[str, str] | None) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=30)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        username, password = login or (None, None)
        self._socket.sendall(connect_packet(client_id, username, password))
        if self._read(4)[3] != 0:
            raise ConnectionError("the broker refuses the publisher")
        self._mid = 0

    def publish(self, messages: Sequence[tuple[str, bytes]]) -> None:
        """Publish messages (topic, payload) at once; returns when the broker has acknowledged all."""
        self.send(messages)
        self._read(PUBACK_BYTES * len(messages))

    def send(self, messages: Sequence[tuple[str, bytes]]) -> None:
        """Publish without waiting."""
        parts = []
        for topic, payload in messages:
            self._mid = self._mid % 0xFFFF + 1
            parts.append(publish_packet(topic, payload, self._mid))
        self._socket.sendall(b"".join(parts))

    def discard_acks(self) -> None:
        """Read what acknowledgements have come, without waiting."""
        self._socket.setblocking(False)
        try:
            while self._socket.recv(65536):
                pass
        except BlockingIOError:
            pass
        finally:
            self._socket.settimeout(30)

    def close(self) -> None:
        """Disconnect."""
        self._socket.sendall(_packet(0xE0, b""))
        self._socket.close()

    def _read(self, count: int) -> bytes:
        parts = bytearray()
        while len(parts) < count:
            part = self._socket.recv(count - len(parts))
            if not part:
                raise ConnectionError("the broker has closed the publisher's connection")
            parts += part
        return bytes(parts)
