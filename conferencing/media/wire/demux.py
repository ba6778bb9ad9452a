"""Which protocol a datagram belongs to (RFC 7983, section 7; RFC 5761, section 4), and whose a STUN request is."""

from __future__ import annotations

from enum import IntEnum

_COOKIE = b"\x21\x12\xa4\x42"
_USERNAME = 0x0006


class Kind(IntEnum):
    """What a datagram's first byte says."""

    OTHER = 0
    STUN = 1
    DTLS = 2
    MEDIA = 3


def _kind(first: int) -> Kind:
    if first <= 3:
        return Kind.STUN
    if 20 <= first <= 63:
        return Kind.DTLS
    if 128 <= first <= 191:
        return Kind.MEDIA
    return Kind.OTHER


KINDS: tuple[Kind, ...] = tuple(_kind(first) for first in range(256))
"""By first byte."""


def is_rtcp(second: int) -> bool:
    """Whether the second byte of a media datagram is one of RTCP's packet types."""
    return 192 <= second <= 223


def stun_username(data: bytes) -> str | None:
    """The first half of a binding request's USERNAME (RFC 8445, section 7.2.2), None if it is none.

    Cheap on purpose: what names nobody here is dropped before anything is computed over it.
    """
    if len(data) < 20 or data[:2] != b"\0\x01" or data[4:8] != _COOKIE:
        return None
    at, end = 20, len(data)
    while at + 4 <= end:
        kind, size = data[at] << 8 | data[at + 1], data[at + 2] << 8 | data[at + 3]
        if kind == _USERNAME:
            name = data[at + 4 : at + 4 + size].partition(b":")[0]
            return name.decode("ascii") if name.isascii() else None
        at += 4 + size + (-size % 4)
    return None
