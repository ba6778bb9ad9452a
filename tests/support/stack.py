"""The whole system, really running, in two shapes behind one interface.

`embedded`: SQLite, the embedded broker, one web, one bridge, one worker, as `manage.py serve` starts
them. `production`: PostgreSQL, Redis, Mosquitto with a login per device, two webs, and two bridges
that share the city by township. Every process is this stack's own child and ended by its pid.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import psycopg

from command_center.env import read_environment
from command_center.supervisor.processes import process_table
from iot_bridge.devices.broker_files import BrokerUser, format_users
from iot_bridge.devices.credentials import hash_password
from iot_bridge.runner.broker import DEMO_USER, keep_embedded_broker
from tests.support import city
from tests.support.clerk import Clerk
from tests.support.consoles import Session
from tests.support.mosquitto import Mosquitto, configuration, start_mosquitto
from tests.support.ports import accepts, free_port, free_udp_port
from tests.support.postgres import Postgres, start_postgres
from tests.support.processes import Child, start
from tests.support.redis import Redis, start_redis
from tests.support.waiting import wait_until

ROOT = Path(__file__).parents[2]
BRIDGE_PASSWORD = "of-the-bridge"
GATEWAY = ("gateway", "of-the-gateway")
CALM = {"chatter_count": 1000, "degraded_after_s": 604_800}
"""Devices of tests may say the same as often as they like, and be silent together."""


class Shape(StrEnum):
    """On which parts the system runs."""

    EMBEDDED = "embedded"
    PRODUCTION = "production"


@dataclass(frozen=True, slots=True)
class Login:
    """A login at the broker."""

    port: int
    username: str
    password: str


BRIDGES: dict[Shape, dict[str, tuple[str, ...]]] = {
    Shape.EMBEDDED: {"main": ()},
    Shape.PRODUCTION: {
        city.EAST.code: ("--prefix", city.EAST.code),
        f"not-{city.EAST.code}": ("--except", city.EAST.code),
    },
}
"""The bridges' instance names and what each is told to own."""


