"""The camera process's end of its pair of sockets, and the RTP that goes into it."""

from __future__ import annotations

import asyncio
import secrets
import select
import socket
from collections.abc import Sequence

from conferencing.media.cameras.words import MOST, State, Tag, Wish
from conferencing.media.wire import rtp

MOST_PAYLOAD = 1150
"""So that repair, extension and SRTP still fit a packet that every line takes."""
_STEP, _PAUSE_S = 32, 0.002
"""A large picture leaves in steps, not as one burst that a receiver's line would have to swallow."""


class Track:
    """One outgoing RTP stream; `build` numbers its packets."""

    def __init__(self, tag: Tag, ssrc: int, payload_type: int) -> None:
        self._head = bytes([tag])
        self._ssrc = ssrc
        self._payload_type = payload_type
        self._sequence = secrets.randbelow(2**15)

    def build(self, payloads: Sequence[bytes], timestamp: int) -> list[bytes]:
        """The messages of one picture."""
        last = len(payloads) - 1
        found = []
        for number, payload in enumerate(payloads):
            packet = rtp.build(
                payload_type=self._payload_type,
                sequence=self._sequence,
                timestamp=timestamp,
                ssrc=self._ssrc,
                payload=payload,
                marker=number == last,
            )
            self._sequence = (self._sequence + 1) & 0xFFFF
            found.append(self._head + packet)
        return found


class Pipe:
    """See the module. Raises ConnectionError once the node is gone."""

    def __init__(self, handle: socket.socket) -> None:
        handle.setblocking(False)
        self._handle = handle

    async def first(self) -> bytes:
        """The order, which comes before all else."""
        return await asyncio.get_running_loop().sock_recv(self._handle, MOST)

    async def wish(self) -> Wish | None:
        """The node's next wish; None when the node is gone."""
        try:
            data = await asyncio.get_running_loop().sock_recv(self._handle, MOST)
        except ConnectionError:
            return None
        return Wish.read(data) if data else None

    async def tell(self, state: State) -> None:
        """Say how the camera is."""
        await self._send(state.write())

    async def send(self, messages: Sequence[bytes]) -> None:
        """The packets of a picture."""
        for number, message in enumerate(messages, 1):
            await self._send(message)
            if number % _STEP == 0 and number < len(messages):
                await asyncio.sleep(_PAUSE_S)

    async def _send(self, message: bytes) -> None:
        try:
            self._handle.send(message)
        except BlockingIOError:
            await asyncio.get_running_loop().sock_sendall(self._handle, message)

    def send_from_thread(self, messages: Sequence[bytes]) -> None:
        """The same from a thread that may wait."""
        for message in messages:
            while True:
                try:
                    self._handle.send(message)
                    break
                except BlockingIOError:
                    select.select([], [self._handle], [], 1.0)
