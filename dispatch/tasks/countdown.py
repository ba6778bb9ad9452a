"""The acknowledgement countdown: when to remind, and when to give up and propose the next unit. Pure."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from dispatch.tasks.lifecycle import UNANSWERED, TaskState
from dispatch.tasks.policy import ANSWER_WITHIN, REMINDERS


class Due(StrEnum):
    """What the countdown asks for now."""

    NOTHING = "nothing"
    REMIND = "remind"
    EXPIRE = "expire"


def answer_by(now: datetime) -> datetime:
    """Until when an answer is awaited that is asked for now."""
    return now + ANSWER_WITHIN


def due(*, state: TaskState, until: datetime | None, reminded: int, now: datetime) -> Due:
    """What to do about a task. Nobody is given up who was not reminded, however late the reminder comes."""
    if state not in UNANSWERED or until is None or now < until:
        return Due.NOTHING
    return Due.REMIND if reminded < REMINDERS else Due.EXPIRE
