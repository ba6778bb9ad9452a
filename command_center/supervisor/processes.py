"""The table of processes that make up one machine's system."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from command_center.env import Environment
from command_center.variables import Server

BASE_DIR = Path(__file__).resolve().parent.parent.parent
MAX_MESSAGE_BYTES = 64 * 1024 * 1024
WILDCARDS = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - looked up, not bound
CONSOLE_PROTOCOL = "command_center.feed.uvicorn_socket:ConsoleProtocol"


@dataclass(frozen=True, slots=True)
class Probe:
    """How one sees from outside that a process serves: a TCP port, or an HTTP path on it.

    With `socket` it is a Unix socket instead of host and port.
    """

    host: str
    port: int
    path: str | None = None
    host_header: str = "localhost"
    socket: Path | None = None


@dataclass(frozen=True, slots=True)
class ProcessSpec:
    """One process: its command, how it is seen to be ready, and what must be ready before.

    Without a probe a process counts as running once it has lived for `settled_after_s`.
    """

    name: str
    command: tuple[str, ...]
    probe: Probe | None = None
    after: str | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    settled_after_s: float = 3.0


def process_table(environment: Environment) -> tuple[ProcessSpec, ...]:
    """The processes that this environment asks for, in the order of their start."""
    specs = [
        _web(environment),
        _manage("bridge", environment),
        _manage("worker", environment, "--instance", "main"),
    ]
    if environment.mqtt_url is None:
        specs.insert(0, _broker(environment))
    if environment.runs_media:
        specs += map(_media, environment.each_media_process(), count(1))
    if environment.simulate:
        specs.append(_manage("simulate", environment, after="web"))
    return tuple(specs)


def console_address(environment: Environment) -> str:
    """The console's address for a person on this machine."""
    host = WILDCARDS.get(environment.host, environment.host)
    return f"http://{f'[{host}]' if ':' in host else host}:{environment.port}/"


def child_environment(environment: Environment) -> dict[str, str]:
    """What every child is told, so that all agree whatever its own defaults are."""
    return {
        "DATA_DIR": str(environment.data_dir),
        "MQTT_PORT": str(environment.mqtt_port),
        "PYTHONUNBUFFERED": "1",
    }


def _manage(
    name: str, environment: Environment, *arguments: str, after: str | None = None
) -> ProcessSpec:
    command = (sys.executable, str(BASE_DIR / "manage.py"), name, *arguments)
    return ProcessSpec(name, command, None, after, child_environment(environment))


def _broker(environment: Environment) -> ProcessSpec:
    # `manage.py broker` in all but Django, which would take a second and 60 MB for nothing.
    command = (sys.executable, "-m", "iot_bridge.runner.broker")
    probe = Probe("127.0.0.1", environment.mqtt_port)
    return ProcessSpec("broker", command, probe, None, child_environment(environment))


def _media(environment: Environment, number: int) -> ProcessSpec:
    # `manage.py media` in all but Django, of which it knows nothing.
    command = (sys.executable, "-m", "conferencing.media")
    probe = Probe("", 0, socket=Path(environment.media_address))
    told = child_environment(environment)
    if number > 1:
        told |= {
            "MEDIA_PORT": str(environment.media_port),
            "MEDIA_CONTROL": environment.media_address,
        }
        if environment.media_trunk is not None:
            told["MEDIA_TRUNK"] = ":".join(map(str, environment.media_trunk))
    return ProcessSpec("media" if number == 1 else f"media-{number}", command, probe, None, told)


def _web(environment: Environment) -> ProcessSpec:
    host = WILDCARDS.get(environment.host, environment.host)
    header = environment.allowed_hosts[0].lstrip(".").replace("*", "localhost")
    probe = Probe(host, environment.port, "/healthz", header)
    command = (sys.executable, "-m", *_server(environment))
    return ProcessSpec("web", command, probe, None, child_environment(environment))


def _server(environment: Environment) -> tuple[str, ...]:
    """The ASGI server's module and arguments; both give open sockets 2 s to close at the end.

    docs/adr/0001-asgi-server.md says why these; loadtests/servers.py measures them.
    """
    application, port = "command_center.asgi:application", str(environment.port)
    if environment.server is Server.DAPHNE:
        return (
            *("daphne", "-b", environment.host, "-p", port, "--no-server-name"),
            *("--application-close-timeout", "2", "--verbosity", "0"),
            # Its 1 MiB would hold for what it sends too, and a city's snapshot is larger.
            *("--websocket-max-message-size", str(MAX_MESSAGE_BYTES), application),
        )
    return (
        *("uvicorn", application, "--host", environment.host, "--port", port),
        *("--loop", "uvloop", "--http", "httptools", "--ws", CONSOLE_PROTOCOL),
        *("--ws-per-message-deflate", "false"),
        *("--lifespan", "off", "--no-access-log", "--log-level", "warning"),
        *("--no-server-header", "--timeout-graceful-shutdown", "2"),
    )