@dataclass
class Stack:
    """A running system. `restart` and `kill` work on its processes by name, as `processes` has them."""

    shape: Shape
    directory: Path
    environment: dict[str, str]
    web_ports: tuple[int, ...]
    mqtt_port: int
    processes: dict[str, Child] = field(default_factory=dict)
    postgres: Postgres | None = None
    redis: Redis | None = None
    mosquitto: Mosquitto | None = None
    signed_in: dict[str, Session] = field(default_factory=dict)
    """A session of each person, for the tests that don't care which."""
    kept: dict[str, Any] = field(default_factory=dict)
    """What a fixture has made once for all tests of this system, by a name."""
    _clerk: Clerk | None = None
    _eye: psycopg.Connection[tuple[Any, ...]] | None = None
    _passwords: dict[str, str] = field(default_factory=dict)

    # -- its processes -----------------------------------------------------------------------

    @property
    def bridges(self) -> list[str]:
        """The bridges' process names."""
        return [f"bridge/{name}" for name in BRIDGES[self.shape]]

    @property
    def webs(self) -> list[str]:
        """The web processes' names."""
        return [f"web/{index}" for index in range(len(self.web_ports))]

    def launch(self, name: str, *, wait: bool = True, **more: str) -> Child:
        """Start one of the processes; returns when it serves."""
        kind, _, which = name.partition("/")
        environment = {**self.environment, **more}
        if kind == "web":
            environment["PORT"] = str(self.web_ports[int(which)])
        table = {spec.name: spec.command for spec in process_table(self._settings(environment))}
        command = [*table[kind], *(BRIDGES[self.shape][which] if kind == "bridge" else ())]
        log = self.log(name)
        child = start(command, log=log, environment=environment, cwd=ROOT)
        self.processes[name] = child
        if wait:
            wait_until(lambda: self._serves(name), what=f"{name} to serve", timeout_s=40)
        return child

    def wait_for_bridges(self) -> None:
        """Return when every bridge takes messages."""
        for bridge in self.bridges:
            wait_until(partial(self._serves, bridge), what=f"{bridge} to serve", timeout_s=60)

    def kill(self, name: str) -> None:
        """End a process with SIGKILL."""
        self.processes[name].kill()

    def stop_process(self, name: str) -> int:
        """End a process in good order; returns its exit code."""
        return self.processes[name].stop()

    def log(self, name: str) -> Path:
        """Where a process's output goes."""
        return self.directory / f"{name.replace('/', '-')}.log"

    def logs(self) -> str:
        """What all of them have printed."""
        return "\n".join(
            path.read_text(encoding="utf-8", errors="replace")
            for path in sorted(self.directory.glob("*.log"))
        )

    def ensure_running(self) -> None:
        """Start again what a test has ended."""
        if self.mosquitto is not None and self.mosquitto.child.process.poll() is not None:
            self.mosquitto.restart()
        for name, child in list(self.processes.items()):
            if child.process.poll() is not None:
                self.launch(name)

    def _settings(self, environment: dict[str, str]) -> Any:
        return read_environment(environment, base_dir=ROOT)

    def _serves(self, name: str) -> bool:
        child = self.processes[name]
        code = child.process.poll()
        assert code is None, f"{name} ended with {code}:\n{child.output()[-4000:]}"
        kind, _, which = name.partition("/")
        if kind == "broker":
            return accepts(self.mqtt_port)
        if kind == "web":
            return _answers(f"{self.url(int(which))}/healthz")
        rows = self.query(
            "SELECT ready FROM health_processheartbeat WHERE name = %s AND pid = %s",
            kind,
            child.pid,
        )
        return bool(rows and rows[0][0])

    # -- what tests ask of it -------------------------------------------------------------------

    def url(self, web: int = 0) -> str:
        """The address of a web process."""
        return f"http://127.0.0.1:{self.web_ports[web % len(self.web_ports)]}"

    def query(self, sql: str, *parameters: object) -> list[tuple[Any, ...]]:
        """Rows straight from the database, as others than the system see them."""
        if self.postgres is not None:
            try:
                return self._look(sql, parameters)
            except psycopg.OperationalError:  # the database has been restarted meanwhile
                self._eye = None
                return self._look(sql, parameters)
        import sqlite3

        path = Path(self.environment["DATA_DIR"]) / "lingdun.sqlite3"
        with closing(sqlite3.connect(path, timeout=20)) as file:
            return file.execute(sql.replace("%s", "?"), parameters).fetchall()

    def _look(self, sql: str, parameters: tuple[object, ...]) -> list[tuple[Any, ...]]:
        """Through a connection that stays: a new one for each look would be a new process each time."""
        if self._eye is None or self._eye.closed:
            self._eye = psycopg.connect(self.environment["DATABASE_URL"], autocommit=True)
        return self._eye.execute(sql.encode(), parameters).fetchall()

    def count(self, table: str, where: str = "1=1", *parameters: object) -> int:
        """How many rows of a table meet a condition."""
        return int(self.query(f"SELECT count(*) FROM {table} WHERE {where}", *parameters)[0][0])  # noqa: S608

    def shown_seqs(self, first: int, last: int) -> list[int]:
        """The numbers of the feed's events that are for consoles; the others are hints among the servers."""
        rows = self.query(
            "SELECT seq FROM feed_feedevent WHERE seq BETWEEN %s AND %s AND code <> '' ORDER BY seq",
            first,
            last,
        )
        return [row[0] for row in rows]

    def do(self, deed: str, **facts: Any) -> Any:
        """Have a deed done by the services, in a process of this system."""
        if self._clerk is None:
            self._clerk = self.hire("clerk")
        return self._clerk.do(deed, **facts)

    def hire(self, name: str) -> Clerk:
        """Another clerk, for deeds at the same time; the caller closes it."""
        return Clerk(self.environment, self.log(name))

    def register(self, *devices: city.DeviceFacts, **parameters: Any) -> None:
        """Register devices; they can log in at the broker when this returns."""
        rows = [[d.id, d.name, d.kind, d.code, d.codec, d.external_id] for d in devices]
        self.do("register", devices=rows, parameters={**CALM, **parameters})
        self.admit(*devices)

    def admit(self, *devices: city.DeviceFacts) -> None:
        """Give devices a login at the broker, where each has its own."""
        if self.mosquitto is None:
            return
        reloads = self.mosquitto.child.output().count("Reloading config")
        self._passwords |= self.do("credentials", devices=[device.id for device in devices])
        broker = self.mosquitto
        wait_until(
            lambda: broker.child.output().count("Reloading config") > reloads,
            what="Mosquitto to read its files",
        )

    def login_of(self, device: str) -> Login:
        """A device's login at the broker."""
        if self.mosquitto is None:
            return self.gateway()
        return Login(self.mqtt_port, device, self._passwords[device])

    def gateway(self) -> Login:
        """A login that may publish on any topic."""
        if self.mosquitto is not None:
            return Login(self.mqtt_port, *GATEWAY)
        kept = keep_embedded_broker(self._settings(self.environment))
        return Login(self.mqtt_port, DEMO_USER, kept.demo_password)

    def readiness(self, web: int = 0) -> dict[str, Any]:
        """What /readyz says."""
        body: dict[str, Any] = httpx.get(f"{self.url(web)}/readyz").json()
        return body

    def heartbeat(self, bridge: str) -> dict[str, Any]:
        """The counters in a bridge's last heartbeat."""
        rows = self.query(
            "SELECT counters FROM health_processheartbeat WHERE name = 'bridge' AND instance = %s",
            bridge.partition("/")[2],
        )
        counters = rows[0][0] if rows else {}
        return json.loads(counters) if isinstance(counters, str) else dict(counters)

    def counter(self, name: str) -> int:
        """A counter summed over all bridges, not older than this call."""
        pids = [self.processes[bridge].pid for bridge in self.bridges]
        marks = ", ".join(["%s"] * len(pids))
        newest = f"SELECT min(at) FROM health_processheartbeat WHERE pid IN ({marks})"  # noqa: S608
        before = self.query(newest.replace("min", "max"), *pids)[0][0]
        wait_until(
            lambda: self.query(newest, *pids)[0][0] > before, what="a heartbeat of each bridge"
        )
        return sum(int(self.heartbeat(bridge).get(name, 0)) for bridge in self.bridges)

    # -- life ---------------------------------------------------------------------------------

    def stop(self) -> None:
        """End everything, children first."""
        if self._clerk is not None:
            self._clerk.close()
        if self._eye is not None:
            self._eye.close()
        failures = []
        for name in reversed(self.processes):
            try:
                self.processes[name].stop()
            except AssertionError as error:
                failures.append(str(error))
        if self.mosquitto is not None:
            self.mosquitto.child.stop()
        if self.redis is not None:
            self.redis.child.stop()
        if self.postgres is not None:
            self.postgres.stop()
        assert not failures, "\n".join(failures)


