"""The socket's datagrams, sorted by protocol and sender (RFC 7983)."""

from __future__ import annotations

import socket

from conferencing.media.node.feedback import Feedback
from conferencing.media.node.forwarder import Forwarder
from conferencing.media.node.gathering import BATCHES, Gathering
from conferencing.media.node.origin import REPEATS_PER_S
from conferencing.media.node.peer import MAX_STREAMS, Peer
from conferencing.media.shell.datagrams import BATCH_IN, SIZE
from conferencing.media.shell.private import ffi, unprotect, unprotect_rtcp
from conferencing.media.wire.demux import KINDS, Kind, is_rtcp, stun_username

MAX_STUN = 40
"""Binding requests that are looked at in one go; the rest of a flood is dropped unread."""


class Pump(Gathering):
    """The port that browsers send to. `beside` is flushed along: what came here may leave there."""

    def __init__(
        self,
        handle: socket.socket,
        forwarder: Forwarder,
        feedback: Feedback,
    ) -> None:
        super().__init__(handle)
        self._forwarder = forwarder
        self._feedback = feedback
        self.strange = 0
        """datagrams of nobody known"""
        self.forged = 0
        """datagrams whose keys are wrong"""
        self.beside: Gathering | None = None
        self._by_address: dict[bytes, Peer] = {}
        self._by_ufrag: dict[str, Peer] = {}
        self._length = ffi.new("int *")

    # -- who is who ----------------------------------------------------------------------------------

    def add(self, peer: Peer) -> None:
        """Datagrams with this peer's username are its own from now on."""
        self._by_ufrag[peer.connection.ufrag] = peer

    def restart(self, peer: Peer, now: float) -> None:
        """New ICE credentials for a peer."""
        peer.connection.restart(now)
        self._by_ufrag[peer.connection.ufrag] = peer

    def remove(self, peer: Peer) -> None:
        """Forget a peer's addresses and names."""
        for name in [name for name, one in self._by_address.items() if one is peer]:
            del self._by_address[name]
        for ufrag in [ufrag for ufrag, one in self._by_ufrag.items() if one is peer]:
            del self._by_ufrag[ufrag]

    def check_silence(self, now: float) -> None:
        """End connections that are silent, and let receivers ask for repair again."""
        for peer in set(self._by_ufrag.values()):
            peer.connection.check_silence(now)
            for name in list(self._by_ufrag):
                if self._by_ufrag[name] is peer and name not in peer.connection.ufrags:
                    del self._by_ufrag[name]
            peer.repeat_budget = REPEATS_PER_S

    # -- datagrams -----------------------------------------------------------------------------------

    def flush(self) -> None:
        """Send what waits here and at the port beside; the rest as soon as the socket takes it."""
        super().flush()
        if self.beside is not None:
            self.beside.flush()

    def read(self, now: float) -> int:
        """Sort what is there by protocol and sender."""
        inbox, stun, total = self.inbox, 0, 0
        for _ in range(BATCHES):
            count = inbox.receive()
            total += count
            for number in range(count):
                at = number * SIZE
                size = inbox.size(number)
                kind = KINDS[inbox.view[at]] if size else Kind.OTHER
                source = inbox.source(number)
                if kind == Kind.MEDIA:
                    self._media(source, number, size, now)
                elif kind == Kind.STUN:
                    stun += 1
                    if stun <= MAX_STUN:
                        self._stun(bytes(inbox.view[at : at + size]), source, now)
                elif kind == Kind.DTLS:
                    peer = self._by_address.get(source)
                    if peer is not None:
                        peer.connection.handshake_datagram(bytes(inbox.view[at : at + size]))
            if count < BATCH_IN:
                break
        self._forwarder.forward_all(now)
        self.flush()
        return total

    def _media(self, source: bytes, number: int, size: int, now: float) -> None:
        peer = self._by_address.get(source)
        if peer is None:
            self.strange += 1
            return
        keys = peer.connection.keys
        if keys is None or size < 12:
            return
        inbox, length = self.inbox, self._length
        at = number * SIZE
        view = inbox.view
        length[0] = size
        if is_rtcp(view[at + 1]):
            if unprotect_rtcp(keys.incoming, inbox.pointers[number], length):
                self.forged += 1
                return
            self._feedback.arrive(peer, bytes(view[at : at + length[0]]), now)
            return
        if peer.seen >= MAX_STREAMS:
            ssrc = int.from_bytes(view[at + 8 : at + 12], "big")
            if ssrc not in peer.streams and ssrc not in peer.repairs:
                return  # libsrtp would keep state for each
        if unprotect(keys.incoming, inbox.pointers[number], length):
            self.forged += 1
            return
        self._forwarder.arrive(peer, bytes(view[at : at + length[0]]), now)

    def _stun(self, data: bytes, source: bytes, now: float) -> None:
        ufrag = stun_username(data)
        peer = self._by_ufrag.get(ufrag) if ufrag is not None else None
        if peer is None or ufrag is None:
            self.strange += 1
            return
        if not peer.connection.binding_request(ufrag, data, source, now):
            self.forged += 1
            return
        if self._by_address.get(source) is not peer:
            self._by_address[source] = peer
            for name in peer.connection.surplus():
                if self._by_address.get(name) is peer:
                    del self._by_address[name]
