"""All trunks of a node, and which rooms go on over which."""

from __future__ import annotations

from conferencing.engines.messages import (
    EngineProblem,
    OpenTrunk,
    TrunkEnd,
    TrunkOpened,
    TrunkStats,
)
from conferencing.engines.port import EngineError
from conferencing.media.description.answer import CNAME
from conferencing.media.node.node import Node
from conferencing.media.node.origin import REPEATS_PER_S
from conferencing.media.node.peer import OWN_SSRC
from conferencing.media.node.room import Room
from conferencing.media.shell.datagrams import open_socket
from conferencing.media.trunk.ends import Trunk, TrunkWay
from conferencing.media.trunk.exports import Numbers
from conferencing.media.trunk.link import Link
from conferencing.media.trunk.messages import Levels, Sources, Wants
from conferencing.media.trunk.port import TrunkPort
from conferencing.media.wire import rtcp

IDLE_S = 60.0
"""A trunk that no room is on is closed after this long."""
_BLOCKS = 31


class Trunks:
    """Implements the node's `Cascade`. Raises OSError where the address is taken."""

    def __init__(self, node: Node, host: str, port: int) -> None:
        self._node = node
        self._host = host
        self._socket = open_socket(host, port)
        self.port = TrunkPort(
            self._socket,
            node.forwarder,
            node.feedback,
            hear=self._hear,
            flush_all=node.pump.flush,
        )
        self._trunks: dict[str, Trunk] = {}
        self._numbers: dict[str, Numbers] = {}
        self._links: dict[tuple[str, str], Link] = {}
        """by boot and room"""

    # -- what callers ask for ----------------------------------------------------------------------

    def end(self) -> TrunkEnd:
        """Where this node takes trunks."""
        return TrunkEnd(host=self._host, port=self._socket.getsockname()[1])

    def open(self, boot: str, wanted: OpenTrunk) -> TrunkOpened:
        """A trunk to a node; asked again it is the same one, with what is new in the question. Raises EngineError."""
        trunk = self._trunks.get(boot)
        if trunk is None or _place(trunk.way) != _place(wanted):
            trunk = self._begin(boot, wanted)
        if wanted.key is not None:
            trunk.way.seal.expect(bytes.fromhex(wanted.key))
        return TrunkOpened(key=trunk.way.key.hex())

    def _begin(self, boot: str, wanted: OpenTrunk) -> Trunk:
        if boot == self._node.boot:
            raise EngineError(EngineProblem.BAD_REQUEST, "a node has no trunk to itself")
        try:
            way = TrunkWay(self.port.outbox, wanted.host, wanted.port, protected=wanted.protected)
        except OSError as error:
            raise EngineError(EngineProblem.BAD_REQUEST, str(error)) from error
        self.close_trunk(boot)
        earlier = self.port.by_address.get(way.name)
        if earlier is not None:  # another start of that node
            self.close_trunk(earlier.boot)
        trunk = Trunk(boot, way, self._node.forwarder.send_rtcp, self._node.now())
        self._trunks[boot] = self.port.by_address[way.name] = trunk
        self._numbers[boot] = Numbers()
        return trunk

    def close_trunk(self, boot: str) -> None:
        """Close one with its links; one that is gone is no error."""
        trunk = self._trunks.pop(boot, None)
        if trunk is None:
            return
        for key in [key for key in self._links if key[0] == boot]:
            self._links.pop(key).close(self._node.now())
        self._numbers.pop(boot, None)
        self.port.by_address.pop(trunk.way.name, None)
        trunk.way.close()

    def link(self, room: Room, boot: str) -> None:
        """Have a room go on at the other end. Raises EngineError."""
        trunk = self._trunks.get(boot)
        if trunk is None:
            raise EngineError(EngineProblem.NO_TRUNK, f"there is no trunk to {boot}")
        if (boot, room.name) not in self._links:
            link = self._links[boot, room.name] = Link(
                room, trunk, self._numbers[boot], self._node.now()
            )
            link.tell(self._node.now())
            self._node.pump.flush()

    def unlink(self, room: Room, boot: str) -> None:
        """Have it not go on there any more."""
        link = self._links.pop((boot, room.name), None)
        if link is not None:
            link.close(self._node.now())
            trunk = self._trunks[boot]
            trunk.opened_at = self._node.now()

    def room_closed(self, room: Room) -> None:
        """A room is over."""
        for boot, _ in [key for key in self._links if key[1] == room.name]:
            self.unlink(room, boot)

    def close(self) -> None:
        """The node ends."""
        for boot in list(self._trunks):
            self.close_trunk(boot)
        self.port.stop()
        self._socket.close()

    # -- what comes --------------------------------------------------------------------------------

    def _hear(self, trunk: Trunk, message: Sources | Wants | Levels, now: float) -> None:
        link = self._links.get((trunk.boot, message.room))
        if link is not None:
            link.hear(message, now)

    # -- timers ------------------------------------------------------------------------------------

    def often(self, now: float) -> None:
        """Each 20 ms."""
        for link in self._links.values():
            link.tell(now)

    def tell_levels(self, now: float) -> None:
        """Each 60 ms."""
        for link in self._links.values():
            link.tell_levels(now)

    def second(self, now: float) -> None:
        """Reports, rates, and the end of what nobody needs."""
        for boot, trunk in list(self._trunks.items()):
            self._report(trunk, now)
            trunk.measure()
            trunk.repeat_budget = REPEATS_PER_S
            if not self._rooms(boot) and now - trunk.opened_at > IDLE_S:
                self.close_trunk(boot)

    def _report(self, trunk: Trunk, now: float) -> None:
        """Receiver reports, in as many packets as it takes."""
        blocks = [
            block
            for stream in trunk.streams.values()
            if (block := stream.layer.report(now)) is not None
        ]
        for at in range(0, max(1, len(blocks)), _BLOCKS):
            part = blocks[at : at + _BLOCKS]
            trunk.send(rtcp.receiver_report(OWN_SSRC, part) + rtcp.description(OWN_SSRC, CNAME))

    # -- how it is ---------------------------------------------------------------------------------

    def _rooms(self, boot: str) -> list[str]:
        return sorted(room for one, room in self._links if one == boot)

    def stats(self, now: float) -> list[TrunkStats]:
        """How each trunk is."""
        return [self._stats(trunk, now) for trunk in self._trunks.values()]

    def _stats(self, trunk: Trunk, now: float) -> TrunkStats:
        links = [link for (boot, _), link in self._links.items() if boot == trunk.boot]
        return TrunkStats(
            boot=trunk.boot,
            host=trunk.way.host,
            port=trunk.way.port,
            protected=trunk.way.protected,
            rooms=self._rooms(trunk.boot),
            exported=sum(link.exports.sent for link in links),
            imported=sum(stream.layer.flows(now, within=3.0) for stream in trunk.streams.values()),
            sent_bitrate=trunk.sent_bitrate,
            received_bitrate=trunk.received_bitrate,
            lost=round(trunk.down_lost, 4),
            round_trip_ms=None if trunk.round_trip is None else round(1000 * trunk.round_trip, 1),
            alive=trunk.alive(now),
        )


def _place(one: TrunkWay | OpenTrunk) -> tuple[str, int, bool]:
    return one.host, one.port, one.protected
