"""One RTSP session over one connection: the address checked when it is used, RTP interleaved (RFC 2326, 10.12).

Nothing but that one connection is ever opened: an answer that leads elsewhere is refused.
"""

from __future__ import annotations

import asyncio
import secrets
import socket
from collections.abc import AsyncIterator, Mapping
from ipaddress import ip_address

from command_center.networks import Networks, literal_address
from conferencing.engines.troubles import CameraTrouble
from conferencing.media.wire import rtsp

CONNECT_S = 5.0
ANSWER_S = 6.0
SILENCE_S = 10.0
"""A camera that sends nothing for so long is as good as gone."""
_AGENT = "Lingdun"
_STREAM_LIMIT = 1024 * 1024


class TroubleError(Exception):
    """The session cannot begin, or is over. Its text never holds a login."""

    def __init__(self, trouble: CameraTrouble, detail: str = "") -> None:
        super().__init__(detail or trouble.value)
        self.trouble = trouble


async def allowed_address(host: str, port: int, networks: Networks) -> str:
    """The one IP address to connect to. What the name says later does not matter any more. Raises TroubleError."""
    literal = literal_address(host)
    if literal is not None:
        found = [literal]
    elif not networks:
        raise TroubleError(CameraTrouble.NOT_ALLOWED)
    else:
        loop = asyncio.get_running_loop()
        try:
            answers = await asyncio.wait_for(
                loop.getaddrinfo(host, port, type=socket.SOCK_STREAM), CONNECT_S
            )
        except (OSError, TimeoutError) as error:
            raise TroubleError(CameraTrouble.NO_HOST) from error
        found = [ip_address(str(answer[4][0]).partition("%")[0]) for answer in answers]
    for one in found:
        if networks.admits(host, one):
            return str(one)
    raise TroubleError(CameraTrouble.NOT_ALLOWED)


