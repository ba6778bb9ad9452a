"""The port's adapter for this system's own media node, over its control API."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator
from contextlib import ExitStack
from pathlib import Path

import httpx
from pydantic import TypeAdapter, ValidationError

from command_center.unix_sockets import reachable
from conferencing.engines.messages import (
    Accept,
    CameraFacts,
    EngineModel,
    EngineProblem,
    Feed,
    Join,
    Joined,
    NodeEvent,
    NodeState,
    OpenTrunk,
    RoomStats,
    SetAudiences,
    SetMuted,
    SetSlots,
    StartRecording,
    TrunkOpened,
)
from conferencing.engines.port import EngineError

TIMEOUT_S = 5.0
LOOK_S = 40.0
"""A camera that answers slowly, and whose key pictures are far apart, takes its time."""
SILENCE_S = 12.0
"""The node sends an empty line each 5 s while nothing happens."""
_EVENT: TypeAdapter[NodeEvent] = TypeAdapter(NodeEvent)


class NodeEngine:
    """One media node. `address` is a Unix socket's path, or https://host:port with the node's secret.

    Belongs to the event loop it is first used in; `close` it there.
    """

    def __init__(
        self, address: str, *, secret: str | None = None, certificate: Path | None = None
    ) -> None:
        """`certificate` is what a node's own certificate is checked by, where no public authority signed it.

        Raises OSError where the socket's folder is missing and its path is too long to do without.
        """
        self.address = address
        over_tls = address.startswith("https://")
        self._held = ExitStack()
        name = "" if over_tls else self._held.enter_context(reachable(Path(address)))
        self._http = httpx.AsyncClient(
            base_url=address if over_tls else "http://media",
            transport=None if over_tls else httpx.AsyncHTTPTransport(uds=name),
            verify=_context(certificate),
            headers={"Authorization": f"Bearer {secret}"} if secret else {},
            timeout=TIMEOUT_S,
            trust_env=False,
        )

    async def close(self) -> None:
        """Give the connections back."""
        await self._http.aclose()
        self._held.close()

    async def state(self) -> NodeState:
        """How the node is; also how one sees that it lives."""
        return NodeState.model_validate_json(await self._call("GET", "/v1/node"))

    async def open_room(self, room: str) -> None:
        """Make a room, unless it is there."""
        await self._call("PUT", f"/v1/rooms/{room}")

    async def close_room(self, room: str) -> None:
        """End a room for everybody in it."""
        await self._call("DELETE", f"/v1/rooms/{room}")

    async def join(self, room: str, peer: str, offer: str) -> Joined:
        """Answer a browser's offer; a second time for the same peer restarts ICE, or replaces it."""
        try:
            wanted = Join(offer=offer)
        except ValidationError as error:
            raise EngineError(EngineProblem.BAD_OFFER, "the offer is too long") from error
        path = f"/v1/rooms/{room}/peers/{peer}"
        return Joined.model_validate_json(await self._call("PUT", path, wanted))

    async def accept(self, room: str, peer: str, answer: str) -> None:
        """The browser's answer to the engine's own offer."""
        try:
            given = Accept(answer=answer)
        except ValidationError as error:
            raise EngineError(EngineProblem.BAD_OFFER, "the answer is too long") from error
        await self._call("PUT", f"/v1/rooms/{room}/peers/{peer}/accepted", given)

    async def feed(self, room: str, peer: str, camera: Feed) -> None:
        """Have the node fetch a camera and show it as a peer."""
        await self._call("PUT", f"/v1/rooms/{room}/cameras/{peer}", camera)

    async def look_at(self, camera: Feed) -> CameraFacts:
        """What a camera sends, looked at from the node for a moment."""
        answer = await self._call("POST", "/v1/cameras", camera, timeout_s=LOOK_S)
        return CameraFacts.model_validate_json(answer)

    async def leave(self, room: str, peer: str) -> None:
        """Disconnect a peer."""
        await self._call("DELETE", f"/v1/rooms/{room}/peers/{peer}")

    async def set_slots(self, room: str, peer: str, wanted: SetSlots) -> None:
        """What a receiver's video slots show."""
        await self._call("PUT", f"/v1/rooms/{room}/peers/{peer}/slots", wanted)

    async def set_muted(self, room: str, peer: str, wanted: SetMuted) -> None:
        """Drop what a peer sends of these sources, at the node."""
        await self._call("PUT", f"/v1/rooms/{room}/peers/{peer}/muted", wanted)

    async def set_audiences(self, room: str, wanted: SetAudiences) -> None:
        """Who gets whose media at all; one that is older than what the node knows changes nothing."""
        await self._call("PUT", f"/v1/rooms/{room}/audiences", wanted)

    async def stats(self, room: str) -> RoomStats:
        """How everybody's line is."""
        return RoomStats.model_validate_json(await self._call("GET", f"/v1/rooms/{room}/stats"))

    async def start_recording(self, room: str, name: str) -> None:
        """Write what the room sends, under a name."""
        await self._call("PUT", f"/v1/rooms/{room}/recording", StartRecording(name=name))

    async def stop_recording(self, room: str) -> None:
        """Write no more."""
        await self._call("DELETE", f"/v1/rooms/{room}/recording")

    async def open_trunk(self, boot: str, wanted: OpenTrunk) -> TrunkOpened:
        """A trunk to another node."""
        answer = await self._call("PUT", f"/v1/trunks/{boot}", wanted)
        return TrunkOpened.model_validate_json(answer)

    async def close_trunk(self, boot: str) -> None:
        """No trunk to that node any more."""
        await self._call("DELETE", f"/v1/trunks/{boot}")

    async def link(self, room: str, boot: str) -> None:
        """A room goes on at the other end of a trunk."""
        await self._call("PUT", f"/v1/rooms/{room}/trunks/{boot}")

    async def unlink(self, room: str, boot: str) -> None:
        """It does not any more."""
        await self._call("DELETE", f"/v1/rooms/{room}/trunks/{boot}")

    async def events(self) -> AsyncIterator[NodeEvent]:
        """What is so now, then what happens, until the connection breaks (EngineError)."""
        timeout = httpx.Timeout(TIMEOUT_S, read=SILENCE_S)
        try:
            async with self._http.stream("GET", "/v1/events", timeout=timeout) as answer:
                if answer.status_code != httpx.codes.OK:
                    raise _error(answer.status_code, await answer.aread())
                async for line in answer.aiter_lines():
                    if line:
                        yield _EVENT.validate_json(line)
        except (httpx.HTTPError, ValidationError) as error:
            raise _unavailable(self.address, error) from error
        raise _unavailable(self.address, ConnectionError("it closed the stream of events"))

    async def _call(
        self,
        method: str,
        path: str,
        body: EngineModel | None = None,
        *,
        timeout_s: float = TIMEOUT_S,
    ) -> bytes:
        content = None if body is None else body.model_dump_json().encode()
        try:
            answer = await self._http.request(method, path, content=content, timeout=timeout_s)
        except httpx.HTTPError as error:
            raise _unavailable(self.address, error) from error
        if answer.is_success:
            return answer.content
        raise _error(answer.status_code, answer.content)


def _context(certificate: Path | None) -> ssl.SSLContext:
    if certificate is None:
        return ssl.create_default_context()
    return ssl.create_default_context(cafile=str(certificate))


class _Problem(EngineModel):
    type: str
    title: str
    status: int
    code: EngineProblem
    detail: str


def _error(status: int, body: bytes) -> EngineError:
    try:
        told = _Problem.model_validate_json(body)
    except ValidationError:
        return EngineError(EngineProblem.UNAVAILABLE, f"the media node answers {status}")
    return EngineError(told.code, told.detail)


def _unavailable(address: str, error: Exception) -> EngineError:
    return EngineError(
        EngineProblem.UNAVAILABLE,
        f"the media node at {address} does not answer ({type(error).__name__}: {error})",
    )
