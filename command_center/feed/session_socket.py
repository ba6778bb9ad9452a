"""A WebSocket that belongs to a session: who may have it, how fast they may talk, and when it ends."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import Any

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from django.contrib.auth import get_user_model
from django.contrib.sessions.models import Session
from django.utils import timezone

from command_center.accounts.digest import session_digest
from command_center.accounts.policy import Permission
from command_center.accounts.scope import Scope, scopes_of
from command_center.feed.connection import Closing, Connection
from command_center.feed.hub import hub
from command_center.feed.messages import CloseCode

logger = logging.getLogger(__name__)

MESSAGE_LIMIT = 4096
MESSAGES_PER_10_S = 60


class SessionSocket(AsyncWebsocketConsumer):  # type: ignore[misc]  # channels carries no types
    """The socket's common part. A subclass says who may enter, what happens then, and what it takes."""

    channel_layer_alias = None
    message_limit = MESSAGE_LIMIT
    """Characters of one message."""

    def may_enter(self, scopes: dict[Permission, Scope]) -> bool:
        """Whether somebody with these scopes may have such a socket."""
        raise NotImplementedError

    async def entered(self) -> None:
        """The socket is open, and closes with its session or when its person's rights change."""
        raise NotImplementedError

    def take(self, text: str) -> None:
        """Take one message; close the connection if it is none."""
        raise NotImplementedError

    def left(self) -> None:
        """The socket is gone. Called once, also for one that never entered."""

    async def connect(self) -> None:
        """Accept a socket of a person who may have it; refuse others with the reason."""
        await self._begin()
        user = self.scope["user"]
        if not user.is_authenticated:
            await self._refuse(CloseCode.UNAUTHENTICATED)
            return
        session = self.scope["session"].session_key
        await hub().watch(self._connection, user_id=user.pk, session=session_digest(session))
        try:
            standing = await self._load_standing(session)
        except BaseException:
            hub().forget(self._connection)
            raise
        if standing is None:
            await self._refuse(CloseCode.UNAUTHENTICATED)
            return
        self._scopes, seconds_left = standing
        if not self.may_enter(self._scopes):
            await self._refuse(CloseCode.FORBIDDEN)
            return
        self._spawn(self._pump())
        loop = asyncio.get_running_loop()
        self._timers.append(loop.call_later(seconds_left, self._session_ended))
        await self.entered()

    async def _begin(self) -> None:
        """Accept the socket: only then can it be told why it is refused."""
        self._tasks: set[asyncio.Task[None]] = set()
        self._timers: list[asyncio.TimerHandle] = []
        self._connection = Connection(close=self._close_soon)
        self._window = (time.monotonic(), 0)
        await self.accept()

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Take one message, in measure."""
        if self._connection.closing:
            return
        if not self._within_rate():
            self._connection.close(CloseCode.TOO_MANY_MESSAGES)
            return
        if text_data is None or len(text_data) > self.message_limit:
            self._connection.close(CloseCode.BAD_MESSAGE)
            return
        self.take(text_data)

    async def disconnect(self, code: int) -> None:
        """Forget the socket."""
        hub().forget(self._connection)
        self._connection.closing = True
        self.left()
        for timer in self._timers:
            timer.cancel()
        for task in self._tasks:
            task.cancel()

    async def _pump(self) -> None:
        try:
            await self._connection.pump(self._send_text)
        except Exception as error:  # noqa: BLE001 - whatever it is, nobody must wait for frames in vain
            logger.warning("a socket takes no more: %s", error)
            self._connection.close(CloseCode.GOING_AWAY)

    def _within_rate(self) -> bool:
        since, count = self._window
        now = time.monotonic()
        self._window = (now, 1) if now - since > 10 else (since, count + 1)
        return self._window[1] <= MESSAGES_PER_10_S

    def _session_ended(self) -> None:
        self._connection.close(CloseCode.UNAUTHENTICATED)

    def _close_soon(self, code: Closing) -> None:
        self._spawn(self.close(code=int(code), reason=code.reason))

    async def _refuse(self, code: Closing) -> None:
        if not self._connection.closing:
            self._connection.closing = True
            await self.close(code=int(code), reason=code.reason)

    async def _send_text(self, text: str) -> None:
        await self.base_send({"type": "websocket.send", "text": text})

    def _spawn(self, work: Any) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        """A send to a socket that has gone raises OSError (ASGI, 2.4); its disconnect is on the way."""
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is not None and not isinstance(error, OSError):
            logger.error("a socket's task failed", exc_info=error)

    @database_sync_to_async  # type: ignore[untyped-decorator]
    def _load_standing(self, session: str) -> tuple[dict[Permission, Scope], float] | None:
        """What the person may do, and for how many seconds; None if the session has ended."""
        now = timezone.now()
        kept = Session.objects.filter(session_key=session, expire_date__gt=now).first()
        user = get_user_model().objects.filter(pk=self.scope["user"].pk).first()
        if kept is None or user is None or not user.is_active:
            return None
        return scopes_of(user), (kept.expire_date - now).total_seconds()