def start_stack(shape: Shape, directory: Path, *, services: bool = True) -> Stack:
    """Start a system with the city of the tests in it; returns when all of it is ready.

    Without `services` (broker, bridges, worker) only the web processes run.
    """
    directory.mkdir(parents=True, exist_ok=True)
    mqtt_port = free_port()
    webs = 1 if shape is Shape.EMBEDDED else 2
    stack = Stack(
        shape=shape,
        directory=directory,
        environment=_environment(directory, mqtt_port),
        web_ports=tuple(free_port() for _ in range(webs)),
        mqtt_port=mqtt_port,
    )
    try:
        if shape is Shape.PRODUCTION:
            _start_parts(stack)
        Path(stack.environment["DATA_DIR"]).mkdir(parents=True, exist_ok=True)
        stack.do("migrate")
        stack.do("seed")
        stack.do("calm", parameters=CALM)
        if shape is Shape.PRODUCTION:
            _start_mosquitto(stack)
        names = [*stack.webs, *stack.bridges, "worker"] if services else stack.webs
        if shape is Shape.EMBEDDED and services:
            stack.launch("broker")
        for name in names:
            stack.launch(name, wait=False)
        for name in names:
            wait_until(
                lambda name=name: stack._serves(name),  # type: ignore[misc]
                what=f"{name} to serve",
                timeout_s=60,
            )
    except BaseException:
        stack.stop()
        raise
    return stack


@contextmanager
def running_stack(shape: Shape, directory: Path, *, services: bool = True) -> Iterator[Stack]:
    """A system for the time of a block."""
    stack = start_stack(shape, directory, services=services)
    try:
        yield stack
    finally:
        stack.stop()


def _environment(directory: Path, mqtt_port: int) -> dict[str, str]:
    run = directory / "data" / "run"
    return {
        "DJANGO_SETTINGS_MODULE": "command_center.settings",
        "DATA_DIR": str(directory / "data"),
        # A node for all, and one for the eastern township; tests start them where they need them.
        "MEDIA_NODES": f"{run / 'media.sock'},{city.EAST.code}={run / 'media-east.sock'}",
        "MQTT_PORT": str(mqtt_port),
        "MEDIA_PORT": str(free_udp_port()),
        "SECRET_KEY": "of-a-system-under-test",
        "SIMULATE": "0",
        "DATABASE_URL": "",
        "REDIS_URL": "",
        "MQTT_URL": "",
        "PUSH_HOSTS": "http://127.0.0.1:*",
        "WEBHOOK_HOSTS": "http://127.0.0.1:*",
        "PYTHONUNBUFFERED": "1",
        "PYTHONWARNINGS": "default",
    }


def _start_parts(stack: Stack) -> None:
    stack.postgres = start_postgres()
    stack.redis = start_redis(stack.directory / "redis")
    broker = f"mqtt://bridge:{quote(BRIDGE_PASSWORD)}@127.0.0.1:{stack.mqtt_port}"
    stack.environment |= {
        "DATABASE_URL": stack.postgres.url,
        "REDIS_URL": stack.redis.url,
        "MQTT_URL": broker,
        "MOSQUITTO_PID_FILE": str(stack.directory / "mosquitto.pid"),
    }


def _start_mosquitto(stack: Stack) -> None:
    folder = Path(stack.environment["DATA_DIR"]) / "broker"
    folder.mkdir(parents=True, exist_ok=True)
    name, password = GATEWAY
    gateway = BrokerUser(name, hash_password(password), read=("#",), write=("#",))
    (folder / "users.json").write_text(format_users([gateway]), encoding="utf-8")
    stack._passwords |= stack.do("credentials", devices=[d.id for d in city.fleet()])
    directory = stack.directory / "mosquitto"
    directory.mkdir()
    text = configuration(stack.mqtt_port, directory).replace(
        "allow_anonymous true",
        f"allow_anonymous false\npassword_file {folder / 'passwd'}\nacl_file {folder / 'acl'}\n"
        f"pid_file {stack.environment['MOSQUITTO_PID_FILE']}\nmax_packet_size 8388608",
    )
    stack.mosquitto = start_mosquitto(directory, port=stack.mqtt_port, config=text)


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=5).is_success
    except httpx.TransportError:
        return False


def installed() -> Sequence[str]:
    """The programs of the production shape that are missing on this machine."""
    return [name for name in ("mosquitto", "redis-server") if shutil.which(name) is None]
