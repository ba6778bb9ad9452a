"""The environment variables this system is configured by, read once and checked.

`read_environment` is a pure function of a mapping. A wrong value raises ConfigurationError with
a sentence that names the variable, what it holds, and an example of what it could hold.
"""

import ipaddress
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import NoReturn
from urllib.parse import SplitResult, unquote, urlsplit

from command_center.hosts import (
    BROWSERS_PUSH_HOSTS,
    ROBOTS_HOSTS,
    BadHostError,
    HostEntry,
    parse_hosts,
)
from command_center.maps.tiles import TileLayer, parse_tile_layers
from command_center.networks import NOWHERE, BadNetworkError, Networks, parse_networks

LOOPBACK_HOSTS = ("localhost", "127.0.0.1", "[::1]")
DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 8000
DEFAULT_MQTT_PORT = 1883
DEFAULT_MQTT_TLS_PORT = 8883
DEFAULT_MEDIA_PORT = 8189
DEFAULT_MEDIA_MAX_PEERS = 200
DEFAULT_LINES_KEPT_DAYS = 400
DEFAULT_FILES_KEPT_DAYS = 180
DEFAULT_RECORDING_DAYS = 180
DEFAULT_JANUS_PORTS = (20000, 20999)
DEFAULT_TURN_LIFETIME_S = 12 * 3600
MAX_TURN_LIFETIME_S = 7 * 24 * 3600
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


@dataclass(frozen=True, slots=True)
class Environment:
    """Everything the environment says, with the defaults of a single machine."""

    data_dir: Path
    host: str = DEFAULT_HOST
    port: int = DEFAULT_PORT
    mqtt_port: int = DEFAULT_MQTT_PORT
    demo_password: str | None = None
    simulate: bool = True
    server: Server = Server.UVICORN
    database_url: str | None = None
    redis_url: str | None = None
    mqtt_url: BrokerUrl | None = None
    mosquitto_pid_file: Path | None = None
    secret_key: str | None = None
    allowed_hosts: tuple[str, ...] = LOOPBACK_HOSTS
    csrf_trusted_origins: tuple[str, ...] = ()
    map_tiles: tuple[TileLayer, ...] = ()
    push_hosts: tuple[HostEntry, ...] = BROWSERS_PUSH_HOSTS
    webhook_hosts: tuple[HostEntry, ...] = ROBOTS_HOSTS
    push_contact: str | None = None
    media_port: int = DEFAULT_MEDIA_PORT
    media_host: str = DEFAULT_HOST
    media_max_peers: int = DEFAULT_MEDIA_MAX_PEERS
    media_control: str | None = None
    media_secret: str | None = None
    media_certificate: Path | None = None
    media_key: Path | None = None
    lines_kept_days: int = DEFAULT_LINES_KEPT_DAYS
    files_kept_days: int = DEFAULT_FILES_KEPT_DAYS
    recordings_dir: Path | None = None
    recording_days: int = DEFAULT_RECORDING_DAYS
    media_nodes: tuple[NamedNode, ...] = ()
    media_trunk: tuple[str, int] | None = None
    media_alone: bool = False
    media_processes: int = 1
    conference_engine: Engine = Engine.AIORTC
    janus_address: str | None = None
    janus_admin_address: str | None = None
    janus_secret: str | None = None
    janus_admin_secret: str | None = None
    janus_ports: tuple[int, int] = DEFAULT_JANUS_PORTS
    turn_urls: tuple[str, ...] = ()
    turn_secret: str | None = None
    turn_lifetime_s: int = DEFAULT_TURN_LIFETIME_S
    camera_networks: Networks = NOWHERE
    debug: bool = False

    @property
    def runs_media(self) -> bool:
        """Whether this machine's system has a media node of its own, rather than one elsewhere."""
        return sys.platform == "linux" and not self.media_address.startswith("https://")

    @property
    def recordings(self) -> Path:
        """Where media nodes write recordings, and where the worker finds them."""
        return self.recordings_dir or self.data_dir / "recordings"

    @property
    def media_address(self) -> str:
        """The media node's control API: a Unix socket's path, or https://host:port."""
        return self.media_control or str(self.data_dir / "run" / "media.sock")

    @property
    def media_trunk_address(self) -> tuple[str, int] | None:
        """Where this node takes trunks. One that is controlled by a Unix socket has the others on its own machine."""
        if self.media_trunk is not None or self.media_alone:
            return self.media_trunk
        return None if self.media_address.startswith("https://") else (DEFAULT_HOST, 0)

    @property
    def media_addresses(self) -> tuple[NamedNode, ...]:
        """All media nodes of the installation: those that are named, or the ones of this machine."""
        return self.media_nodes or tuple(
            NamedNode(one.media_address) for one in self.each_media_process()
        )

    def each_media_process(self) -> tuple["Environment", ...]:
        """What each media process of this machine is told: ports that follow each other, sockets with numbers."""
        path = self.media_address
        if path.startswith("https://"):
            return (self,)
        return tuple(
            self
            if number == 0
            else replace(
                self,
                media_port=self.media_port + number,
                media_control=f"{path.removesuffix('.sock')}-{number + 1}.sock",
                media_trunk=_next_port(self.media_trunk, number),
            )
            for number in range(self.media_processes)
        )


