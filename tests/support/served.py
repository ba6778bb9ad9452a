"""The whole system as `make run` starts it: `manage.py serve`, with the demo city in it."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from tests.support.clerk import Clerk
from tests.support.consoles import Session
from tests.support.ports import free_port, free_udp_port
from tests.support.processes import Child, start
from tests.support.stack import Login
from tests.support.waiting import wait_until

ROOT = Path(__file__).parents[2]
PASSWORD = "correct horse battery staple"


@dataclass
class Served:
    """A running `manage.py serve`."""

    child: Child
    directory: Path
    port: int
    environment: dict[str, str]
    _clerk: Clerk | None = None
    _sessions: list[Session] = field(default_factory=list)

    @property
    def url(self) -> str:
        """The console's address, without a slash at its end."""
        return f"http://127.0.0.1:{self.port}"

    def readiness(self) -> dict[str, Any] | None:
        """What /readyz says, with the answer's status; None while nobody answers."""
        try:
            answer = httpx.get(f"{self.url}/readyz", timeout=5)
        except httpx.TransportError:
            return None
        return {**answer.json(), "status": answer.status_code}

    def is_ready(self) -> bool:
        """Whether /readyz says that every process is."""
        answer = self.readiness()
        return answer is not None and answer["status"] == 200

    def supervised(self, process: str) -> dict[str, Any]:
        """What the supervisor says of a process: pid, state, restarts."""
        text = (Path(self.environment["DATA_DIR"]) / "run" / "supervisor.json").read_text()
        facts: dict[str, Any] = json.loads(text)["processes"][process]
        return facts

    def do(self, deed: str, **facts: Any) -> Any:
        """Have a deed done in a process of this system; see `Clerk.do`."""
        if self._clerk is None:
            self._clerk = Clerk(self.environment, self.directory / "clerk.log")
        return self._clerk.do(deed, **facts)

    def session(self, username: str) -> Session:
        """Somebody signed in over HTTP; ends with the system."""
        session = Session(self.url, None)
        self._sessions.append(session)
        session.sign_in(username)
        return session

    def login_of(self, device: str) -> tuple[Login, str]:
        """A device's login at the broker and its topic, from `manage.py device_credential`."""
        facts = self.do("tests.e2e.deeds.credential", device=device)
        return Login(facts["port"], facts["username"], facts["password"]), facts["topic"]

    def stop(self) -> None:
        """End all of it, whatever of it cannot be ended as it should."""
        with ExitStack() as ends:
            ends.callback(self.child.stop)
            if self._clerk is not None:
                ends.callback(self._clerk.close)
            for session in self._sessions:
                ends.callback(session.close)


@contextmanager
def serving(directory: Path, **environment: str) -> Iterator[Served]:
    """A system for the time of a block; ready when the block begins."""
    directory.mkdir(parents=True, exist_ok=True)
    port = free_port()
    settings = {
        "DJANGO_SETTINGS_MODULE": "command_center.settings",
        "DATA_DIR": str(directory / "data"),
        "PORT": str(port),
        "MQTT_PORT": str(free_port()),
        "MEDIA_PORT": str(free_udp_port()),
        "DEMO_PASSWORD": PASSWORD,
        "SIMULATE": "0",
        "SECRET_KEY": "of-a-system-under-test",
        "DATABASE_URL": "",
        "REDIS_URL": "",
        "MQTT_URL": "",
        "CAMERA_NETWORKS": "127.0.0.0/8",
        **environment,
    }
    command = [sys.executable, str(ROOT / "manage.py"), "serve"]
    child = start(command, log=directory / "serve.log", environment=settings, cwd=ROOT)
    served = Served(child, directory, port, settings)
    try:
        wait_until(
            lambda: _alive(child) and served.is_ready(), what="the system to be up", timeout_s=240
        )
        yield served
    finally:
        served.stop()


def _alive(child: Child) -> bool:
    code = child.process.poll()
    assert code is None, f"serve ended with {code}:\n{child.output()[-4000:]}"
    return True
