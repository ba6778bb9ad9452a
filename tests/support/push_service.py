"""A push service as a browser's maker runs one, and the browser behind it; and receivers of webhooks.

Written from the standards and not from the library under test: RFC 8030 (the request), RFC 8292 (who sends),
RFC 8188 and RFC 8291 (what is sent). A request that a real service would refuse is refused here, and noted.
"""

from __future__ import annotations

import base64
import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

WAIT_S = 15.0
DAY_S = 24 * 3600
BODY_LIMIT = 4096


def unpadded(data: bytes) -> str:
    """base64url without padding."""
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def from_unpadded(text: str) -> bytes:
    """The bytes of such a text."""
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)


# -- the browser: RFC 8291 and RFC 8188 ----------------------------------------------------------------


def _hkdf(*, salt: bytes, secret: bytes, info: bytes, length: int) -> bytes:
    return HKDF(hashes.SHA256(), length, salt, info).derive(secret)


def _point(key: ec.EllipticCurvePublicKey) -> bytes:
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def decrypt(body: bytes, *, key: ec.EllipticCurvePrivateKey, auth: bytes) -> bytes:
    """The content of a push message. Raises ValueError or InvalidTag for one that is none.

    The header is salt (16), record size (4), length of the key id (1) and the sender's public key (RFC 8188,
    section 2.1; RFC 8291, section 4: one record only). The secret comes from ECDH, the `auth` of the
    subscription and both public keys (RFC 8291, section 3.4).
    """
    salt, size, length = body[:16], int.from_bytes(body[16:20]), body[20]
    sender, record = body[21 : 21 + length], body[21 + length :]
    if length != 65 or size < 18 or len(record) > size:
        raise ValueError("not one record after a public key")
    theirs = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), sender)
    info = b"WebPush: info\x00" + _point(key.public_key()) + sender
    shared = key.exchange(ec.ECDH(), theirs)
    material = _hkdf(salt=auth, secret=shared, info=info, length=32)
    content_key = _hkdf(
        salt=salt, secret=material, info=b"Content-Encoding: aes128gcm\x00", length=16
    )
    nonce = _hkdf(salt=salt, secret=material, info=b"Content-Encoding: nonce\x00", length=12)
    padded = AESGCM(content_key).decrypt(nonce, record, None)
    content = padded.rstrip(b"\x00")
    if content[-1:] != b"\x02":  # the delimiter of the last record
        raise ValueError("the record is not the last one")
    return content[:-1]


# -- the service ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Request:
    """A request as it came in."""

    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)

    @property
    def query(self) -> dict[str, str]:
        """The query's parameters, decoded."""
        return {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}


