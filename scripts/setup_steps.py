"""Brings this checkout into a runnable state: virtual environment, catalogues, front end.

Every step leaves a stamp with the hash of what it was made from and is skipped while that
stands, so a set-up with nothing to do costs a few hundredths of a second. Only the standard
library is used: this runs before anything is installed.
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import hashlib
import importlib.util
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import FrameType

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
BUILD = ROOT / ".build"
LOCKS = {"run": ROOT / "requirements" / "base.txt", "dev": ROOT / "requirements" / "dev.txt"}
FRONTEND = ROOT / "frontend"
LOCALE = ROOT / "locale"
FRONTEND_OUTPUT = FRONTEND / "dist"
# Folders of the front end that the build makes or that do not enter it.
FRONTEND_IGNORED = {"node_modules", "dist", "coverage", "test-results", ".vite", ".vitest"}


class SetupError(Exception):
    """A reason to stop, worded as one sentence for the person at the terminal."""


def say(message: str) -> None:
    """Prints one line of progress; a closed terminal is no reason to stop."""
    with contextlib.suppress(OSError):
        print(f"setup: {message}", flush=True)


def run(command: list[str], *, cwd: Path = ROOT, env: dict[str, str] | None = None) -> str:
    """Runs a command and returns its output; raises SetupError with the output's end."""
    try:
        process = subprocess.Popen(
            command,
            cwd=cwd,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
        )
    except OSError as error:
        raise SetupError(f"{command[0]} could not be started: {error.strerror}.") from error
    try:
        output, _ = process.communicate()
    except BaseException:
        # npm and pip start programs of their own: end the whole group.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        raise
    if process.returncode != 0:
        tail = "\n".join(output.strip().splitlines()[-25:])
        raise SetupError(f"`{Path(command[0]).name} {' '.join(command[1:4])} …` failed:\n{tail}")
    return output


def fingerprint(paths: Iterable[Path], *extra: str) -> str:
    """Hash over names and contents of files, and over extra words."""
    digest = hashlib.sha256()
    for word in extra:
        digest.update(word.encode() + b"\0")
    for path in sorted(paths):
        digest.update(str(path.relative_to(ROOT)).encode() + b"\0")
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def is_current(stamp: Path, value: str) -> bool:
    """Whether a step's stamp still says what the step would be made from now."""
    return stamp.is_file() and stamp.read_text() == value


def write_stamp(stamp: Path, value: str) -> None:
    """Marks a step as done, after it is."""
    stamp.parent.mkdir(parents=True, exist_ok=True)
    stamp.write_text(value)


@contextlib.contextmanager
def exclusive() -> Iterator[None]:
    """Lets one set-up at a time work in this checkout."""
    try:
        BUILD.mkdir(exist_ok=True)
        handle = (BUILD / "lock").open("w")
    except OSError as error:
        raise SetupError(
            f"{ROOT} cannot be written to ({error.strerror}); "
            "make it writable for this user or use a checkout that is."
        ) from error
    with handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


# Virtual environment


def ensure_environment(level: str) -> None:
    """Makes .venv and installs the locked packages of a level ("run" or "dev" on top)."""
    python = VENV / "bin" / "python"
    identity = f"{sys.version_info.major}.{sys.version_info.minor} {ROOT}"
    made = VENV / ".made"
    if not (python.exists() and is_current(made, identity)):
        create_environment(python)
        write_stamp(made, identity)
    lock = LOCKS[level]
    wanted = fingerprint([lock], identity)
    if is_current(VENV / f".installed-{level}", wanted):
        return
    if level == "run" and is_current(
        VENV / ".installed-dev", fingerprint([LOCKS["dev"]], identity)
    ):
        return  # dev.txt holds everything of base.txt, in the same versions
    install(python, lock)
    write_stamp(VENV / f".installed-{level}", wanted)


def create_environment(python: Path) -> None:
    """Makes a fresh virtual environment with pip in it."""
    if importlib.util.find_spec("ensurepip") is None or importlib.util.find_spec("venv") is None:
        raise SetupError(
            "Python's venv module is incomplete on this machine; "
            "install it with: apt-get install python3-venv"
        )
    say(f"making {VENV.name} with Python {sys.version.split()[0]}")
    shutil.rmtree(VENV, ignore_errors=True)
    run([sys.executable, "-m", "venv", str(VENV)])
    if not python.exists():
        raise SetupError(f"{python} was not made; remove {VENV} and try again.")


