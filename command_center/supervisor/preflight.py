"""What must hold before anything is started; each failure is one sentence that names the mend."""

import errno
import fcntl
import os
import shutil
import socket
import sys
from pathlib import Path
from typing import IO

from command_center.env import Environment
from command_center.sqlite import UnsafeSQLiteError, require_safe_sqlite
from command_center.variables import ConfigurationError, Engine

OLDEST_PYTHON = (3, 11)


def prepare(environment: Environment) -> IO[str]:
    """Makes every check and takes the data folder; keep what it returns for as long as it runs.

    Raises ConfigurationError, worded for the person at the terminal.
    """
    require_python(sys.version_info[:2])
    if environment.database_url is None or environment.database_url.startswith("sqlite"):
        try:
            require_safe_sqlite()
        except UnsafeSQLiteError as error:
            raise ConfigurationError(str(error)) from error
    run = writable_folder(environment.data_dir)
    lock = take(run / "supervisor.lock", environment.data_dir)
    try:
        require_free_ports(environment)
    except ConfigurationError:
        lock.close()
        raise
    return lock


def require_python(version: tuple[int, ...]) -> None:
    """Refuses a Python that is too old."""
    if version < OLDEST_PYTHON:
        raise ConfigurationError(
            f"Python {'.'.join(map(str, version))} is too old; "
            f"{'.'.join(map(str, OLDEST_PYTHON))} or newer is needed."
        )


def writable_folder(data_dir: Path) -> Path:
    """Makes the data folder and the one for the state of a running system; returns that one."""
    run = data_dir / "run"
    try:
        run.mkdir(parents=True, exist_ok=True)
        for folder in (data_dir, run):
            trial = folder / f".writable.{os.getpid()}"
            trial.touch()
            trial.unlink()
    except OSError as error:
        raise ConfigurationError(
            f"The data folder {data_dir} can't be written to ({error.strerror}); "
            "set DATA_DIR to a folder that this user can write to."
        ) from error
    return run


def take(path: Path, data_dir: Path) -> IO[str]:
    """Locks the data folder for this process, until the returned file is closed or it dies."""
    lock = path.open("a+")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        lock.seek(0)
        owner = lock.read().strip() or "unknown"
        lock.close()
        raise ConfigurationError(
            f"Another instance (process {owner}) already runs on {data_dir}; "
            "end that one, or set DATA_DIR to another folder."
        ) from error
    lock.truncate(0)
    lock.write(f"{os.getpid()}\n")
    lock.flush()
    return lock


def require_free_ports(environment: Environment) -> None:
    """Refuses to start where a port that this system serves itself is taken."""
    require_free_port("PORT", environment.host, environment.port)
    if environment.mqtt_url is None:
        if environment.mqtt_port == environment.port:
            raise ConfigurationError(
                f"PORT and MQTT_PORT are both {environment.port}; give them different ports."
            )
        require_free_port("MQTT_PORT", "127.0.0.1", environment.mqtt_port)
    if environment.runs_media and environment.conference_engine is Engine.AIORTC:
        for one in environment.each_media_process():
            require_free_media_port(one.media_host, one.media_port)
    elif environment.runs_media and environment.janus_address is None:
        require_janus()


def require_janus() -> None:
    """Refuses to start where Janus is asked for and is not installed."""
    if shutil.which("janus") is None:
        raise ConfigurationError(
            "CONFERENCE_ENGINE is janus, and Janus is not installed: apt-get install janus; "
            "or name one elsewhere by JANUS_URL, or set CONFERENCE_ENGINE=aiortc."
        )


def require_free_media_port(host: str, port: int) -> None:
    """Refuses a UDP port that is taken. An address of another machine (a NAT's outside) is no fault."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as trial:
        try:
            trial.bind((host, port))
        except OSError as error:
            if error.errno != errno.EADDRNOTAVAIL:
                raise ConfigurationError(
                    f"UDP port {port} on {host} can't be used ({error.strerror}); "
                    f"set MEDIA_PORT to a free one, e.g. MEDIA_PORT={_suggested(port)}"
                ) from error


def require_free_port(variable: str, host: str, port: int) -> None:
    """Refuses a port that is taken, naming the variable that changes it."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except OSError as error:
        raise _no_address(host) from error
    with socket.socket(family, kind, protocol) as trial:
        # As the servers do: connections of an earlier run that linger are no hindrance.
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind(address)
            trial.listen(1)
        except OSError as error:
            if error.errno == errno.EADDRNOTAVAIL:
                raise _no_address(host) from error
            raise ConfigurationError(
                f"Port {port} on {host} can't be used ({error.strerror}); "
                f"set {variable} to a free one, e.g. {variable}={_suggested(port)}"
            ) from error


def _no_address(host: str) -> ConfigurationError:
    return ConfigurationError(
        f"HOST is {host!r}, which is no address of this machine; an example: HOST=127.0.0.1"
    )


def _suggested(port: int) -> int:
    return port + 1 if 1024 <= port < 65535 else 8001
