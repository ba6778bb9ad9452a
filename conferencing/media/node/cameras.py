"""A node's cameras: begun, shown to whoever came too late for a key picture, ended with nothing left behind."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from command_center.networks import Networks
from conferencing.engines.messages import CameraFacts, EngineProblem, Feed, GoneReason, PeerGone
from conferencing.engines.port import EngineError
from conferencing.media.node.feeder import Feeder, Hooks, look_at
from conferencing.media.node.room import Room

if TYPE_CHECKING:
    from conferencing.media.node.node import Node

LOOK_S = 30.0


class Cameras:
    """See the module. All methods belong to the node's loop."""

    def __init__(self, node: Node, networks: Networks) -> None:
        self._node = node
        self._networks = networks
        self._ending: set[asyncio.Task[None]] = set()
        self._hooks = Hooks(
            arrive=lambda feeder, data: node.forwarder.arrive(feeder, data, node.now()),
            settled=self._settled,
            idle=self._end,
            changed=self._changed,
        )

    def feed(self, room: Room, name: str, camera: Feed) -> None:
        """Have a camera be a peer; the same again changes nothing."""
        known = room.peers.get(name)
        if isinstance(known, Feeder) and known.feed == camera:
            return
        if known is not None:
            known.connection.end(GoneReason.REMOVED)
        fresh = Feeder(
            room.name,
            name,
            camera,
            networks=self._networks,
            hooks=self._hooks,
            on_over=lambda reason: self._over(room, fresh, reason),
        )
        room.peers[name] = fresh
        room.tell_wanted(self._node.now())

    async def look_at(self, camera: Feed) -> CameraFacts:
        """What a camera sends. Raises EngineError."""
        try:
            state = await look_at(camera, self._networks, within_s=LOOK_S)
        except (OSError, TimeoutError) as error:
            raise EngineError(
                EngineProblem.UNAVAILABLE, f"the camera's process did not answer ({error})"
            ) from error
        return CameraFacts(
            trouble=state.trouble,
            codec=state.codec,
            width=state.width,
            height=state.height,
            rate=state.rate,
            bitrate=state.bitrate,
            key_every=state.key_every,
            passes=state.key != "",
            reorders=state.reorders,
        )

    def show_again(self, room: Room, now: float) -> None:
        """A camera cannot be asked for a key picture: who waits is shown the last one, and what came since."""
        for feeder in room.feeders():
            self._replay(feeder, now)

    async def ended(self) -> None:
        """Until the processes of all that have ended are gone."""
        await asyncio.gather(*self._ending, return_exceptions=True)

    def _over(self, room: Room, feeder: Feeder, reason: GoneReason) -> None:
        self._end(feeder)
        if room.peers.get(feeder.name) is feeder:
            room.remove(feeder, self._node.now())
            self._node.tell(PeerGone(room=room.name, peer=feeder.name, reason=reason))

    def _end(self, feeder: Feeder) -> None:
        task = feeder.stop()
        if task is not None:
            self._ending.add(task)
            task.add_done_callback(self._ending.discard)

    def _settled(self, feeder: Feeder) -> None:
        now = self._node.now()
        self._node.forwarder.forward_all(now)
        self._replay(feeder, now)
        self._node.pump.flush()

    def _replay(self, feeder: Feeder, now: float) -> None:
        if feeder.passed is not None:
            for stream in feeder.passed.streams.values():
                self._node.forwarder.replay(stream, now)

    def _changed(self, feeder: Feeder) -> None:
        room = self._node.rooms.get(feeder.room)
        if room is not None and room.peers.get(feeder.name) is feeder:
            now = self._node.now()
            room.tell_flows(now)
            room.choose_all(now)
