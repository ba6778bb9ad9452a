"""Content on the disk, kept under its digest in a folder of DATA_DIR. What it belongs to, the database says."""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings


class Store:
    """One folder. The same content is there once, whoever keeps it."""

    def __init__(self, folder: str) -> None:
        self._folder = folder

    def keep(self, data: bytes) -> str:
        """On the disk, whole, before the database names it; its digest. What a failed transaction leaves is found again."""
        digest = hashlib.sha256(data).hexdigest()
        path = self._path(digest)
        if path.exists():
            path.touch()  # nobody may think it a stray now
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            temporary = path.with_name(f".{digest}.{os.getpid()}.{secrets.token_hex(4)}")
            try:
                with temporary.open("xb") as stream:
                    stream.write(data)
                    stream.flush()
                    os.fsync(stream.fileno())
                temporary.replace(path)
            finally:
                temporary.unlink(missing_ok=True)
        return digest

    def read(self, digest: str) -> bytes:
        """The bytes. Raises FileNotFoundError if the folder was not restored with the database."""
        return self._path(digest).read_bytes()

    def forget(self, digest: str) -> None:
        """Nothing names it any more."""
        self._path(digest).unlink(missing_ok=True)

    def files(self) -> Iterator[tuple[str, float]]:
        """Each digest that is there, and when it was last kept (seconds since 1970)."""
        for path in (Path(settings.DATA_DIR) / self._folder).glob("??/*"):
            if not path.name.startswith("."):
                yield path.name, path.stat().st_mtime

    def _path(self, digest: str) -> Path:
        return Path(settings.DATA_DIR) / self._folder / digest[:2] / digest


def named(name: str, suffixes: tuple[str, ...], *, most: int = 120) -> str:
    """The name that content came with, ending as its content says."""
    kept = Path(name)
    if kept.suffix.lower() in suffixes:
        return name[-most:]
    return f"{(kept.stem or 'file')[: most - 5]}{suffixes[0]}"
