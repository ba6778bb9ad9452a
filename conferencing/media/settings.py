"""What a media node is told by its environment."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from command_center.env import ConfigurationError, Environment
from command_center.networks import NOWHERE, Networks


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
class MediaSettings:
    """`host` is the address that browsers are told, `port` UDP."""

    host: str
    port: int
    max_peers: int
    control: Control
    recordings: Path | None = None
    """where recordings are written, a folder for each; None: the node does not record"""
    networks: Networks = NOWHERE
    """where cameras may be"""


def media_settings(environment: Environment) -> MediaSettings:
    """The settings of the node on this machine. Raises ConfigurationError."""
    return MediaSettings(
        host=environment.media_host,
        port=environment.media_port,
        max_peers=environment.media_max_peers,
        control=_control(environment),
        recordings=environment.recordings,
        networks=environment.camera_networks,
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
