"""What becomes of tasks that nobody answers: reminded of, then given up."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime

from command_center.feed import services as feed
from dispatch.tasks import announcing, countdown, selectors
from dispatch.tasks.lifecycle import UNANSWERED, Step, TaskState
from dispatch.tasks.models import Task
from dispatch.tasks.stepping import BY_ITSELF, Said, apply_step, hold, publish, tell

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Swept:
    """What the countdown came to."""

    reminded: int = 0
    expired: int = 0


def sweep(*, now: datetime, limit: int = 200) -> Swept:
    """Remind the units whose time to answer is over, and give up those that were reminded.

    One task that fails is logged and does not hold up the others.
    """
    late = Task.objects.filter(state__in=UNANSWERED, answer_by__lte=now).order_by("answer_by", "id")
    done = []
    for task in list(late[:limit]):
        try:
            done.append(_sweep_one(task, now))
        except Exception:
            logger.exception("task %s could not be reminded of or given up", task.id)
    return Swept(done.count(countdown.Due.REMIND), done.count(countdown.Due.EXPIRE))


def _sweep_one(task: Task, now: datetime) -> countdown.Due:
    with feed.transaction() as publication:
        held = hold(task)
        task = held.task
        rule = selectors.answer_rule(held.incident)
        due = countdown.due(
            state=TaskState(task.state),
            until=task.answer_by,
            reminded=task.reminded,
            now=now,
            rule=rule,
        )
        match due:
            case countdown.Due.REMIND:
                task.reminded += 1
                task.answer_by = countdown.answer_by(now, rule)
                task.save(update_fields=["reminded", "answer_by"])
                tell(held.incident, held.unit, task, user=None, now=now, reminded=task.reminded)
                announcing.remind(held.incident, task)
                publish(publication, task)
            case countdown.Due.EXPIRE:
                apply_step(publication, held, BY_ITSELF, Step.EXPIRE, Said("", now, now), None)
            case countdown.Due.NOTHING:
                pass
    return due