@dataclass(frozen=True)
class Reply:
    """What to answer."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


class Listener:
    """An HTTP server on loopback. `answer` decides; `silence` holds every request until it is lifted."""

    def __init__(self, answer: Callable[[Request], Reply]) -> None:
        self.answer = answer
        self.requests: list[Request] = []
        self.held = 0
        self._changed = threading.Condition()
        self._speaking = threading.Event()
        self._speaking.set()
        listener = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                listener._serve(self)

            def do_GET(self) -> None:
                listener._serve(self)

            def log_message(self, format: str, *args: Any) -> None:
                """Quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def base(self) -> str:
        """Its address, without a slash at the end."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def silence(self) -> None:
        """Take requests from now on and never answer them."""
        self._speaking.clear()

    def close(self) -> None:
        """Answer what is held, and end."""
        self._speaking.set()
        self._server.shutdown()
        self._server.server_close()

    def wait_for(self, what: Callable[[], bool], *, told: str) -> None:
        """Wait until something holds that changes with the requests."""
        with self._changed:
            if not self._changed.wait_for(what, timeout=WAIT_S):
                raise AssertionError(f"waited {WAIT_S:g} s in vain for {told}")

    def wait_for_requests(self, count: int) -> list[Request]:
        """Wait for so many requests in all."""
        self.wait_for(lambda: len(self.requests) >= count, told=f"{count} requests")
        return list(self.requests)

    def _serve(self, handler: BaseHTTPRequestHandler) -> None:
        length = int(handler.headers.get("Content-Length") or 0)
        headers = {name.lower(): value for name, value in handler.headers.items()}
        request = Request(handler.path, headers, handler.rfile.read(length))
        with self._changed:
            self.requests.append(request)
            self.held += 1
            self._changed.notify_all()
        self._speaking.wait()
        reply = self.answer(request)
        with self._changed:
            self.held -= 1
            self._changed.notify_all()
        try:
            handler.send_response(reply.status)
            for name, value in reply.headers.items():
                handler.send_header(name, value)
            handler.send_header("Content-Length", str(len(reply.body)))
            handler.end_headers()
            handler.wfile.write(reply.body)
        except OSError:  # who asked has given up
            pass


@dataclass
class Subscriber:
    """A browser that has subscribed: its keys, what it got, and how its service behaves just now."""

    endpoint: str
    server_key: str
    key: ec.EllipticCurvePrivateKey
    auth: bytes
    got: list[dict[str, Any]] = field(default_factory=list)
    urgency: list[str] = field(default_factory=list)
    topics: list[str] = field(default_factory=list)
    replies: list[Reply] = field(default_factory=list)

    @property
    def subscription(self) -> dict[str, Any]:
        """What `PushSubscription.toJSON` gives."""
        keys = {"p256dh": unpadded(_point(self.key.public_key())), "auth": unpadded(self.auth)}
        return {"endpoint": self.endpoint, "expirationTime": None, "keys": keys}

    def will_answer(self, *replies: Reply) -> None:
        """What its service answers to the next requests, before it takes one again."""
        self.replies += replies


class PushService:
    """The service and the browsers behind it. `faults` names what a sender has done wrong."""

    def __init__(self) -> None:
        self.faults: list[str] = []
        self.subscribers: dict[str, Subscriber] = {}
        self.listener = Listener(self._answer)

    def subscribe(self, server_key: str) -> Subscriber:
        """A browser subscribes with the key of an installation."""
        path = f"/push/{len(self.subscribers) + 1}-{unpadded(hashes_of(len(self.subscribers)))}"
        subscriber = Subscriber(
            endpoint=f"{self.listener.base}{path}",
            server_key=server_key,
            key=ec.generate_private_key(ec.SECP256R1()),
            auth=hashes_of(len(self.subscribers))[:16],
        )
        self.subscribers[path] = subscriber
        return subscriber

    def wait_for(self, subscriber: Subscriber, count: int) -> list[dict[str, Any]]:
        """Wait until a browser has got so many messages in all."""
        self.listener.wait_for(
            lambda: len(subscriber.got) >= count or bool(self.faults), told=f"{count} messages"
        )
        assert self.faults == []
        return list(subscriber.got)

    def _answer(self, request: Request) -> Reply:
        subscriber = self.subscribers.get(request.path)
        if subscriber is None:
            return Reply(404)
        if subscriber.replies:
            return subscriber.replies.pop(0)
        fault = self._fault(request, subscriber)
        if fault:
            self.faults.append(fault)
            return Reply(400, fault.encode())
        text = decrypt(request.body, key=subscriber.key, auth=subscriber.auth)
        subscriber.urgency.append(request.headers["urgency"])
        subscriber.topics.append(request.headers.get("topic", ""))
        subscriber.got.append(json.loads(text))
        return Reply(201, headers={"Location": f"{subscriber.endpoint}/message"})

    def _fault(self, request: Request, subscriber: Subscriber) -> str:
        """What a service would refuse; RFC 8030, section 5, and RFC 8188."""
        headers = request.headers
        if not headers.get("ttl", "").isdecimal():
            return f"TTL {headers.get('ttl')!r}"
        if headers.get("urgency") not in {"very-low", "low", "normal", "high"}:
            return f"Urgency {headers.get('urgency')!r}"
        topic = headers.get("topic", "")
        if len(topic) > 32 or not all(c.isascii() and (c.isalnum() or c in "-_") for c in topic):
            return f"Topic {topic!r}"
        if headers.get("content-encoding") != "aes128gcm":
            return f"Content-Encoding {headers.get('content-encoding')!r}"
        if not 0 < len(request.body) <= BODY_LIMIT:
            return f"{len(request.body)} bytes"
        return vapid_fault(
            headers.get("authorization", ""),
            audience=self.listener.base,
            server_key=subscriber.server_key,
            now=time.time(),
        )


def hashes_of(number: int) -> bytes:
    """32 bytes that look random and are not."""
    digest = hashes.Hash(hashes.SHA256())
    digest.update(f"subscription {number}".encode())
    return digest.finalize()


def vapid_fault(authorization: str, *, audience: str, server_key: str, now: float) -> str:
    """What is wrong with a sender's word about itself (RFC 8292, sections 2 to 4); empty if nothing is."""
    scheme, _, rest = authorization.partition(" ")
    parameters = dict(part.strip().partition("=")[::2] for part in rest.split(","))
    if scheme.lower() != "vapid" or not {"t", "k"} <= parameters.keys():
        return f"Authorization {authorization[:40]!r}"
    if parameters["k"].rstrip("=") != server_key:
        return "not the key that the browser has subscribed with"
    head, claims, signature = parameters["t"].split(".")
    header = json.loads(from_unpadded(head))
    if header.get("typ") != "JWT" or header.get("alg") != "ES256":
        return f"JWT {header}"
    raw = from_unpadded(signature)
    if len(raw) != 64:
        return "signature"
    key = ec.EllipticCurvePublicKey.from_encoded_point(
        ec.SECP256R1(), from_unpadded(parameters["k"])
    )
    r, s = int.from_bytes(raw[:32]), int.from_bytes(raw[32:])
    try:
        key.verify(
            encode_dss_signature(r, s), f"{head}.{claims}".encode(), ec.ECDSA(hashes.SHA256())
        )
    except InvalidSignature:
        return "signature"
    said = json.loads(from_unpadded(claims))
    if said.get("aud") != audience:
        return f"aud {said.get('aud')!r}"
    if not (isinstance(said.get("exp"), int) and now < said["exp"] <= now + DAY_S):
        return f"exp {said.get('exp')!r} at {now:.0f}"
    if not str(said.get("sub", "")).startswith(("mailto:", "https://")):
        return f"sub {said.get('sub')!r}"
    return ""


@contextmanager
def push_service() -> Iterator[PushService]:
    """A push service for the time of a block."""
    service = PushService()
    try:
        yield service
    finally:
        service.listener.close()


@contextmanager
def listening(answer: Callable[[Request], Reply]) -> Iterator[Listener]:
    """A receiver of webhooks for the time of a block."""
    listener = Listener(answer)
    try:
        yield listener
    finally:
        listener.close()
