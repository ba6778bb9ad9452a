"""The environment variables this system is configured by, read once and checked.

`read_environment` is a pure function of a mapping. A wrong value raises ConfigurationError with
a sentence that names the variable, what it holds, and an example of what it could hold.
"""

import ipaddress
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
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

LOOPBACK_HOSTS = ("localhost", "127.0.0.1", "[::1]")
DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 8000
DEFAULT_MQTT_PORT = 1883
DEFAULT_MQTT_TLS_PORT = 8883
DEFAULT_MEDIA_PORT = 8189
DEFAULT_MEDIA_MAX_PEERS = 200
DEFAULT_LINES_KEPT_DAYS = 400
DEFAULT_FILES_KEPT_DAYS = 180
MEDIA_SECRET_LENGTH = 32
MAX_PORT = 65535
CONTACT = re.compile(
    r"mailto:[^@\s]+@(localhost|[\w-]+(\.[\w-]+)+)|https://[\w-]+(\.[\w-]+)+", re.ASCII
)
"""Whom a push service may turn to (RFC 8292, section 2.1)."""


class ConfigurationError(ValueError):
    """An environment variable holds something it can't."""


class Server(StrEnum):
    """The ASGI server that serves the web process."""

    DAPHNE = "daphne"
    UVICORN = "uvicorn"


@dataclass(frozen=True, slots=True)
class BrokerUrl:
    """Where an MQTT broker is and how to log in there."""

    host: str
    port: int
    username: str | None = None
    password: str | None = None
    tls: bool = False


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
    media_nodes: tuple[str, ...] = ()
    lines_kept_days: int = DEFAULT_LINES_KEPT_DAYS
    files_kept_days: int = DEFAULT_FILES_KEPT_DAYS
    debug: bool = False

    @property
    def runs_media(self) -> bool:
        """Whether this machine's system has a media node of its own, rather than one elsewhere."""
        return sys.platform == "linux" and not self.media_address.startswith("https://")

    @property
    def media_address(self) -> str:
        """The media node's control API: a Unix socket's path, or https://host:port."""
        return self.media_control or str(self.data_dir / "run" / "media.sock")


def read_environment(variables: Mapping[str, str], *, base_dir: Path) -> Environment:
    """Reads all variables; an empty one counts as absent, a relative DATA_DIR as in `base_dir`."""
    reader = _Reader(variables)
    host = reader.text("HOST") or DEFAULT_HOST
    mqtt_url = reader.broker("MQTT_URL")
    pid_file = reader.text("MOSQUITTO_PID_FILE")
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
        debug=reader.flag("DEBUG", default=False),
    )


def _allowed_hosts(host: str) -> tuple[str, ...]:
    literal = f"[{host}]" if ":" in host else host
    if literal in LOOPBACK_HOSTS or host in {"0.0.0.0", "::"}:  # noqa: S104 - compared, not bound
        return LOOPBACK_HOSTS
    return (*LOOPBACK_HOSTS, literal)


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

    def controls(self, name: str, secret: str, base_dir: Path) -> tuple[str, ...]:
        """The same of several."""
        return tuple(self._control(name, value, secret, base_dir) for value in self.words(name))

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
