"""What a process has used: CPU time of all its threads, and memory."""

from __future__ import annotations

from dataclasses import dataclass

import psutil

KIB = 1024


@dataclass(frozen=True, slots=True)
class Usage:
    """CPU seconds (user and system), resident and unshared memory in KiB."""

    cpu_s: float
    rss_kib: float
    uss_kib: float


def usage_of(pid: int) -> Usage:
    """The usage of a process at this moment."""
    process = psutil.Process(pid)
    times = process.cpu_times()
    memory = process.memory_full_info()
    return Usage(times.user + times.system, memory.rss / KIB, memory.uss / KIB)


def cpu_s(pid: int) -> float:
    """CPU seconds (user and system) that a process has used."""
    times = psutil.Process(pid).cpu_times()
    return float(times.user + times.system)
