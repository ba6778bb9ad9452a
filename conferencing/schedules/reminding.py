"""Who reminds people of planned conferences while no page of theirs is open.

`settings.CONFERENCE_REMINDERS` names functions that take a `Reminder`, in the transaction of the change; they must
neither raise nor take long.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from django.conf import settings
from django.utils.module_loading import import_string


@dataclass(frozen=True, slots=True)
class Reminder:
    """A planned conference is near, or due. `people` may open it; `code` is the jurisdiction that chairs."""

    schedule: int
    title: str
    code: str
    at: datetime
    due: bool
    people: tuple[int, ...]


@cache
def reminders() -> tuple[Callable[[Reminder], None], ...]:
    """Who is told."""
    return tuple(import_string(path) for path in settings.CONFERENCE_REMINDERS)


def remind(reminder: Reminder) -> None:
    """Tell all of them."""
    for tell in reminders():
        tell(reminder)
