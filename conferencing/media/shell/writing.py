"""The thread that writes a recording, so that a slow disk never makes the node's loop wait."""

from __future__ import annotations

import errno
import logging
import shutil
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue

from conferencing.engines.cues import CUE_FILE
from conferencing.engines.messages import RecordingTrouble
from conferencing.media.shell.tracks import TrackFacts, TrackFile

MOST_WAITING = 32 * 1024 * 1024
"""Octets that wait for the disk: some ten seconds of a large room. What comes then is dropped."""
LEAST_FREE = 512 * 1024 * 1024
"""So much of the disk is left to the database and the logs."""
LOOK_EVERY_S = 2.0

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Opened:
    """A track begins."""

    track: int
    facts: TrackFacts


@dataclass(frozen=True, slots=True)
class Written:
    """A frame of a track."""

    track: int
    timestamp: int
    data: bytes
    keyframe: bool


@dataclass(frozen=True, slots=True)
class Ended:
    """A track is over."""

    track: int


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the cue file."""

    text: str


@dataclass(frozen=True, slots=True)
class Finish:
    """All is written."""


Order = Opened | Written | Ended | Line | Finish


@dataclass(frozen=True, slots=True)
class Begun:
    """The folder is there."""


@dataclass(frozen=True, slots=True)
class Broken:
    """Nothing more is written."""

    trouble: RecordingTrouble
    detail: str


@dataclass(frozen=True, slots=True)
class Done:
    """All files are closed."""

    files: tuple[str, ...]
    octets: int


News = Begun | Broken | Done


class Writer:
    """Orders go in from the loop; news comes back from the thread, through `tell`, which must be safe for that."""

    def __init__(self, folder: Path, tell: Callable[[News], None]) -> None:
        self._folder = folder
        self._tell = tell
        self._orders: SimpleQueue[Order] = SimpleQueue()
        self._taken = 0
        """octets given, counted by the loop"""
        self._gone = 0
        """octets that are dealt with, counted by the thread"""
        self._octets = 0
        self._files: list[str] = []
        self._tracks: dict[int, TrackFile] = {}
        self._looked_at = -1e9
        self._thread = threading.Thread(target=self._run, name=f"record {folder.name}", daemon=True)
        self._thread.start()

    @property
    def octets(self) -> int:
        """Bytes written to tracks that are closed, and by now to the others; near enough for statistics."""
        return self._octets

    def give(self, order: Order) -> bool:
        """Have something done; False if it was dropped, since too much waits for the disk."""
        if isinstance(order, Written):
            if self._taken - self._gone > MOST_WAITING:
                return False
            self._taken += len(order.data)
        self._orders.put(order)
        return True

    def join(self, timeout_s: float) -> bool:
        """Wait for the end; whether it came."""
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    # -- the thread --------------------------------------------------------------------------------

    def _run(self) -> None:
        try:
            self._folder = _free(self._folder)
            self._folder.mkdir(parents=True, mode=0o750)
            self._look()
            with (self._folder / CUE_FILE).open("x", encoding="utf-8", buffering=1) as cues:
                self._tell(Begun())
                while self._carry_out(self._orders.get(), cues.write):
                    pass
                self._close_all()
            self._tell(Done(tuple(self._files), self._octets))
        except Exception as error:
            if not isinstance(error, OSError):
                logger.exception("a recording ends")
            broken = _broken(error, self._folder)
            self._abandon()
            self._tell(broken)

    def _carry_out(self, order: Order, line: Callable[[str], object]) -> bool:
        match order:
            case Opened():
                self._tracks[order.track] = TrackFile(self._folder, order.facts)
                self._files.append(order.facts.file)
            case Written():
                self._gone += len(order.data)
                file = self._tracks.get(order.track)
                if file is not None:
                    before = file.octets
                    file.write(order.timestamp, order.data, keyframe=order.keyframe)
                    self._octets += file.octets - before
                self._look()
            case Ended():
                self._close(order.track)
            case Line():
                line(order.text + "\n")
            case Finish():
                return False
        return True

    def _close(self, track: int) -> None:
        file = self._tracks.pop(track, None)
        if file is not None:
            file.close()

    def _close_all(self) -> None:
        for track in list(self._tracks):
            self._close(track)

    def _abandon(self) -> None:
        """Close what can be closed: what was written so far is worth keeping."""
        for file in self._tracks.values():
            try:
                file.close()
            except (OSError, ValueError) as error:
                logger.info("a track could not be closed: %s", error)
        self._tracks.clear()

    def _look(self) -> None:
        now = time.monotonic()
        if now - self._looked_at < LOOK_EVERY_S:
            return
        self._looked_at = now
        if shutil.disk_usage(self._folder).free < LEAST_FREE:
            raise OSError(errno.ENOSPC, f"less than {LEAST_FREE >> 20} MiB are left")


def _free(folder: Path) -> Path:
    """A name that nothing lies under: the same name again, after a recording broke off, is a further part."""
    number, free = 1, folder
    while free.exists():
        number += 1
        free = folder.with_name(f"{folder.name}.{number}")
    return free


_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_CLOSED = {errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOENT, errno.ENOTDIR, errno.EEXIST}


def _broken(error: Exception, folder: Path) -> Broken:
    number = error.errno if isinstance(error, OSError) else None
    if number in _FULL:
        trouble = RecordingTrouble.DISK_FULL
    elif number in _CLOSED:
        trouble = RecordingTrouble.UNWRITABLE
    else:
        trouble = RecordingTrouble.FAILED
    return Broken(trouble, f"{folder}: {error}")
