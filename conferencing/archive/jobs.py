"""What the worker does for recordings. A film takes minutes: another process makes it, and the worker looks on."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from command_center.health.worker import Job
from conferencing.archive import folders, selectors, services

FIRST_LINE_S = 10.0
"""A node that was told to record has a folder by then, if ever."""


class _Composer:
    """The one process that makes a film at present. It ends by itself when its worker is gone."""

    def __init__(self) -> None:
        self._child: subprocess.Popen[bytes] | None = None

    def tend(self) -> str:
        """See whether it is done; begin with the next."""
        said = ""
        if self._child is not None:
            if self._child.poll() is None:
                return ""
            if self._child.returncode != 0:
                said = f"making a film ended with {self._child.returncode}"
            self._child = None
        due = _due()
        if due is None:
            return said
        command = [sys.executable, str(Path(settings.BASE_DIR) / "manage.py"), "compose_recording", str(due)]  # fmt: skip
        self._child = subprocess.Popen(command)  # noqa: S603 - our own command
        return said


def _due() -> int | None:
    now = timezone.now()
    for row in selectors.to_compose(now).order_by("id")[:20]:
        if row.attempts >= 2 * selectors.MOST_ATTEMPTS:
            services.give_up(row)
            continue
        parts = folders.parts_of(row.name)
        waited = (now - (row.stopped_at or now)).total_seconds()
        if (parts and folders.is_settled(parts)) or (not parts and waited > FIRST_LINE_S):
            return row.pk
    return None


def _forget() -> str:
    forgotten = services.forget(before=timezone.now() - selectors.kept_for())
    return f"{forgotten.recordings} recordings deleted, their time is over" if forgotten.recordings else ""  # fmt: skip


compose_recordings = Job(name="compose_recordings", every_s=2, run=_Composer().tend)
forget_recordings = Job(name="forget_recordings", every_s=3600, run=_forget)
