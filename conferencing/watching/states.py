"""Asking all media nodes at once, from a thread without a loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import PurePath
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.module_loading import import_string

from conferencing.engines.installed import townships
from conferencing.engines.messages import NodeState, TrunkStats
from conferencing.engines.port import Engine

ANSWER_S = 1.5


@dataclass(frozen=True, slots=True)
class Watched:
    """A node by its short name, the jurisdiction it is there for, and how it is; None if it does not answer."""

    name: str
    code: str
    state: NodeState | None

    @property
    def load(self) -> int:
        """How busy it is, in hundredths: of its places or of a core, whichever is more."""
        state = self.state
        if state is None:
            return 0
        return round(100 * max(state.peers / max(1, state.max_peers), state.cpu_share))


@dataclass(frozen=True, slots=True)
class WatchedTrunk:
    """One end of a trunk: from which node to which."""

    node: str
    other: str
    stats: TrunkStats


def short_name(address: str) -> str:
    """A node's address as people and metrics name it: host and port, or the socket's name."""
    return urlsplit(address).netloc or PurePath(address).stem


def watched() -> list[Watched]:
    """Every node of the installation, within a second and a half."""
    build: Callable[..., Mapping[str, Engine]] = import_string(settings.MEDIA_ENGINES)
    codes = {name: code for code, name in townships(settings.ENVIRONMENT).items()}
    states = asyncio.run(_states(build))
    return [
        Watched(short_name(address), codes.get(address, ""), state)
        for address, state in states.items()
    ]


def trunks_of(nodes: list[Watched]) -> list[WatchedTrunk]:
    """Both ends of every trunk; a node that is gone is named by its start."""
    names = {one.state.boot: one.name for one in nodes if one.state is not None}
    return [
        WatchedTrunk(one.name, names.get(trunk.boot, trunk.boot), trunk)
        for one in nodes
        if one.state is not None
        for trunk in one.state.trunks
    ]


async def _states(
    build: Callable[..., Mapping[str, Engine]],
) -> dict[str, NodeState | None]:
    engines = build(settings.ENVIRONMENT)
    try:
        found = await asyncio.gather(
            *(asyncio.wait_for(one.state(), ANSWER_S) for one in engines.values()),
            return_exceptions=True,
        )
    finally:
        for one in engines.values():
            close = getattr(one, "close", None)
            if close is not None:
                await close()
    return {
        name: state if isinstance(state, NodeState) else None
        for name, state in zip(engines, found, strict=True)
    }
