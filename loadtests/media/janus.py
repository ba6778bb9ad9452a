"""Janus's videoroom under the same load, driven over its HTTP API."""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from loadtests.media.crowd import Measure, Show, eyes_on, measured
from loadtests.usage import usage_of
from tests.support.media_guest import Camera, Guest, LineSpec
from tests.support.ports import free_port

ROOM = 1234
MODULES = Path("/usr/lib/x86_64-linux-gnu/janus")


def janus_missing() -> str | None:
    """Why there is no Janus, having tried to install Debian's; None if there is one."""
    if shutil.which("janus") is None and os.geteuid() == 0 and shutil.which("apt-get"):
        command = ["apt-get", "install", "-y", "--no-install-recommends", "janus"]
        subprocess.run(command, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return None if shutil.which("janus") else "it is not installed (Debian's package janus)"


def _configure(folder: Path, port: int, loops: int) -> None:
    others = sorted(
        path.name
        for path in (MODULES / "plugins").glob("*.so")
        if path.name != "libjanus_videoroom.so"
    )
    transports = sorted(
        path.name
        for path in (MODULES / "transports").glob("*.so")
        if path.name != "libjanus_http.so"
    )
    _certify(folder)
    (folder / "janus.jcfg").write_text(
        f'''general: {{ configs_folder = "{folder}", plugins_folder = "{MODULES}/plugins"
  transports_folder = "{MODULES}/transports", debug_level = 2, admin_secret = "{secrets.token_hex(8)}"
  {f"event_loops = {loops}" if loops else ""} }}
certificates: {{ cert_pem = "{folder}/cert.pem", cert_key = "{folder}/key.pem" }}
media: {{ rtp_port_range = "20000-40000" }}
nat: {{ ice_ignore_list = "vmnet", nice_debug = false }}
plugins: {{ disable = "{",".join(others)}" }}
transports: {{ disable = "{",".join(transports)}" }}
''',
        encoding="utf-8",
    )
    (folder / "janus.transport.http.jcfg").write_text(
        f'general: {{ json = "compact", base_path = "/janus", http = true, port = {port}, ip = "127.0.0.1", https = false }}\n'
        "admin: { admin_http = false }\n",
        encoding="utf-8",
    )
    (folder / "janus.plugin.videoroom.jcfg").write_text("general: { }\n", encoding="utf-8")


def _certify(folder: Path) -> None:
    """A certificate on an elliptic curve, as browsers have it; Janus's own would be RSA, which guests do not speak."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "janus")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=30))
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )


class Session:
    """A Janus session: requests, and the events that answer them."""

    def __init__(self, base: str) -> None:
        self._http = httpx.AsyncClient(base_url=base, timeout=40, trust_env=False)
        self._waiting: dict[str, asyncio.Future[dict[str, Any]]] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self._path = ""

    async def open(self) -> None:
        """Create it, and listen."""
        answer = await self._post("/janus", {"janus": "create"})
        self._path = f"/janus/{answer['data']['id']}"
        self._tasks = [
            asyncio.create_task(self._listen()),
            asyncio.create_task(self._keep_alive()),
        ]

    async def close(self) -> None:
        """Forget it."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._http.aclose()

    async def attach(self) -> str:
        """A handle of the videoroom; its path."""
        answer = await self._post(
            self._path, {"janus": "attach", "plugin": "janus.plugin.videoroom"}
        )
        return f"{self._path}/{answer['data']['id']}"

    async def ask(
        self, handle: str, body: dict[str, Any], jsep: dict[str, str] | None = None
    ) -> dict[str, Any]:
        """A message, and what the plugin answers to it (at once or by an event)."""
        transaction = secrets.token_hex(8)
        future = self._waiting[transaction] = asyncio.get_running_loop().create_future()
        message: dict[str, Any] = {"janus": "message", "body": body}
        if jsep is not None:
            message["jsep"] = jsep
        answer = await self._post(handle, message, transaction)
        if answer["janus"] == "success":
            return answer
        return await asyncio.wait_for(future, 30)

    async def _post(
        self, path: str, message: dict[str, Any], transaction: str = ""
    ) -> dict[str, Any]:
        body = {**message, "transaction": transaction or secrets.token_hex(8)}
        answer: dict[str, Any] = (await self._http.post(path, json=body)).json()
        if answer.get("janus") == "error":
            raise RuntimeError(f"Janus: {answer['error']}")
        return answer

    async def _listen(self) -> None:
        while True:
            events = (await self._http.get(self._path, params={"maxev": 20})).json()
            for event in events if isinstance(events, list) else [events]:
                future = self._waiting.pop(event.get("transaction", ""), None)
                if future is not None and not future.done():
                    future.set_result(event)

    async def _keep_alive(self) -> None:
        while True:
            await asyncio.sleep(20)
            await self._post(self._path, {"janus": "keepalive"})


@asynccontextmanager
async def _running(loops: int) -> AsyncIterator[tuple[Session, int]]:
    port = free_port()
    with tempfile.TemporaryDirectory() as name:
        _configure(Path(name), port, loops)
        child = await asyncio.create_subprocess_exec(
            *("janus", "-F", name, "-C", f"{name}/janus.jcfg", "-o"),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        session = Session(f"http://127.0.0.1:{port}")
        try:
            for _ in range(100):
                with contextlib.suppress(httpx.HTTPError):
                    await session.open()
                    break
                await asyncio.sleep(0.1)
            yield session, child.pid
        finally:
            await session.close()
            child.terminate()
            await child.wait()


async def measure_janus(publishers: int, receivers: int, seconds: float, loops: int) -> Measure:
    """As `measure_node`, with Janus in the node's place; `loops` 0 leaves its default."""
    async with AsyncExitStack() as stack:
        session, pid = await stack.enter_async_context(_running(loops))
        idle = usage_of(pid).uss_kib
        room = await session.attach()
        await session.ask(
            room,
            {
                "request": "create",
                "room": ROOM,
                "publishers": 100,
                "bitrate": 4_000_000,
                "videocodec": "vp8",
                "notify_joining": False,
            },
        )
        cameras, feeds = [], []
        for number in range(publishers):
            guest = Guest(f"s{number}", host=_host())
            camera = Camera(guest, 1000 + number)
            feeds.append(await _publish(session, guest, camera))
            stack.push_async_callback(guest.close)
            cameras.append(camera)
        eyes_on(cameras)
        await stack.enter_async_context(Show(cameras))
        viewers = []
        for number in range(receivers):
            guest = Guest(f"r{number}", host=_host(), setup="active")
            await _subscribe(session, guest, feeds)
            stack.push_async_callback(guest.close)
            viewers.append(guest)
        await asyncio.sleep(3)
        return await measured(
            pid,
            viewers,
            lambda: receivers * sum(camera.sent for camera in cameras),
            seconds=seconds,
            idle_kib=idle,
            participants=publishers + receivers,
        )


def _host() -> str:
    """The address that Janus has a candidate on: it leaves loopback out."""
    import socket

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("192.0.2.1", 9))
        host: str = probe.getsockname()[0]
    return host


async def _publish(session: Session, guest: Guest, camera: Camera) -> int:
    handle = await session.attach()
    answer = await session.ask(handle, {"request": "join", "ptype": "publisher", "room": ROOM})
    feed: int = answer["plugindata"]["data"]["id"]
    offer = guest.describe([LineSpec("video", "sendonly", ssrcs=(camera.ssrc,))])
    answer = await session.ask(
        handle, {"request": "publish", "videocodec": "vp8"}, {"type": "offer", "sdp": offer}
    )
    await guest.connect(answer["jsep"]["sdp"], prefer=guest.host)
    return feed


async def _subscribe(session: Session, guest: Guest, feeds: list[int]) -> None:
    handle = await session.attach()
    answer = await session.ask(
        handle,
        {
            "request": "join",
            "ptype": "subscriber",
            "room": ROOM,
            "streams": [{"feed": one} for one in feeds],
        },
    )
    reply = guest.describe([LineSpec("video", "recvonly")] * len(feeds))
    await asyncio.gather(
        session.ask(handle, {"request": "start"}, {"type": "answer", "sdp": reply}),
        guest.connect(answer["jsep"]["sdp"], prefer=guest.host),
    )
