"""Waiting for a condition instead of for time to pass."""

import time
from collections.abc import Callable
from typing import TypeVar

_T = TypeVar("_T")

POLL_S = 0.01
LONGEST_POLL_S = 0.15
"""Who looks all the time takes the processors from those that are waited for."""


def wait_until(
    condition: Callable[[], _T | None], *, what: str = "the condition", timeout_s: float = 20
) -> _T:
    """Returns the condition's first true value. Raises AssertionError naming `what` when time is up."""
    deadline = time.monotonic() + timeout_s
    pause = POLL_S
    while not (value := condition()):
        if time.monotonic() >= deadline:
            raise AssertionError(f"waited {timeout_s:g} s in vain for {what}")
        time.sleep(pause)
        pause = min(pause * 1.3, LONGEST_POLL_S)
    return value
