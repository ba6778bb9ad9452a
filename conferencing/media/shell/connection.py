"""One peer's connection: ICE-lite, consent, DTLS, and the keys that come of it."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from conferencing.engines.messages import GoneReason
from conferencing.media.shell.datagrams import Outbox, Pin, plain_address
from conferencing.media.shell.private import (
    Dtls,
    Keys,
    Shim,
    binding_answer,
    protect,
    protect_rtcp,
    read_binding,
)

if TYPE_CHECKING:
    from aiortc.rtcdtlstransport import RTCCertificate

CONSENT_S = 15.0
"""RFC 7675, section 5.1 gives 30 s; browsers ask every 5 s at the latest."""
ARRIVAL_S = 20.0
MAX_ADDRESSES = 8
"""So many candidate pairs of one browser are answered at a time."""

logger = logging.getLogger(__name__)


def _credential(size: int) -> str:
    return secrets.token_hex(size)


class Connection:
    """A connection of its own certificate fingerprint; `on_open` once, `on_over` once, at most.

    Times are in seconds of the loop's clock.
    """

    protect = staticmethod(protect)
    protect_rtcp = staticmethod(protect_rtcp)

    def __init__(
        self,
        *,
        outbox: Outbox,
        certificate: RTCCertificate,
        fingerprint: tuple[str, str],
        now: float,
        on_open: Callable[[], None],
        on_over: Callable[[GoneReason], None],
    ) -> None:
        self.fingerprint = fingerprint
        self.ufrag = _credential(6)
        self.password = _credential(16)
        self.ufrags = {self.ufrag: self.password}
        """those of before an ICE restart count until the new ones are used (RFC 8839, section 4.4.1.1.1)"""
        self.address: bytes | None = None
        self.pointer = 0
        """where the address lies in memory, for the forwarder; 0 before there is one"""
        self._pin: Pin | None = None
        self.addresses: dict[bytes, None] = {}
        self.keys: Keys | None = None
        self.outgoing: Any = None
        """the sending SRTP session, for the forwarder"""
        self.offered_at = now
        self.opened_at: float | None = None
        self.heard_at = now
        self.over = False
        self.outbox = outbox
        self._certificate = certificate
        self._on_open = on_open
        self._on_over = on_over
        self._shim = Shim(self._send)
        self._dtls: Dtls | None = None
        self._task: asyncio.Task[None] | None = None

    # -- ICE ---------------------------------------------------------------------------------------

    def restart(self, now: float) -> None:
        """New credentials for an ICE restart; the old ones count until then."""
        self.ufrag, self.password = _credential(6), _credential(16)
        self.ufrags[self.ufrag] = self.password
        self.heard_at = max(self.heard_at, now - CONSENT_S / 2)

    def binding_request(self, ufrag: str, data: bytes, source: bytes, now: float) -> bool:
        """Answer one; whether it was made with this connection's password.

        A source becomes the address when it is nominated, or when there is none yet.
        """
        password = self.ufrags.get(ufrag)
        binding = read_binding(data, password) if password is not None else None
        if binding is None or password is None or self.over:
            return False
        self.heard_at = now
        self.addresses.pop(source, None)
        self.addresses[source] = None
        if self.address is None or (binding.nominates and source != self.address):
            self._unpin()
            self.address, self._pin = source, self.outbox.pin(source)
            self.pointer = self._pin.pointer
        if ufrag == self.ufrag and len(self.ufrags) > 1:
            self.ufrags = {ufrag: password}
        answer = binding_answer(binding, plain_address(source), password)
        self.outbox.send(answer, source)
        if self._task is None:
            self._task = asyncio.create_task(self._handshake())
        return True

    def surplus(self) -> list[bytes]:
        """Addresses beyond the eight newest, which are no longer its own."""
        extra = [one for one in self.addresses if one != self.address][: -(MAX_ADDRESSES - 1)]
        for one in extra:
            del self.addresses[one]
        return extra

    def check_silence(self, now: float) -> None:
        """Give up on who never came, or fell silent."""
        if self.opened_at is None:
            if now - self.offered_at > ARRIVAL_S:
                self.end(GoneReason.NEVER_CAME)
        elif now - self.heard_at > CONSENT_S:
            self.end(GoneReason.SILENT)

    # -- DTLS --------------------------------------------------------------------------------------

    def handshake_datagram(self, data: bytes) -> None:
        """A DTLS datagram from one of its addresses."""
        if self._task is not None:
            self._shim.feed(data)

    def _send(self, data: bytes) -> None:
        if self.address is not None:
            self.outbox.send(data, self.address)
            self.outbox.flush()

    async def _handshake(self) -> None:
        self._dtls = transport = Dtls(self._shim, self._certificate)
        try:
            opened = await transport.handshake(self.fingerprint)
        except Exception:  # the library's own, over bytes of a stranger
            logger.exception("a DTLS handshake broke")
            opened = False
        if self.over:
            return
        if not opened or transport.keys is None:
            self.end(GoneReason.REFUSED)
            return
        self.keys, self.outgoing = transport.keys, transport.keys.outgoing
        transport.on("statechange", self._on_state)
        self._on_open()

    def _on_state(self) -> None:
        if self._dtls is not None and self._dtls.state in ("closed", "failed"):
            self.end(GoneReason.LEFT)

    # -- the end -----------------------------------------------------------------------------------

    def end(self, reason: GoneReason) -> None:
        """Close it and forget its keys; a second time does nothing."""
        if self.over:
            return
        self.over = True
        self._on_over(reason)
        self.keys = None
        transport, self._dtls = self._dtls, None
        task = self._task
        if transport is not None:
            self._task = asyncio.create_task(self._stop(transport, task))
        else:
            self._unpin()
            if task is not None:
                task.cancel()

    async def _stop(self, transport: Dtls, handshake: asyncio.Task[None] | None) -> None:
        transport.remove_all_listeners()
        await transport.stop()
        self._shim.close()
        if handshake is not None and handshake is not asyncio.current_task():
            handshake.cancel()
        self._unpin()

    def _unpin(self) -> None:
        pin, self._pin = self._pin, None
        self.pointer = 0
        if pin is not None:
            self.outbox.unpin(pin)
