"""A browser in a conference, and a page that rings, as the protocol describes them (docs/protocol/conference.md)."""

from __future__ import annotations

import itertools
import json
import threading
from contextlib import suppress
from typing import Any

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin

from tests.support.consoles import Session
from tests.support.waiting import wait_until

Frame = dict[str, Any]
_ids = itertools.count(1)


def socket(session: Session, path: str, *, origin: str | None = "") -> ClientConnection:
    """A bare socket of this system."""
    return connect(
        f"{session.base.replace('http', 'ws', 1)}{path}",
        origin=Origin(session.base if origin == "" else origin) if origin is not None else None,
        additional_headers={"Cookie": session.cookies} if session.cookies else {},
        max_size=None,
        compression=None,
        ping_interval=None,
        close_timeout=2,
        legacy=True,
    )


class Page:
    """A socket that is read on a thread of its own; every frame is kept."""

    def __init__(self, session: Session, path: str) -> None:
        self.session = session
        self.frames: list[Frame] = []
        self.closed: tuple[int, str] | None = None
        self._socket = socket(session, path)
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        try:
            for text in self._socket:
                frame = json.loads(text)
                self.frames.append(frame)
                self.took(frame)
        except ConnectionClosed:
            pass
        self.closed = (self._socket.close_code or 1006, self._socket.close_reason or "")

    def took(self, frame: Frame) -> None:
        """A frame came."""

    def send(self, type_: str, **facts: Any) -> None:
        """Say something."""
        self._socket.send(json.dumps({"type": type_, **facts}))

    def send_text(self, text: str) -> None:
        """Say anything."""
        self._socket.send(text)

    def of(self, type_: str) -> list[Frame]:
        """The frames of a type, oldest first."""
        return [frame for frame in list(self.frames) if frame["type"] == type_]

    def last(self, type_: str) -> Frame:
        """The newest frame of a type; empty if there is none."""
        found = self.of(type_)
        return found[-1] if found else {}

    def wait(self, type_: str, **facts: Any) -> Frame:
        """Wait for a frame of a type with these facts."""
        return wait_until(
            lambda: next((frame for frame in self.of(type_) if facts.items() <= frame.items()), {}),
            what=f"{type_} with {facts}; last: {self.last(type_)}, closed: {self.closed}",
        )

    def wait_closed(self) -> tuple[int, str]:
        """Wait until the server has closed it."""
        return wait_until(lambda: self.closed or (), what="the socket to be closed")  # type: ignore[return-value]  # not empty then

    def text(self) -> str:
        """All that was received."""
        return json.dumps(self.frames, ensure_ascii=False)

    def close(self) -> None:
        """Go without a word."""
        self._socket.close()
        self._thread.join(10)


class Bell(Page):
    """An open page of somebody who can be called."""

    def __init__(self, session: Session) -> None:
        super().__init__(session, "/ws/invitations")
        self.wait("invitations")

    def item(self, conference: int) -> Frame:
        """What it shows of a conference now."""
        items = self.last("invitations").get("items", [])
        return next((item for item in items if item["conference"] == conference), {})

    def wait_item(self, conference: int, **facts: Any) -> Frame:
        """Wait until it shows this of a conference."""
        return wait_until(
            lambda: self.item(conference) if facts.items() <= self.item(conference).items() else {},
            what=f"the invitation to {conference} with {facts}; is {self.item(conference)}",
        )

    def wait_gone(self, conference: int) -> None:
        """Wait until it shows nothing of a conference."""
        wait_until(lambda: not self.item(conference), what=f"no invitation to {conference}")


class SeatClient(Page):
    """A browser at its seat. Answers heartbeats, offers when it may, and keeps the newest state."""

    def __init__(
        self, session: Session, conference: int | None, *, offer: str = "", join: bool = True
    ) -> None:
        """`conference` None: the one that a guest's browser was let into."""
        self.state: Frame = {}
        self.offer = offer
        self.mute = False
        path = "/ws/guest" if conference is None else f"/ws/conference/{conference}"
        super().__init__(session, path)
        if join:
            with suppress(ConnectionClosed):  # turned away before it has spoken: `closed` says how
                self.send("join", devices={"camera": True, "microphone": True})
            wait_until(
                lambda: self.of("welcome") or self.of("problem") or self.of("ended") or self.closed,
                what="an answer to join",
            )

    def took(self, frame: Frame) -> None:
        """Heartbeats are answered, a rejoin offers again."""
        match frame["type"]:
            case "state":
                if frame["version"] >= self.state.get("version", 0):
                    self.state = frame
            case "heartbeat" if not self.mute:
                self.send("beat", n=frame["n"])
            case "welcome" | "rejoin" if self.offer:
                self.send("offer", sdp=self.offer)

    @property
    def seat(self) -> int:
        """One's own number."""
        return int(self.wait("welcome")["seat"])

    def seen(self, seat: int) -> Frame:
        """Another seat as this one sees it; empty if it does not."""
        seats = self.state.get("conference", {}).get("seats", [])
        return next((one for one in seats if one["number"] == seat), {})

    def wait_seat(self, seat: int, **facts: Any) -> Frame:
        """Wait until a seat is shown so."""
        return wait_until(
            lambda: self.seen(seat) if facts.items() <= self.seen(seat).items() else {},
            what=f"seat {seat} with {facts}; is {self.seen(seat)}",
        )

    def act(self, command: str, *, version: int | None = None, **facts: Any) -> Frame:
        """Carry out a command; the answer, `done` or `problem`."""
        number = next(_ids)
        extra = {} if version is None else {"version": version}
        self.send("act", id=number, command={"type": command, **facts}, **extra)
        return wait_until(
            lambda: next(
                (
                    f
                    for f in list(self.frames)
                    if f["type"] in ("done", "problem") and f["id"] == number
                ),
                {},
            ),
            what=f"an answer to {command}",
        )

    def must(self, command: str, **facts: Any) -> int:
        """The same where it must be done; the version after it."""
        answer = self.act(command, **facts)
        assert answer["type"] == "done", answer
        return int(answer["version"])
