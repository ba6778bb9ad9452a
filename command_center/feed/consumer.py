"""The socket of a console: parse, hand to the hub, send what the hub queues. No logic of its own."""

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
from pydantic import ValidationError

from command_center.accounts.digest import session_digest
from command_center.accounts.policy import Permission
from command_center.accounts.scope import Scope, scopes_of
from command_center.feed.connection import Connection
from command_center.feed.hub import hub
from command_center.feed.messages import CLIENT_MESSAGE, CloseCode, Hello, Seen
from command_center.feed.sections import sections

logger = logging.getLogger(__name__)

MESSAGE_LIMIT = 4096
MESSAGES_PER_10_S = 60
HELLO_WITHIN_S = 15


class ConsoleConsumer(AsyncWebsocketConsumer):  # type: ignore[misc]  # channels carries no types
    """`/ws/console`. See docs/protocol/feed.md."""

    channel_layer_alias = None

    async def connect(self) -> None:
        """Accept a socket of a person who may watch something; refuse others with the reason."""
        self._tasks: set[asyncio.Task[None]] = set()
        self._connection = Connection(close=self._close_soon)
        self._window = (time.monotonic(), 0)
        self._hello_lock = asyncio.Lock()
        await self.accept()
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
        if not any(section.permission in self._scopes for section in sections()):
            await self._refuse(CloseCode.FORBIDDEN)
            return
        self._spawn(self._pump())
        loop = asyncio.get_running_loop()
        self._timers = [
            loop.call_later(HELLO_WITHIN_S, self._expect_hello),
            loop.call_later(seconds_left, self._session_ended),
        ]
        self._greeted = False

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Take one message of the console."""
        if self._connection.closing:
            return
        if not self._within_rate():
            self._connection.close(CloseCode.TOO_MANY_MESSAGES)
            return
        if text_data is None or len(text_data) > MESSAGE_LIMIT:
            self._connection.close(CloseCode.BAD_MESSAGE)
            return
        try:
            message = CLIENT_MESSAGE.validate_json(text_data)
        except ValidationError:
            self._connection.close(CloseCode.BAD_MESSAGE)
            return
        match message:
            case Hello():
                self._greeted = True
                self._spawn(self._hello(message))
            case Seen():
                self._connection.saw(message.seq)

    async def disconnect(self, code: int) -> None:
        """Forget the socket."""
        hub().forget(self._connection)
        self._connection.closing = True
        for timer in getattr(self, "_timers", []):
            timer.cancel()
        for task in self._tasks:
            task.cancel()

    async def _hello(self, message: Hello) -> None:
        async with self._hello_lock:
            try:
                await hub().hello(self._connection, scopes=self._scopes, cursor=message.cursor)
            except Exception:  # whatever failed, the console must hear of it and come back
                logger.exception("a console could not be brought up to date")
                self._connection.close(CloseCode.GOING_AWAY)
            if self._connection.closing:
                hub().leave(self._connection)

    async def _pump(self) -> None:
        try:
            await self._connection.pump(self._send_text)
        except Exception as error:  # noqa: BLE001 - whatever it is, a console must not wait for frames in vain
            logger.warning("a console's socket takes no more: %s", error)
            self._connection.close(CloseCode.GOING_AWAY)

    def _within_rate(self) -> bool:
        since, count = self._window
        now = time.monotonic()
        self._window = (now, 1) if now - since > 10 else (since, count + 1)
        return self._window[1] <= MESSAGES_PER_10_S

    def _expect_hello(self) -> None:
        if not self._greeted:
            self._connection.close(CloseCode.BAD_MESSAGE)

    def _session_ended(self) -> None:
        self._connection.close(CloseCode.UNAUTHENTICATED)

    def _close_soon(self, code: CloseCode) -> None:
        self._spawn(self.close(code=int(code), reason=code.reason))

    async def _refuse(self, code: CloseCode) -> None:
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
            logger.error("a console's task failed", exc_info=error)

    @database_sync_to_async  # type: ignore[untyped-decorator]
    def _load_standing(self, session: str) -> tuple[dict[Permission, Scope], float] | None:
        """What the person may watch, and for how many seconds; None if the session has ended."""
        now = timezone.now()
        kept = Session.objects.filter(session_key=session, expire_date__gt=now).first()
        user = get_user_model().objects.filter(pk=self.scope["user"].pk).first()
        if kept is None or user is None or not user.is_active:
            return None
        return scopes_of(user), (kept.expire_date - now).total_seconds()
