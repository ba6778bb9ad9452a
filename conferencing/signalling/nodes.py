"""The media nodes as one web process sees them: which one to take, and what each of them tells.

A node's stream of events is read once per process. It begins with what is so at present, and a break in it is
how one hears of a node's death.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection, Mapping
from functools import cache
from typing import Protocol

from django.conf import settings
from django.utils.module_loading import import_string

from conferencing.engines.installed import townships
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
from conferencing.engines.port import Engine, EngineError, cascading
from conferencing.engines.trunks import line_of
from conferencing.policy.placing import Node, home_for

logger = logging.getLogger(__name__)

RETRY_S = 0.5
ANSWER_S, BROKEN_S = 4.0, 1.0
"""How long a node may take to say how it is; less where its events have just broken off, so that nobody waits for it."""


class Listener(Protocol):
    """Who is told."""

    def happened(self, node: str, event: NodeEvent) -> None:
        """Something in one of the rooms at a node."""

    def interrupted(self, node: str) -> None:
        """The stream of this node has broken, or begun again: its rooms may be gone."""


class Nodes:
    """See the module."""

    def __init__(
        self, engines: Mapping[str, Engine], named: Mapping[str, str] | None = None
    ) -> None:
        """`named`: nodes that are there for one jurisdiction, by its code."""
        self.engines = engines
        self.named = named or {}
        self._broken: set[str] = set()
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

    async def living(self) -> dict[str, NodeState]:
        """How the nodes are that answer in time."""
        states = await asyncio.gather(
            *(
                asyncio.wait_for(one.state(), BROKEN_S if name in self._broken else ANSWER_S)
                for name, one in self.engines.items()
            ),
            return_exceptions=True,
        )
        self._broken -= {
            name
            for name, state in zip(self.engines, states, strict=True)
            if isinstance(state, NodeState)
        }
        return {
            name: state
            for name, state in zip(self.engines, states, strict=True)
            if isinstance(state, NodeState)
        }

    async def pick(self, *, code: str = "", prefer: str = "") -> tuple[str, NodeState]:
        """A home for a conference of a jurisdiction, that answers; `prefer` if it does. Raises EngineError."""
        living = await self.living()
        name = home_for(code, self.facts(living), self.named, prefer=prefer)
        if name is None:
            raise EngineError(EngineProblem.UNAVAILABLE, "no media node answers")
        return name, living[name]

    def facts(self, living: Mapping[str, NodeState], full: Collection[str] = ()) -> list[Node]:
        """Nodes as the policy knows them; `full` are those that have just said so."""
        return [
            Node(
                name=name,
                load=max(load_of(state)[0], load_of(state)[1] / 1e6),
                full=name in full or state.peers >= state.max_peers,
                line=line_of(state) if cascading(self.engines[name]) is not None else "",
            )
            for name, state in living.items()
        ]

    async def _read(self, name: str, listener: Listener) -> None:
        told = False
        while True:
            try:
                async for event in self.engines[name].events():
                    told = False
                    self._remember(self._known[name], event)
                    listener.happened(name, event)
            except EngineError as error:
                if not told:
                    logger.warning("media node %s: %s", name, error)
                told = True
            except Exception:  # the next event must find a reader
                logger.exception("media node %s told what nobody understands", name)
            self._known[name].clear()
            self._broken.add(name)
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
    return Nodes(build(settings.ENVIRONMENT), townships(settings.ENVIRONMENT))
