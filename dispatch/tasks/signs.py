"""Signs of life of units that are out: given, asked for, and overdue."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.utils import timezone

from command_center.accounts.scope import Scope
from command_center.feed import services as feed
from dispatch.incidents.services import ConflictError
from dispatch.tasks import checkins, replies, selectors
from dispatch.tasks.feed import TaskData, task_data
from dispatch.tasks.lifecycle import LIVE, TaskState
from dispatch.tasks.models import Task
from dispatch.tasks.stepping import Said, as_json, hold, moment, publish, tell

if TYPE_CHECKING:
    from command_center.accounts.models import User


def check_in(*, task_id: int, user: User, ago_ms: int = 0, key: str = "") -> TaskData:
    """A sign of life by somebody of the unit: the next one is due as long after it was given.

    One that is heard of late never brings the next one nearer. Where none is asked for now, nothing changes. Raises Task.DoesNotExist, ConflictError.
    """
    request = replies.fingerprint("check_in", task_id)
    with feed.transaction() as publication:
        held = hold(selectors.mine(user).get(pk=task_id))
        remembered = replies.recall(user=user, key=key, request=request)
        if remembered is not None:
            return TaskData.model_validate(remembered)
        task, now = held.task, timezone.now()
        said = Said("", now, moment(task, ago_ms, now))
        due = checkins.next_due(TaskState(task.state), task.check_in_minutes, said.happened)
        answer = task_data(task)
        if due is not None:
            task.check_in_by = max(due, task.check_in_by or due)
            task.save(update_fields=["check_in_by"])
            tell(
                held.incident,
                held.unit,
                task,
                user=user,
                now=now,
                check_in="given",
                acted_at=said.acted_at,
            )
            answer = publish(publication, task)
        replies.remember(user=user, key=key, request=request, answer=as_json(answer))
    return answer


def set_check_in(*, task_id: int, scope: Scope, user: User, minutes: int | None) -> TaskData:
    """Ask a unit for a sign of life every so many minutes, or for none; counts from now.

    Raises Task.DoesNotExist, ConflictError when the task is over.
    """
    with feed.transaction() as publication:
        rows = Task.objects.filter(scope.condition("incident__code")).select_related("incident")
        held = hold(rows.get(pk=task_id))
        task, now = held.task, timezone.now()
        if task.state not in LIVE:
            raise ConflictError(f"task {task.id} is {task.state}")
        task.check_in_minutes = minutes
        task.check_in_by = checkins.next_due(TaskState(task.state), minutes, now)
        task.save(update_fields=["check_in_minutes", "check_in_by"])
        tell(
            held.incident,
            held.unit,
            task,
            user=user,
            now=now,
            check_in="set",
            minutes=minutes,
        )
        return publish(publication, task)


def tell_overdue(*, task_id: int, now: datetime) -> Task | None:
    """Write into the case that a sign of life is overdue; None if it no longer is. Locks the task."""
    with feed.transaction() as publication:
        held = hold(Task.objects.select_related("incident").get(pk=task_id))
        if held.task.check_in_by is None or held.task.check_in_by > now:
            return None
        tell(held.incident, held.unit, held.task, user=None, now=now, check_in="overdue")
        publish(publication, held.task)
    return held.task
