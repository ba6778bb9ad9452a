"""The open pages of one web process that would ring, and who is told when an invitation changes."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection
from functools import cache, partial

from command_center.feed.connection import Connection, Frame
from command_center.feed.hub import hub
from command_center.feed.selectors import EncodedEvent
from conferencing.conferences import selectors, services
from conferencing.conferences.feed import HINT, ConferenceHint
from conferencing.conferences.shown import InvitationData
from conferencing.policy.conference import Presence
from conferencing.signalling.database import ask
from conferencing.signalling.messages import InvitationsFrame
from conferencing.signalling.presence import presence

logger = logging.getLogger(__name__)

GATHER_S = 0.02


class Calls:
    """See the module. Belongs to the event loop."""

    def __init__(self) -> None:
        self._pages: dict[int, set[Connection]] = {}
        self._due: set[int] = set()
        self._telling: asyncio.Task[None] | None = None
        self._unfollow: Callable[[], None] | None = None

    async def enter(self, connection: Connection, *, user_id: int) -> None:
        """A page is open: tell it at once, so that nothing is missed before."""
        if self._unfollow is None:
            self._unfollow = hub().follow(frozenset({HINT}), self._hinted)
        self._pages.setdefault(user_id, set()).add(connection)
        self.tell([user_id])
        await presence().page_opened(user_id)

    def leave(self, connection: Connection, *, user_id: int) -> None:
        """A page is closed."""
        own = self._pages.get(user_id, set())
        if connection in own:
            own.discard(connection)
            presence().page_closed(user_id)
        if not own:
            self._pages.pop(user_id, None)

    def tell(self, user_ids: Collection[int]) -> None:
        """Tell the open pages of these people what their invitations are now."""
        self._due |= {user for user in user_ids if user in self._pages}
        if self._due and (self._telling is None or self._telling.done()):
            self._telling = asyncio.get_running_loop().create_task(self._tell_soon())

    def _hinted(self, event: EncodedEvent) -> None:
        self.tell(ConferenceHint.model_validate_json(event.data).users)

    async def _tell_soon(self) -> None:
        """What comes at once is told once. A page that was told rings: that is on record."""
        while self._due:
            await asyncio.sleep(GATHER_S)
            due, self._due = self._due, set()
            for user in sorted(due):
                try:
                    await self._tell(user)
                except Exception:  # the next one must find the way free
                    logger.exception("a person could not be told of their invitations")

    async def _tell(self, user: int) -> None:
        items = await ask(lambda: selectors.invitations_of(user))
        text = InvitationsFrame(items=items).model_dump_json()
        pages = list(self._pages.get(user, ()))
        for connection in pages:
            connection.offer(Frame(text, 0))
        if pages:
            await self._rang(items)

    async def _rang(self, items: Collection[InvitationData]) -> None:
        for item in items:
            if item.presence is Presence.INVITED:
                await ask(partial(services.rang, conference_id=item.conference, seat=item.seat))


@cache
def calls() -> Calls:
    """Those of this process."""
    return Calls()
