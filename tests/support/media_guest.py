"""A WebRTC peer without a codec: ICE, DTLS and SRTP over a real socket, packets as they are.

It may behave (counts what it gets, reports, sends what it is given) or not: all its parts can be used alone.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import secrets
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from aioice import stun

from conferencing.media.shell.datagrams import SIZE, Inbox, Outbox, Pin
from conferencing.media.shell.private import (
    Dtls,
    Keys,
    Shim,
    ffi,
    fingerprint_of,
    make_certificate,
    protect,
    protect_rtcp,
    unprotect,
    unprotect_rtcp,
)
from conferencing.media.wire import rtcp, rtp
from conferencing.media.wire.demux import KINDS, Kind, is_rtcp

VP8, VP8_RTX, OPUS, H264 = 96, 97, 111, 98
SILENCE = b"\xf8\xff\xfe"
"""Opus, 20 ms, stereo (RFC 6716, section 3)."""
IDS = {rtp.MID: 4, rtp.RID: 10, rtp.REPAIRED_RID: 11, rtp.AUDIO_LEVEL: 1, rtp.SEND_TIME: 2}
_CONTROLLING: dict[str, int | None] = {"ICE-CONTROLLING": 1, "USE-CANDIDATE": None}
CERTIFICATE = make_certificate()


@dataclass(frozen=True, slots=True)
class Remote:
    """What the other side's description says of its transport."""

    ufrag: str
    password: str
    address: tuple[str, int]
    fingerprint: tuple[str, str]
    ssrcs: dict[str, list[int]]
    """by mid, media before repair"""
    text: str


def read_remote(text: str, prefer: str = "127.0.0.1") -> Remote:
    """The first of everything; of the candidates the preferred address, if there is one."""

    def first(pattern: str) -> str:
        found = re.search(pattern, text, re.MULTILINE)
        assert found is not None, f"{pattern} is missing in {text}"
        return found.group(1).strip()

    candidates = re.findall(
        r"^a=candidate:\S+ 1 udp \d+ ([\d.]+) (\d+) typ host", text, re.MULTILINE | re.IGNORECASE
    )
    host, port = next((one for one in candidates if one[0] == prefer), candidates[0])
    algorithm, value = first(r"^a=fingerprint:(.+)$").split()
    ssrcs: dict[str, list[int]] = {}
    for section in text.split("\r\nm=")[1:]:
        mid = re.search(r"^a=mid:(\S+)", section, re.MULTILINE)
        if mid is not None:
            found = re.findall(r"^a=ssrc:(\d+)", section, re.MULTILINE)
            ssrcs[mid.group(1)] = list(dict.fromkeys(int(one) for one in found))
    return Remote(
        first(r"^a=ice-ufrag:(.+)$"),
        first(r"^a=ice-pwd:(.+)$"),
        (host, int(port)),
        (algorithm.lower(), value.upper()),
        ssrcs,
        text,
    )


@dataclass(frozen=True, slots=True)
class LineSpec:
    """A media line to offer."""

    kind: str
    direction: str
    rids: tuple[str, ...] = ()
    ssrcs: tuple[int, ...] = ()


def lines(
    *, camera: bool = True, microphone: bool = True, video: int = 9, audio: int = 3, rids: Sequence[str] = ()
) -> list[LineSpec]:  # fmt: skip
    """What a browser of this system offers."""
    sent = []
    if camera:
        sent.append(LineSpec("video", "sendonly", tuple(rids)))
    if microphone:
        sent.append(LineSpec("audio", "sendonly"))
    return [
        *sent,
        *[LineSpec("video", "recvonly")] * video,
        *[LineSpec("audio", "recvonly")] * audio,
    ]


@dataclass
class Received:
    """What came under one SSRC."""

    packets: int = 0
    octets: int = 0
    sequences: list[int] = field(default_factory=list)


