"""What the node and a camera's process say to each other, a message each on a SOCK_SEQPACKET socket. Pure.

The login is in the first message, never in arguments or in the environment, which others can read.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from enum import IntEnum
from typing import Any

from conferencing.engines.troubles import CameraTrouble

MOST = 64 * 1024
"""Bytes of a message."""
PASSED_TYPE, MADE_TYPE = 96, 97
"""Payload types of what is passed on and of what is encoded anew."""


class Tag(IntEnum):
    """The first byte of what a process sends; the rest is JSON or an RTP packet."""

    STATE = 0
    PASSED = 1
    MADE = 2


@dataclass(frozen=True, slots=True)
class Order:
    """Which camera, and what is allowed."""

    address: str
    user: str = ""
    password: str = field(default="", repr=False)
    networks: tuple[str, ...] = ()
    ssrcs: tuple[int, int] = (0, 0)
    """of what is passed on and of what is encoded anew"""
    trial: bool = False
    """look at it for a moment, say what there is, and end"""

    @staticmethod
    def read(data: bytes) -> Order:
        """As `write` made it."""
        given = json.loads(data)
        given["networks"] = tuple(given["networks"])
        given["ssrcs"] = tuple(given["ssrcs"])
        return Order(**given)

    def write(self) -> bytes:
        """For the socket."""
        return json.dumps(asdict(self)).encode()


@dataclass(frozen=True, slots=True)
class Wish:
    """What the node wants of a process that runs."""

    make: bool
    """encode it anew for who cannot decode it as it is"""
    key: bool = False
    """begin what is encoded with a key frame"""

    @staticmethod
    def read(data: bytes) -> Wish:
        """As `write` made it."""
        return Wish(**json.loads(data))

    def write(self) -> bytes:
        """For the socket."""
        return json.dumps(asdict(self)).encode()


@dataclass(frozen=True, slots=True)
class State:
    """How the camera is. `key` is the codec as peers agree on it, "" where nothing can be passed on as it is."""

    playing: bool
    codec: str = ""
    key: str = ""
    width: int = 0
    height: int = 0
    rate: float = 0.0
    """pictures a second, measured; of a trial only"""
    bitrate: int = 0
    key_every: float = 0.0
    """seconds between key pictures; of a trial only, 0 where only one came"""
    reorders: bool = False
    """it sends B pictures"""
    trouble: CameraTrouble | None = None

    @staticmethod
    def read(data: bytes) -> State:
        """As `write` made it."""
        given: dict[str, Any] = json.loads(data)
        trouble = given.pop("trouble")
        return State(**given, trouble=None if trouble is None else CameraTrouble(trouble))

    def write(self) -> bytes:
        """For the socket, its tag included."""
        return bytes([Tag.STATE]) + json.dumps(asdict(self)).encode()
