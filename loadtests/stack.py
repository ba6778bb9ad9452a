"""The real system in a temporary folder: its own database, ports and processes, ended with the block."""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pysqlite3

from command_center.supervisor import launch
from iot_bridge.protocol.topics import Kind, build_topic
from loadtests.payloads import Endpoint
from tests.support.mosquitto import MOSQUITTO
from tests.support.ports import accepts, free_port
from tests.support.processes import Child, running
from tests.support.waiting import wait_until

ROOT = Path(__file__).resolve().parent.parent
PASSWORD = "load-test-accounts-only"  # noqa: S105 - of a database that is thrown away
BRIDGE_CLIENT = "lingdun-bridge-main"
CONSOLE_ACCOUNTS = ("city", "city2", "town", "town2", "village", "patrol", "auditor", "admin")

# Both brokers hand out as much as they can. Nothing is written to disk by either: Mosquitto's
# production setting saves its whole queue at every change, which would measure that alone.
_MOSQUITTO = """\
user root
listener {port} 127.0.0.1
allow_anonymous true
persistence false
max_queued_messages 0
max_inflight_messages 1000
set_tcp_nodelay true
"""


@dataclass(frozen=True, slots=True)
class Broker:
    """A running MQTT broker and how to log in."""

    name: str
    port: int
    mqtt5: bool
    child: Child
    device_login: tuple[str, str] | None = None
    platform_login: tuple[str, str] | None = None


@dataclass(slots=True)
class Stack:
    """See the module; made by `stack`."""

    directory: Path
    environment: dict[str, str]
    _logs: int = 0

    @property
    def database(self) -> Path:
        """The database file."""
        return self.directory / "data" / "lingdun.sqlite3"

    @contextmanager
    def embedded_broker(self) -> Iterator[Broker]:
        """The embedded broker, for a block."""
        port = free_port()
        self.environment["MQTT_PORT"] = str(port)
        self.environment.pop("MQTT_URL", None)
        command = [sys.executable, str(ROOT / "manage.py"), "broker"]
        with self.running(command, name="broker", ready=lambda: accepts(port)) as child:
            kept = json.loads((self.directory / "data" / "run" / "broker.json").read_text())
            yield Broker(
                "embedded",
                port,
                mqtt5=False,
                child=child,
                device_login=("demo", kept["demo_password"]),
                platform_login=("bridge", kept["bridge_password"]),
            )

    @contextmanager
    def mosquitto(self) -> Iterator[Broker]:
        """Mosquitto, for a block."""
        port = free_port()
        config = self.directory / f"mosquitto-{port}.conf"
        config.write_text(_MOSQUITTO.format(port=port))
        self.environment["MQTT_URL"] = f"mqtt://127.0.0.1:{port}"
        command = [MOSQUITTO, "-c", str(config)]
        with self.running(command, name="mosquitto", ready=lambda: accepts(port)) as child:
            yield Broker("mosquitto", port, mqtt5=True, child=child)
        del self.environment["MQTT_URL"]

    @contextmanager
    def bridge(self) -> Iterator[Child]:
        """A bridge that owns everything, for a block; it is connected when the block begins."""
        command = [sys.executable, str(ROOT / "manage.py"), "bridge"]
        with self.running(command, name="bridge") as child:
            wait_until(lambda: child.said("connected to"), what="the bridge's connection")
            yield child

    @contextmanager
    def web(self, port: int, command: Sequence[str]) -> Iterator[Child]:
        """A web process, for a block."""
        full = [sys.executable, "-m", *command]
        with self.running(full, name="web", ready=lambda: accepts(port)) as child:
            yield child

    @contextmanager
    def tool(self, module: str, settings: Mapping[str, Any], **more: Any) -> Iterator[Child]:
        """A helper of the load tests with its settings, for a block."""
        command = [sys.executable, "-m", f"loadtests.{module}", json.dumps(settings)]
        with self.running(command, name=module, **more) as child:
            yield child

    def cookies(self, port: int) -> list[str]:
        """A session of every demo account, as Cookie headers."""
        headers = []
        for username in CONSOLE_ACCOUNTS:
            with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
                answer = client.post(
                    "/api/v1/session", json={"username": username, "password": PASSWORD}
                )
                answer.raise_for_status()
                headers.append("; ".join(f"{k}={v}" for k, v in client.cookies.items()))
        return headers

    def endpoints(self) -> list[Endpoint]:
        """The registered devices that speak the canonical format."""
        rows = self.query(
            "SELECT id, kind, jurisdiction_id FROM devices_device WHERE codec = 'canonical' "
            "ORDER BY id"
        )
        return [
            Endpoint(
                id=device,
                kind=kind,
                topic=build_topic(jurisdiction=code, kind=Kind(kind), device_id=device).base,
            )
            for device, kind, code in rows
        ]

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """Read from the database, past Django."""
        with closing(pysqlite3.connect(f"file:{self.database}?mode=ro", uri=True)) as database:
            return list(database.execute(sql).fetchall())

    def running(
        self, command: Sequence[str], *, name: str, **more: Any
    ) -> AbstractContextManager[Child]:
        """A child that dies with this process, for a block."""
        self._logs += 1
        return running(
            [sys.executable, "-I", "-S", launch.__file__, str(os.getpid()), *command],
            log=self.directory / f"{self._logs:02d}-{name}.log",
            environment=self.environment,
            cwd=ROOT,
            **more,
        )


@contextmanager
def stack() -> Iterator[Stack]:
    """A migrated database with the demo city; removed with all its processes at the end."""
    directory = Path(tempfile.mkdtemp(prefix="lingdun-load-"))
    environment = {
        "DATA_DIR": str(directory / "data"),
        "DEMO_PASSWORD": PASSWORD,
        "PYTHONUNBUFFERED": "1",
        "SIMULATE": "0",
        "DATABASE_URL": "",
        "REDIS_URL": "",
        "MQTT_URL": "",
    }
    made = Stack(directory, environment)
    try:
        for command in (("migrate", "--verbosity", "0"), ("seed_demo",)):
            full = [sys.executable, str(ROOT / "manage.py"), *command]
            with made.running(full, name=command[0]) as child:
                if child.process.wait(120) != 0:
                    raise RuntimeError(f"{command[0]} failed:\n{child.output()}")
        yield made
    finally:
        shutil.rmtree(directory, ignore_errors=True)