def read_environment(variables: Mapping[str, str], *, base_dir: Path) -> Environment:
    """Reads all variables; an empty one counts as absent, a relative DATA_DIR as in `base_dir`."""
    reader = _Reader(variables)
    host = reader.text("HOST") or DEFAULT_HOST
    mqtt_url = reader.broker("MQTT_URL")
    pid_file = reader.text("MOSQUITTO_PID_FILE")
    recordings = reader.text("RECORDINGS_DIR")
    certificate, key = reader.text("MEDIA_CERTIFICATE"), reader.text("MEDIA_KEY")
    return Environment(
        data_dir=base_dir / Path(reader.text("DATA_DIR") or "var").expanduser(),
        host=host,
        port=reader.port("PORT", DEFAULT_PORT),
        mqtt_port=reader.port("MQTT_PORT", DEFAULT_MQTT_PORT),
        demo_password=reader.text("DEMO_PASSWORD"),
        # Behind an external broker there may be real devices: nothing is simulated unasked.
        simulate=reader.flag("SIMULATE", default=mqtt_url is None),
        server=reader.server("SERVER"),
        database_url=reader.url(
            "DATABASE_URL",
            schemes=("postgres", "postgresql", "sqlite"),
            example="postgresql://user:password@localhost:5432/lingdun",
        ),
        redis_url=reader.url(
            "REDIS_URL",
            schemes=("redis", "rediss", "unix"),
            example="redis://localhost:6379/0",
        ),
        mqtt_url=mqtt_url,
        mosquitto_pid_file=base_dir / Path(pid_file).expanduser() if pid_file else None,
        secret_key=reader.text("SECRET_KEY"),
        allowed_hosts=reader.words("ALLOWED_HOSTS") or _allowed_hosts(host),
        csrf_trusted_origins=reader.origins("CSRF_TRUSTED_ORIGINS"),
        map_tiles=reader.layers("MAP_TILES"),
        push_hosts=reader.hosts("PUSH_HOSTS", BROWSERS_PUSH_HOSTS),
        webhook_hosts=reader.hosts("WEBHOOK_HOSTS", ROBOTS_HOSTS),
        push_contact=reader.contact("PUSH_CONTACT"),
        media_port=reader.port("MEDIA_PORT", DEFAULT_MEDIA_PORT),
        media_host=reader.address("MEDIA_HOST", _media_host(host)),
        media_max_peers=reader.count("MEDIA_MAX_PEERS", DEFAULT_MEDIA_MAX_PEERS, most=2000),
        media_control=reader.control("MEDIA_CONTROL", "MEDIA_SECRET", base_dir),
        media_secret=reader.text("MEDIA_SECRET"),
        media_certificate=base_dir / Path(certificate).expanduser() if certificate else None,
        media_key=base_dir / Path(key).expanduser() if key else None,
        media_nodes=reader.controls("MEDIA_NODES", "MEDIA_SECRET", base_dir),
        lines_kept_days=reader.count(
            "CONFERENCE_LINES_KEPT_DAYS", DEFAULT_LINES_KEPT_DAYS, most=3660
        ),
        files_kept_days=reader.count(
            "CONFERENCE_FILES_KEPT_DAYS", DEFAULT_FILES_KEPT_DAYS, most=3660
        ),
        recordings_dir=base_dir / Path(recordings).expanduser() if recordings else None,
        recording_days=reader.count("RECORDING_DAYS", DEFAULT_RECORDING_DAYS, most=3650),
        media_trunk=reader.place("MEDIA_TRUNK"),
        media_alone=reader.text("MEDIA_TRUNK") == "none",
        media_processes=reader.count("MEDIA_PROCESSES", 1, most=64),
        conference_engine=reader.engine("CONFERENCE_ENGINE"),
        janus_address=reader.janus("JANUS_URL", base_dir),
        janus_admin_address=reader.janus("JANUS_ADMIN_URL", base_dir),
        janus_secret=reader.text("JANUS_SECRET"),
        janus_admin_secret=reader.text("JANUS_ADMIN_SECRET"),
        janus_ports=reader.port_range("JANUS_PORTS", DEFAULT_JANUS_PORTS),
        turn_urls=reader.turn_urls("TURN_URLS", "TURN_SECRET"),
        turn_secret=reader.text("TURN_SECRET"),
        turn_lifetime_s=reader.count(
            "TURN_LIFETIME_S", DEFAULT_TURN_LIFETIME_S, most=MAX_TURN_LIFETIME_S
        ),
        camera_networks=reader.networks("CAMERA_NETWORKS"),
        debug=reader.flag("DEBUG", default=False),
    )


def _allowed_hosts(host: str) -> tuple[str, ...]:
    literal = f"[{host}]" if ":" in host else host
    if literal in LOOPBACK_HOSTS or host in {"0.0.0.0", "::"}:  # noqa: S104 - compared, not bound
        return LOOPBACK_HOSTS
    return (*LOOPBACK_HOSTS, literal)


def _next_port(place: tuple[str, int] | None, number: int) -> tuple[str, int] | None:
    return None if place is None else (place[0], place[1] + number)


def _media_host(host: str) -> str:
    """HOST, where that is one address that browsers can be told."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return DEFAULT_HOST
    return DEFAULT_HOST if address.is_unspecified else str(address)


def _reject(name: str, value: str, example: str) -> NoReturn:
    shown = value if len(value) <= 80 else f"{value[:80]}…"
    raise ConfigurationError(f"{name} is {shown!r}, which can't be used; an example: {example}")


class _Reader:
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
