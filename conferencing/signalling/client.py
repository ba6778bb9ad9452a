"""One seat's socket: the loop that owns its state. The consumer and the room post to it, and wait for nothing.

What is posted is either a frame of the browser or a word that something may have changed; the second kind waits
at most once, however often it is posted.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING, assert_never

from django.db import DatabaseError

from command_center.feed.messages import CloseCode
from command_center.feed.sections import FeedModel
from conferencing.conferences import selectors, services
from conferencing.conferences.services import Seated
from conferencing.conferences.shown import MessageData
from conferencing.engines.messages import (
    Assignment,
    EngineProblem,
    Joined,
    SetSlots,
    SlotLine,
    SourceKind,
)
from conferencing.engines.port import EngineError
from conferencing.policy.conference import PRESENT, Presence
from conferencing.policy.slots import Filled, Tile, View, fill
from conferencing.policy.verdict import EndReason
from conferencing.quality import services as quality
from conferencing.signalling import showing
from conferencing.signalling.database import ask
from conferencing.signalling.messages import (
    ActFrame,
    AnswerFrame,
    BeatFrame,
    ClientFrame,
    ConferenceClose,
    DoneFrame,
    EndedFrame,
    FlowsFrame,
    FrameProblem,
    GoneReason,
    JoinFrame,
    LayersFrame,
    LeaveFrame,
    LineData,
    LinesFrame,
    MessagesFrame,
    OfferFrame,
    ProblemFrame,
    QualityFrame,
    RejoinFrame,
    RejoinReason,
    SlotsFrame,
    SpeakingFrame,
    ViewFrame,
    WelcomeFrame,
)
from conferencing.signalling.presence import presence
from conferencing.signalling.room import Room, peer_name, room_name
from conferencing.signalling.rooms import rooms

if TYPE_CHECKING:
    from command_center.accounts.models import User

logger = logging.getLogger(__name__)

REFILL_AFTER_S = 1.0
_PROBLEMS = {
    EngineProblem.BAD_OFFER: FrameProblem.BAD_OFFER,
    EngineProblem.BAD_REQUEST: FrameProblem.BAD_OFFER,
    EngineProblem.NO_CODEC: FrameProblem.NO_CODEC,
    EngineProblem.ROOM_FULL: FrameProblem.ROOM_FULL,
    EngineProblem.NODE_FULL: FrameProblem.NODE_FULL,
    EngineProblem.NO_ROOM: FrameProblem.MEDIA_UNAVAILABLE,
    EngineProblem.NO_PEER: FrameProblem.MEDIA_UNAVAILABLE,
    EngineProblem.UNAVAILABLE: FrameProblem.MEDIA_UNAVAILABLE,
}


class Word(Enum):
    """What may have changed."""

    ROOM = auto()
    SPEAKERS = auto()
    FLOWS = auto()
    HEARD = auto()
    REFILL = auto()
    LAYERS = auto()
    MEDIA_LOST = auto()
    MEDIA_UNAVAILABLE = auto()
    MEDIA_AVAILABLE = auto()
    TAKEN_OVER = auto()


@dataclass(slots=True)
class Media:
    """A browser's connection to the node, as far as it is known here."""

    epoch: int
    lines: Joined


