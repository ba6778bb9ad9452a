"""Whom this system may call. Pure.

A list of hosts, each as `host`, `*.host`, `host:port`, `host:*` or one of these after `http://`. Whatever is
called must be on its list; unencrypted only where the list says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

ADDRESS_LIMIT = 2000
LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]"})
_PORTS = {"https": 443, "http": 80}
_HOST = r"(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\])"
_ENTRY = re.compile(rf"(?:(https?)://)?((?:\*\.)?{_HOST})(?::(\d{{1,5}}|\*))?")
_ADDRESS = re.compile(rf"(https?)://({_HOST})(?::(\d{{1,5}}))?(/[\x21-\x7e]*)?", re.IGNORECASE)


class BadHostError(ValueError):
    """An entry of a list of hosts that is none; its text is the entry."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where an address leads."""

    scheme: str
    host: str
    port: int

    @property
    def is_here(self) -> bool:
        """Whether that is this machine."""
        return self.host in LOOPBACK

    def __str__(self) -> str:
        return self.host if _PORTS[self.scheme] == self.port else f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class HostEntry:
    """One entry of a list; `port` None means any."""

    scheme: str
    host: str
    port: int | None

    def admits(self, place: Place) -> bool:
        """Whether a place is meant by it."""
        if self.scheme != place.scheme or self.port not in (None, place.port):
            return False
        if self.host.startswith("*."):
            return place.host.endswith(self.host[1:])
        return self.host == place.host


def parse_hosts(entries: Iterable[str]) -> tuple[HostEntry, ...]:
    """The entries of a list. Raises BadHostError with the one that is none."""
    return tuple(_entry(text) for text in entries)


def _entry(text: str) -> HostEntry:
    found = _ENTRY.fullmatch(text.strip().lower())
    if found is None:
        raise BadHostError(text)
    scheme, host, port = found.group(1) or "https", found.group(2), found.group(3)
    if port == "*":
        return HostEntry(scheme, host, None)
    return HostEntry(scheme, host, int(port) if port else _PORTS[scheme])


def place_of(address: str) -> Place | None:
    """Where an address leads; None if it is no plain http(s) address.

    Stricter than RFC 3986 on purpose: no log-in details, no backslashes, no other alphabets, nothing that
    two readers of addresses might read in two ways.
    """
    found = _ADDRESS.fullmatch(address)
    if found is None or len(address) > ADDRESS_LIMIT:
        return None
    scheme = found.group(1).lower()
    return Place(scheme, found.group(2).lower(), int(found.group(3) or _PORTS[scheme]))


def is_admitted(address: str, allowed: Iterable[HostEntry]) -> bool:
    """Whether an address is on the list."""
    place = place_of(address)
    return place is not None and any(entry.admits(place) for entry in allowed)


BROWSERS_PUSH_HOSTS = parse_hosts(
    (
        "fcm.googleapis.com",
        "updates.push.services.mozilla.com",
        "*.notify.windows.com",
        "web.push.apple.com",
    )
)
"""The push services of Chrome, Firefox, Edge and Safari."""

ROBOTS_HOSTS = parse_hosts(("qyapi.weixin.qq.com", "oapi.dingtalk.com", "open.feishu.cn"))
"""The chat robots of WeCom, DingTalk and Feishu."""
