"""Unix sockets under paths of any length."""

import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

LONGEST = 100
"""Bytes of a path that fit into sun_path everywhere (107 on Linux, 103 elsewhere)."""


@contextmanager
def reachable(path: Path) -> Iterator[str]:
    """For the time of a block a name for the socket that is short enough to bind or connect to.

    On Linux a long one goes by way of a descriptor of its folder. Elsewhere it is left as it is, and binding it says
    what is wrong. Raises OSError where the folder is missing.
    """
    if len(os.fsencode(path)) <= LONGEST or sys.platform != "linux":
        yield str(path)
        return
    folder = os.open(path.parent, os.O_PATH | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)


def answers(path: Path) -> bool:
    """Whether somebody accepts connections there."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as trial:
        trial.settimeout(2.0)
        try:
            with reachable(path) as name:
                trial.connect(name)
        except OSError:
            return False
    return True


def listen(path: Path) -> socket.socket:
    """A listening socket that only its owner may use, in place of one that nobody serves any more.

    Raises FileExistsError where somebody does.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists():
        if answers(path):
            raise FileExistsError(str(path))
        path.unlink()
    handle = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        # Made private before anybody can connect: bind(2) makes the file, listen(2) opens it.
        with reachable(path) as name:
            handle.bind(name)
        path.chmod(0o600)
        handle.listen(64)
    except OSError:
        handle.close()
        raise
    return handle
