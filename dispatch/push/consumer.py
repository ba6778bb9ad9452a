"""The socket of a patrol's app: hints that there is something to read, and a heartbeat."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

from command_center.accounts.policy import Permission
from command_center.accounts.scope import Scope
from command_center.feed.connection import Frame
from command_center.feed.hub import HEARTBEAT_S
from command_center.feed.messages import CloseCode, iso
from command_center.feed.session_socket import SessionSocket
from dispatch.push.messages import PatrolHeartbeat
from dispatch.push.patrols import patrols


class PatrolConsumer(SessionSocket):
    """`/ws/patrol`. See docs/protocol/patrol.md."""

    def may_enter(self, scopes: dict[Permission, Scope]) -> bool:
        """Who carries tasks."""
        return Permission.TASKS_CARRY in scopes

    async def entered(self) -> None:
        """Be told of changes from now on, and to look at once."""
        user_id = self.scope["user"].pk
        patrols().enter(self._connection, user_id=user_id)
        self._spawn(self._beat())
        self._spawn(patrols().tell([user_id]))

    def take(self, text: str) -> None:
        """The app has nothing to say here."""
        self._connection.close(CloseCode.BAD_MESSAGE)

    def left(self) -> None:
        """Be told no more."""
        user = self.scope["user"]
        if user.is_authenticated:
            patrols().leave(self._connection, user_id=user.pk)

    async def _beat(self) -> None:
        while True:
            beat = PatrolHeartbeat(now=iso(datetime.now(UTC)))
            self._connection.offer(Frame(beat.model_dump_json(), 0))
            self._connection.saw(0)  # nobody counts these few bytes
            await asyncio.sleep(HEARTBEAT_S)