def install(python: Path, lock: Path) -> None:
    """Installs exactly what a lock file names, each archive checked against its hash."""
    say(f"installing {lock.relative_to(ROOT)}")
    command = [str(python), "-m", "pip", "install", "--quiet", "--no-input", "--no-deps"]
    command += ["--disable-pip-version-check", "--require-hashes", "-r", str(lock)]
    try:
        run(command)
    except SetupError as error:
        text = str(error)
        if any(sign in text for sign in ("Temporary failure", "NewConnectionError", "timed out")):
            raise SetupError(
                "The packages could not be fetched because the package index is not reachable; "
                "connect this machine to the network (or set PIP_INDEX_URL to a mirror) "
                "and run the command again."
            ) from error
        raise


# Message catalogues


def compile_catalogues() -> None:
    """Compiles every changed gettext catalogue (.po to .mo), which git does not keep."""
    for source in sorted(LOCALE.glob("*/LC_MESSAGES/*.po")):
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime_ns >= source.stat().st_mtime_ns:
            continue
        say(f"compiling {source.relative_to(ROOT)}")
        pybabel = str(VENV / "bin" / "pybabel")
        run([pybabel, "compile", "--input-file", str(source), "--output-file", str(target)])


# Front end


def frontend_sources() -> Iterator[Path]:
    """Every file that can change the front end's build."""
    for folder, folders, files in os.walk(FRONTEND):
        folders[:] = [name for name in folders if name not in FRONTEND_IGNORED]
        yield from (Path(folder) / name for name in files if not name.endswith(".tsbuildinfo"))


def node_environment() -> dict[str, str]:
    """The environment with this checkout's own Node first on the path."""
    return {**os.environ, "PATH": f"{VENV / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}"}


def ensure_frontend(*, build: bool) -> None:
    """Installs the front end's packages and builds it, when its files have changed."""
    package, lock = FRONTEND / "package.json", FRONTEND / "package-lock.json"
    if not (package.is_file() and lock.is_file()):
        return
    npm = str(VENV / "bin" / "npm")
    modules, stamp = fingerprint([lock]), BUILD / "node_modules"
    if not ((FRONTEND / "node_modules").is_dir() and is_current(stamp, modules)):
        say("installing the front end's packages")
        command = [npm, "ci", "--no-audit", "--no-fund", "--loglevel=error"]
        run(command, cwd=FRONTEND, env=node_environment())
        write_stamp(stamp, modules)
    if not build or "build" not in json.loads(package.read_text("utf-8")).get("scripts", {}):
        return
    sources, stamp = fingerprint(frontend_sources()), BUILD / "frontend"
    if is_current(stamp, sources) and FRONTEND_OUTPUT.is_dir():
        return
    say("building the front end")
    run([npm, "run", "build"], cwd=FRONTEND, env=node_environment())
    write_stamp(stamp, sources)


def stop_on_sigterm(_number: int, _frame: FrameType | None) -> None:
    """Turns SIGTERM into an exception, so that subprocess ends what it has started."""
    raise KeyboardInterrupt


def main(arguments: list[str]) -> int:
    """Carries out the steps; returns the exit code."""
    parser = argparse.ArgumentParser(prog="bootstrap.py", description=__doc__)
    parser.add_argument("--dev", action="store_true", help="with what tests and checks need")
    parser.add_argument("--no-frontend", action="store_true", help="leave the front end alone")
    parser.add_argument("--no-build", action="store_true", help="install its packages only")
    options = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, stop_on_sigterm)
    try:
        with exclusive():
            ensure_environment("dev" if options.dev else "run")
            compile_catalogues()
            if not options.no_frontend:
                ensure_frontend(build=not options.no_build)
    except SetupError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except OSError as error:
        sys.stderr.write(f"Setting up failed at {error.filename or ROOT}: {error.strerror}.\n")
        return 1
    except KeyboardInterrupt:
        return 130
    return 0
