"""The media nodes as one web process sees them: which one to take, and what each of them tells.

A node's stream of events is read once per process. It begins with what is so at present, and a break in it is
how one hears of a node's death.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from functools import cache
from typing import Protocol

from django.conf import settings
from django.utils.module_loading import import_string

from conferencing.engines.messages import (
    AudioSlots,
    EngineProblem,
    LayersWanted,
    NodeEvent,
    NodeState,
    PeerConnected,
    PeerGone,
    RecordingFailed,
    RecordingStarted,
    RecordingStopped,
    SourcesFlow,
    Speaking,
)
from conferencing.engines.port import Engine, EngineError

logger = logging.getLogger(__name__)

RETRY_S = 0.5


class Listener(Protocol):
    """Who is told."""

    def happened(self, event: NodeEvent) -> None:
        """Something in one of the rooms."""

    def interrupted(self, node: str) -> None:
        """The stream of this node has broken, or begun again: its rooms may be gone."""


class Nodes:
    """See the module."""

    def __init__(self, engines: Mapping[str, Engine]) -> None:
        self.engines = engines
        self._readers: dict[str, asyncio.Task[None]] = {}
        self._known: dict[str, dict[tuple[str, ...], NodeEvent]] = {name: {} for name in engines}

    def known(self, node: str, room: str) -> list[NodeEvent]:
        """What is so at present in a room, for who has not listened from the beginning."""
        return [event for event in self._known.get(node, {}).values() if event.room == room]

    def listen(self, listener: Listener) -> None:
        """Begin to read every node's events."""
        for name in self.engines:
            reader = self._readers.get(name)
            if reader is None or reader.done():
                loop = asyncio.get_running_loop()
                self._readers[name] = loop.create_task(self._read(name, listener))

    async def stop(self) -> None:
        """Read no more."""
        for reader in self._readers.values():
            reader.cancel()
        await asyncio.gather(*self._readers.values(), return_exceptions=True)
        self._readers.clear()

    async def pick(self, *, prefer: str = "") -> tuple[str, NodeState]:
        """A node that answers: the one that is preferred, else the least loaded. Raises EngineError."""
        states = await asyncio.gather(
            *(engine.state() for engine in self.engines.values()), return_exceptions=True
        )
        living = {
            name: state
            for name, state in zip(self.engines, states, strict=True)
            if isinstance(state, NodeState)
        }
        if prefer in living:
            return prefer, living[prefer]
        if not living:
            raise EngineError(EngineProblem.UNAVAILABLE, "no media node answers")
        name = min(living, key=lambda name: load_of(living[name]))
        return name, living[name]

    async def _read(self, name: str, listener: Listener) -> None:
        told = False
        while True:
            try:
                async for event in self.engines[name].events():
                    told = False
                    self._remember(self._known[name], event)
                    listener.happened(event)
            except EngineError as error:
                if not told:
                    logger.warning("media node %s: %s", name, error)
                told = True
            except Exception:  # the next event must find a reader
                logger.exception("media node %s told what nobody understands", name)
            self._known[name].clear()
            listener.interrupted(name)
            await asyncio.sleep(RETRY_S)

    @staticmethod
    def _remember(known: dict[tuple[str, ...], NodeEvent], event: NodeEvent) -> None:
        match event:
            case PeerGone():
                of_peer = [key for key in known if key[1:] == (event.room, event.peer)]
                for key in of_peer:
                    del known[key]
            case RecordingStarted():
                known[("recording", event.room)] = event
            case RecordingFailed() | RecordingStopped():
                key = ("recording", event.room)
                runs = known.get(key)
                if isinstance(runs, RecordingStarted) and runs.name == event.name:
                    del known[key]
            case Speaking():
                known[(event.type, event.room)] = event
            case SourcesFlow() | AudioSlots() | PeerConnected():
                known[(event.type, event.room, event.peer)] = event
            case LayersWanted():
                pass


def load_of(state: NodeState) -> tuple[float, float]:
    """How busy a node is: its share of peers or of a core, whichever is more; then the rooms it has."""
    return max(state.peers / max(1, state.max_peers), state.cpu_share), len(state.rooms)


@cache
def nodes() -> Nodes:
    """Those of this process."""
    build: Callable[..., Mapping[str, Engine]] = import_string(settings.MEDIA_ENGINES)
    return Nodes(build(settings.ENVIRONMENT))
