"""The worker's loop: jobs at their intervals, by the one process that holds the lease."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.db import close_old_connections
from django.utils import timezone

from command_center.health import services

logger = logging.getLogger(__name__)

LEASE = "worker"
LEASE_S = 10.0
BEAT_S = 2.0


@dataclass(frozen=True, slots=True)
class Job:
    """Something to do every so often. `run` answers with a line for the log, or nothing."""

    name: str
    every_s: float
    run: Callable[[], str]


def work(*, instance: str, jobs: Sequence[Job], stop: threading.Event) -> None:
    """Run until `stop`. A job that fails is logged, counted, and tried again at its next time."""
    started_at = timezone.now()
    due = {job.name: time.monotonic() for job in jobs}
    counters: dict[str, int] = {}
    try:
        while not stop.is_set():
            close_old_connections()
            active = services.hold_lease(name=LEASE, holder=instance, seconds=LEASE_S)
            services.heartbeat(
                name="worker",
                instance=instance,
                started_at=started_at,
                ready=True,
                detail="active" if active else "standing by",
                counters=counters,
            )
            for job in jobs:
                if active and time.monotonic() >= due[job.name] and not stop.is_set():
                    due[job.name] = time.monotonic() + job.every_s
                    _run(job, counters)
            stop.wait(BEAT_S)
    finally:
        services.release_lease(name=LEASE, holder=instance)
        services.farewell(name="worker", instance=instance)


def _run(job: Job, counters: dict[str, int]) -> None:
    try:
        said = job.run()
    except Exception:  # one job's failure must not stop the others
        logger.exception("job %s failed", job.name)
        counters[f"job_failures_total:{job.name}"] = (
            counters.get(f"job_failures_total:{job.name}", 0) + 1
        )
        return
    counters[f"jobs_total:{job.name}"] = counters.get(f"jobs_total:{job.name}", 0) + 1
    if said:
        logger.info("%s: %s", job.name, said)
