"""The acknowledgement countdown: when to remind, and when to give up and propose the next unit. Pure."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from dispatch.tasks.lifecycle import UNANSWERED, TaskState
from dispatch.tasks.policy import SHIPPED, AnswerRule


class Due(StrEnum):
    """What the countdown asks for now."""

    NOTHING = "nothing"
    REMIND = "remind"
    EXPIRE = "expire"


def answer_by(now: datetime, rule: AnswerRule = SHIPPED) -> datetime:
    """Until when an answer is awaited that is asked for now."""
    return now + rule.within


def due(
    *,
    state: TaskState,
    until: datetime | None,
    reminded: int,
    now: datetime,
    rule: AnswerRule = SHIPPED,
) -> Due:
    """What to do about a task. Nobody is given up before all reminders, however late they come."""
    if state not in UNANSWERED or until is None or now < until:
        return Due.NOTHING
    return Due.REMIND if reminded < rule.reminders else Due.EXPIRE
