"""The socket of a console: parse, hand to the hub, send what the hub queues. No logic of its own."""

from __future__ import annotations

import asyncio
import logging

from pydantic import ValidationError

from command_center.accounts.policy import Permission
from command_center.accounts.scope import Scope
from command_center.feed.hub import hub
from command_center.feed.messages import CLIENT_MESSAGE, CloseCode, Hello, Seen
from command_center.feed.sections import sections
from command_center.feed.session_socket import SessionSocket

logger = logging.getLogger(__name__)

HELLO_WITHIN_S = 15


class ConsoleConsumer(SessionSocket):
    """`/ws/console`. See docs/protocol/feed.md."""

    def may_enter(self, scopes: dict[Permission, Scope]) -> bool:
        """Who may watch something."""
        return any(section.permission in scopes for section in sections())

    async def entered(self) -> None:
        """Expect a hello."""
        self._hello_lock = asyncio.Lock()
        self._greeted = False
        loop = asyncio.get_running_loop()
        self._timers.append(loop.call_later(HELLO_WITHIN_S, self._expect_hello))

    def take(self, text: str) -> None:
        """Take one message of the console."""
        try:
            message = CLIENT_MESSAGE.validate_json(text)
        except ValidationError:
            self._connection.close(CloseCode.BAD_MESSAGE)
            return
        match message:
            case Hello():
                self._greeted = True
                self._spawn(self._hello(message))
            case Seen():
                self._connection.saw(message.seq)

    async def _hello(self, message: Hello) -> None:
        async with self._hello_lock:
            try:
                await hub().hello(self._connection, scopes=self._scopes, cursor=message.cursor)
            except Exception:  # whatever failed, the console must hear of it and come back
                logger.exception("a console could not be brought up to date")
                self._connection.close(CloseCode.GOING_AWAY)
            if self._connection.closing:
                hub().leave(self._connection)

    def _expect_hello(self) -> None:
        if not self._greeted:
            self._connection.close(CloseCode.BAD_MESSAGE)
