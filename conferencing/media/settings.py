"""What a media node is told by its environment."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from command_center.env import DEFAULT_JANUS_PORTS, DEFAULT_MEDIA_ROOM_PEERS, Environment
from command_center.networks import NOWHERE, Networks
from command_center.variables import ConfigurationError, Engine


@dataclass(frozen=True, slots=True)
class Control:
    """Where the control API listens: a Unix socket, or TLS with a secret."""

    path: Path | None
    host: str = ""
    port: int = 0
    secret: str | None = None
    certificate: Path | None = None
    key: Path | None = None


@dataclass(frozen=True, slots=True)
class JanusSettings:
    """Where Janus is; without an address one is started here. `ports` are UDP, first and last."""

    address: str | None = None
    admin_address: str | None = None
    secret: str | None = None
    admin_secret: str | None = None
    ports: tuple[int, int] = DEFAULT_JANUS_PORTS
    folder: Path = Path("var/run/janus")
    """of the one that is started here"""


@dataclass(frozen=True, slots=True)
class MediaSettings:
    """`host` is the address that browsers are told, `port` UDP; `trunk` is where other nodes send to.

    `janus` is None where this system's own node serves.
    """

    host: str
    port: int
    max_peers: int
    control: Control
    recordings: Path | None = None
    """where recordings are written, a folder for each; None: the node does not record"""
    trunk: tuple[str, int] | None = None
    janus: JanusSettings | None = None
    networks: Networks = NOWHERE
    """where cameras may be"""
    room_peers: int = DEFAULT_MEDIA_ROOM_PEERS
    """of `max_peers`, how many one room takes"""


def media_settings(environment: Environment) -> MediaSettings:
    """The settings of the node on this machine. Raises ConfigurationError."""
    return MediaSettings(
        host=environment.media_host,
        port=environment.media_port,
        max_peers=environment.media_max_peers,
        control=_control(environment),
        recordings=environment.recordings,
        trunk=environment.media_trunk_address,
        janus=_janus(environment) if environment.conference_engine is Engine.JANUS else None,
        networks=environment.camera_networks,
        room_peers=environment.media_room_peers,
    )


def _janus(environment: Environment) -> JanusSettings:
    return JanusSettings(
        address=environment.janus_address,
        admin_address=environment.janus_admin_address,
        secret=environment.janus_secret,
        admin_secret=environment.janus_admin_secret,
        ports=environment.janus_ports,
        folder=environment.data_dir / "run" / "janus",
    )


def _control(environment: Environment) -> Control:
    address = environment.media_address
    if not address.startswith("https://"):
        return Control(Path(address))
    certificate, key = environment.media_certificate, environment.media_key
    for name, path in (("MEDIA_CERTIFICATE", certificate), ("MEDIA_KEY", key)):
        if path is None or not os.access(path, os.R_OK):
            raise ConfigurationError(
                f"MEDIA_CONTROL is an https address, so {name} must name a PEM file that can be read"
                f"{'' if path is None else f' ({path} is none)'}."
            )
    parts = urlsplit(address)
    return Control(
        None,
        parts.hostname or "",
        parts.port or 443,
        environment.media_secret,
        certificate,
        key,
    )
