"""`python -m conferencing.media`: the media node of this machine."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path

import uvicorn
import uvloop

from command_center.env import Environment, read_environment
from command_center.unix_sockets import listen
from command_center.variables import ConfigurationError
from conferencing.engines.port import EngineError
from conferencing.media.control import Served, control_app
from conferencing.media.janus.node import JanusNode
from conferencing.media.janus.program import start_janus
from conferencing.media.node.node import Node
from conferencing.media.settings import Control, JanusSettings, MediaSettings, media_settings
from conferencing.media.shell.datagrams import UnsupportedError
from conferencing.media.shell.private import PrivateError, check
from conferencing.media.trunk.cascade import Trunks

BASE_DIR = Path(__file__).resolve().parent.parent.parent


def run_media(environment: Environment) -> None:
    """Serves until SIGTERM or SIGINT. Raises ConfigurationError, worded for who started it."""
    settings = media_settings(environment)
    try:
        uvloop.run(_serve(settings))
    except (PrivateError, UnsupportedError) as error:
        raise ConfigurationError(str(error)) from error


class _Server(uvicorn.Server):
    """One that leaves signals alone: it would die of them at its end, with the goodbyes unsent."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def _serve(settings: MediaSettings) -> None:
    if settings.janus is None:
        await _serve_own(settings)
    else:
        await _serve_janus(settings, settings.janus)


async def _serve_own(settings: MediaSettings) -> None:
    await check()
    node = _node(settings)
    listening = _listen(settings.control)
    node.start()
    try:
        await _serve_api(node, listening, settings.control)
    finally:
        await node.stop()


async def _serve_janus(settings: MediaSettings, janus: JanusSettings) -> None:
    """With Janus's end this process ends too: who watches over it starts both anew."""
    listening = _listen(settings.control)
    async with AsyncExitStack() as stack:
        if janus.address is None:
            program = await start_janus(settings, janus)
            stack.push_async_callback(program.stop)
            janus = replace(janus, address=program.address, admin_address=program.admin_address)
        node = JanusNode(settings, janus)
        stack.push_async_callback(node.stop)
        try:
            await node.start()
        except EngineError as error:
            raise ConfigurationError(f"{error}; set JANUS_URL and JANUS_SECRET.") from error
        await _serve_api(node, listening, settings.control, node.lost)
        if node.lost.is_set():
            raise ConfigurationError("Janus is gone, and with it all rooms; this process ends too.")


async def _serve_api(
    node: Served, listening: socket.socket, control: Control, lost: asyncio.Event | None = None
) -> None:
    server = _Server(_server_settings(node, control))
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, setattr, server, "should_exit", True)
    watching = loop.create_task(_end_with(lost, server)) if lost is not None else None
    try:
        await server.serve([listening])
    finally:
        if watching is not None:
            watching.cancel()
        if control.path is not None:
            control.path.unlink(missing_ok=True)


async def _end_with(lost: asyncio.Event, server: uvicorn.Server) -> None:
    await lost.wait()
    server.should_exit = True


def _node(settings: MediaSettings) -> Node:
    try:
        node = Node(settings)
    except OSError as error:
        raise ConfigurationError(
            f"UDP port {settings.port} on {settings.host} can't be used ({error.strerror}); "
            "set MEDIA_PORT to a free one."
        ) from error
    if settings.trunk is not None:
        host, port = settings.trunk
        try:
            node.cascade = Trunks(node, host, port)
        except OSError as error:
            raise ConfigurationError(
                f"UDP port {port} on {host} can't be used ({error.strerror}); "
                "set MEDIA_TRUNK to an address and a free port of this machine, or to none."
            ) from error
    return node


def _listen(control: Control) -> socket.socket:
    if control.path is not None:
        try:
            return listen(control.path)
        except FileExistsError as error:
            raise ConfigurationError(
                f"Another media node already serves {control.path}; end it, or set MEDIA_CONTROL."
            ) from error
        except OSError as error:
            raise ConfigurationError(
                f"{control.path} can't be made ({error.strerror}); set MEDIA_CONTROL to another path."
            ) from error
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            control.host, control.port, type=socket.SOCK_STREAM
        )[0]
        handle = socket.socket(family, kind, protocol)
        handle.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        handle.bind(address)
        handle.listen(64)
    except OSError as error:
        raise ConfigurationError(
            f"{control.host}:{control.port} can't be listened on ({error.strerror}); "
            "set MEDIA_CONTROL to an address of this machine."
        ) from error
    return handle


def _server_settings(node: Served, control: Control) -> uvicorn.Config:
    return uvicorn.Config(
        control_app(node, secret=control.secret),
        loop="none",
        http="httptools",
        ws="none",
        lifespan="off",
        access_log=False,
        log_level="warning",
        server_header=False,
        timeout_graceful_shutdown=1,
        ssl_certfile=control.certificate,
        ssl_keyfile=control.key,
    )


def main() -> None:
    """As `manage.py media`, without loading Django for it."""
    try:
        run_media(read_environment(os.environ, base_dir=BASE_DIR))
    except ConfigurationError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
