"""Everything that is not public in the libraries this node stands on, in one place.

aiortc's RTCDtlsTransport makes the handshake over a shim instead of its own ICE; packets are protected in place
through pylibsrtp's binding, without an object for each. `check` tries all of it once at start: an update that
moved something is told in one sentence, before anybody is in a conference.
"""

from __future__ import annotations

import asyncio
import contextlib
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

import pylibsrtp
from aioice import stun
from aiortc import rtcdtlstransport as dtls
from pylibsrtp import Policy, Session

from conferencing.media.wire import rtp

binding = cast("Any", pylibsrtp)._binding  # noqa: SLF001 - this module is the place for it
ffi, lib = binding.ffi, binding.lib

protect: Callable[[Any, Any, Any], int] = lib.srtp_protect
"""`protect(context, packet, length)`: 0, or why not. The packet grows by the session's overhead."""
unprotect: Callable[[Any, Any, Any], int] = lib.srtp_unprotect
protect_rtcp: Callable[[Any, Any, Any], int] = lib.srtp_protect_rtcp
unprotect_rtcp: Callable[[Any, Any, Any], int] = lib.srtp_unprotect_rtcp

ROOM = 160
"""Bytes that must be free behind a packet that is protected: trailer, tag and key identifier at most."""
REPLAY_WINDOW = 1024


class PrivateError(RuntimeError):
    """A library does not have what it had; the text says which."""


class Keys:
    """The SRTP sessions of one connection, made from its handshake."""

    def __init__(self, profile: Any, *, sending: bytes, receiving: bytes) -> None:
        self._sessions = (
            session(profile.libsrtp_profile, sending, Policy.SSRC_ANY_OUTBOUND),
            session(profile.libsrtp_profile, receiving, Policy.SSRC_ANY_INBOUND),
        )
        self.outgoing, self.incoming = map(session_of, self._sessions)


def session_of(made: Session) -> Any:
    """What `protect` and `unprotect` take as their context; good while the session lives."""
    return cast("Any", made)._srtp[0]  # noqa: SLF001 - this module is the place for it


def session(profile: int, key: bytes, direction: int) -> Session:
    """An SRTP session of one direction, over a master key and its salt."""
    policy = Policy(key=key, ssrc_type=direction, srtp_profile=profile)
    # A number that was sent is never sent again: libsrtp itself refuses it.
    policy.allow_repeat_tx = False
    policy.window_size = REPLAY_WINDOW
    return Session(policy)


class Shim:
    """What RTCDtlsTransport sees of the network: datagrams in by `feed`, out by a callback."""

    role = "controlled"
    state = "completed"

    def __init__(self, send: Callable[[bytes], None]) -> None:
        self._out = send
        self._in: asyncio.Queue[bytes | None] = asyncio.Queue(64)

    def feed(self, data: bytes) -> None:
        """A DTLS datagram arrived; more than 64 that nobody reads are dropped."""
        with contextlib.suppress(asyncio.QueueFull):
            self._in.put_nowait(data)

    def close(self) -> None:
        """Ends whoever waits for a datagram."""
        while True:
            try:
                self._in.put_nowait(None)
            except asyncio.QueueFull:
                self._in.get_nowait()
            else:
                return

    async def _recv(self) -> bytes:
        data = await self._in.get()
        if data is None:
            raise ConnectionError
        return data

    async def _send(self, data: bytes) -> None:
        self._out(data)


class Dtls(dtls.RTCDtlsTransport):
    """The DTLS server's (or, in a test, client's) side of one connection (RFC 5764)."""

    keys: Keys | None = None
    peer_mismatch = False

    def __init__(self, shim: Shim, certificate: dtls.RTCCertificate, role: str = "server") -> None:
        super().__init__(cast("Any", shim), [certificate])
        self._set_role(role)
        # GCM with 128 bits first: as safe here, and the cheapest by far.
        self._srtp_profiles = sorted(self._srtp_profiles, key=_preference)

    async def handshake(self, fingerprint: tuple[str, str]) -> bool:
        """Whether it ended with the peer whose fingerprint was signalled (algorithm, value)."""
        await self.start(dtls.RTCDtlsParameters([dtls.RTCDtlsFingerprint(*fingerprint)]))
        return self.state == "connected" and self.keys is not None

    def _validate_peer_identity(self, remoteParameters: dtls.RTCDtlsParameters) -> None:  # noqa: N803 - its name
        super()._validate_peer_identity(remoteParameters)
        self.peer_mismatch = self.state == "failed"

    def _setup_srtp(self) -> None:
        chosen = cast("Any", self._ssl).get_selected_srtp_profile()
        profile = next((one for one in self._srtp_profiles if one.openssl_profile == chosen), None)
        if profile is None:
            self._set_state(dtls.State.FAILED)
            return
        size = 2 * (profile.key_length + profile.salt_length)
        material = cast("Any", self._ssl).export_keying_material(b"EXTRACTOR-dtls_srtp", size)
        client, server = (profile.get_key_and_salt(material, side) for side in (0, 1))
        mine, theirs = (server, client) if self._role == "server" else (client, server)
        self.keys = Keys(profile, sending=mine, receiving=theirs)


