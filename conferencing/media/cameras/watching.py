"""A camera watched: sessions one after another, pictures passed on, and made anew while the node wishes it."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Iterator

from command_center.networks import parse_networks
from conferencing.engines.troubles import CameraTrouble
from conferencing.media.cameras.making import Maker, decoded_size
from conferencing.media.cameras.pipe import MOST_PAYLOAD, Pipe, Track
from conferencing.media.cameras.session import Session, TroubleError
from conferencing.media.cameras.words import (
    MADE_TYPE,
    PASSED_TYPE,
    Order,
    State,
    Tag,
    Wish,
)
from conferencing.media.wire import h264, rtp, rtsp
from conferencing.media.wire.pictures import (
    H264,
    H265,
    Assembler,
    Codec,
    Picture,
    h264_payloads,
    vp8_payloads,
)

PAUSES_S = (0.5, 1, 2, 4, 8, 15)
"""Between one attempt and the next; a session that had played begins with the first again."""
NO_KEY_S = 20.0
"""Within so long a camera must have sent a picture to begin with."""
MOST_KEPT, MOST_KEPT_BYTES = 600, 12 * 1024 * 1024
"""What is kept since the last key picture, for whoever needs it made anew."""
TRIAL_S = 8.0


def new_session(order: Order) -> Session:
    """A session as ordered. Raises TroubleError where the address is none."""
    try:
        location = rtsp.read_address(order.address)
    except rtsp.BadRtspError as error:
        raise TroubleError(CameraTrouble.PROTOCOL, str(error)) from error
    return Session(location, rtsp.Login(order.user, order.password), parse_networks(order.networks))


class Reception:
    """The pictures of one session, and what they say of the stream."""

    def __init__(self, track: rtsp.VideoTrack) -> None:
        self.codec: Codec = H264 if track.codec == "H264" else H265
        self._type = track.payload_type
        self._assembler = Assembler(self.codec, track.parameter_sets)
        self.state = State(playing=False, codec=self.codec.name)

    def take(self, data: bytes) -> Iterator[Picture]:
        """The pictures that a packet completes; `state` is as it is with each."""
        try:
            packet = rtp.parse(data)
        except rtp.BadPacketError:
            return
        if packet.payload_type != self._type:
            return
        for picture in self._assembler.feed(packet):
            self._note(picture)
            yield picture

    def _note(self, picture: Picture) -> None:
        before = self.state
        reorders, width, height, key = before.reorders, before.width, before.height, before.key
        if self.codec is H264:
            if picture.key:
                sps = picture.units[0]
                width, height = h264.size_of(sps) or (width, height)
                key = h264.key_of(sps[1]) or ""
            reorders = reorders or any(h264.reorders(unit) for unit in picture.units)
        if reorders:
            key = ""
        self.state = State(True, self.codec.name, key, width, height, reorders=reorders)


class Watcher:
    """One camera for a room, until it is cancelled."""

    def __init__(self, order: Order, pipe: Pipe) -> None:
        self._order = order
        self._pipe = pipe
        self._passed = Track(Tag.PASSED, order.ssrcs[0], PASSED_TYPE)
        self._made = Track(Tag.MADE, order.ssrcs[1], MADE_TYPE)
        self._picture = 0
        self._told: State | None = None
        self._makes = False
        self._maker: Maker | None = None
        self._codec: Codec = H264
        self._kept: list[Picture] = []
        self._kept_bytes = 0
        self._shift: int | None = None
        self._last = (0, 0.0)

    async def run(self) -> None:
        """Connect, and again whenever it breaks."""
        attempt = 0
        while True:
            try:
                await self._play()
            except TroubleError as error:
                if self._told is not None and self._told.playing:
                    attempt = 0
                await self._tell(State(playing=False, trouble=error.trouble))
            self._stop_making()
            self._kept.clear()
            await asyncio.sleep(PAUSES_S[min(attempt, len(PAUSES_S) - 1)])
            attempt += 1

    async def heed(self) -> None:
        """Do what the node wishes, until it is gone."""
        while (wish := await self._pipe.wish()) is not None:
            self._take_wish(wish)

    def _take_wish(self, wish: Wish) -> None:
        self._makes = wish.make
        if not wish.make:
            self._stop_making()
        elif self._maker is None:
            self._begin_making()
        elif wish.key:
            self._maker.key()

    async def _play(self) -> None:
        session = new_session(self._order)
        began = time.monotonic()
        self._shift = None
        try:
            reception = Reception(await session.open())
            self._codec = reception.codec
            async for data in session.packets():
                for picture in reception.take(data):
                    await self._show(picture, reception.state)
                if not reception.state.playing and time.monotonic() - began > NO_KEY_S:
                    raise TroubleError(CameraTrouble.SILENT)
        finally:
            await session.close()

    async def _show(self, picture: Picture, state: State) -> None:
        if state != self._told:
            await self._tell(state)
        timestamp = self._steady(picture.timestamp)
        moved = Picture(picture.units, timestamp, picture.key)
        self._keep(moved)
        if self._maker is not None:
            self._maker.feed(moved)
        elif self._makes:
            self._begin_making()
        if state.key:
            payloads = h264_payloads(moved, MOST_PAYLOAD)
            await self._pipe.send(self._passed.build(payloads, timestamp))

    def _steady(self, timestamp: int) -> int:
        """Times run on across sessions, whatever number each begins at."""
        now = time.monotonic()
        if self._shift is None:
            last, at = self._last
            begin = last + max(1, int(90_000 * (now - at))) if at else 0
            self._shift = begin - timestamp
        moved = (timestamp + self._shift) & 0xFFFFFFFF
        self._last = (moved, now)
        return moved

    def _keep(self, picture: Picture) -> None:
        if picture.key:
            self._kept, self._kept_bytes = [], 0
        elif not self._kept:
            return
        self._kept.append(picture)
        self._kept_bytes += picture.size
        if len(self._kept) > MOST_KEPT or self._kept_bytes > MOST_KEPT_BYTES:
            self._kept = []

    # -- made anew -----------------------------------------------------------------------------------

    def _begin_making(self) -> None:
        """With what is kept, or else with the next key picture."""
        if self._kept:
            self._maker = Maker(self._codec, self._kept, self._emit)

    def _stop_making(self) -> None:
        maker, self._maker = self._maker, None
        if maker is not None:
            maker.stop()

    def _emit(self, frame: bytes, timestamp: int) -> None:
        self._picture = (self._picture + 1) & 0x7FFF
        payloads = vp8_payloads(frame, self._picture, MOST_PAYLOAD)
        with contextlib.suppress(ConnectionError):
            self._pipe.send_from_thread(self._made.build(payloads, timestamp))

    async def _tell(self, state: State) -> None:
        self._told = state
        await self._pipe.tell(state)


async def trial(order: Order) -> State:
    """What a camera sends, looked at for a moment: until its second key picture, at most eight seconds."""
    try:
        session = new_session(order)
    except TroubleError as error:
        return State(playing=False, trouble=error.trouble)
    try:
        reception = Reception(await session.open())
        return await _looked_at(session, reception)
    except TroubleError as error:
        return State(playing=False, trouble=error.trouble)
    finally:
        await session.close()


async def _looked_at(session: Session, reception: Reception) -> State:
    times: list[int] = []
    first: Picture | None = None
    keys: list[int] = []
    octets = 0
    began = time.monotonic()
    async for data in session.packets():
        octets += len(data)
        for picture in reception.take(data):
            times.append(picture.timestamp)
            if picture.key:
                first = first or picture
                keys.append(picture.timestamp)
        if (len(keys) > 1 and len(times) > 20) or time.monotonic() - began > TRIAL_S:
            break
    if not times:
        raise TroubleError(CameraTrouble.SILENT)
    found = reception.state
    width, height = found.width, found.height
    if not width and first is not None:
        width, height = decoded_size(reception.codec, first)
    spent = max(0.001, time.monotonic() - began)
    span = ((times[-1] - times[0]) & 0xFFFFFFFF) / 90_000
    return State(
        True,
        found.codec,
        found.key,
        width,
        height,
        rate=round((len(times) - 1) / span, 1) if span else 0.0,
        bitrate=int(8 * octets / spent),
        key_every=round(((keys[1] - keys[0]) & 0xFFFFFFFF) / 90_000, 1) if len(keys) > 1 else 0.0,
        reorders=found.reorders,
    )
