"""Where recordings lie on the disk: the parts that media nodes write, and the film that the worker makes of them."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

from conferencing.archive.timeline import Part
from conferencing.engines.cues import CUE_FILE, read_cues

SETTLED_AFTER_S = 20.0
"""A part without a last line whose files have not grown for so long belongs to a node that died."""


def root() -> Path:
    """The folder of all recordings."""
    return Path(settings.ENVIRONMENT.recordings)


def film_of(name: str) -> Path:
    """The film of a recording."""
    return root() / f"{name}.mp4"


def folders_of(name: str) -> list[Path]:
    """The folders of a recording's parts."""
    return sorted(folder for folder in root().glob(f"{name}.e*") if folder.is_dir())


def parts_of(name: str) -> list[Part]:
    """The parts' cues, as far as they are written."""
    parts = []
    for folder in folders_of(name):
        try:
            lines = (folder / CUE_FILE).read_text(encoding="utf-8", errors="replace").splitlines()
        except OSError:
            lines = []
        parts.append(Part(folder.name, tuple(read_cues(lines))))
    return parts


def is_settled(parts: list[Part], *, now: float | None = None) -> bool:
    """Whether nothing more is written: each part is over, or has rested for long."""
    at = time.time() if now is None else now
    return all(
        part.is_over or _touched(root() / part.folder) + SETTLED_AFTER_S < at for part in parts
    )


def _touched(folder: Path) -> float:
    times = [file.stat().st_mtime for file in (folder, *folder.iterdir())]
    return max(times)


def octets_of(name: str) -> int:
    """How much disk a recording takes."""
    return sum(file.stat().st_size for file in _files(name))


def _files(name: str) -> Iterator[Path]:
    film = film_of(name)
    if film.is_file():
        yield film
    for folder in folders_of(name):
        yield from (file for file in folder.iterdir() if file.is_file())


def delete(name: str) -> None:
    """Remove all files of a recording; what is gone already is no error."""
    for folder in folders_of(name):
        shutil.rmtree(folder, ignore_errors=False)
    for film in root().glob(f"{name}.mp4*"):
        film.unlink(missing_ok=True)
