"""How packets between two nodes are sealed: as SRTP, or, where nobody else is on the line, with a mark.

Each end sends with a key of its own, made for one trunk and never used by another session: the numbers that SRTP's
nonces are made of (RFC 7714, section 8.1) run on for as long as the key lives.
"""

from __future__ import annotations

import contextlib
import hmac
import secrets
from typing import Any, Protocol

from pylibsrtp import Error, Policy

from conferencing.media.shell.private import (
    ffi,
    protect,
    protect_rtcp,
    session,
    session_of,
    unprotect,
    unprotect_rtcp,
)

KEY_BYTES = 28
_MARK = 8


def make_key() -> bytes:
    """A master key and its salt, of this process's own making."""
    return secrets.token_bytes(KEY_BYTES)


class Seal(Protocol):
    """`protect` and `protect_rtcp` as libsrtp's: 0, or why not; the packet grows by what is added."""

    outgoing: Any

    def protect(self, outgoing: Any, pointer: Any, length: Any) -> int: ...

    def protect_rtcp(self, outgoing: Any, pointer: Any, length: Any) -> int: ...

    def expect(self, key: bytes) -> None:
        """What the other end sends with."""

    def opens(self, pointer: Any, length: Any, *, rtcp: bool) -> bool:
        """Take the seal off in place; False if it is not the other end's."""

    def forget(self, ssrc: int) -> None:
        """A stream is over."""


class SrtpSeal:
    """AEAD_AES_128_GCM. The sending session is made once: made again it would count from the beginning."""

    protect = staticmethod(protect)
    protect_rtcp = staticmethod(protect_rtcp)

    def __init__(self, key: bytes) -> None:
        self._session = session(Policy.SRTP_PROFILE_AEAD_AES_128_GCM, key, Policy.SSRC_ANY_OUTBOUND)
        self.outgoing = session_of(self._session)
        self._expected: bytes | None = None
        self._incoming: Any = None

    def expect(self, key: bytes) -> None:
        """A key that is expected already changes nothing, the memory of what has come least of all."""
        if key != self._expected:
            self._expected = key
            self._incoming = session(
                Policy.SRTP_PROFILE_AEAD_AES_128_GCM, key, Policy.SSRC_ANY_INBOUND
            )

    def opens(self, pointer: Any, length: Any, *, rtcp: bool) -> bool:
        """Take the seal off in place."""
        if self._incoming is None:
            return False
        how = unprotect_rtcp if rtcp else unprotect
        return how(session_of(self._incoming), pointer, length) == 0

    def forget(self, ssrc: int) -> None:
        """Give its state back; no stream gets this number again."""
        for one in (self._session, self._incoming):
            if one is not None:
                with contextlib.suppress(Error):
                    one.remove_stream(ssrc)


class PlainSeal:
    """Eight bytes behind each packet that only the two ends know. It keeps out who cannot read the line."""

    outgoing: Any = None

    def __init__(self, key: bytes) -> None:
        self._mark = key[:_MARK]
        self._expected: bytes | None = None

    def protect(self, _outgoing: Any, pointer: Any, length: Any) -> int:
        """Add the mark."""
        size = length[0]
        ffi.memmove(pointer + size, self._mark, _MARK)
        length[0] = size + _MARK
        return 0

    protect_rtcp = protect

    def expect(self, key: bytes) -> None:
        """The other end's mark."""
        self._expected = key[:_MARK]

    def opens(self, pointer: Any, length: Any, *, rtcp: bool) -> bool:
        """Take the mark off."""
        size = length[0] - _MARK
        if self._expected is None or size < 0:
            return False
        length[0] = size
        return hmac.compare_digest(bytes(ffi.buffer(pointer + size, _MARK)), self._expected)

    def forget(self, ssrc: int) -> None:
        """There is no state."""