def _preference(profile: Any) -> int:
    order = [b"SRTP_AEAD_AES_128_GCM", b"SRTP_AEAD_AES_256_GCM", b"SRTP_AES128_CM_SHA1_80"]
    return order.index(profile.openssl_profile) if profile.openssl_profile in order else len(order)


def make_certificate() -> dtls.RTCCertificate:
    """A certificate for this process's life."""
    return dtls.RTCCertificate.generateCertificate()


def fingerprint_of(certificate: dtls.RTCCertificate) -> str:
    """Its SHA-256, as SDP writes it."""
    return next(one.value for one in certificate.getFingerprints() if one.algorithm == "sha-256")


# -- STUN ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Binding:
    """A binding request whose integrity was checked."""

    transaction: bytes
    nominates: bool


def read_binding(data: bytes, password: str) -> Binding | None:
    """A binding request made with our password (RFC 8445, section 7.3); None if it is none."""
    try:
        message = stun.parse_message(data)
        if message.message_method != stun.Method.BINDING:
            return None
        if message.message_class != stun.Class.REQUEST:
            return None
        if not message.check_message_integrity(password.encode()):
            return None
    except (ValueError, KeyError, IndexError, TypeError, OverflowError, struct.error):
        return None
    return Binding(message.transaction_id, "USE-CANDIDATE" in message.attributes)


def binding_answer(binding: Binding, source: tuple[str, int], password: str) -> bytes:
    """The success response (RFC 8489, section 7.3.1.1)."""
    message = stun.Message(
        message_method=stun.Method.BINDING,
        message_class=stun.Class.RESPONSE,
        transaction_id=binding.transaction,
        attributes={"XOR-MAPPED-ADDRESS": source},
    )
    message.add_message_integrity(password.encode())
    return bytes(message)


# -- the test at start ---------------------------------------------------------------------------------


async def check() -> None:
    """One handshake and one packet there and back. Raises PrivateError."""
    try:
        await asyncio.wait_for(_try_everything(), timeout=20)
    except PrivateError:
        raise
    except Exception as error:
        raise PrivateError(
            "aiortc, aioice or pylibsrtp is not the version this media node was made for "
            f"({type(error).__name__}: {error}); install requirements/base.txt."
        ) from error


async def _try_everything() -> None:
    certificates = make_certificate(), make_certificate()
    shims: list[Shim] = []
    shims += [Shim(lambda data: shims[1].feed(data)), Shim(lambda data: shims[0].feed(data))]
    server, client = Dtls(shims[0], certificates[0]), Dtls(shims[1], certificates[1], "client")
    prints = [("sha-256", fingerprint_of(one)) for one in certificates]
    done = await asyncio.gather(server.handshake(prints[1]), client.handshake(prints[0]))
    if not all(done) or server.keys is None or client.keys is None:
        raise PrivateError("a DTLS handshake with itself fails; install requirements/base.txt.")
    packet = rtp.build(payload_type=96, sequence=1, timestamp=2, ssrc=3, payload=b"\x10 payload")
    memory, length = ffi.new("char[]", 2048), ffi.new("int *", len(packet))
    ffi.buffer(memory)[: len(packet)] = packet
    wrong = protect(server.keys.outgoing, memory, length) or unprotect(
        client.keys.incoming, memory, length
    )
    if wrong or bytes(ffi.buffer(memory, length[0])) != packet:
        raise PrivateError("SRTP does not give back what it took; install requirements/base.txt.")
    length[0] = len(packet)
    if not protect(server.keys.outgoing, memory, length):
        raise PrivateError("SRTP sends one number twice; install requirements/base.txt.")
    request = stun.Message(stun.Method.BINDING, stun.Class.REQUEST)
    request.add_message_integrity(b"password")
    binding = read_binding(bytes(request), "password")
    if binding is None or read_binding(bytes(request), "another") is not None:
        raise PrivateError("STUN integrity is not checked; install requirements/base.txt.")
    binding_answer(binding, ("192.0.2.1", 3478), "password")
    await server.stop()
    await client.stop()
    for shim in shims:
        shim.close()
