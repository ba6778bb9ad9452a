"""Publishing to a topic of an ntfy server of one's own (https://docs.ntfy.sh/publish/#publish-as-json). Pure.

What goes there is not encrypted for the phone as Web Push is (RFC 8291): the server, and whoever knows the
topic, can read it. So it says that there is something, and where to look, and nothing of what it is about.
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass

from command_center.hosts import BROWSERS_PUSH_HOSTS, LOOPBACK, HostEntry

PREFIX = "lingdun-"
_SECRET_BYTES = 18
_ADDRESS = re.compile(r"(?P<server>https?://[^/]+)/(?P<topic>[-_A-Za-z0-9]{1,64})")
_TOKEN = re.compile(r"[-A-Za-z0-9._~+/]{1,200}=*")
_PORTS = {"https": 443, "http": 80}
URGENT = 5
"""The highest of ntfy's priorities: it rings through."""


@dataclass(frozen=True, slots=True)
class Note:
    """What a phone is told: two short texts, and the page that a tap opens."""

    title: str
    text: str
    page: str


@dataclass(frozen=True, slots=True)
class NtfyRequest:
    """A JSON POST to the server's root."""

    url: str
    data: bytes
    headers: dict[str, str]


def servers(allowed: Iterable[HostEntry]) -> list[str]:
    """The push servers of one's own on the list: the named ones that are no browser maker's."""
    own = [entry for entry in allowed if entry not in BROWSERS_PUSH_HOSTS]
    return [_server(entry) for entry in own if _is_named(entry)]


def _is_named(entry: HostEntry) -> bool:
    is_safe = entry.scheme == "https" or entry.host in LOOPBACK
    return is_safe and entry.port is not None and not entry.host.startswith("*.")


def _server(entry: HostEntry) -> str:
    port = "" if entry.port == _PORTS[entry.scheme] else f":{entry.port}"
    return f"{entry.scheme}://{entry.host}{port}"


def new_topic(server: str) -> str:
    """The address of a topic that nobody guesses: on a server without accounts the name is the only lock."""
    return f"{server}/{PREFIX}{secrets.token_urlsafe(_SECRET_BYTES)}"


def server_of(address: str) -> str:
    """The server of a topic. Raises ValueError for an address that is none."""
    return _parts(address)[0]


def is_token(text: str) -> bool:
    """Whether a text can be an access token: one word that a header can carry (RFC 6750, section 2.1)."""
    return _TOKEN.fullmatch(text) is not None


def request_for(address: str, note: Note, *, token: str = "") -> NtfyRequest:
    """What to send to a topic, with the access token of its server if it wants one.

    Raises ValueError for an address that is none.
    """
    server, topic = _parts(address)
    content = {
        "topic": topic,
        "title": note.title,
        "message": note.text,
        "priority": URGENT,
        "click": note.page,
    }
    headers = {"Content-Type": "application/json"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    return NtfyRequest(server, json.dumps(content, ensure_ascii=False).encode(), headers)


def _parts(address: str) -> tuple[str, str]:
    found = _ADDRESS.fullmatch(address)
    if found is None:
        raise ValueError("no address of a topic")
    return found["server"], found["topic"]
