"""Small files that are made once and then kept: generated keys and passwords."""

import os
import secrets
from collections.abc import Callable
from pathlib import Path

from command_center.variables import ConfigurationError


def kept_text(path: Path, make: Callable[[], str]) -> str:
    """The text kept in `path`; made by `make` and written with mode 0600 if there is none.

    Of several processes that find nothing at the same time, all return the one that won. Raises
    ConfigurationError, worded for the operator, where the file can be neither read nor made.
    """
    try:
        return _keep(path, make)
    except OSError as error:
        raise ConfigurationError(
            f"{path} can't be read or written ({error.strerror}); "
            "set DATA_DIR to a folder that this user can write to."
        ) from error


def _keep(path: Path, make: Callable[[], str]) -> str:
    existing = _read(path)
    if existing is not None:
        return existing
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    try:
        write_private(temporary, make())
        # link(2) never replaces a file, which rename(2) would.
        path.hardlink_to(temporary)
    except FileExistsError:
        pass
    finally:
        temporary.unlink(missing_ok=True)
    return path.read_text(encoding="utf-8").strip()


def write_private(path: Path, text: str) -> None:
    """Writes a file that only its owner can read."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write(text + "\n")


def _read(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8").strip() or None
    except FileNotFoundError:
        return None
