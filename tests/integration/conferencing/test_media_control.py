"""The node as a process, through the engine port: over a Unix socket, and over TLS with a secret."""

from __future__ import annotations

import asyncio
import os
import stat
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from conferencing.engines.messages import (
    Assignment,
    EngineProblem,
    NodeEvent,
    PeerConnected,
    PeerGone,
    SetMuted,
    SetSlots,
    SourceKind,
)
from conferencing.engines.node import NodeEngine
from conferencing.engines.port import Engine, EngineError
from tests.support.media_guest import Guest, lines, offer_text
from tests.support.media_process import MediaProcess, media_process
from tests.support.ports import free_port

SECRET = "0123456789abcdef0123456789abcdef"


async def _next(
    events: AsyncIterator[NodeEvent], kind: type[PeerConnected | PeerGone]
) -> NodeEvent:
    async for event in events:
        if isinstance(event, kind):
            return event
    raise AssertionError("the stream ended")


async def test_a_conference_through_the_port(tmp_path: Path) -> None:
    async with media_process(tmp_path) as node:
        engine: Engine = node.engine
        socket = Path(node.engine.address)
        state = await engine.state()
        assert (state.port, state.address, state.rooms) == (node.port, "127.0.0.1", [])
        assert stat.S_IMODE(socket.stat().st_mode) == 0o600  # noqa: ASYNC240 - of a local file
        await engine.open_room("a")
        await engine.open_room("a")
        guest = Guest("chair")
        joined = await engine.join("a", "chair", guest.describe(lines()))
        assert set(joined.sources.values()) == {SourceKind.CAMERA, SourceKind.MICROPHONE}
        assert [len(joined.video), len(joined.audio)] == [9, 3]
        await guest.connect(joined.answer)
        await engine.set_slots(
            "a", "chair", SetSlots(video=[Assignment(slot=8, peer="nobody-yet")])
        )
        await engine.set_muted("a", "chair", SetMuted(sources=[SourceKind.CAMERA]))
        assert [one.peer for one in (await engine.stats("a")).peers] == ["chair"]
        events = engine.events()
        # Whoever listens late is told first what is so.
        assert await _next(events, PeerConnected) == PeerConnected(room="a", peer="chair")
        await engine.leave("a", "chair")
        gone = await _next(events, PeerGone)
        assert isinstance(gone, PeerGone)
        assert gone.reason == "removed"
        await engine.close_room("a")
        assert (await engine.state()).rooms == []
        await guest.close()
        assert node.child.stop() == 0
        with pytest.raises(EngineError) as caught:
            await engine.state()
        assert caught.value.problem is EngineProblem.UNAVAILABLE
        assert not socket.exists()  # noqa: ASYNC240 - of a local file


async def test_each_refusal_has_its_code(tmp_path: Path) -> None:
    async with media_process(tmp_path, MEDIA_MAX_PEERS="1") as node:
        await node.engine.open_room("a")
        await node.engine.join("a", "one", offer_text(lines()))

        async def problem(room: str, peer: str, offer: str) -> EngineProblem:
            with pytest.raises(EngineError) as caught:
                await node.engine.join(room, peer, offer)
            return caught.value.problem

        assert await problem("b", "x", offer_text(lines())) is EngineProblem.NO_ROOM
        assert await problem("a", "x", "no offer") is EngineProblem.BAD_OFFER
        assert await problem("a", "x", offer_text(lines())) is EngineProblem.NODE_FULL
        assert await problem("a", "x" * 65, offer_text(lines())) is EngineProblem.BAD_REQUEST
        with pytest.raises(EngineError, match="slots 0 to 8"):
            await node.engine.set_slots("a", "one", SetSlots(video=[Assignment(slot=9, peer="x")]))
        with pytest.raises(EngineError, match="no two"):
            await node.engine.set_muted("a", "two", SetMuted(sources=[]))
        async with httpx.AsyncClient(
            transport=httpx.AsyncHTTPTransport(uds=node.engine.address), base_url="http://node"
        ) as http:
            answer = await http.put("/v1/rooms/a/peers/one/slots", content=b'{"video": 3}')
            assert answer.status_code == 400
            assert answer.json()["code"] == "bad_request"
            assert (await http.get("/v1/other")).headers[
                "content-type"
            ] == "application/problem+json"
            huge = await http.put("/v1/rooms/a/peers/x", content=b" " * 600_000)
            assert huge.status_code == 400


async def test_over_tls_only_the_secret_opens(tmp_path: Path) -> None:
    certificate, key = _certify(tmp_path)
    address = f"https://127.0.0.1:{free_port()}"
    async with media_process(
        tmp_path,
        address=address,
        secret=SECRET,
        certificate=certificate,
        MEDIA_CERTIFICATE=str(certificate),
        MEDIA_KEY=str(key),
    ) as node:
        await node.engine.open_room("a")
        for secret in (None, "wrong"):
            other = NodeEngine(address, secret=secret, certificate=certificate)
            with pytest.raises(EngineError, match="401"):
                await other.state()
            await other.close()


async def test_what_is_taken_is_told_in_one_sentence(tmp_path: Path) -> None:
    async with media_process(tmp_path) as node:
        said = await _refusal(tmp_path, node, MEDIA_PORT=str(node.port))
        assert "set MEDIA_PORT to a free one" in said
        said = await _refusal(tmp_path, node, MEDIA_CONTROL=node.engine.address)
        assert "Another media node already serves" in said


async def _refusal(folder: Path, node: MediaProcess, **variables: str) -> str:
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "conferencing.media"),
        env={
            **os.environ,
            "DATA_DIR": str(folder / "second"),
            "MEDIA_PORT": str(free_port()),
            **variables,
        },
        stderr=asyncio.subprocess.PIPE,
    )
    _, said = await child.communicate()
    assert child.returncode == 1
    text = said.decode()
    assert text.count("\n") == 1, text
    assert node.child.process.poll() is None
    return text


def _certify(folder: Path) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "media")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    paths = folder / "cert.pem", folder / "key.pem"
    paths[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    paths[1].write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return paths