@dataclass
class Guest:
    """One peer. With `keep` the packets themselves are kept, unprotected; without, they are only counted."""

    name: str = "guest"
    keep: bool = False
    host: str = "127.0.0.1"
    setup: str = "actpass"
    h264: str = ""
    """a profile-level-id that it takes, too"""
    ufrag: str = field(default_factory=lambda: secrets.token_hex(4))
    password: str = field(default_factory=lambda: secrets.token_hex(12))
    received: dict[int, Received] = field(default_factory=dict)
    packets: list[rtp.Packet] = field(default_factory=list)
    messages: list[rtcp.Message] = field(default_factory=list)
    on_message: Callable[[rtcp.Message], None] | None = None
    on_packet: Callable[[rtp.Packet], None] | None = None
    keys: Keys | None = None
    remote: Remote | None = None
    reports: bool = True
    total: int = 0

    def __post_init__(self) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setblocking(False)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 * 1024 * 1024)
        self.socket.bind((self.host, 0))
        self.inbox, self.outbox = Inbox(self.socket), Outbox(self.socket)
        self.certificate = CERTIFICATE
        self._length = ffi.new("int *")
        self._pin: Pin | None = None
        self._name = b""
        self._answered = asyncio.Event()
        self._shim = Shim(self._send)
        self._dtls: Dtls | None = None
        self._tasks: list[asyncio.Task[None]] = []

    # -- descriptions ------------------------------------------------------------------------------

    def describe(self, specs: Sequence[LineSpec]) -> str:
        """An offer, or, with `setup` active, an answer."""
        mids = " ".join(str(number) for number in range(len(specs)))
        text = f"v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE {mids}\r\na=msid-semantic: WMS *\r\n"
        for number, spec in enumerate(specs):
            text += self._line(number, spec)
        return text

    def _line(self, number: int, spec: LineSpec) -> str:
        video = spec.kind == "video"
        formats = f"{VP8} {VP8_RTX}" if video else f"{OPUS}"
        if video and self.h264:
            formats += f" {H264}"
        rows = [
            f"m={spec.kind} 9 UDP/TLS/RTP/SAVPF {formats}",
            "c=IN IP4 0.0.0.0",
            f"a=ice-ufrag:{self.ufrag}",
            f"a=ice-pwd:{self.password}",
            f"a=fingerprint:sha-256 {fingerprint_of(self.certificate)}",
            f"a=setup:{self.setup}",
            f"a=mid:{number}",
            f"a={spec.direction}",
            "a=rtcp-mux",
            "a=rtcp-rsize",
        ]
        rows += [f"a=extmap:{IDS[uri]} {uri}" for uri in _uris(video)]
        if video:
            rows += [f"a=rtpmap:{VP8} VP8/90000"]
            rows += [
                f"a=rtcp-fb:{VP8} {kind}" for kind in ("nack", "nack pli", "ccm fir", "goog-remb")
            ]
            rows += [f"a=rtpmap:{VP8_RTX} rtx/90000", f"a=fmtp:{VP8_RTX} apt={VP8}"]
            if self.h264:
                profile = f"packetization-mode=1;profile-level-id={self.h264}"
                rows += [f"a=rtpmap:{H264} H264/90000", f"a=fmtp:{H264} {profile}"]
        else:
            rows += [f"a=rtpmap:{OPUS} opus/48000/2", f"a=fmtp:{OPUS} minptime=10;useinbandfec=1"]
        if spec.rids:
            rows += [f"a=rid:{rid} send" for rid in spec.rids]
            rows += [f"a=simulcast:send {';'.join(spec.rids)}"]
        for ssrc in spec.ssrcs:
            rows += [f"a=ssrc:{ssrc} cname:guest", f"a=ssrc:{ssrc} msid:- {spec.kind}{number}"]
        return "\r\n".join(rows) + "\r\n"

    # -- connecting --------------------------------------------------------------------------------

    async def connect(self, answer: str, *, timeout_s: float = 20, prefer: str = "") -> None:
        """ICE, then DTLS (as the client unless the answer is that itself); returns once keys are there."""
        self.remote = read_remote(answer, prefer or self.host)
        self.aim(self.remote.address)
        loop = asyncio.get_running_loop()
        loop.add_reader(self.socket.fileno(), self._readable)
        self._tasks.append(asyncio.create_task(self._ask()))
        await asyncio.wait_for(self._answered.wait(), timeout_s)
        role = "server" if "a=setup:active" in answer else "client"
        self._dtls = Dtls(self._shim, self.certificate, role)
        done = await asyncio.wait_for(self._dtls.handshake(self.remote.fingerprint), timeout_s)
        assert done, f"{self.name}: the handshake failed"
        self.keys = self._dtls.keys
        if self.reports:
            self._tasks.append(asyncio.create_task(self._report()))

    def aim(self, address: tuple[str, int]) -> None:
        """Send there from now on."""
        host, port = address
        self._name = (
            socket.AF_INET.to_bytes(2, "little")
            + port.to_bytes(2, "big")
            + socket.inet_aton(host)
            + bytes(8)
        )
        self._pin = self.outbox.pin(self._name)

    def binding_request(self, remote: Remote, password: str | None = None) -> bytes:
        """A nominating request; with a wrong password if one is given."""
        message = stun.Message(
            stun.Method.BINDING,
            stun.Class.REQUEST,
            attributes={
                "USERNAME": f"{remote.ufrag}:{self.ufrag}",
                "PRIORITY": 1,
                # Who answers is controlled (RFC 8445, section 6.1.1).
                **({"ICE-CONTROLLED": 1} if self.setup == "active" else _CONTROLLING),
            },
        )
        message.add_message_integrity((password or remote.password).encode())
        return bytes(message)

    async def _ask(self) -> None:
        while True:
            assert self.remote is not None
            self._send(self.binding_request(self.remote))
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(asyncio.shield(self._wait_for_answer()), 0.1)
            if self._answered.is_set():
                await asyncio.sleep(2.5)

    async def _wait_for_answer(self) -> None:
        await self._answered.wait()

    async def close(self) -> None:
        """Say goodbye."""
        loop = asyncio.get_running_loop()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._dtls is not None:
            await self._dtls.stop()
        loop.remove_reader(self.socket.fileno())
        self._shim.close()
        self.socket.close()

    def vanish(self) -> None:
        """Stop without a word, as a machine whose plug was pulled."""
        for task in self._tasks:
            task.cancel()
        asyncio.get_running_loop().remove_reader(self.socket.fileno())
        self.socket.close()

    # -- sending -----------------------------------------------------------------------------------

    def _send(self, data: bytes) -> None:
        self.outbox.send(data, self._name)
        self.outbox.flush()

    send_raw = _send

    def send(self, packet: bytes, *, flush: bool = True) -> None:
        """One RTP packet, protected."""
        self._protected(packet, protect)
        if flush:
            self.outbox.flush()

    def send_rtcp(self, data: bytes) -> None:
        """One RTCP packet, protected."""
        self._protected(data, protect_rtcp)
        self.outbox.flush()

    def _protected(self, data: bytes, how: Callable[[Any, Any, Any], int]) -> None:
        if self.keys is None or self._pin is None or not self.outbox.room():
            return
        count = self.outbox.count
        self.outbox.view[count * SIZE : count * SIZE + len(data)] = data
        self._length[0] = len(data)
        if how(self.keys.outgoing, self.outbox.pointers[count], self._length) == 0:
            self.outbox.push(self._pin.pointer, self._length[0])

    async def _report(self) -> None:
        while True:
            await asyncio.sleep(1.0)
            blocks = [rtcp.ReportBlock(ssrc, 0, 0, 0, 0, 0, 0) for ssrc in list(self.received)[:31]]
            if blocks:
                self.send_rtcp(
                    rtcp.receiver_report(7, blocks)
                    + rtcp.remb(7, 100_000_000, [block.ssrc for block in blocks])
                )

    # -- receiving ---------------------------------------------------------------------------------

    def _readable(self) -> None:
        inbox = self.inbox
        for _ in range(4):
            count = inbox.receive()
            for number in range(count):
                at = number * SIZE
                size = inbox.size(number)
                kind = KINDS[inbox.view[at]] if size else Kind.OTHER
                if kind == Kind.MEDIA:
                    self._media(number, at, size)
                elif kind == Kind.STUN:
                    self._stun(bytes(inbox.view[at : at + size]), inbox.source(number))
                elif kind == Kind.DTLS:
                    self._shim.feed(bytes(inbox.view[at : at + size]))
            if count < 64:
                break

    def _stun(self, data: bytes, source: bytes) -> None:
        try:
            message = stun.parse_message(data)
        except ValueError:
            return
        if message.message_class == stun.Class.RESPONSE:
            self._answered.set()
        elif message.message_class == stun.Class.REQUEST:
            answer = stun.Message(
                stun.Method.BINDING,
                stun.Class.RESPONSE,
                transaction_id=message.transaction_id,
                attributes={
                    "XOR-MAPPED-ADDRESS": (
                        socket.inet_ntoa(source[4:8]),
                        int.from_bytes(source[2:4], "big"),
                    )
                },
            )
            answer.add_message_integrity(self.password.encode())
            self.outbox.send(bytes(answer), source)
            self.outbox.flush()

    def _media(self, number: int, at: int, size: int) -> None:
        keys, view = self.keys, self.inbox.view
        if keys is None or size < 12:
            return
        pointer, length = self.inbox.pointers[number], self._length
        length[0] = size
        if is_rtcp(view[at + 1]):
            if unprotect_rtcp(keys.incoming, pointer, length):
                return
            for message in rtcp.parse(bytes(view[at : at + length[0]])):
                if self.keep:
                    self.messages.append(message)
                if self.on_message is not None:
                    self.on_message(message)
            return
        self.total += 1
        if not self.keep:
            ssrc = int.from_bytes(view[at + 8 : at + 12], "big")
            entry = self.received.get(ssrc)
            if entry is None:
                entry = self.received[ssrc] = Received()
            entry.packets += 1
            return
        if unprotect(keys.incoming, pointer, length):
            return
        packet = rtp.parse(bytes(view[at : at + length[0]]))
        entry = self.received.setdefault(packet.ssrc, Received())
        entry.packets += 1
        entry.octets += packet.end - packet.start
        entry.sequences.append(packet.sequence)
        self.packets.append(packet)
        if self.on_packet is not None:
            self.on_packet(packet)


