"""A camera in a room: no browser and no connection, but a process of its own that brings its packets."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
import socket
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from command_center.networks import Networks
from conferencing.engines.messages import Feed, GoneReason, SourceKind
from conferencing.media.cameras.words import (
    MADE_TYPE,
    MOST,
    PASSED_TYPE,
    Order,
    State,
    Tag,
    Wish,
)
from conferencing.media.description.offer import Codec, Line
from conferencing.media.node.peer import Peer
from conferencing.media.node.source import Outlet, Source
from conferencing.media.shell.connection import Connection
from conferencing.media.streams.layer import Layer

KEPT_FOR_S = 30.0
MADE_FOR_S = 5.0
"""What nobody needs made anew any more is made for so long: a tile that comes back finds it."""
_AGAIN_S = (1.0, 2.0, 5.0, 15.0, 30.0)
_BUFFER = 1024 * 1024
_MOST_AT_ONCE = 256
_PROGRAM = (sys.executable, "-m", "conferencing.media.cameras")

logger = logging.getLogger(__name__)


def _nothing_is_sent(_peer: Peer, _data: bytes) -> None:
    """Reports go to browsers."""


class Unlinked(Connection):
    """In the place of a connection where there is no browser: it has no keys, so nothing is ever sent over it."""

    def __init__(self, on_over: Callable[[GoneReason], None]) -> None:
        self.fingerprint = ("", "")
        self.ufrag = ""
        self.ufrags = {}
        self.keys = None
        self.outgoing = None
        self.opened_at = None
        self.over = False
        self._on_over = on_over

    def end(self, reason: GoneReason) -> None:
        """It is over; a second time does nothing."""
        if not self.over:
            self.over = True
            self._on_over(reason)


@dataclass(frozen=True, slots=True)
class Hooks:
    """What the node does with what a camera brings."""

    arrive: Callable[[Feeder, bytes], None]
    settled: Callable[[Feeder], None]
    """a batch is in"""
    idle: Callable[[Feeder], None]
    """nobody is there any more: end it"""
    changed: Callable[[Feeder], None]
    """it plays, or plays no more, or plays otherwise"""


class Feeder(Peer):
    """See the module. Belongs to the loop; times are in seconds of its clock.

    `passed` is what the camera sends as it is, where that is H.264 that can be passed on; `made` is the same
    in VP8, encoded while somebody is shown it who agreed on nothing else.
    """

    is_somebody = False

    def __init__(
        self,
        room: str,
        name: str,
        feed: Feed,
        *,
        networks: Networks,
        hooks: Hooks,
        on_over: Callable[[GoneReason], None],
    ) -> None:
        super().__init__(room, name, Unlinked(on_over), _nothing_is_sent)
        self.feed = feed
        self.state = State(playing=False)
        self.passed: Source | None = None
        self.made: Source | None = None
        self._networks = networks
        self._hooks = hooks
        self._handle: socket.socket | None = None
        self._process: asyncio.subprocess.Process | None = None
        self._makes = False
        self._made_at = -1e9
        self._present_at = -1e9
        self._task: asyncio.Task[None] | None = None

    def attend(self, present: bool, now: float) -> None:
        """Watch while somebody is in the room, and a little longer: an empty room pulls nothing."""
        if present:
            self._present_at = now
        wanted = present or now - self._present_at < KEPT_FOR_S
        if wanted and self._task is None:
            self._task = asyncio.create_task(self._keep())
        elif not wanted and self._task is not None:
            self._hooks.idle(self)
            self._task = None
            self._take_state(State(playing=False))

    def stop(self) -> asyncio.Task[None] | None:
        """Nothing comes any more; the task ends with the process."""
        if self._task is not None:
            self._task.cancel()
        return self._task

    # -- what a room asks of its peers ---------------------------------------------------------------

    def source_for(self, outlet: Outlet) -> Source | None:
        """As it is, to who decodes that; else made anew. A camera has no screen."""
        if outlet.source_kind is not SourceKind.CAMERA:
            return None
        passed = self.passed
        if passed is not None and outlet.types_for(passed.key) is not None:
            return passed
        return self.made

    def shown(self) -> list[Source]:
        """As it is where that can be; else as it is made anew."""
        return [one for one in (self.passed or self.made,) if one is not None]

    def flows(self, now: float) -> tuple[SourceKind, ...]:
        """Whether pictures come; whether anybody needs them made anew is another thing."""
        shown = self.state.playing and SourceKind.CAMERA not in self.muted
        return (SourceKind.CAMERA,) if shown else ()

    def source(self, kind: SourceKind) -> Source | None:
        """As it is where that can be; else as it is made anew."""
        return next((one for one in self.shown() if one.kind is kind), None)

    def ask_keyframe(self, layer: Layer) -> None:
        """What is made can begin at once; a camera cannot be asked, and what it sent last is shown again."""
        if self.made is not None and any(one.layer is layer for one in self.made.streams.values()):
            self._wish(Wish(make=True, key=True))

    def ask_again(self, layer: Layer, lost: Sequence[int]) -> None:
        """Nothing is lost on the way from the camera's process, and the camera keeps nothing."""

    def tend(self, makes: bool, now: float) -> None:
        """Have it made anew while somebody needs that."""
        if makes:
            self._made_at = now
        wanted = makes or (self._makes and now - self._made_at < MADE_FOR_S)
        if wanted != self._makes:
            self._makes = wanted
            self._wish(Wish(make=wanted))

    # -- the process -----------------------------------------------------------------------------------

    async def _keep(self) -> None:
        """Start it, and again when it dies."""
        attempt = 0
        while True:
            loop = asyncio.get_running_loop()
            began = loop.time()
            try:
                await self._run()
            except OSError as error:
                logger.warning("the camera of %s/%s: %s", self.room, self.name, error)
            self._take_state(State(playing=False))
            if loop.time() - began > 60:
                attempt = 0
            await asyncio.sleep(_AGAIN_S[min(attempt, len(_AGAIN_S) - 1)])
            attempt += 1

    async def _run(self) -> None:
        """From its beginning to its end, of which nothing is left behind."""
        try:
            process = await self._begin()
            code = await process.wait()
            logger.warning("the camera's process of %s/%s ended (%s)", self.room, self.name, code)
        finally:
            self._close()
            if self._process is not None:
                await self._process.wait()

    async def _begin(self) -> asyncio.subprocess.Process:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            for handle in (ours, theirs):
                handle.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _BUFFER)
            ours.setblocking(False)
            # Before anything else can be wished.
            ssrcs = (secrets.randbelow(2**31) + 16, secrets.randbelow(2**31) + 16)
            ours.send(order_for(self.feed, self._networks, ssrcs=ssrcs).write())
            self.seen = 0
            self._handle = ours
            if self._makes:
                self._wish(Wish(make=True))
            self._process = process = await asyncio.create_subprocess_exec(
                *_PROGRAM, stdin=theirs.fileno()
            )
        asyncio.get_running_loop().add_reader(ours.fileno(), self._readable)
        return process

    def _close(self) -> None:
        handle, self._handle = self._handle, None
        if handle is not None:
            asyncio.get_running_loop().remove_reader(handle.fileno())
            handle.close()
        if self._process is not None and self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.terminate()

    def _wish(self, wish: Wish) -> None:
        if self._handle is not None:
            # One that does not read is about to be started again, with what is wished then.
            with contextlib.suppress(OSError):
                self._handle.send(wish.write())

    def _readable(self) -> None:
        handle = self._handle
        if handle is None:
            return
        for _ in range(_MOST_AT_ONCE):
            try:
                data = handle.recv(MOST)
            except BlockingIOError:
                break
            except OSError:
                data = b""
            if not data:
                asyncio.get_running_loop().remove_reader(handle.fileno())
                break
            if data[0] == Tag.STATE:
                self._take_state(State.read(data[1:]))
            else:
                self._hooks.arrive(self, data[1:])
        self._hooks.settled(self)

    def _take_state(self, state: State) -> None:
        if state == self.state:
            return
        self.state = state
        if state.playing:
            self._take_sources(state)
        self._hooks.changed(self)

    def _take_sources(self, state: State) -> None:
        """The lines as a browser would have offered them."""
        if self.made is None:
            self.made = self._source("made", Codec("vp8", "VP8", 90000, MADE_TYPE, None, ""))
        if state.key == (self.passed.key if self.passed is not None else ""):
            return
        if self.passed is not None:
            for stream in self.passed.streams.values():
                self.streams.pop(stream.layer.ssrc, None)
                for outlet in (*stream.forwards, *stream.waiting):
                    outlet.show(None)
        self.sources.pop("passed", None)
        self.passed = None
        if state.key:
            codec = Codec(state.key, "H264", 90000, PASSED_TYPE, None, "")
            self.passed = self._source("passed", codec)

    def _source(self, mid: str, codec: Codec) -> Source:
        line = Line("video", mid, "sendonly", (codec.payload_type,), (codec,), {})
        source = self.sources[mid] = Source(self, line, SourceKind.CAMERA)
        source.muted = SourceKind.CAMERA in self.muted
        return source


def order_for(
    feed: Feed, networks: Networks, *, ssrcs: tuple[int, int] = (0, 0), trial: bool = False
) -> Order:
    """What a camera's process is told."""
    return Order(
        address=feed.address,
        user=feed.user,
        password=feed.password,
        networks=tuple(networks.texts()),
        ssrcs=ssrcs,
        trial=trial,
    )


async def look_at(feed: Feed, networks: Networks, *, within_s: float) -> State:
    """What a camera sends, by a process of its own that ends with it. Raises TimeoutError, OSError."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with ours:
        ours.setblocking(False)
        with theirs:
            process = await asyncio.create_subprocess_exec(*_PROGRAM, stdin=theirs.fileno())
        loop = asyncio.get_running_loop()
        try:
            await loop.sock_sendall(ours, order_for(feed, networks, trial=True).write())
            data = await asyncio.wait_for(loop.sock_recv(ours, MOST), within_s)
        finally:
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    process.terminate()
            await process.wait()
    if not data:
        raise OSError("the camera's process ended without a word")
    return State.read(data[1:])
