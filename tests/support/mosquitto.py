"""A real Mosquitto on a free port with a configuration of the test's."""

import re
import shutil
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.ports import accepts, free_port
from tests.support.processes import Child, start
from tests.support.waiting import wait_until

MOSQUITTO = shutil.which("mosquitto") or "/usr/sbin/mosquitto"
MOSQUITTO_PASSWD = shutil.which("mosquitto_passwd") or "/usr/bin/mosquitto_passwd"

# Started as root Mosquitto becomes another user, but temporary directories are their owner's alone.
_AS_STARTED = "user root\n"


@dataclass(slots=True)
class Mosquitto:
    """A running broker. It survives `kill` and `restart` with what it had saved to `directory`."""

    port: int
    directory: Path
    config: Path
    child: Child

    def reload(self) -> None:
        """Have it read its password and ACL files again; returns when it has."""
        before = self.child.output().count("Reloading config")
        self.child.signal(signal.SIGHUP)
        wait_until(
            lambda: self.child.output().count("Reloading config") > before,
            what="Mosquitto's reload",
        )

    def kill(self) -> None:
        """End it with SIGKILL."""
        self.child.kill()

    def restart(self) -> None:
        """Start it again on the same port with the same files."""
        self.child = _start(self.config, self.port, self.directory / "mosquitto.log")


def hashed_by_mosquitto(directory: Path, users: Mapping[str, str]) -> str:
    """The text of a password file as `mosquitto_passwd` itself writes it."""
    path = directory / "passwd.made"
    path.touch(mode=0o600)
    for name, password in users.items():
        subprocess.run([MOSQUITTO_PASSWD, "-b", str(path), name, password], check=True)
    return path.read_text(encoding="utf-8")


def configuration(
    port: int,
    directory: Path,
    *,
    users: Mapping[str, str] | None = None,
    acl: str | None = None,
    extra: str = "",
) -> str:
    """A small configuration: the durability of production, anonymous unless `users` are given."""
    lines = [
        f"listener {port} 127.0.0.1",
        "persistence true",
        f"persistence_location {directory}/",
        "autosave_interval 1",
        "autosave_on_changes true",
        "max_queued_messages 0",
        "max_inflight_messages 0",
        "set_tcp_nodelay true",
        f"allow_anonymous {'false' if users else 'true'}",
    ]
    if users:
        passwd = directory / "passwd"
        passwd.write_text(hashed_by_mosquitto(directory, users), encoding="utf-8")
        lines.append(f"password_file {passwd}")
    if acl is not None:
        (directory / "acl").write_text(acl, encoding="utf-8")
        lines.append(f"acl_file {directory / 'acl'}")
    return "\n".join([*lines, extra, ""])


def start_mosquitto(
    directory: Path,
    *,
    port: int | None = None,
    config: str | None = None,
    users: Mapping[str, str] | None = None,
    acl: str | None = None,
    extra: str = "",
) -> Mosquitto:
    """Start a broker; returns when it accepts connections. `config` replaces the small one."""
    directory.mkdir(parents=True, exist_ok=True)
    port = port or free_port()
    text = config or configuration(port, directory, users=users, acl=acl, extra=extra)
    path = directory / "mosquitto.conf"
    if not re.search(r"^user ", text, re.MULTILINE):
        text = _AS_STARTED + text
    path.write_text(text, encoding="utf-8")
    child = _start(path, port, directory / "mosquitto.log")
    return Mosquitto(port=port, directory=directory, config=path, child=child)


@contextmanager
def running_mosquitto(
    directory: Path,
    *,
    users: Mapping[str, str] | None = None,
    acl: str | None = None,
    extra: str = "",
) -> Iterator[Mosquitto]:
    """A broker for the time of a block; a `kill` within it is no error."""
    broker = start_mosquitto(directory, users=users, acl=acl, extra=extra)
    try:
        yield broker
    finally:
        broker.child.stop()


def _start(config: Path, port: int, log: Path) -> Child:
    return start([MOSQUITTO, "-c", str(config)], log=log, ready=lambda: accepts(port))
