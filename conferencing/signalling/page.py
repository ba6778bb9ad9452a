"""What one seat's page is shown of the conference: whatever differs from what it knows, and nothing twice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from command_center.feed.sections import FeedModel
from conferencing.conferences import selectors
from conferencing.conferences.shown import MessageData
from conferencing.policy.conference import PRESENT, Presence
from conferencing.policy.verdict import EndReason
from conferencing.signalling import showing
from conferencing.signalling.database import ask
from conferencing.signalling.messages import (
    FlowsFrame,
    GoneReason,
    LinesFrame,
    MessagesFrame,
    SpeakingFrame,
)
from conferencing.signalling.room import Room


@dataclass(frozen=True, slots=True)
class Gone:
    """One is not in the room any more. No `reason`: the seat was thought lost, and the page may come back."""

    reason: GoneReason | None
    to: int | None = None


class Page:
    """See the module. `send` queues a frame, `send_text` one that is text already."""

    def __init__(
        self, *, send: Callable[[FeedModel], None], send_text: Callable[[str], None]
    ) -> None:
        self._send = send
        self._send_text = send_text
        self._state = ""
        self._messages: list[MessageData] = []
        self._lines = LinesFrame(seats=())
        self._speaking: tuple[int, ...] | None = None
        self.inside = False
        """beyond the lobby"""

    def wrote(self, messages: tuple[MessageData, ...]) -> None:
        """Something was written; shown with the next `show`."""
        self._messages += messages

    async def show(self, room: Room, seat: int) -> None:
        """The conference as it is now, and what was written."""
        state = showing.state(room.now, seat)
        if state != self._state:
            self._state = state
            self._send_text(state)
        found = room.now.value.seat(seat)
        if not self.inside and found is not None and found.presence in PRESENT:
            await self._show_inside(room, seat)
        if self.inside and self._messages:
            fresh, self._messages = tuple(self._messages), []
            self._send(MessagesFrame(messages=fresh))
        if self.inside and self._lines.seats != room.now.lines:
            self._lines = LinesFrame(seats=room.now.lines)
            self._send(self._lines)
        self.show_speaking(room, seat)  # one may hear others now

    async def _show_inside(self, room: Room, seat: int) -> None:
        """What goes on in the room, once one is in it and no longer in the lobby."""
        self.inside = True
        last = await ask(lambda: selectors.messages_after(room.id, 0))
        self._messages = [one for one in self._messages if not last or one.id > last[-1].id]
        self._send(MessagesFrame(messages=last))
        self.show_flows(room)
        self.show_speaking(room, seat)

    def show_speaking(self, room: Room, seat: int) -> None:
        """Who speaks, of those whom one hears; said when it differs from what was said."""
        seen = room.now.seen_by(seat)
        heard = tuple(number for number in room.speaking if number in seen)
        if self.inside and heard != self._speaking:
            self._speaking = heard
            self._send(SpeakingFrame(seats=heard))

    def show_flows(self, room: Room) -> None:
        """Who sends what."""
        if self.inside:
            self._send(FlowsFrame(seats=showing.flows(room.flows)))


async def gone(room: Room, number: int, connection: str, *, inside: bool) -> Gone | None:
    """Why a seat's connection is not in the room any more, if so. `inside`: it has been, beyond the lobby."""
    value = room.now.value
    if value.ended_at is not None:
        empty = room.now.end_reason == EndReason.EMPTY
        return Gone(GoneReason.EMPTY if empty else GoneReason.ENDED)
    seat = value.seat(number)
    if seat is None or seat.presence is Presence.REMOVED:
        return Gone(GoneReason.REMOVED if inside else GoneReason.NOT_ADMITTED)
    if seat.presence in PRESENT or seat.presence is Presence.WAITING:
        if seat.connection == connection:
            return None
        return Gone(GoneReason.TAKEN_OVER if seat.connection else None)
    user = seat.user or 0
    others = await ask(lambda: selectors.now_in(user, apart_from=room.id))
    return Gone(GoneReason.CALLED_AWAY, others[0][0]) if others else Gone(GoneReason.LEFT)
