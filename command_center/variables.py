"""Typed look-ups in environment variables: what each kind of value may be, and a sentence for what it may not.

Pure. Every look-up raises ConfigurationError, which names the variable, what it holds, and an example.
"""

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import NoReturn
from urllib.parse import SplitResult, unquote, urlsplit

from command_center.hosts import BadHostError, HostEntry, parse_hosts
from command_center.maps.tiles import TileLayer, parse_tile_layers
from command_center.networks import BadNetworkError, Networks, parse_networks

DEFAULT_MQTT_PORT = 1883
DEFAULT_MQTT_TLS_PORT = 8883
MEDIA_SECRET_LENGTH = 32
JURISDICTION = re.compile(r"\d{4,15}=", re.ASCII)
"""In front of a media node's address: the code of the jurisdiction it is there for."""
MAX_PORT = 65535
CONTACT = re.compile(
    r"mailto:[^@\s]+@(localhost|[\w-]+(\.[\w-]+)+)|https://[\w-]+(\.[\w-]+)+", re.ASCII
)
"""Whom a push service may turn to (RFC 8292, section 2.1)."""
TURN_URL = re.compile(
    r"turns?:([A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(:\d{1,5})?(\?transport=(udp|tcp))?", re.ASCII
)
TURN_SECRET_LENGTH = 16


class ConfigurationError(ValueError):
    """An environment variable holds something it can't."""


class Server(StrEnum):
    """The ASGI server that serves the web process."""

    DAPHNE = "daphne"
    UVICORN = "uvicorn"


class Engine(StrEnum):
    """What moves the media of conferences."""

    AIORTC = "aiortc"
    """this system's own node"""
    JANUS = "janus"


@dataclass(frozen=True, slots=True)
class BrokerUrl:
    """Where an MQTT broker is and how to log in there."""

    host: str
    port: int
    username: str | None = None
    password: str | None = None
    tls: bool = False


@dataclass(frozen=True, slots=True)
class NamedNode:
    """A media node by the address of its control API, and the jurisdiction it is there for ("" for all)."""

    address: str
    code: str = ""


def _reject(name: str, value: str, example: str) -> NoReturn:
    shown = value if len(value) <= 80 else f"{value[:80]}…"
    raise ConfigurationError(f"{name} is {shown!r}, which can't be used; an example: {example}")


