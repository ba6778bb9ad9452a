"""The control API (conferencing/engines/messages.py says what it speaks), over Starlette."""

from __future__ import annotations

import asyncio
import hmac
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from http import HTTPStatus
from typing import Protocol, TypeVar

from pydantic import BaseModel, ValidationError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from conferencing.engines.messages import (
    Accept,
    CameraFacts,
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

MAX_BODY = 512 * 1024
HEARTBEAT_S = 5.0
MAX_EVENTS = 4096
"""Events that wait for a slow listener; one that is slower still is cut off, and begins anew."""
_NAME = re.compile(r"[A-Za-z0-9._-]{1,64}")
_STATUS = {
    EngineProblem.NO_ROOM: HTTPStatus.NOT_FOUND,
    EngineProblem.NO_PEER: HTTPStatus.NOT_FOUND,
    EngineProblem.NO_TRUNK: HTTPStatus.NOT_FOUND,
    EngineProblem.ROOM_FULL: HTTPStatus.CONFLICT,
    EngineProblem.NODE_FULL: HTTPStatus.CONFLICT,
    EngineProblem.BAD_OFFER: HTTPStatus.UNPROCESSABLE_ENTITY,
    EngineProblem.NO_CODEC: HTTPStatus.UNPROCESSABLE_ENTITY,
    EngineProblem.BAD_REQUEST: HTTPStatus.BAD_REQUEST,
    EngineProblem.CANNOT_RECORD: HTTPStatus.NOT_IMPLEMENTED,
    EngineProblem.UNSUPPORTED: HTTPStatus.NOT_IMPLEMENTED,
    EngineProblem.UNAVAILABLE: HTTPStatus.SERVICE_UNAVAILABLE,
}
_Body = TypeVar("_Body", bound=BaseModel)
_T = TypeVar("_T")


class Served(Protocol):
    """What the API is served for: the port's calls (engines/port.py), and who listens.

    This system's own node answers at once, Janus after a while.
    """

    @property
    def listeners(self) -> set[Callable[[NodeEvent], None]]:
        """Who is told what happens."""

    def so_far(self) -> list[NodeEvent]:
        """What a new listener must know first."""

    def state(self) -> NodeState | Awaitable[NodeState]:
        """As of the port, and so are the others."""

    def open_room(self, name: str) -> Awaitable[None] | None: ...
    def close_room(self, name: str) -> Awaitable[None] | None: ...
    def join(self, room_name: str, name: str, text: str) -> Joined | Awaitable[Joined]: ...
    def accept(self, room_name: str, name: str, _answer: str) -> Awaitable[None] | None: ...
    def leave(self, room_name: str, name: str) -> Awaitable[None] | None: ...
    def set_slots(self, room_name: str, name: str, wanted: SetSlots) -> Awaitable[None] | None: ...
    def set_muted(self, room_name: str, name: str, wanted: SetMuted) -> Awaitable[None] | None: ...
    def set_audiences(self, room_name: str, wanted: SetAudiences) -> Awaitable[None] | None: ...
    def stats(self, room_name: str) -> RoomStats | Awaitable[RoomStats]: ...
    def feed(self, room_name: str, name: str, camera: Feed) -> None: ...
    async def look_at(self, camera: Feed) -> CameraFacts: ...
    def start_recording(self, room_name: str, name: str) -> None: ...
    def stop_recording(self, room_name: str) -> None: ...
    def open_trunk(self, boot: str, wanted: OpenTrunk) -> TrunkOpened: ...
    def close_trunk(self, boot: str) -> None: ...
    def link(self, room_name: str, boot: str) -> None: ...
    def unlink(self, room_name: str, boot: str) -> None: ...


async def _settled(answer: _T | Awaitable[_T]) -> _T:
    return await answer if isinstance(answer, Awaitable) else answer


_Handler = Callable[[Request], Awaitable[Response]]


def problem(error: EngineError) -> Response:
    """RFC 9457."""
    status = _STATUS[error.problem]
    body = {
        "type": "about:blank",
        "title": status.phrase,
        "status": status.value,
        "code": error.problem.value,
        "detail": str(error),
    }
    return JSONResponse(body, status, media_type="application/problem+json")


def control_app(node: Served, *, secret: str | None) -> Starlette:
    """The API of one node; `secret` is None on a Unix socket, whose file rights guard it."""
    api = _Api(node)
    peer = "/v1/rooms/{room}/peers/{peer}"
    routes = [
        Route("/v1/node", api.state, methods=["GET"]),
        Route("/v1/events", api.events, methods=["GET"]),
        Route("/v1/rooms/{room}", api.open_room, methods=["PUT"]),
        Route("/v1/rooms/{room}", api.close_room, methods=["DELETE"]),
        Route("/v1/rooms/{room}/stats", api.stats, methods=["GET"]),
        Route("/v1/rooms/{room}/recording", api.start_recording, methods=["PUT"]),
        Route("/v1/rooms/{room}/recording", api.stop_recording, methods=["DELETE"]),
        Route("/v1/rooms/{room}/audiences", api.set_audiences, methods=["PUT"]),
        Route(peer, api.join, methods=["PUT"]),
        Route(f"{peer}/accepted", api.accept, methods=["PUT"]),
        Route(peer, api.leave, methods=["DELETE"]),
        Route("/v1/trunks/{boot}", api.open_trunk, methods=["PUT"]),
        Route("/v1/trunks/{boot}", api.close_trunk, methods=["DELETE"]),
        Route("/v1/rooms/{room}/trunks/{boot}", api.link, methods=["PUT"]),
        Route("/v1/rooms/{room}/trunks/{boot}", api.unlink, methods=["DELETE"]),
        Route("/v1/cameras", api.look_at, methods=["POST"]),
        Route("/v1/rooms/{room}/cameras/{peer}", api.feed, methods=["PUT"]),
        Route(f"{peer}/slots", api.set_slots, methods=["PUT"]),
        Route(f"{peer}/muted", api.set_muted, methods=["PUT"]),
    ]
    middleware = [] if secret is None else [Middleware(_Guard, secret=secret)]
    return Starlette(
        routes=routes,
        middleware=middleware,
        exception_handlers={EngineError: _on_error, HTTPException: _on_http_error},
    )


class _Guard:
    """Lets in who knows the secret."""

    def __init__(self, app: ASGIApp, secret: str) -> None:
        self._app = app
        self._wanted = f"Bearer {secret}".encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        given = dict(scope.get("headers", [])).get(b"authorization", b"")
        if scope["type"] != "http" or hmac.compare_digest(given, self._wanted):
            await self._app(scope, receive, send)
            return
        await Response(status_code=HTTPStatus.UNAUTHORIZED)(scope, receive, send)


async def _on_error(_request: Request, error: Exception) -> Response:
    assert isinstance(error, EngineError)  # noqa: S101 - what it is registered for
    return problem(error)


async def _on_http_error(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - what it is registered for
    return problem(EngineError(EngineProblem.BAD_REQUEST, error.detail))


def _json(model: BaseModel) -> Response:
    return Response(model.model_dump_json(), media_type="application/json")


_DONE = HTTPStatus.NO_CONTENT


class _Api:
    def __init__(self, node: Served) -> None:
        self._node = node

    async def state(self, _request: Request) -> Response:
        return _json(await _settled(self._node.state()))

    async def open_room(self, request: Request) -> Response:
        await _settled(self._node.open_room(_name(request, "room")))
        return Response(status_code=_DONE)

    async def close_room(self, request: Request) -> Response:
        await _settled(self._node.close_room(_name(request, "room")))
        return Response(status_code=_DONE)

    async def stats(self, request: Request) -> Response:
        return _json(await _settled(self._node.stats(_name(request, "room"))))

    async def join(self, request: Request) -> Response:
        wanted = await _body(request, Join)
        room, peer = _name(request, "room"), _name(request, "peer")
        return _json(await _settled(self._node.join(room, peer, wanted.offer)))

    async def accept(self, request: Request) -> Response:
        given = await _body(request, Accept)
        room, peer = _name(request, "room"), _name(request, "peer")
        await _settled(self._node.accept(room, peer, given.answer))
        return Response(status_code=_DONE)

    async def feed(self, request: Request) -> Response:
        wanted = await _body(request, Feed)
        self._node.feed(_name(request, "room"), _name(request, "peer"), wanted)
        return Response(status_code=_DONE)

    async def look_at(self, request: Request) -> Response:
        return _json(await self._node.look_at(await _body(request, Feed)))

    async def leave(self, request: Request) -> Response:
        await _settled(self._node.leave(_name(request, "room"), _name(request, "peer")))
        return Response(status_code=_DONE)

    async def set_slots(self, request: Request) -> Response:
        wanted = await _body(request, SetSlots)
        room, peer = _name(request, "room"), _name(request, "peer")
        await _settled(self._node.set_slots(room, peer, wanted))
        return Response(status_code=_DONE)

    async def set_muted(self, request: Request) -> Response:
        wanted = await _body(request, SetMuted)
        room, peer = _name(request, "room"), _name(request, "peer")
        await _settled(self._node.set_muted(room, peer, wanted))
        return Response(status_code=_DONE)

    async def start_recording(self, request: Request) -> Response:
        wanted = await _body(request, StartRecording)
        self._node.start_recording(_name(request, "room"), wanted.name)
        return Response(status_code=_DONE)

    async def stop_recording(self, request: Request) -> Response:
        self._node.stop_recording(_name(request, "room"))
        return Response(status_code=_DONE)

    async def open_trunk(self, request: Request) -> Response:
        wanted = await _body(request, OpenTrunk)
        return _json(self._node.open_trunk(_name(request, "boot"), wanted))

    async def close_trunk(self, request: Request) -> Response:
        self._node.close_trunk(_name(request, "boot"))
        return Response(status_code=_DONE)

    async def link(self, request: Request) -> Response:
        self._node.link(_name(request, "room"), _name(request, "boot"))
        return Response(status_code=_DONE)

    async def unlink(self, request: Request) -> Response:
        self._node.unlink(_name(request, "room"), _name(request, "boot"))
        return Response(status_code=_DONE)

    async def set_audiences(self, request: Request) -> Response:
        wanted = await _body(request, SetAudiences)
        await _settled(self._node.set_audiences(_name(request, "room"), wanted))
        return Response(status_code=_DONE)

    async def events(self, _request: Request) -> Response:
        return StreamingResponse(_lines(self._node), media_type="application/x-ndjson")


async def _lines(node: Served) -> AsyncIterator[bytes]:
    waiting: asyncio.Queue[NodeEvent | None] = asyncio.Queue()

    def listener(event: NodeEvent) -> None:
        if waiting.qsize() < MAX_EVENTS:
            waiting.put_nowait(event)
        elif listener in node.listeners:
            node.listeners.discard(listener)
            waiting.put_nowait(None)

    for event in node.so_far():
        waiting.put_nowait(event)
    node.listeners.add(listener)
    try:
        yield b"\n"
        while True:
            try:
                event_or_end = await asyncio.wait_for(waiting.get(), HEARTBEAT_S)
            except TimeoutError:
                yield b"\n"
                continue
            if event_or_end is None:
                return
            yield event_or_end.model_dump_json().encode() + b"\n"
    finally:
        node.listeners.discard(listener)


def _name(request: Request, part: str) -> str:
    name: str = request.path_params[part]
    if not _NAME.fullmatch(name):
        raise EngineError(
            EngineProblem.BAD_REQUEST, f"the {part}'s name is not 1–64 of A–Z a–z 0–9 . _ -"
        )
    return name


async def _body(request: Request, model: type[_Body]) -> _Body:
    data = bytearray()
    async for chunk in request.stream():
        data += chunk
        if len(data) > MAX_BODY:
            raise EngineError(EngineProblem.BAD_REQUEST, f"more than {MAX_BODY} bytes")
    try:
        return model.model_validate_json(bytes(data))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise EngineError(EngineProblem.BAD_REQUEST, f"{where}: {first['msg']}") from error