class Client:
    """See the module. `send` queues a frame, `goodbye` sends the last one and closes, `close` only closes."""

    def __init__(
        self,
        *,
        conference_id: int,
        user: User,
        send: Callable[[str], None],
        goodbye: Callable[[str, ConferenceClose], Awaitable[None]],
        close: Callable[[CloseCode | ConferenceClose], None],
    ) -> None:
        self.conference_id = conference_id
        self.seat = 0
        self.connection = ""
        self._user = user
        self._send_text = send
        self._goodbye = goodbye
        self._close = close
        self._posts: asyncio.Queue[ClientFrame | Word] = asyncio.Queue()
        self._waiting: set[Word] = set()
        self._room: Room | None = None
        self._view = View()
        self._media: Media | None = None
        self._wants_media = False
        self._filled = Filled((), None)
        self._shown: SlotsFrame | None = None
        self._state = ""
        self._messages: list[MessageData] = []
        self._lines = LinesFrame(seats=())
        self._layers: dict[SourceKind, tuple[str, ...]] = {}
        self._inside = False
        self._over = False

    # -- posted by others --------------------------------------------------------------------------

    def take(self, frame: ClientFrame) -> None:
        """A frame of the browser; the consumer bounds how many come."""
        self._posts.put_nowait(frame)

    def _post(self, word: Word) -> None:
        if word not in self._waiting:
            self._waiting.add(word)
            self._posts.put_nowait(word)

    def room_changed(self, messages: tuple[MessageData, ...]) -> None:
        """The conference is another, or something was written."""
        self._messages += messages
        self._post(Word.ROOM)

    def speakers_changed(self) -> None:
        """Others speak."""
        self._post(Word.SPEAKERS)

    def flows_changed(self) -> None:
        """Others send, or send no more."""
        self._post(Word.FLOWS)

    def slots_changed(self) -> None:
        """The node hears others to it."""
        self._post(Word.HEARD)

    def layers_wanted(self, source: SourceKind, rids: tuple[str, ...]) -> None:
        """Somebody looks at other layers."""
        self._layers[source] = rids
        self._post(Word.LAYERS)

    def media_lost(self) -> None:
        """The node no longer hears this browser."""
        self._post(Word.MEDIA_LOST)

    def media_unavailable(self) -> None:
        """No node answers."""
        self._post(Word.MEDIA_UNAVAILABLE)

    def media_available(self) -> None:
        """A node answers again."""
        self._post(Word.MEDIA_AVAILABLE)

    def taken_over(self) -> None:
        """Another page has the seat."""
        self._post(Word.TAKEN_OVER)

    # -- the loop ----------------------------------------------------------------------------------

    async def run(self) -> None:
        """Take what was posted, one after the other, until it is over."""
        try:
            while not self._over:
                post = await self._posts.get()
                if isinstance(post, Word):
                    self._waiting.discard(post)
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
                await self._offer(frame.sdp)
            case ViewFrame():
                self._view = _view_of(frame)
                await self._fill()
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
                self._show_speaking()
                await self._fill()
            case Word.FLOWS:
                self._show_flows()
                await self._fill()
            case Word.HEARD:
                self._show_slots()
            case Word.REFILL:
                await self._fill()
            case Word.LAYERS:
                self._show_layers()
            case Word.MEDIA_LOST:
                self._rejoin(RejoinReason.MEDIA_LOST)
            case Word.MEDIA_UNAVAILABLE:
                self._media_gone()
            case Word.MEDIA_AVAILABLE:
                if self._wants_media and self._media is None:
                    self._rejoin(RejoinReason.MEDIA_MOVED)
            case Word.TAKEN_OVER:
                await self._end(GoneReason.TAKEN_OVER)
            case _:
                assert_never(word)

    def _send(self, frame: FeedModel) -> None:
        self._send_text(frame.model_dump_json())

    def _problem(self, code: FrameProblem, detail: str = "", *, id_: int | None = None) -> None:
        self._send(ProblemFrame(id=id_, code=code, detail=detail))

    # -- coming and going --------------------------------------------------------------------------

    async def _join(self) -> None:
        if self._room is not None:
            return
        try:
            seated = await ask(
                lambda: services.join(conference_id=self.conference_id, user=self._user)
            )
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
        self._send(
            WelcomeFrame(conference=self.conference_id, seat=self.seat, epoch=room.now.epoch)
        )
        await self._show_room()

    async def _show_inside(self) -> None:
        """What goes on in the room, once one is in it and no longer in the lobby."""
        self._inside = True
        last = await ask(lambda: selectors.messages_after(self.conference_id, 0))
        self._messages = [one for one in self._messages if not last or one.id > last[-1].id]
        self._send(MessagesFrame(messages=last))
        self._show_flows()
        self._show_speaking()

    async def _leave(self) -> None:
        if self._room is None:
            return
        seated = Seated(self.conference_id, self.seat, self.connection)
        await ask(lambda: services.leave(seated=seated))
        await self._room.disconnect(self.seat)
        await self._end(GoneReason.LEFT)

    async def _end(self, reason: GoneReason, to: int | None = None) -> None:
        """The last frame. What the seat is now has been decided already."""
        self._over = True
        frame = EndedFrame(reason=reason, to=to)
        await self._goodbye(frame.model_dump_json(), ConferenceClose.ENDED)

    # -- commands ----------------------------------------------------------------------------------

    async def _act(self, frame: ActFrame) -> None:
        if self._room is None:
            self._problem(FrameProblem.NOT_JOINED, id_=frame.id)
            return
        try:
            row = await ask(
                lambda: services.act(
                    conference_id=self.conference_id,
                    user=self._user,
                    command=frame.command,
                    version=frame.version,
                )
            )
        except services.RefusedError as error:
            self._send(ProblemFrame(id=frame.id, code=error.refusal))
        except services.StaleError as error:
            self._problem(FrameProblem.STALE, str(error), id_=frame.id)
        except services.NotThereError:
            self._close(ConferenceClose.NOT_FOUND)
        else:
            self._send(DoneFrame(id=frame.id, version=row.version))
            self._room.hint()

    # -- media -------------------------------------------------------------------------------------

    async def _offer(self, sdp: str) -> None:
        room = self._room
        if room is None:
            self._problem(FrameProblem.NOT_JOINED)
            return
        seat = room.now.value.seat(self.seat)
        if seat is None or seat.presence not in PRESENT:
            self._problem(FrameProblem.WAITING)
            return
        self._wants_media = True
        try:
            lines = await room.media(self.seat, sdp)
        except EngineError as error:
            self._media = None
            self._problem(_PROBLEMS[error.problem], str(error))
            if _PROBLEMS[error.problem] is FrameProblem.MEDIA_UNAVAILABLE:
                room.node_interrupted()
            return
        self._media = Media(room.now.epoch, lines)
        self._filled, self._shown = Filled((), None), None
        self._send(
            AnswerFrame(
                epoch=room.now.epoch,
                sdp=lines.answer,
                sources=lines.sources,
                video=_lines(lines.video),
                audio=_lines(lines.audio),
            )
        )
        await self._fill()

    def _rejoin(self, reason: RejoinReason) -> None:
        if self._room is not None and self._wants_media:
            self._media = None
            self._send(RejoinFrame(epoch=self._room.now.epoch, reason=reason))

    def _media_gone(self) -> None:
        if self._wants_media and self._media is not None:
            self._media = None
            self._problem(FrameProblem.MEDIA_UNAVAILABLE, "no media node answers; it is looked for")

    async def _fill(self) -> None:
        """Have the node show what the page can see, and say which slot is whose."""
        room, media = self._room, self._media
        if room is None or media is None:
            return
        filled = fill(
            count=len(media.lines.video),
            receiver=self.seat,
            view=self._view,
            room=room.shows(),
            before=self._filled.slots,
        )
        if filled.slots != self._filled.slots:
            try:
                await self._set_slots(room, filled)
            except EngineError as error:
                logger.info("slots of %s/%s: %s", self.conference_id, self.seat, error)
                loop = asyncio.get_running_loop()
                loop.call_later(REFILL_AFTER_S, self._post, Word.REFILL)
                return
        self._filled = filled
        self._show_slots()

    async def _set_slots(self, room: Room, filled: Filled) -> None:
        engine = room.engine
        if engine is None:
            return
        video = [
            Assignment(
                slot=index,
                peer=peer_name(item.source.seat),
                source=showing.kind_of(item.source.picture),
                height=item.height,
            )
            for index, item in enumerate(filled.slots)
            if item is not None
        ]
        name = room_name(self.conference_id)
        await engine.set_slots(name, peer_name(self.seat), SetSlots(video=video))

    # -- showing -----------------------------------------------------------------------------------

    async def _show_room(self) -> None:
        room = self._room
        if room is None:
            return
        gone = await self._gone(room)
        if gone is not None:
            await self._end(*gone)
            return
        state = showing.state(room.now, self.seat)
        if state != self._state:
            self._state = state
            self._send_text(state)
        seat = room.now.value.seat(self.seat)
        if not self._inside and seat is not None and seat.presence in PRESENT:
            await self._show_inside()
        if self._inside and self._messages:
            fresh, self._messages = tuple(self._messages), []
            self._send(MessagesFrame(messages=fresh))
        if self._inside and self._lines.seats != room.now.lines:
            self._lines = LinesFrame(seats=room.now.lines)
            self._send(self._lines)
        if self._media is not None and self._media.epoch != room.now.epoch:
            self._rejoin(RejoinReason.MEDIA_MOVED)
        await self._fill()

    async def _gone(self, room: Room) -> tuple[GoneReason, int | None] | None:
        """Why one is not in the room any more, if so."""
        value = room.now.value
        if value.ended_at is not None:
            empty = room.now.end_reason == EndReason.EMPTY
            return (GoneReason.EMPTY if empty else GoneReason.ENDED), None
        seat = value.seat(self.seat)
        if seat is None or seat.presence is Presence.REMOVED:
            return GoneReason.REMOVED, None
        if seat.presence in PRESENT or seat.presence is Presence.WAITING:
            if seat.connection == self.connection:
                return None
            if seat.connection:
                return GoneReason.TAKEN_OVER, None
            self._over = True  # it was thought lost: the page comes back and has its seat again
            self._close(CloseCode.GOING_AWAY)
            return None
        user = seat.user or 0
        others = await ask(lambda: selectors.now_in(user, apart_from=self.conference_id))
        if others:
            return GoneReason.CALLED_AWAY, others[0][0]
        return GoneReason.LEFT, None

    def _show_speaking(self) -> None:
        if self._room is not None and self._inside:
            self._send(SpeakingFrame(seats=self._room.speaking))

    def _show_flows(self) -> None:
        if self._room is not None and self._inside:
            self._send(FlowsFrame(seats=showing.flows(self._room.flows)))

    def _show_layers(self) -> None:
        wanted, self._layers = self._layers, {}
        for source, rids in wanted.items():
            self._send(LayersFrame(source=source, rids=rids))

    def _show_slots(self) -> None:
        """Said when it differs from what was said."""
        room, media = self._room, self._media
        if room is None or media is None:
            return
        count = len(media.lines.audio)
        heard = room.heard.get(self.seat, ())[:count]
        shown = showing.slots(self._filled, (*heard, *[None] * (count - len(heard))))
        if shown != self._shown:
            self._shown = shown
            self._send(shown)


def _view_of(frame: ViewFrame) -> View:
    return View(
        layout=frame.layout,
        pinned=frame.pinned,
        main_height=frame.main_height,
        cells=frame.cells,
        tiles=tuple(Tile(tile.seat, tile.height) for tile in frame.tiles),
    )


def _lines(lines: list[SlotLine]) -> tuple[LineData, ...]:
    return tuple(LineData(index=line.index, mid=line.mid) for line in lines)