def _uris(video: bool) -> Sequence[str]:
    if video:
        return (rtp.MID, rtp.RID, rtp.REPAIRED_RID, rtp.SEND_TIME)
    return (rtp.MID, rtp.AUDIO_LEVEL)


# -- what a publisher sends ------------------------------------------------------------------------------


@dataclass
class Camera:
    """A stream of VP8 packets that no decoder must see: key frames with a size, deltas without meaning."""

    guest: Guest
    ssrc: int
    mid: str = "0"
    rid: str = ""
    height: int = 360
    packets_per_frame: int = 4
    size: int = 1100
    sequence: int = 0
    timestamp: int = 0
    picture: int = 0
    keyframe: bool = True
    sent: int = 0

    def __post_init__(self) -> None:
        self._filler = secrets.token_bytes(2000)

    def frame(self, *, passed_s: float = 1 / 25, flush: bool = True) -> list[int]:
        """Send one frame; the sequence numbers it has."""
        keyframe, self.keyframe = self.keyframe, False
        numbers = []
        for part in range(self.packets_per_frame):
            last = part == self.packets_per_frame - 1
            self.guest.send(self.packet(part, keyframe=keyframe, last=last), flush=flush and last)
            numbers.append((self.sequence - 1) & 0xFFFF)
        self.timestamp = (self.timestamp + int(90000 * passed_s)) & 0xFFFFFFFF
        self.picture = (self.picture + 1) & 0x7FFF
        return numbers

    def packet(self, part: int, *, keyframe: bool, last: bool) -> bytes:
        """The next packet."""
        head = bytes([0x90 if part == 0 else 0x80, 0x80])
        head += (0x8000 | self.picture).to_bytes(2, "big")
        if part == 0:
            tag = bytes([0x10 if keyframe else 0x11, 0, 0])
            if keyframe:
                width = self.height * 16 // 9
                tag += b"\x9d\x01\x2a" + width.to_bytes(2, "little")
                tag += self.height.to_bytes(2, "little")
            head += tag
        extensions = {IDS[rtp.MID]: self.mid.encode()}
        if self.rid:
            extensions[IDS[rtp.RID]] = self.rid.encode()
        data = rtp.build(
            payload_type=VP8,
            sequence=self.sequence,
            timestamp=self.timestamp,
            ssrc=self.ssrc,
            payload=head + self._filler[: self.size - len(head)],
            marker=last,
            extensions=extensions,
        )
        self.sequence = (self.sequence + 1) & 0xFFFF
        self.sent += 1
        return data


@dataclass
class Microphone:
    """A stream of Opus packets with a level, 0–127 (loud)."""

    guest: Guest
    ssrc: int
    mid: str = "1"
    sequence: int = 0
    timestamp: int = 0
    sent: int = 0

    def say(self, level: int = 100, size: int = 60, *, silence: bool = False) -> None:
        """One packet of 20 ms; `silence` is one that a decoder may see."""
        self.guest.send(
            rtp.build(
                payload_type=OPUS,
                sequence=self.sequence,
                timestamp=self.timestamp,
                ssrc=self.ssrc,
                payload=SILENCE if silence else secrets.token_bytes(size),
                extensions={
                    IDS[rtp.MID]: self.mid.encode(),
                    IDS[rtp.AUDIO_LEVEL]: bytes([127 - level]),
                },
            )
        )
        self.sent += 1
        self.sequence = (self.sequence + 1) & 0xFFFF
        self.timestamp = (self.timestamp + 960) & 0xFFFFFFFF


def offer_text(specs: Sequence[LineSpec]) -> str:
    """An offer of somebody who never comes."""
    guest = Guest("nobody")
    guest.socket.close()
    return guest.describe(specs)
