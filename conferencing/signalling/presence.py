"""What one web process says of itself every few seconds: these connections and these people's pages are open."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from functools import cache, partial

from django.db import DatabaseError
from django.utils import timezone

from conferencing.conferences import services
from conferencing.signalling.database import ask

logger = logging.getLogger(__name__)

EVERY_S = 10.0


class Presence:
    """See the module. Belongs to the event loop."""

    def __init__(self) -> None:
        self._connections: set[str] = set()
        self._pages: Counter[int] = Counter()
        self._saying: asyncio.Task[None] | None = None
        self._closing: set[asyncio.Task[None]] = set()

    def hold(self, connection: str) -> None:
        """A seat's connection is open."""
        self._connections.add(connection)
        self._say()

    def release(self, connection: str) -> None:
        """It is not any more."""
        self._connections.discard(connection)

    async def page_opened(self, user_id: int) -> None:
        """A page of this person would ring."""
        self._pages[user_id] += 1
        self._say()
        await ask(lambda: services.alive(connections=(), users=[user_id], now=timezone.now()))

    def page_closed(self, user_id: int) -> None:
        """It is closed."""
        self._pages[user_id] -= 1
        if self._pages[user_id] <= 0:
            del self._pages[user_id]
            task = asyncio.ensure_future(self._gone(user_id))
            self._closing.add(task)
            task.add_done_callback(self._closing.discard)

    async def _gone(self, user_id: int) -> None:
        try:
            await ask(lambda: services.page_closed(user_id=user_id))
        except DatabaseError as error:
            logger.warning("could not say that a page was closed: %s", error)

    def _say(self) -> None:
        if self._saying is None or self._saying.done():
            self._saying = asyncio.get_running_loop().create_task(self._keep_saying())

    async def _keep_saying(self) -> None:
        while self._connections or self._pages:
            await asyncio.sleep(EVERY_S)
            connections, users = sorted(self._connections), sorted(self._pages)
            try:
                await ask(
                    partial(
                        services.alive, connections=connections, users=users, now=timezone.now()
                    )
                )
            except DatabaseError as error:
                logger.warning("could not say who is there: %s", error)


@cache
def presence() -> Presence:
    """The one of this process."""
    return Presence()
