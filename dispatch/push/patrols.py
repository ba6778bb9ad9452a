"""The open apps of one web process: who is there, and whom a change of a task concerns.

Everything here runs on the event loop. The feed's events are hints: an app that is told to look reads its
tasks over REST.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection
from functools import cache

import orjson
from channels.db import database_sync_to_async
from django.utils import timezone

from command_center.feed.connection import Connection, Frame
from command_center.feed.hub import hub
from command_center.feed.selectors import EncodedEvent
from dispatch.push import services
from dispatch.push.messages import TasksHint
from dispatch.units.selectors import members_of

logger = logging.getLogger(__name__)

KINDS = frozenset({"task.changed", "task.removed"})
"""What the tasks call their events (docs/protocol/feed-events.md)."""
GATHER_S = 0.05
HINT = TasksHint().model_dump_json()


class Patrols:
    """See the module."""

    def __init__(self) -> None:
        self._sockets: dict[int, set[Connection]] = {}
        self._units: set[int] = set()
        self._everybody = False
        self._telling: asyncio.Task[None] | None = None
        self._unfollow: Callable[[], None] | None = None

    def enter(self, connection: Connection, *, user_id: int) -> None:
        """An app is there. It is told to look at once, so that nothing is missed before."""
        if self._unfollow is None:
            self._unfollow = hub().follow(KINDS, self._task_event)
        self._sockets.setdefault(user_id, set()).add(connection)

    def leave(self, connection: Connection, *, user_id: int) -> None:
        """An app is gone."""
        own = self._sockets.get(user_id, set())
        own.discard(connection)
        if not own:
            self._sockets.pop(user_id, None)

    async def tell(self, user_ids: Collection[int]) -> None:
        """Tell the open apps of these people to look, and put on record that they were told."""
        present = [user for user in user_ids if user in self._sockets]
        for user in present:
            for connection in self._sockets[user]:
                connection.offer(Frame(HINT, 0))
        if present:
            await _record(present)

    def _task_event(self, event: EncodedEvent) -> None:
        unit = orjson.loads(event.data).get("unit")
        if isinstance(unit, int):
            self._units.add(unit)
        else:  # a task that is gone does not say whose it was
            self._everybody = True
        if self._sockets and self._telling is None:
            self._telling = asyncio.get_running_loop().create_task(self._tell_soon())

    async def _tell_soon(self) -> None:
        """Gather what comes at once, then tell whom it concerns."""
        try:
            await asyncio.sleep(GATHER_S)
            units, everybody = self._units, self._everybody
            self._units, self._everybody = set(), False
            await self.tell(list(self._sockets) if everybody else await _members(units))
        except Exception:  # the next change must find the way free
            logger.exception("the patrols could not be told")
        finally:
            self._telling = None
        if self._units or self._everybody:
            self._telling = asyncio.get_running_loop().create_task(self._tell_soon())


@database_sync_to_async  # type: ignore[untyped-decorator]
def _members(units: Collection[int]) -> list[int]:
    return members_of(units)


@database_sync_to_async  # type: ignore[untyped-decorator]
def _record(user_ids: Collection[int]) -> None:
    services.told(user_ids=user_ids, now=timezone.now())


@cache
def patrols() -> Patrols:
    """The open apps of this process."""
    return Patrols()