class Session:
    """See the module. `open` first, then `packets` until it raises TroubleError; `close` in any case."""

    def __init__(self, location: rtsp.Location, login: rtsp.Login, networks: Networks) -> None:
        self.location = location
        self._login = login
        self._networks = networks
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None
        self._count = 0
        self._challenges: tuple[str, ...] = ()
        self._nonces = 0
        self._cnonce = secrets.token_hex(8)
        self._session = ""
        self._timeout = 60.0
        self._url = location.url
        self._channel = 0
        self._early: list[bytes] = []

    async def open(self) -> rtsp.VideoTrack:
        """Connect, log in, and have it play. Raises TroubleError."""
        address = await allowed_address(self.location.host, self.location.port, self._networks)
        try:
            self._reader, self._writer = await asyncio.wait_for(
                asyncio.open_connection(address, self.location.port, limit=_STREAM_LIMIT), CONNECT_S
            )
        except (OSError, TimeoutError) as error:
            raise TroubleError(CameraTrouble.UNREACHABLE) from error
        try:
            async with asyncio.timeout(3 * ANSWER_S):
                return await self._negotiate()
        except rtsp.BadRtspError as error:
            raise TroubleError(CameraTrouble.PROTOCOL, str(error)) from error
        except TimeoutError as error:
            raise TroubleError(CameraTrouble.SILENT) from error
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError) as error:
            raise TroubleError(CameraTrouble.ENDED) from error

    async def _negotiate(self) -> rtsp.VideoTrack:
        answer, body = await self._ask("DESCRIBE", self._url, {"Accept": "application/sdp"})
        base = answer.headers.get("content-base") or answer.headers.get("content-location") or ""
        base = base if base.lower().startswith("rtsp://") else self._url
        track = rtsp.video_track(body.decode("utf-8", "replace"), base)
        if track is None:
            raise TroubleError(CameraTrouble.NO_VIDEO)
        if track.codec not in ("H264", "H265"):
            raise TroubleError(CameraTrouble.CODEC, track.codec)
        transport = {"Transport": "RTP/AVP/TCP;unicast;interleaved=0-1"}
        answer, _ = await self._ask("SETUP", track.control, transport)
        self._session, self._timeout = rtsp.session_of(answer)
        self._channel = rtsp.channel_of(answer)
        await self._ask("PLAY", base, {"Range": "npt=0.000-"})
        self._url = base
        return track

    # -- asking --------------------------------------------------------------------------------------

    async def _ask(
        self, method: str, url: str, headers: Mapping[str, str]
    ) -> tuple[rtsp.Answer, bytes]:
        for again in (False, True):
            self._send(method, url, headers)
            answer, body = await asyncio.wait_for(self._answer(), ANSWER_S)
            if answer.status == 401 and answer.challenges and not again and self._login.user:
                self._challenges, self._nonces = answer.challenges, 0
                continue
            self._check(answer)
            return answer, body
        raise TroubleError(CameraTrouble.LOGIN)

    def _send(self, method: str, url: str, headers: Mapping[str, str]) -> None:
        self._count += 1
        lines = {"CSeq": str(self._count), "User-Agent": _AGENT}
        if self._challenges:
            self._nonces += 1
            given = rtsp.authorization(
                self._challenges,
                self._login,
                method,
                url,
                nonce_count=self._nonces,
                cnonce=self._cnonce,
            )
            if given is None:
                raise TroubleError(CameraTrouble.LOGIN)
            lines["Authorization"] = given
        if self._session:
            lines["Session"] = self._session
        writer = self._writer
        assert writer is not None  # noqa: S101 - opened before
        writer.write(rtsp.request(method, url, {**lines, **headers}))

    @staticmethod
    def _check(answer: rtsp.Answer) -> None:
        if answer.status == 200:
            return
        if answer.status in (401, 403):
            raise TroubleError(CameraTrouble.LOGIN)
        if answer.status in (404, 454):
            raise TroubleError(CameraTrouble.NOT_FOUND)
        if answer.status == 461:
            raise TroubleError(CameraTrouble.NO_VIDEO)
        raise TroubleError(CameraTrouble.PROTOCOL, f"it answers {answer.status}")

    async def _answer(self) -> tuple[rtsp.Answer, bytes]:
        """The next answer; pictures that come before it are kept."""
        while True:
            found = await self._next()
            if isinstance(found, bytes):
                if len(self._early) < 512:
                    self._early.append(found)
                continue
            return found

    async def _next(self) -> tuple[rtsp.Answer, bytes] | bytes:
        """What comes next: an RTP packet of the video, or an answer with its body."""
        reader = self._reader
        assert reader is not None  # noqa: S101 - opened before
        while True:
            first = await reader.readexactly(1)
            if first == b"$":
                head = await reader.readexactly(3)
                data = await reader.readexactly(head[1] << 8 | head[2])
                if head[0] == self._channel:
                    return data
            elif first not in b"\r\n":
                head = first + await reader.readuntil(b"\r\n\r\n")
                if len(head) > rtsp.MAX_HEAD:
                    raise rtsp.BadRtspError("the head of an answer is too long")
                if not head.startswith(b"RTSP/"):
                    continue  # a camera may ask, too; what it wants is not done here
                answer = rtsp.parse_head(head)
                return answer, await reader.readexactly(answer.length)

    # -- pictures ------------------------------------------------------------------------------------

    async def packets(self) -> AsyncIterator[bytes]:
        """RTP packets of the video, until TroubleError."""
        for one in self._early:
            yield one
        self._early.clear()
        keeping = asyncio.create_task(self._keep_alive())
        try:
            while True:
                async with asyncio.timeout(SILENCE_S):
                    found = await self._next()
                    while not isinstance(found, bytes):
                        self._renew(found[0])
                        found = await self._next()
                yield found
        except TimeoutError as error:
            raise TroubleError(CameraTrouble.SILENT) from error
        except rtsp.BadRtspError as error:
            raise TroubleError(CameraTrouble.PROTOCOL, str(error)) from error
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError) as error:
            raise TroubleError(CameraTrouble.ENDED) from error
        finally:
            keeping.cancel()

    def _renew(self, answer: rtsp.Answer) -> None:
        """What a login is made of wears out; the next request has it right."""
        if answer.status == 401 and answer.challenges:
            self._challenges, self._nonces = answer.challenges, 0

    async def _keep_alive(self) -> None:
        """A session ends unless something is heard of who watches (RFC 2326, 12.37)."""
        while True:
            await asyncio.sleep(max(1.0, min(25.0, self._timeout / 2)))
            self._send("OPTIONS", self._url, {})

    async def close(self) -> None:
        """Say goodbye and close."""
        writer = self._writer
        if writer is None:
            return
        try:
            if self._session:
                self._send("TEARDOWN", self._url, {})
                await asyncio.wait_for(writer.drain(), 0.5)
        except (OSError, TimeoutError, TroubleError):
            pass  # it is gone already
        writer.close()