class Reader:
    """Typed look-ups in a mapping of strings."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self._variables = variables

    def text(self, name: str) -> str | None:
        return self._variables.get(name, "").strip() or None

    def words(self, name: str) -> tuple[str, ...]:
        return tuple(word.strip() for word in (self.text(name) or "").split(",") if word.strip())

    def port(self, name: str, default: int) -> int:
        value = self.text(name)
        if value is None:
            return default
        # isdecimal alone would let other scripts' digits through.
        if not (value.isascii() and value.isdecimal() and 1 <= int(value[:9]) <= MAX_PORT):
            _reject(name, value, f"{name}={default} (a port from 1 to {MAX_PORT})")
        return int(value)

    def flag(self, name: str, *, default: bool) -> bool:
        match (self.text(name) or "").lower():
            case "":
                return default
            case "1" | "true" | "yes" | "on":
                return True
            case "0" | "false" | "no" | "off":
                return False
            case value:
                _reject(name, value, f"{name}=1 (1 is yes, 0 is no)")

    def count(self, name: str, default: int, *, most: int) -> int:
        value = self.text(name)
        if value is None:
            return default
        if not (value.isascii() and value.isdecimal() and 1 <= int(value[:9]) <= most):
            _reject(name, value, f"{name}={default} (a number from 1 to {most})")
        return int(value)

    def address(self, name: str, default: str) -> str:
        """An IP address that others can be told."""
        value = self.text(name)
        if value is None:
            return default
        try:
            address = ipaddress.ip_address(value.strip("[]"))
        except ValueError:
            address = None
        if address is None or address.is_unspecified or address.is_multicast:
            _reject(name, value, f"{name}=192.0.2.10 (the address that browsers reach)")
        return str(address)

    def control(self, name: str, secret: str, base_dir: Path) -> str | None:
        """A Unix socket's path, or an https address together with a secret."""
        value = self.text(name)
        return None if value is None else self._control(name, value, secret, base_dir)

    def controls(self, name: str, secret: str, base_dir: Path) -> tuple[NamedNode, ...]:
        """The same of several, each with `code=` in front if it is there for one jurisdiction."""
        found = []
        for word in self.words(name):
            code, _, value = word.rpartition("=") if JURISDICTION.match(word) else ("", "", word)
            found.append(NamedNode(self._control(name, value, secret, base_dir), code))
        return tuple(found)

    def place(self, name: str) -> tuple[str, int] | None:
        """An IP address and a UDP port; `none` is none."""
        value = self.text(name)
        if value is None or value == "none":
            return None
        parts = _split(f"//{value}")
        try:
            host = ipaddress.ip_address((parts.hostname if parts else None) or "")
            port = (parts.port if parts else None) or 0
        except ValueError:
            host, port = None, 0
        if host is None or host.is_unspecified or host.is_multicast or not port:
            _reject(name, value, f"{name}=10.0.0.5:8289 (this machine's address among its peers)")
        return str(host), port

    def _control(self, name: str, value: str, secret: str, base_dir: Path) -> str:
        if "://" not in value:
            return str(base_dir / Path(value).expanduser())
        parts = _split(value)
        if (
            parts is None
            or parts.scheme != "https"
            or not parts.hostname
            or parts.path not in ("", "/")
        ):
            example = f"{name}=https://media1.example.org:8190"
            _reject(name, _without_password(value), f"{example} (or a Unix socket's path)")
        if len(self.text(secret) or "") < MEDIA_SECRET_LENGTH:
            raise ConfigurationError(
                f"{name} is an address on the network, so {secret} must hold the secret that guards it, "
                f"of {MEDIA_SECRET_LENGTH} characters or more; an example: {secret}=$(openssl rand -hex 32)"
            )
        return value.rstrip("/")

    def server(self, name: str) -> Server:
        value = self.text(name)
        if value is None:
            return Server.UVICORN
        try:
            return Server(value.lower())
        except ValueError:
            _reject(name, value, f"{name}=uvicorn (or daphne)")

    def engine(self, name: str) -> Engine:
        value = self.text(name)
        if value is None:
            return Engine.AIORTC
        try:
            return Engine(value.lower())
        except ValueError:
            _reject(name, value, f"{name}=aiortc (or janus)")

    def janus(self, name: str, base_dir: Path) -> str | None:
        """A WebSocket's address, or a Unix socket's path."""
        value = self.text(name)
        if value is None or "://" not in value:
            return None if value is None else str(base_dir / Path(value).expanduser())
        parts = _split(value)
        if parts is None or parts.scheme not in {"ws", "wss"} or not parts.hostname:
            example = f"{name}=wss://janus.example.org:8989"
            _reject(name, _without_password(value), f"{example} (or a Unix socket's path)")
        return value

    def port_range(self, name: str, default: tuple[int, int]) -> tuple[int, int]:
        value = self.text(name)
        if value is None:
            return default
        found = re.fullmatch(r"(\d{1,5})-(\d{1,5})", value, re.ASCII)
        first, last = (int(one) for one in found.groups()) if found else (0, 0)
        if not 1024 <= first < last <= MAX_PORT:
            _reject(name, value, f"{name}={default[0]}-{default[1]} (UDP ports, first and last)")
        return first, last

    def turn_urls(self, name: str, secret: str) -> tuple[str, ...]:
        """Addresses of TURN servers (RFC 7065), together with the secret that they share."""
        urls = self.words(name)
        for url in urls:
            if not TURN_URL.fullmatch(url):
                _reject(name, url, f"{name}=turn:turn.example.org:3478?transport=udp")
        if urls and len(self.text(secret) or "") < TURN_SECRET_LENGTH:
            raise ConfigurationError(
                f"{name} is set, so {secret} must hold the servers' static-auth-secret, of "
                f"{TURN_SECRET_LENGTH} characters or more; an example: {secret}=$(openssl rand -hex 32)"
            )
        return urls

    def url(self, name: str, *, schemes: tuple[str, ...], example: str) -> str | None:
        value = self.text(name)
        if value is None:
            return None
        if _split(value) is None or urlsplit(value).scheme not in schemes:
            _reject(name, _without_password(value), f"{name}={example}")
        return value

    def broker(self, name: str) -> BrokerUrl | None:
        value = self.text(name)
        if value is None:
            return None
        parts = _split(value)
        if parts is None or parts.scheme not in {"mqtt", "mqtts"} or not parts.hostname:
            _reject(name, _without_password(value), f"{name}=mqtt://user:password@localhost:1883")
        tls = parts.scheme == "mqtts"
        return BrokerUrl(
            host=parts.hostname,
            port=parts.port or (DEFAULT_MQTT_TLS_PORT if tls else DEFAULT_MQTT_PORT),
            username=None if parts.username is None else unquote(parts.username),
            password=None if parts.password is None else unquote(parts.password),
            tls=tls,
        )

    def origins(self, name: str) -> tuple[str, ...]:
        origins = self.words(name)
        for origin in origins:
            if not origin.startswith(("http://", "https://")):
                _reject(name, origin, f"{name}=https://console.example.org")
        return origins

    def hosts(self, name: str, shipped: tuple[HostEntry, ...]) -> tuple[HostEntry, ...]:
        """`default` among the words stands for the shipped ones, `none` alone for nobody."""
        words = self.words(name)
        if not words:
            return shipped
        if words == ("none",):
            return ()
        try:
            own = parse_hosts(word for word in words if word != "default")
        except BadHostError as error:
            _reject(name, str(error), f"{name}=default,ntfy.example.org,http://127.0.0.1:8090")
        return (*shipped, *own) if "default" in words else own

    def networks(self, name: str) -> Networks:
        """Networks, addresses and names; nothing is allowed where nothing is named."""
        try:
            return parse_networks(self.words(name))
        except BadNetworkError as error:
            _reject(name, str(error), f"{name}=10.20.0.0/16,192.168.5.7,cameras.example.org")

    def contact(self, name: str) -> str | None:
        value = self.text(name)
        if value is not None and not CONTACT.fullmatch(value):
            _reject(name, value, f"{name}=mailto:duty@example.org (or https://example.org)")
        return value

    def layers(self, name: str) -> tuple[TileLayer, ...]:
        value = self.text(name)
        if value is None:
            return ()
        try:
            return parse_tile_layers(value)
        except ValueError as error:
            example = (
                '[{"id":"base","name":"底图","url":"https://tiles.example.org/{z}/{x}/{y}.png"}]'
            )
            raise ConfigurationError(
                f"{name} is a list of tile layers, but {error}; an example: {name}='{example}'"
            ) from None


def _split(value: str) -> SplitResult | None:
    """The parts of an address, or None if it is no address (a port that is none, say)."""
    try:
        parts = urlsplit(value)
        parts.port  # noqa: B018 - reading it is the check
    except ValueError:
        return None
    return parts


def _without_password(value: str) -> str:
    """The address as it may be shown: log-in details left out."""
    scheme, separator, rest = value.partition("://")
    return f"{scheme}{separator}{rest.rpartition('@')[2]}"
