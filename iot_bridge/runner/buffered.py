"""paho's client with a short way in for PUBLISH, and a buffer between it and the socket.

paho asks the kernel three times for each packet it reads (its first byte, its length, its body) and
waits in `select` before each. Here it takes from memory what the kernel gave at once, through the way
that paho has for TLS sockets, which hold bytes back as well: `pending()`. All else, from the handshake
to keeping the line alive and coming back, is paho's.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, cast

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion

from iot_bridge.runner.packets import Publish, parse_publish

READ_BYTES = 64 * 1024

Take = Callable[[Publish], None]


class Socket(Protocol):
    """What paho needs of a socket."""

    def recv(self, size: int, /) -> bytes: ...
    def send(self, data: bytes | bytearray, /) -> int: ...
    def close(self) -> None: ...
    def fileno(self) -> int: ...
    def setblocking(self, flag: bool, /) -> None: ...


class BufferedSocket:
    """A socket that reads ahead. Everything it raises is the socket's own."""

    __slots__ = ("_at", "_data", "_socket", "close", "fileno", "send", "setblocking")

    def __init__(self, socket: Socket) -> None:
        self._socket = socket
        self._data = b""
        self._at = 0
        self.close = socket.close
        self.fileno = socket.fileno
        self.send = socket.send
        self.setblocking = socket.setblocking

    def recv(self, size: int) -> bytes:
        """At most `size` bytes, from the buffer while it lasts."""
        at = self._at
        if at == len(self._data):
            self._data = self._socket.recv(READ_BYTES)
            at = 0
        self._at = end = min(at + size, len(self._data))
        return self._data[at:end]

    def pending(self) -> int:
        """How many bytes can be read without asking the kernel."""
        held = getattr(self._socket, "pending", None)
        return len(self._data) - self._at + (held() if held is not None else 0)


class BufferedClient(mqtt.Client):
    """paho's client on a BufferedSocket. What arrives at QoS 0 and 1 goes to `take` on paho's thread.

    `take` only enqueues: an exception in it would end the thread. Nothing is acknowledged here.
    """

    def __init__(
        self, *, client_id: str, clean_session: bool | None, mqtt5: bool, take: Take
    ) -> None:
        super().__init__(
            CallbackAPIVersion.VERSION2,
            client_id=client_id,
            clean_session=clean_session,
            protocol=MQTTProtocolVersion.MQTTv5 if mqtt5 else MQTTProtocolVersion.MQTTv311,
            manual_ack=True,
        )
        self._take = take
        self._mqtt5 = mqtt5

    def _create_socket(self) -> BufferedSocket:
        return BufferedSocket(super()._create_socket())

    def _handle_publish(self) -> MQTTErrorCode:
        packet = self._in_packet
        try:
            publish = parse_publish(packet["command"], packet["packet"], mqtt5=self._mqtt5)
        except ValueError:
            return MQTTErrorCode.MQTT_ERR_PROTOCOL
        self._take(publish)
        return MQTTErrorCode.MQTT_ERR_SUCCESS

    def loop_read(self, max_packets: int = 1) -> MQTTErrorCode:
        """As paho's, until the buffer is empty: at most 64 KiB, so that writing has its turn."""
        result = super().loop_read(max_packets)
        while result == MQTTErrorCode.MQTT_ERR_SUCCESS:
            buffer = cast(BufferedSocket | None, self.socket())
            if buffer is None or not buffer.pending():
                break
            result = super().loop_read(max_packets)
        return result
