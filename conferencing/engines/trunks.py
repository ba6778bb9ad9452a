"""How two nodes come to have a trunk: each makes its own key, and is told the other's over its control API.

Any number of web processes may do it at once. They ask the same, and the nodes answer the same.
"""

from __future__ import annotations

import ipaddress

from conferencing.engines.messages import NodeState, OpenTrunk
from conferencing.engines.port import Cascading


def line_of(state: NodeState) -> str:
    """Nodes of the same line can reach each other: those of one machine, or those with an address outside it."""
    if state.trunk is None:
        return ""
    return "machine" if ipaddress.ip_address(state.trunk.host).is_loopback else "network"


def is_protected(one: NodeState, other: NodeState) -> bool:
    """Whether packets between them must be SRTP: unless both are on loopback or a private network."""
    return not all(
        state.trunk is not None and ipaddress.ip_address(state.trunk.host).is_private
        for state in (one, other)
    )


async def join(
    room: str,
    one: tuple[Cascading, NodeState],
    other: tuple[Cascading, NodeState],
    *,
    protected: bool | None = None,
) -> None:
    """Have a room be on both nodes, where it must be open. `protected`: None for as their addresses ask for.

    Raises EngineError.
    """
    (here, mine), (there, theirs) = one, other
    if mine.trunk is None or theirs.trunk is None:
        return
    if protected is None:
        protected = is_protected(mine, theirs)
    to_there = OpenTrunk(host=theirs.trunk.host, port=theirs.trunk.port, protected=protected)
    to_here = OpenTrunk(host=mine.trunk.host, port=mine.trunk.port, protected=protected)
    opened = await here.open_trunk(theirs.boot, to_there)
    opened = await there.open_trunk(mine.boot, to_here.model_copy(update={"key": opened.key}))
    await here.open_trunk(theirs.boot, to_there.model_copy(update={"key": opened.key}))
    await here.link(room, theirs.boot)
    await there.link(room, mine.boot)
