"""The environment variables this system is configured by, read once and checked.

`read_environment` is a pure function of a mapping. A wrong value raises ConfigurationError with
a sentence that names the variable, what it holds, and an example of what it could hold.
"""

import ipaddress
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from command_center.hosts import BROWSERS_PUSH_HOSTS, ROBOTS_HOSTS, HostEntry
from command_center.maps.tiles import TileLayer
from command_center.networks import NOWHERE, Networks
from command_center.variables import (
    DEFAULT_MQTT_PORT,
    BrokerUrl,
    Engine,
    NamedNode,
    Reader,
    Server,
)

LOOPBACK_HOSTS = ("localhost", "127.0.0.1", "[::1]")
DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 8000
DEFAULT_MEDIA_PORT = 8189
DEFAULT_MEDIA_MAX_PEERS = 200
DEFAULT_MEDIA_ROOM_PEERS = 400
DEFAULT_SHELVE_MAX_HOURS = 24
DEFAULT_LINES_KEPT_DAYS = 400
DEFAULT_FILES_KEPT_DAYS = 180
DEFAULT_SNAPSHOTS_KEPT_DAYS = 30
DEFAULT_RECORDING_DAYS = 180
DEFAULT_JANUS_PORTS = (20000, 20999)
DEFAULT_TURN_LIFETIME_S = 12 * 3600
MAX_TURN_LIFETIME_S = 7 * 24 * 3600


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
    media_room_peers: int = DEFAULT_MEDIA_ROOM_PEERS
    media_control: str | None = None
    media_secret: str | None = None
    media_certificate: Path | None = None
    media_key: Path | None = None
    shelve_max_hours: int = DEFAULT_SHELVE_MAX_HOURS
    lines_kept_days: int = DEFAULT_LINES_KEPT_DAYS
    files_kept_days: int = DEFAULT_FILES_KEPT_DAYS
    snapshots_kept_days: int = DEFAULT_SNAPSHOTS_KEPT_DAYS
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
    reader = Reader(variables)
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
        media_room_peers=reader.count("MEDIA_ROOM_PEERS", DEFAULT_MEDIA_ROOM_PEERS, most=2000),
        media_control=reader.control("MEDIA_CONTROL", "MEDIA_SECRET", base_dir),
        media_secret=reader.text("MEDIA_SECRET"),
        media_certificate=base_dir / Path(certificate).expanduser() if certificate else None,
        media_key=base_dir / Path(key).expanduser() if key else None,
        media_nodes=reader.controls("MEDIA_NODES", "MEDIA_SECRET", base_dir),
        shelve_max_hours=reader.count("ALARM_SHELVE_MAX_HOURS", DEFAULT_SHELVE_MAX_HOURS, most=168),
        lines_kept_days=reader.count(
            "CONFERENCE_LINES_KEPT_DAYS", DEFAULT_LINES_KEPT_DAYS, most=3660
        ),
        snapshots_kept_days=reader.count(
            "SNAPSHOTS_KEPT_DAYS", DEFAULT_SNAPSHOTS_KEPT_DAYS, most=3660
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
