"""Becomes another program, which the kernel kills if the supervisor dies.

Run by file name in an isolated interpreter, `python -I -S launch.py PARENT PROGRAM ARGUMENT…`:
the parent-death signal (prctl(2)) must be set in the child, and doing that in a fork of a process
with threads is not safe.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main() -> None:
    """Sets the signal, makes sure that the parent has not died before, and becomes the program."""
    parent, program = int(sys.argv[1]), sys.argv[2:]
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)
        if os.getppid() != parent:
            sys.exit("the supervisor is gone")
    os.execv(program[0], program)  # noqa: S606 - no shell is wanted


if __name__ == "__main__":
    main()
