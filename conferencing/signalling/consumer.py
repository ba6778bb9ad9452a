"""The socket of a seat: parse, hand to the client's loop, send what that queues. No logic of its own."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from datetime import UTC, datetime

from pydantic import ValidationError

from command_center.accounts.policy import Permission
from command_center.accounts.scope import Scope
from command_center.feed.connection import Frame
from command_center.feed.hub import HEARTBEAT_S
from command_center.feed.messages import CloseCode, iso
from command_center.feed.session_socket import SessionSocket
from conferencing.conferences.sitting import Member, Sitter
from conferencing.engines.messages import MAX_SDP
from conferencing.signalling.client import Client
from conferencing.signalling.messages import (
    CLIENT_FRAME,
    BeatFrame,
    BeatingFrame,
    ConferenceClose,
    JoinFrame,
)

JOIN_WITHIN_S = 15
SILENT_AFTER_S = 20.0
ROOM_FOR_JSON = 32 * 1024
GOODBYE_S = 2.0


class ConferenceConsumer(SessionSocket):
    """`/ws/conference/{id}`. See docs/protocol/conference.md."""

    message_limit = MAX_SDP + ROOM_FOR_JSON

    def may_enter(self, scopes: dict[Permission, Scope]) -> bool:
        """Who may have a seat. Whether there is such a conference for them, the join says."""
        return Permission.CONFERENCES_JOIN in scopes

    def sitter(self) -> Sitter:
        """Whose seat it is, in which conference."""
        conference = self.scope["url_route"]["kwargs"]["conference_id"]
        return Member(self.scope["user"], conference)

    async def entered(self) -> None:
        """Expect a join, and show that the socket lives."""
        self._client = Client(
            sitter=self.sitter(),
            send=self._offer,
            goodbye=self._goodbye,
            close=self._connection.close,
        )
        self._beats = 0
        self._joined = False
        self._heard_at = time.monotonic()
        self._spawn(self._client.run())
        self._spawn(self._beat())
        loop = asyncio.get_running_loop()
        self._timers.append(loop.call_later(JOIN_WITHIN_S, self._expect_join))

    def take(self, text: str) -> None:
        """Take one frame of the browser."""
        try:
            frame = CLIENT_FRAME.validate_json(text)
        except ValidationError:
            self._connection.close(CloseCode.BAD_MESSAGE)
            return
        self._heard_at = time.monotonic()
        match frame:
            case BeatFrame():
                self._connection.saw(frame.n)
            case JoinFrame():
                self._joined = True
                self._client.take(frame)
            case _:
                self._client.take(frame)

    def left(self) -> None:
        """The seat's connection is lost, unless it was given up."""
        client: Client | None = getattr(self, "_client", None)
        if client is not None:
            client.stop()

    def _offer(self, text: str) -> None:
        self._connection.offer(Frame(text, self._beats))

    async def _goodbye(self, text: str, code: ConferenceClose) -> None:
        """The last frame goes past the queue, since closing drops what waits there."""
        if self._connection.closing:
            return
        # What the loop queued before goes first, as far as the socket takes it.
        await asyncio.sleep(0)
        with suppress(OSError):  # too slow, or gone (ASGI, 2.4)
            async with asyncio.timeout(GOODBYE_S):
                await self._send_text(text)
        self._connection.close(code)

    async def _beat(self) -> None:
        while True:
            if time.monotonic() - self._heard_at > SILENT_AFTER_S:
                self._connection.close(CloseCode.GOING_AWAY)
            self._beats += 1
            beat = BeatingFrame(n=self._beats, now=iso(datetime.now(UTC)))
            self._offer(beat.model_dump_json())
            await asyncio.sleep(HEARTBEAT_S)

    def _expect_join(self) -> None:
        if not self._joined:
            self._connection.close(CloseCode.BAD_MESSAGE)
