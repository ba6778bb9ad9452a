"""RTCP, read and written: SR, RR, SDES, BYE, APP (RFC 3550, section 6), NACK, PLI, FIR (RFC 4585, RFC 5104), REMB.

REMB is draft-alvestrand-rmcat-remb-03. Reading never raises: what is damaged ends the reading, and the
messages before it count.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from struct import Struct

_HEAD = Struct("!BBH")
_BLOCK = Struct("!IIIIII")
_SENDER = Struct("!IQIII")
_PAIR = Struct("!II")

SR, RR, SDES, BYE, APP, RTPFB, PSFB = 200, 201, 202, 203, 204, 205, 206
_NACK, _PLI, _FIR, _AFB = 1, 1, 4, 15
MAX_MESSAGES = 64
"""More than that in one datagram is nothing a browser sends."""


@dataclass(frozen=True, slots=True)
class ReportBlock:
    """How a receiver sees one stream (RFC 3550, section 6.4.1)."""

    ssrc: int
    fraction_lost: int
    """of 256, since the report before"""
    lost: int
    highest: int
    jitter: int
    last_sr: int
    delay: int
    """since that sender report, in 1/65536 s"""


@dataclass(frozen=True, slots=True)
class SenderReport:
    """What a sender says of one of its streams."""

    ssrc: int
    ntp: int
    timestamp: int
    packets: int
    octets: int
    blocks: tuple[ReportBlock, ...] = ()


@dataclass(frozen=True, slots=True)
class ReceiverReport:
    """What a receiver says of the streams it gets."""

    ssrc: int
    blocks: tuple[ReportBlock, ...]


@dataclass(frozen=True, slots=True)
class Nack:
    """Packets that are missed, by sequence number."""

    ssrc: int
    media: int
    lost: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class KeyframeRequest:
    """PLI or FIR: the picture is broken, or somebody new looks."""

    ssrc: int
    media: int


@dataclass(frozen=True, slots=True)
class Remb:
    """What a receiver thinks its line carries, in bits per second."""

    ssrc: int
    bitrate: int
    media: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Bye:
    """Streams that end."""

    sources: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Application:
    """What an application says in a form of its own."""

    ssrc: int
    name: bytes
    data: bytes


Message = SenderReport | ReceiverReport | Nack | KeyframeRequest | Remb | Bye | Application


def parse(data: bytes) -> list[Message]:
    """The messages of a compound packet that concern a media node, in order; others are left out."""
    found: list[Message] = []
    at = 0
    while at + 4 <= len(data) and len(found) < MAX_MESSAGES:
        first, kind, words = _HEAD.unpack_from(data, at)
        end = at + 4 + 4 * words
        if first >> 6 != 2 or end > len(data):
            break
        body = data[at + 4 : end]
        if first & 0x20:
            if not body or not 0 < body[-1] <= len(body):
                break
            body = body[: -body[-1]]
        found += _messages(kind, first & 0x1F, body)
        at = end
    return found


def _messages(kind: int, count: int, body: bytes) -> Iterable[Message]:
    if kind == SR and len(body) >= 24 + 24 * count:
        ssrc, ntp, timestamp, packets, octets = _SENDER.unpack_from(body)
        yield SenderReport(ssrc, ntp, timestamp, packets, octets, _blocks(body, 24, count))
    elif kind == RR and len(body) >= 4 + 24 * count:
        yield ReceiverReport(int.from_bytes(body[:4], "big"), _blocks(body, 4, count))
    elif kind == BYE and len(body) >= 4 * count:
        yield Bye(tuple(int.from_bytes(body[4 * n : 4 * n + 4], "big") for n in range(count)))
    elif kind == APP and len(body) >= 8:
        yield Application(int.from_bytes(body[:4], "big"), body[4:8], body[8:])
    elif kind in (RTPFB, PSFB) and len(body) >= 8:
        ssrc, media = _PAIR.unpack_from(body)
        if kind == RTPFB and count == _NACK:
            yield Nack(ssrc, media, _lost(body))
        elif kind == PSFB and count == _PLI:
            yield KeyframeRequest(ssrc, media)
        elif kind == PSFB and count == _FIR:
            for at in range(8, len(body) - 7, 8):
                yield KeyframeRequest(ssrc, int.from_bytes(body[at : at + 4], "big"))
        elif kind == PSFB and count == _AFB and body[8:12] == b"REMB" and len(body) >= 16:
            yield _remb(ssrc, body)


def _blocks(body: bytes, at: int, count: int) -> tuple[ReportBlock, ...]:
    blocks = []
    for number in range(count):
        ssrc, loss, *rest = _BLOCK.unpack_from(body, at + 24 * number)
        lost = loss & 0xFFFFFF
        lost -= (lost & 0x800000) << 1
        blocks.append(ReportBlock(ssrc, loss >> 24, lost, *rest))
    return tuple(blocks)


def _lost(body: bytes) -> tuple[int, ...]:
    """RFC 4585, section 6.2.1: a sequence number and a mask of the sixteen that follow it."""
    lost = []
    for at in range(8, len(body) - 3, 4):
        first = body[at] << 8 | body[at + 1]
        mask = body[at + 2] << 8 | body[at + 3]
        lost.append(first)
        lost += [(first + 1 + bit) & 0xFFFF for bit in range(16) if mask >> bit & 1]
    return tuple(lost)


def _remb(ssrc: int, body: bytes) -> Remb:
    count = min(body[12], (len(body) - 16) // 4)
    mantissa = (body[13] & 0x03) << 16 | body[14] << 8 | body[15]
    media = (int.from_bytes(body[16 + 4 * n : 20 + 4 * n], "big") for n in range(count))
    return Remb(ssrc, mantissa << (body[13] >> 2), tuple(media))


# -- writing -------------------------------------------------------------------------------------------


def _packet(kind: int, count: int, body: bytes) -> bytes:
    return _HEAD.pack(0x80 | count, kind, len(body) // 4) + body


def _block(block: ReportBlock) -> bytes:
    lost = max(-0x800000, min(0x7FFFFF, block.lost)) & 0xFFFFFF
    return _BLOCK.pack(
        block.ssrc,
        block.fraction_lost << 24 | lost,
        block.highest & 0xFFFFFFFF,
        block.jitter & 0xFFFFFFFF,
        block.last_sr,
        block.delay & 0xFFFFFFFF,
    )


def sender_report(report: SenderReport) -> bytes:
    """An SR; at most 31 blocks."""
    head = _SENDER.pack(
        report.ssrc,
        report.ntp,
        report.timestamp & 0xFFFFFFFF,
        report.packets & 0xFFFFFFFF,
        report.octets & 0xFFFFFFFF,
    )
    return _packet(SR, len(report.blocks), head + b"".join(map(_block, report.blocks)))


def receiver_report(ssrc: int, blocks: Sequence[ReportBlock]) -> bytes:
    """An RR, or several where there are more than 31 blocks."""
    parts = [blocks[at : at + 31] for at in range(0, len(blocks), 31)] or [()]
    return b"".join(
        _packet(RR, len(part), ssrc.to_bytes(4, "big") + b"".join(map(_block, part)))
        for part in parts
    )


def description(ssrc: int, cname: str) -> bytes:
    """SDES with a CNAME (RFC 3550, section 6.5)."""
    text = cname.encode()[:255]
    body = ssrc.to_bytes(4, "big") + bytes([1, len(text)]) + text + b"\0"
    return _packet(SDES, 1, body + bytes(-len(body) % 4))


def nack(ssrc: int, media: int, lost: Iterable[int]) -> bytes:
    """A generic NACK of any sequence numbers."""
    pairs: list[list[int]] = []
    for number in lost:
        if pairs and 1 <= (distance := (number - pairs[-1][0]) & 0xFFFF) <= 16:
            pairs[-1][1] |= 1 << (distance - 1)
        else:
            pairs.append([number & 0xFFFF, 0])
    body = b"".join((first << 16 | mask).to_bytes(4, "big") for first, mask in pairs)
    return _packet(RTPFB, _NACK, _PAIR.pack(ssrc, media) + body)


def picture_loss(ssrc: int, media: int) -> bytes:
    """A PLI (RFC 4585, section 6.3.1)."""
    return _packet(PSFB, _PLI, _PAIR.pack(ssrc, media))


def remb(ssrc: int, bitrate: int, media: Sequence[int]) -> bytes:
    """A REMB over at most 255 streams; `bitrate` in bits per second."""
    exponent = max(0, min(63, bitrate.bit_length() - 18))
    mantissa = min(bitrate >> exponent, 0x3FFFF)
    value = exponent << 18 | mantissa
    body = b"REMB" + bytes([len(media)]) + value.to_bytes(3, "big")
    body += b"".join(one.to_bytes(4, "big") for one in media)
    return _packet(PSFB, _AFB, _PAIR.pack(ssrc, 0) + body)


def application(ssrc: int, name: bytes, data: bytes) -> bytes:
    """An APP packet (RFC 3550, section 6.7); `name` of four bytes, `data` a multiple of four."""
    return _packet(APP, 0, ssrc.to_bytes(4, "big") + name + data)


def bye(sources: Sequence[int]) -> bytes:
    """A BYE for at most 31 streams."""
    return _packet(BYE, len(sources), b"".join(one.to_bytes(4, "big") for one in sources))
