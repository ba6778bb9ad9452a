"""What the children print, line by line to the supervisor's own output.

Nothing here may ever make the supervisor wait: its output can be a pipe that nobody reads.
"""

import contextlib
import os
import queue
import threading

MAX_LINE_BYTES = 16 * 1024
MAX_WAITING_LINES = 2_000


class LineSplitter:
    """Cuts a stream of bytes into lines; an endless line is cut at 16 KiB."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> list[bytes]:
        """The lines that `data` completes, without their ends."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        while len(self._rest) > MAX_LINE_BYTES:
            lines.append(self._rest[:MAX_LINE_BYTES])
            self._rest = self._rest[MAX_LINE_BYTES:]
        return [line.rstrip(b"\r") for line in lines]

    def end(self) -> list[bytes]:
        """What is left when the stream ends."""
        rest, self._rest = self._rest, b""
        return [rest] if rest else []


class Terminal:
    """Writes lines to a file descriptor from a thread of its own.

    A reader that is slower than the lines come misses some and is told how many; a closed
    descriptor swallows everything.
    """

    def __init__(self, descriptor: int = 1) -> None:
        self._descriptor = descriptor
        self._lines: queue.Queue[bytes | None] = queue.Queue(MAX_WAITING_LINES)
        self._missed = 0
        self._thread = threading.Thread(target=self._write, name="terminal", daemon=True)
        self._thread.start()

    def say(self, text: str) -> None:
        """Takes lines of the supervisor's own."""
        for line in text.split("\n"):
            self.line(line.encode())

    def line(self, line: bytes) -> None:
        """Takes one line, or counts it as missed."""
        try:
            if self._missed:
                self._lines.put_nowait(f"… {self._missed} lines left out".encode())
                self._missed = 0
            self._lines.put_nowait(line)
        except queue.Full:
            self._missed += 1

    def close(self, *, timeout_s: float) -> None:
        """Writes what is waiting, as long as the reader takes it within the time."""
        with contextlib.suppress(queue.Full):
            self._lines.put(None, timeout=timeout_s)
        self._thread.join(timeout_s)

    def _write(self) -> None:
        """The thread's work. Writes past sys.stdout, whose lock would hold up the exit."""
        broken = False
        while (line := self._lines.get()) is not None:
            rest = line + b"\n"
            while rest and not broken:
                try:
                    rest = rest[os.write(self._descriptor, rest) :]
                except OSError:
                    broken = True
