"""A camera: an RTSP server on loopback with a picture of its own, in a thread. Real bytes, as little as cameras need."""

from __future__ import annotations

import asyncio
import base64
import fractions
import hashlib
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache

import av
import numpy

from conferencing.media.wire import rtp
from conferencing.media.wire.pictures import H264, Picture, h264_payloads

RATE = 25
USER, PASSWORD = "viewer", "Geheim:7/§"
_PATH = "/Streaming/Channels/101"


@dataclass(frozen=True, slots=True)
class Clip:
    """Pictures without an end: after the last comes the first, a key picture."""

    codec: str
    pictures: tuple[Picture, ...]


@cache
def clip(
    *,
    codec: str = "libx264",
    profile: str = "high",
    size: tuple[int, int] = (640, 360),
    key_every: int = 25,
    b_frames: int = 0,
    seconds: int = 2,
    bitrate: int = 800_000,
    grain: int = 0,
) -> Clip:
    """Encoded once: a bar that moves over a grey field, with the grain of a real sensor if wanted."""
    noise = numpy.random.default_rng(7)
    width, height = size
    encoder = av.CodecContext.create(codec, "w")
    assert isinstance(encoder, av.VideoCodecContext)
    encoder.width, encoder.height, encoder.pix_fmt = width, height, "yuv420p"
    encoder.time_base, encoder.framerate = fractions.Fraction(1, RATE), fractions.Fraction(RATE)
    encoder.bit_rate, encoder.gop_size, encoder.max_b_frames = bitrate, key_every, b_frames
    encoder.options = {
        "preset": "ultrafast" if b_frames == 0 and profile == "baseline" else "veryfast"
    }
    if codec == "libx264":
        encoder.options |= {
            "profile": profile,
            "bf": str(b_frames),
            "x264-params": "scenecut=0:slices=2",
        }
    else:
        encoder.options |= {
            "x265-params": f"log-level=none:bframes={b_frames}:keyint={key_every}:pools=1"
        }
    found: list[Picture] = []
    for number in range(RATE * seconds):
        rows = numpy.full((height * 3 // 2, width), 128, numpy.uint8)
        rows[:height] = (numpy.arange(width) // 4 + 5 * number) % 200 + 20
        if grain:
            rows[:height] += noise.integers(0, grain, (height, width), numpy.uint8)
        frame = av.VideoFrame.from_ndarray(rows, "yuv420p")
        frame.pts = number
        found += [_picture(packet, codec) for packet in encoder.encode(frame)]
    found += [_picture(packet, codec) for packet in encoder.encode(None)]
    return Clip("H264" if codec == "libx264" else "H265", tuple(found))


def _picture(packet: av.Packet[av.VideoStream], codec: str) -> Picture:
    units = tuple(one for one in re.split(b"\0\0\0?\1", bytes(packet)) if one)
    assert packet.pts is not None
    return Picture(units, packet.pts * 90_000 // RATE, packet.is_keyframe)


def _fragments(unit: bytes, most: int) -> list[bytes]:
    """H.265's fragmentation units (RFC 7798, section 4.4.3)."""
    if len(unit) <= most:
        return [unit]
    kind = unit[0] >> 1 & 0x3F
    head = bytes([unit[0] & 0x81 | 49 << 1, unit[1]])
    parts = [unit[at : at + most] for at in range(2, len(unit), most)]
    last = len(parts) - 1
    return [
        head + bytes([kind | (0x80 if n == 0 else 0) | (0x40 if n == last else 0)]) + part
        for n, part in enumerate(parts)
    ]


@dataclass
class Camera:
    """What it sends, who may see it, and what it was asked."""

    shown: Clip
    login: bool = True
    largest: int = 1400
    redirect: str = ""
    port: int = 0
    asked: list[str] = field(default_factory=list)
    watchers: int = 0
    dark: bool = False
    """it answers, and sends nothing"""
    loop: asyncio.AbstractEventLoop | None = None
    _writers: set[asyncio.StreamWriter] = field(default_factory=set)

    @property
    def address(self) -> str:
        """Without the login."""
        return f"rtsp://127.0.0.1:{self.port}{_PATH}"

    def hang_up(self) -> None:
        """Cut everybody off, as a camera that starts anew does."""
        assert self.loop is not None
        self.loop.call_soon_threadsafe(self._cut)

    def _cut(self) -> None:
        for one in self._writers:
            one.close()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        self._writers.add(writer)
        playing: asyncio.Task[None] | None = None
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                method, url, _ = head.split("\r\n")[0].split(" ")
                self.asked.append(method)
                number = re.search(r"CSeq: (\d+)", head)
                assert number is not None
                writer.write(self._answer(method, url, head, number.group(1)))
                if method == "PLAY" and playing is None:
                    playing = asyncio.create_task(self._play(writer))
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass  # also when the camera is switched off
        finally:
            self._writers.discard(writer)
            if playing is not None:
                playing.cancel()
                await asyncio.wait({playing})
            writer.close()

    def _answer(self, method: str, url: str, head: str, number: str) -> bytes:
        lines, body = [f"CSeq: {number}"], ""
        status = "200 OK"
        if self.redirect:
            status, lines = "302 Moved", [*lines, f"Location: {self.redirect}"]
        elif self.login and not self._knows(method, head):
            status = "401 Unauthorized"
            lines += ['WWW-Authenticate: Digest realm="IP Camera(G1)", nonce="5d9f", stale="FALSE"']
        elif _PATH not in url:
            status = "404 Not Found"
        elif method == "DESCRIBE":
            body = self._description()
            lines += [
                "Content-Type: application/sdp",
                f"Content-Base: {self.address}/",
                f"Content-Length: {len(body)}",
            ]
        elif method == "SETUP":
            lines += [
                "Session: 1185d20035702ca;timeout=60",
                "Transport: RTP/AVP/TCP;unicast;interleaved=0-1;ssrc=5a1e",
            ]
        return "\r\n".join([f"RTSP/1.0 {status}", *lines, "", body]).encode()

    @staticmethod
    def _knows(method: str, head: str) -> bool:
        given = dict(re.findall(r'(\w+)="([^"]*)"', head))

        def hashed(text: str) -> str:
            return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()

        secret = hashed(f"{USER}:IP Camera(G1):{PASSWORD}")
        what = hashed(f"{method}:{given.get('uri', '')}")
        return given.get("response") == hashed(f"{secret}:5d9f:{what}")

    def _description(self) -> str:
        sets = ""
        if self.shown.codec == "H264":
            units = [u for u in self.shown.pictures[0].units if H264.kind(u) in (7, 8)]
            sets = ";sprop-parameter-sets=" + ",".join(base64.b64encode(u).decode() for u in units)
        return (
            "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=Media Presentation\r\nt=0 0\r\na=control:*\r\n"
            f"m=video 0 RTP/AVP 96\r\na=rtpmap:96 {self.shown.codec}/90000\r\n"
            f"a=fmtp:96 packetization-mode=1{sets}\r\na=control:trackID=1\r\n"
            "m=audio 0 RTP/AVP 8\r\na=control:trackID=2\r\n"
        )

    async def _play(self, writer: asyncio.StreamWriter) -> None:
        self.watchers += 1
        try:
            await self._send_all(writer)
        except ConnectionError:
            pass
        finally:
            self.watchers -= 1

    async def _send_all(self, writer: asyncio.StreamWriter) -> None:
        loop = asyncio.get_running_loop()
        began, number, sequence = loop.time(), 0, 65_000
        while True:
            await asyncio.sleep(max(0.0, began + number / RATE - loop.time()))
            if self.dark:
                number += 1
                continue
            rounds, at = divmod(number, len(self.shown.pictures))
            picture = self.shown.pictures[at]
            timestamp = (
                picture.timestamp
                + 90_000 // RATE * (rounds * len(self.shown.pictures))
                + 4_294_900_000
            )
            payloads = (
                h264_payloads(picture, self.largest)
                if self.shown.codec == "H264"
                else [part for unit in picture.units for part in _fragments(unit, self.largest)]
            )
            for place, payload in enumerate(payloads):
                packet = rtp.build(
                    payload_type=96, sequence=sequence, timestamp=timestamp & 0xFFFFFFFF, ssrc=0x5A1E,
                    payload=payload, marker=place == len(payloads) - 1,
                )  # fmt: skip
                sequence = (sequence + 1) & 0xFFFF
                writer.write(b"$\0" + len(packet).to_bytes(2, "big") + packet)
            await writer.drain()
            number += 1


@contextmanager
def camera(shown: Clip, *, port: int = 0, **wishes: object) -> Iterator[Camera]:
    """A camera for the time of a block, in a thread of its own: what is tested has its own loop."""
    one = Camera(shown)
    for name, value in wishes.items():
        setattr(one, name, value)
    started, over = threading.Event(), asyncio.Event()

    async def serve() -> None:
        server = await asyncio.start_server(one.serve, "127.0.0.1", port)
        one.port = server.sockets[0].getsockname()[1]
        one.loop = asyncio.get_running_loop()
        started.set()
        await over.wait()
        server.close()

    thread = threading.Thread(target=lambda: asyncio.run(serve()), daemon=True)
    thread.start()
    assert started.wait(10)
    try:
        yield one
    finally:
        assert one.loop is not None
        one.loop.call_soon_threadsafe(over.set)
        thread.join(10)
