"""The media of one seat: its browser's connection to the node, and what its slots show."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass

from command_center.feed.sections import FeedModel
from conferencing.engines.messages import (
    Assignment,
    EngineProblem,
    Joined,
    SetSlots,
    SlotLine,
    SourceKind,
)
from conferencing.engines.port import EngineError
from conferencing.policy.conference import PRESENT
from conferencing.policy.placing import Place
from conferencing.policy.slots import Filled, Tile, View, fill
from conferencing.signalling import showing
from conferencing.signalling.messages import (
    AnswerFrame,
    FrameProblem,
    LayersFrame,
    LineData,
    ProblemFrame,
    RejoinFrame,
    RejoinReason,
    SlotsFrame,
    ViewFrame,
)
from conferencing.signalling.names import peer_name, room_name
from conferencing.signalling.posts import Posts, Word
from conferencing.signalling.room import Room
from conferencing.signalling.turn import ice_servers

logger = logging.getLogger(__name__)

REFILL_AFTER_S = 1.0
_NOTHING = Filled((), None)
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


@dataclass(slots=True)
class _Line:
    """The connection, as far as it is known here."""

    place: Place
    lines: Joined


class SeatMedia:
    """See the module. Without a room, until `enter`, it does nothing. `posts` are those of the seat's loop."""

    def __init__(self, *, send: Callable[[FeedModel], None], posts: Posts) -> None:
        self._send = send
        self._posts = posts
        self._room: Room | None = None
        self._seat = 0
        self._view = View()
        self._line: _Line | None = None
        self._wanted = False
        self._filled = _NOTHING
        self._shown: SlotsFrame | None = None
        self._layers: dict[SourceKind, tuple[str, ...]] = {}

    def enter(self, room: Room, seat: int) -> None:
        """The seat is taken."""
        self._room, self._seat = room, seat

    # -- the connection ----------------------------------------------------------------------------

    async def offer(self, sdp: str) -> None:
        """The browser offers."""
        room = self._room
        if room is None:
            self._problem(FrameProblem.NOT_JOINED)
            return
        seat = room.now.value.seat(self._seat)
        if seat is None or seat.presence not in PRESENT:
            self._problem(FrameProblem.WAITING)
            return
        self._wanted = True
        try:
            lines = await room.media(self._seat, sdp, stay=self._line is not None)
        except EngineError as error:
            self._line = None
            self._problem(_PROBLEMS[error.problem], str(error))
            if _PROBLEMS[error.problem] is FrameProblem.MEDIA_UNAVAILABLE:
                room.without_media(self._seat)
            return
        place = room.place_of(self._seat)
        self._line = _Line(place, lines)
        self._filled, self._shown = _NOTHING, None
        self._send(
            AnswerFrame(
                epoch=place.epoch,
                sdp=lines.answer,
                sources=lines.sources,
                video=_lines(lines.video),
                audio=_lines(lines.audio),
                offer=lines.offer,
                reach=lines.reach,
            )
        )
        await self.fill()

    async def accept(self, sdp: str) -> None:
        """The browser answers the offer that came with the answer."""
        room, line = self._room, self._line
        if room is None or line is None or line.lines.offer is None:
            self._problem(FrameProblem.NOT_JOINED)
            return
        try:
            await room.accept(self._seat, sdp)
        except EngineError as error:
            self._problem(_PROBLEMS[error.problem], str(error))

    def follow(self) -> None:
        """The conference may be on another node now."""
        room, line = self._room, self._line
        if room is not None and line is not None and line.place != room.place_of(self._seat):
            self.rejoin(RejoinReason.MEDIA_MOVED)

    def lost(self) -> None:
        """No node answers."""
        if self._wanted and self._line is not None:
            self._line = None
            self._problem(FrameProblem.MEDIA_UNAVAILABLE, "no media node answers; it is looked for")

    def found(self) -> None:
        """A node answers again."""
        if self._wanted and self._line is None:
            self.rejoin(RejoinReason.MEDIA_MOVED)

    def rejoin(self, reason: RejoinReason) -> None:
        """Have the browser offer anew, if it ever did."""
        if self._room is not None and self._wanted:
            self._line = None
            epoch = self._room.place_of(self._seat).epoch
            self._send(RejoinFrame(epoch=epoch, reason=reason, ice_servers=ice_servers()))

    def _problem(self, code: FrameProblem, detail: str = "") -> None:
        self._send(ProblemFrame(id=None, code=code, detail=detail))

    # -- the slots ---------------------------------------------------------------------------------

    async def look(self, frame: ViewFrame) -> None:
        """The page shows other tiles."""
        self._view = View(
            layout=frame.layout,
            pinned=frame.pinned,
            main_height=frame.main_height,
            cells=frame.cells,
            tiles=tuple(Tile(tile.seat, tile.height) for tile in frame.tiles),
        )
        await self.fill()

    async def fill(self) -> None:
        """Have the node show what the page can see, and say which slot is whose."""
        room, line = self._room, self._line
        if room is None or line is None:
            return
        filled = fill(
            count=len(line.lines.video),
            receiver=self._seat,
            view=self._view,
            room=room.shows(self._seat),
            before=self._filled.slots,
        )
        if filled.slots != self._filled.slots:
            try:
                await self._set_slots(room, filled)
            except EngineError as error:
                logger.info("slots of %s/%s: %s", room.id, self._seat, error)
                loop = asyncio.get_running_loop()
                loop.call_later(REFILL_AFTER_S, self._posts.word, Word.REFILL)
                return
        self._filled = filled
        self.show_slots()

    async def _set_slots(self, room: Room, filled: Filled) -> None:
        engine = room.engine_of(self._seat)
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
        await engine.set_slots(room_name(room.id), peer_name(self._seat), SetSlots(video=video))

    def show_slots(self) -> None:
        """Said when it differs from what was said."""
        room, line = self._room, self._line
        if room is None or line is None:
            return
        count = len(line.lines.audio)
        heard = room.heard.get(self._seat, ())[:count]
        shown = showing.slots(self._filled, (*heard, *[None] * (count - len(heard))))
        if shown != self._shown:
            self._shown = shown
            self._send(shown)

    # -- what is wanted of it ----------------------------------------------------------------------

    def want_layers(self, source: SourceKind, rids: tuple[str, ...]) -> None:
        """Others look at these layers of what it sends; told with the next `show_layers`."""
        self._layers[source] = rids
        self._posts.word(Word.LAYERS)

    def show_layers(self) -> None:
        """Tell the browser, which may pause the rest."""
        wanted, self._layers = self._layers, {}
        for source, rids in wanted.items():
            self._send(LayersFrame(source=source, rids=rids))


def _lines(lines: list[SlotLine]) -> tuple[LineData, ...]:
    return tuple(LineData(index=line.index, mid=line.mid) for line in lines)
