"""A session with Janus over its WebSocket API: requests, their answers, and what it says unasked."""

from __future__ import annotations

import asyncio
import json
import logging
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from websockets.asyncio.client import ClientConnection, connect, unix_connect
from websockets.exceptions import WebSocketException
from websockets.typing import Subprotocol

from command_center.unix_sockets import reachable
from conferencing.engines.messages import EngineProblem
from conferencing.engines.port import EngineError
from conferencing.media.janus.words import HandleInfo, Heard, Jsep

TIMEOUT_S = 10.0
KEEPALIVE_S = 20.0
"""A session of which Janus hears nothing for 60 s is ended, with all its handles."""
_MOST_BYTES = 2**20
_PLUGIN = "janus.plugin.videoroom"

logger = logging.getLogger(__name__)

Body = dict[str, Any]


class JanusError(Exception):
    """Janus refused. `code` is its own: 4xx of the core and of the videoroom."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code


def unavailable(what: str) -> EngineError:
    """Janus is not there, or no longer."""
    return EngineError(EngineProblem.UNAVAILABLE, f"Janus {what}")


async def _open(address: str, subprotocol: str) -> ClientConnection:
    """`address` is a Unix socket's path, or ws:// or wss://. Raises EngineError."""
    options: dict[str, Any] = {
        "subprotocols": [Subprotocol(subprotocol)],
        "max_size": _MOST_BYTES,
        "compression": None,
        "open_timeout": TIMEOUT_S,
    }
    try:
        if "://" in address:
            return await connect(address, proxy=None, **options)
        with reachable(Path(address)) as name:
            return await unix_connect(name, "ws://janus/", **options)
    except (OSError, WebSocketException, TimeoutError) as error:
        raise unavailable(f"at {address} does not answer ({error})") from error


class JanusLink:
    """One session. Once it breaks it stays broken: `lost` is set, and every call raises EngineError.

    `on_event` is called with what Janus says of a handle unasked.
    """

    def __init__(self, address: str, secret: str | None, on_event: Callable[[Heard], None]) -> None:
        self._address = address
        self._secret = secret
        self._on_event = on_event
        self._socket: ClientConnection | None = None
        self._session = 0
        self._waiting: dict[str, asyncio.Future[Heard]] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self.lost = asyncio.Event()

    async def open(self) -> None:
        """Connect and make a session. Raises EngineError."""
        self._socket = await _open(self._address, "janus-protocol")
        self._tasks.append(asyncio.create_task(self._read(self._socket)))
        try:
            self._session = (await self._request({"janus": "create"})).data.id
        except JanusError as error:
            raise unavailable(
                f"lets nobody in ({error}); is JANUS_SECRET its api_secret?"
            ) from error
        self._tasks.append(asyncio.create_task(self._keep_alive()))

    async def close(self) -> None:
        """End the session; Janus lets go of all its handles."""
        for task in self._tasks:
            task.cancel()
        if self._socket is not None:
            await self._socket.close()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._break()

    @property
    def session(self) -> int:
        """Its number, as the admin API asks for it."""
        return self._session

    async def attach(self) -> int:
        """A new handle of the videoroom."""
        return (await self._request({"janus": "attach", "plugin": _PLUGIN})).data.id

    async def detach(self, handle: int) -> None:
        """Let go of a handle: its connection is closed, and its feed gone. One that is gone already is no error."""
        try:
            await self._request({"janus": "detach", "handle_id": handle})
        except JanusError as error:
            logger.debug("handle %s: %s", handle, error)

    async def ask(self, handle: int, body: Body, jsep: Jsep | None = None) -> Heard:
        """Have the videoroom do something; its answer. Raises JanusError, or EngineError when Janus is gone."""
        request: Body = {"janus": "message", "handle_id": handle, "body": body}
        if jsep is not None:
            # From the smallest layer up, as pages of this system list them.
            request["jsep"] = {**jsep.model_dump(), "trickle": False, "rid_order": "lmh"}
        answer = await self._request(request)
        said = answer.plugindata.data
        if said.error_code:
            raise JanusError(said.error_code, said.error)
        return answer

    async def _request(self, request: Body) -> Heard:
        if self._socket is None or self.lost.is_set():
            raise unavailable("is gone")
        transaction = secrets.token_hex(6)
        answer: asyncio.Future[Heard] = asyncio.get_running_loop().create_future()
        self._waiting[transaction] = answer
        try:
            await self._socket.send(_text(request, transaction, self._session, self._secret))
            heard = await asyncio.wait_for(answer, TIMEOUT_S)
        except (OSError, WebSocketException, TimeoutError) as error:
            raise unavailable(f"does not answer ({type(error).__name__})") from error
        finally:
            self._waiting.pop(transaction, None)
        if heard.janus == "error":
            raise JanusError(heard.error.code, heard.error.reason)
        return heard

    async def _read(self, socket: ClientConnection) -> None:
        try:
            async for text in socket:
                self._hear(text)
        except WebSocketException as error:
            logger.warning("the connection to Janus broke: %s", error)
        finally:
            self._break()

    def _hear(self, text: str | bytes) -> None:
        try:
            heard = Heard.model_validate_json(text)
        except ValidationError as error:
            logger.warning("Janus says what nobody understands: %s", error.errors()[:1])
            return
        if heard.janus == "ack":
            return  # of a message: the answer will come
        answer = self._waiting.get(heard.transaction)
        if answer is not None and not answer.done():
            answer.set_result(heard)
        elif heard.janus == "timeout":
            self._break()
        elif heard.sender:
            self._on_event(heard)

    def _break(self) -> None:
        self.lost.set()
        for answer in self._waiting.values():
            if not answer.done():
                answer.set_exception(unavailable("is gone"))

    async def _keep_alive(self) -> None:
        while self._socket is not None:
            await asyncio.sleep(KEEPALIVE_S)
            request = {"janus": "keepalive"}
            text = _text(request, secrets.token_hex(6), self._session, self._secret)
            try:
                await self._socket.send(text)
            except WebSocketException:
                return


class JanusAdmin:
    """Janus's admin API, for statistics; opened when first asked, and again after a break."""

    def __init__(self, address: str, secret: str | None) -> None:
        self._address = address
        self._secret = secret
        self._socket: ClientConnection | None = None
        self._turn = asyncio.Lock()

    async def handle(self, session: int, handle: int) -> dict[str, Any]:
        """All that Janus knows of a handle; nothing of one that is gone. Raises EngineError."""
        request = {"janus": "handle_info", "session_id": session, "handle_id": handle}
        transaction = secrets.token_hex(6)
        text = _text(request, transaction, 0, self._secret, key="admin_secret")
        async with self._turn:
            try:
                if self._socket is None:
                    self._socket = await _open(self._address, "janus-admin-protocol")
                await self._socket.send(text)
                async with asyncio.timeout(TIMEOUT_S):
                    answer = HandleInfo.model_validate_json(await self._socket.recv())
            except (OSError, WebSocketException, TimeoutError, ValidationError) as error:
                await self._drop()
                raise unavailable(f"does not tell its statistics ({error})") from error
        return answer.info if answer.transaction == transaction else {}

    async def _drop(self) -> None:
        socket, self._socket = self._socket, None
        if socket is not None:
            await socket.close()

    async def close(self) -> None:
        """Give the connection back."""
        await self._drop()


def _text(
    request: Body, transaction: str, session: int, secret: str | None, *, key: str = "apisecret"
) -> str:
    whole = {**request, "transaction": transaction}
    if session:
        whole["session_id"] = session
    if secret is not None:
        whole[key] = secret
    return json.dumps(whole)
