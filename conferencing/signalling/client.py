"""One seat's socket: the loop that owns its state. The consumer and the room post to it, and wait for nothing."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import assert_never

from django.db import DatabaseError

from command_center.feed.messages import CloseCode
from command_center.feed.sections import FeedModel
from conferencing.conferences import services
from conferencing.conferences.services import Seated
from conferencing.conferences.shown import MessageData
from conferencing.conferences.sitting import Sitter
from conferencing.engines.messages import SourceKind
from conferencing.quality import services as quality
from conferencing.signalling.database import ask
from conferencing.signalling.media import SeatMedia
from conferencing.signalling.messages import (
    AcceptFrame,
    ActFrame,
    BeatFrame,
    ClientFrame,
    ConferenceClose,
    DoneFrame,
    EndedFrame,
    FrameProblem,
    GoneReason,
    JoinFrame,
    LeaveFrame,
    OfferFrame,
    ProblemFrame,
    QualityFrame,
    RejoinReason,
    ViewFrame,
    WelcomeFrame,
)
from conferencing.signalling.page import Page, gone
from conferencing.signalling.posts import Posts, Word
from conferencing.signalling.presence import presence
from conferencing.signalling.room import Room
from conferencing.signalling.rooms import rooms
from conferencing.signalling.turn import ice_servers

logger = logging.getLogger(__name__)


class Client:
    """See the module. `send` queues a frame, `goodbye` sends the last one and closes, `close` only closes."""

    def __init__(
        self,
        *,
        sitter: Sitter,
        send: Callable[[str], None],
        goodbye: Callable[[str, ConferenceClose], Awaitable[None]],
        close: Callable[[CloseCode | ConferenceClose], None],
    ) -> None:
        self.conference_id = sitter.conference
        self.seat = 0
        self.connection = ""
        self._sitter = sitter
        self._send_text = send
        self._goodbye = goodbye
        self._close = close
        self._posts = Posts()
        self._room: Room | None = None
        self._media = SeatMedia(send=self._send, posts=self._posts)
        self._page = Page(send=self._send, send_text=send)
        self._over = False

    # -- posted by others --------------------------------------------------------------------------

    def take(self, frame: ClientFrame) -> None:
        """A frame of the browser; the consumer bounds how many come."""
        self._posts.frame(frame)

    def room_changed(self, messages: tuple[MessageData, ...]) -> None:
        """The conference is another, or something was written."""
        self._page.wrote(messages)
        self._posts.word(Word.ROOM)

    def speakers_changed(self) -> None:
        """Others speak."""
        self._posts.word(Word.SPEAKERS)

    def flows_changed(self) -> None:
        """Others send, or send no more."""
        self._posts.word(Word.FLOWS)

    def slots_changed(self) -> None:
        """The node hears others to it."""
        self._posts.word(Word.HEARD)

    def layers_wanted(self, source: SourceKind, rids: tuple[str, ...]) -> None:
        """Somebody looks at other layers."""
        self._media.want_layers(source, rids)

    def media_lost(self) -> None:
        """The node no longer hears this browser."""
        self._posts.word(Word.MEDIA_LOST)

    def media_unavailable(self) -> None:
        """No node answers."""
        self._posts.word(Word.MEDIA_UNAVAILABLE)

    def media_available(self) -> None:
        """A node answers again."""
        self._posts.word(Word.MEDIA_AVAILABLE)

    def taken_over(self) -> None:
        """Another page has the seat."""
        self._posts.word(Word.TAKEN_OVER)

    # -- the loop ----------------------------------------------------------------------------------

    async def run(self) -> None:
        """Take what was posted, one after the other, until it is over."""
        try:
            while not self._over:
                post = await self._posts.next()
                if isinstance(post, Word):
                    await self._hear(post)
                else:
                    await self._answer(post)
        except DatabaseError as error:
            logger.warning("a seat's socket ends, the database fails: %s", error)
            self._close(CloseCode.GOING_AWAY)
        except Exception:  # whatever failed, the page must hear of it and come back
            logger.exception("a seat's socket ends")
            self._close(CloseCode.GOING_AWAY)

    def stop(self) -> None:
        """The socket is gone; the seat is kept for a while."""
        self._over = True
        if not self.connection:
            return
        presence().release(self.connection)
        rooms().leave(self.conference_id, self)
        seated = Seated(self.conference_id, self.seat, self.connection)
        rooms().spawn(ask(lambda: services.lose(seated=seated)))

    async def _answer(self, frame: ClientFrame) -> None:
        match frame:
            case JoinFrame():
                await self._join()
            case OfferFrame():
                await self._media.offer(frame.sdp)
            case AcceptFrame():
                await self._media.accept(frame.sdp)
            case ViewFrame():
                await self._media.look(frame)
            case ActFrame():
                await self._act(frame)
            case LeaveFrame():
                await self._leave()
            case QualityFrame():
                seated = Seated(self.conference_id, self.seat, self.connection)
                await ask(lambda: quality.record(seated=seated, report=frame.report))
            case BeatFrame():
                pass  # the consumer has taken it
            case _:
                assert_never(frame)

    async def _hear(self, word: Word) -> None:
        match word:
            case Word.ROOM:
                await self._show_room()
            case Word.SPEAKERS:
                if self._room is not None:
                    self._page.show_speaking(self._room, self.seat)
                await self._media.fill()
            case Word.FLOWS:
                if self._room is not None:
                    self._page.show_flows(self._room)
                await self._media.fill()
            case Word.HEARD:
                self._media.show_slots()
            case Word.REFILL:
                await self._media.fill()
            case Word.LAYERS:
                self._media.show_layers()
            case Word.MEDIA_LOST:
                self._media.rejoin(RejoinReason.MEDIA_LOST)
            case Word.MEDIA_UNAVAILABLE:
                self._media.lost()
            case Word.MEDIA_AVAILABLE:
                self._media.found()
            case Word.TAKEN_OVER:
                await self._end(GoneReason.TAKEN_OVER)
            case _:
                assert_never(word)

    def _send(self, frame: FeedModel) -> None:
        self._send_text(frame.model_dump_json())

    async def _show_room(self) -> None:
        room = self._room
        if room is None:
            return
        out = await gone(room, self.seat, self.connection, inside=self._page.inside)
        if out is None:
            await self._page.show(room, self.seat)
            self._media.follow()
            await self._media.fill()
        elif out.reason is not None:
            await self._end(out.reason, out.to)
        else:
            self._over = True  # it comes back and has its seat again
            self._close(CloseCode.GOING_AWAY)

    # -- coming and going --------------------------------------------------------------------------

    async def _join(self) -> None:
        if self._room is not None:
            return
        try:
            seated = await ask(self._sitter.join)
        except services.NotThereError:
            self._close(ConferenceClose.NOT_FOUND)
            return
        except services.RefusedError as error:
            self._send(ProblemFrame(id=None, code=error.refusal))
            return
        self.seat, self.connection = seated.seat, seated.connection
        presence().hold(self.connection)
        if self._over:  # the socket went while the seat was being taken
            self.stop()
            return
        self._room = room = await rooms().enter(self.conference_id, self)
        if room is None:
            await self._end(GoneReason.TAKEN_OVER)
            return
        self._media.enter(room, self.seat)
        self._send(
            WelcomeFrame(
                conference=self.conference_id,
                seat=self.seat,
                epoch=room.place_of(self.seat).epoch,
                ice_servers=ice_servers(),
            )
        )
        await self._show_room()

    async def _leave(self) -> None:
        if self._room is None:
            return
        seated = Seated(self.conference_id, self.seat, self.connection)
        await ask(lambda: services.leave(seated=seated))
        await self._room.enforcer.disconnect(self.seat)
        await self._end(GoneReason.LEFT)

    async def _end(self, reason: GoneReason, to: int | None = None) -> None:
        """The last frame. What the seat is now has been decided already."""
        self._over = True
        frame = EndedFrame(reason=reason, to=to)
        await self._goodbye(frame.model_dump_json(), ConferenceClose.ENDED)

    # -- commands ----------------------------------------------------------------------------------

    async def _act(self, frame: ActFrame) -> None:
        if self._room is None:
            self._send(ProblemFrame(id=frame.id, code=FrameProblem.NOT_JOINED))
            return
        try:
            row = await ask(lambda: self._sitter.act(frame.command, frame.version))
        except services.RefusedError as error:
            self._send(ProblemFrame(id=frame.id, code=error.refusal))
        except services.StaleError as error:
            self._send(ProblemFrame(id=frame.id, code=FrameProblem.STALE, detail=str(error)))
        except services.NotThereError:
            self._close(ConferenceClose.NOT_FOUND)
        else:
            self._send(DoneFrame(id=frame.id, version=row.version))
            self._room.hint()
