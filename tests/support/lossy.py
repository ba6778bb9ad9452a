"""A UDP relay between peers and one server that loses packets, always the same ones for the same seed."""

from __future__ import annotations

import asyncio
import random
from typing import cast


class Lossy(asyncio.DatagramProtocol):
    """Each peer that sends here gets a way of its own to the server and back."""

    def __init__(self, server: tuple[str, int], share: float, seed: int = 1) -> None:
        self.server = server
        self.share = share
        self.lost = 0
        self.passed = 0
        self._random = random.Random(seed)
        self._ways: dict[tuple[str, int], asyncio.DatagramTransport] = {}
        self._transport: asyncio.DatagramTransport | None = None

    async def open(self) -> int:
        """Listen; the port."""
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(
            lambda: self, local_addr=("127.0.0.1", 0)
        )
        self._transport = transport
        return cast("int", transport.get_extra_info("sockname")[1])

    def close(self) -> None:
        """Close all ways."""
        for transport in (self._transport, *self._ways.values()):
            if transport is not None:
                transport.close()

    def passes(self, data: bytes) -> bool:
        """Whether this one arrives. Only media gets lost, so that everybody comes in."""
        if 128 <= data[0] <= 191 and self._random.random() < self.share:
            self.lost += 1
            return False
        self.passed += 1
        return True

    def datagram_received(self, data: bytes, address: tuple[str, int]) -> None:
        way = self._ways.get(address)
        if way is not None:
            if self.passes(data):
                way.sendto(data)
            return
        asyncio.ensure_future(self._new_way(data, address))  # noqa: RUF006 - it ends by itself

    async def _new_way(self, data: bytes, address: tuple[str, int]) -> None:
        relay = self

        class Back(asyncio.DatagramProtocol):
            def datagram_received(self, data: bytes, _address: tuple[str, int]) -> None:
                if relay.passes(data) and relay._transport is not None:
                    relay._transport.sendto(data, address)

        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(Back, remote_addr=self.server)
        self._ways[address] = transport
        transport.sendto(data)
