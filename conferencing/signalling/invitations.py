"""The socket of every page that would ring: whole lists of invitations, and a heartbeat."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

from command_center.accounts.policy import Permission
from command_center.accounts.scope import Scope
from command_center.feed.connection import Frame
from command_center.feed.hub import HEARTBEAT_S
from command_center.feed.messages import CloseCode, iso
from command_center.feed.session_socket import SessionSocket
from conferencing.signalling.calls import calls
from conferencing.signalling.messages import InvitationsBeat


class InvitationsConsumer(SessionSocket):
    """`/ws/invitations`. See docs/protocol/conference.md."""

    def may_enter(self, scopes: dict[Permission, Scope]) -> bool:
        """Who can be called."""
        return Permission.CONFERENCES_JOIN in scopes

    async def entered(self) -> None:
        """Be told from now on, and at once."""
        self._spawn(self._beat())
        await calls().enter(self._connection, user_id=self.scope["user"].pk)

    def take(self, text: str) -> None:
        """The page has nothing to say here."""
        self._connection.close(CloseCode.BAD_MESSAGE)

    def left(self) -> None:
        """Be told no more."""
        user = self.scope["user"]
        if user.is_authenticated:
            calls().leave(self._connection, user_id=user.pk)

    async def _beat(self) -> None:
        while True:
            beat = InvitationsBeat(now=iso(datetime.now(UTC)))
            self._connection.offer(Frame(beat.model_dump_json(), 0))
            self._connection.saw(0)  # nobody counts these few bytes
            await asyncio.sleep(HEARTBEAT_S)
