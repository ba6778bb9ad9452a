"""Tasks on the live feed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from command_center.accounts.policy import Permission
from command_center.accounts.scope import Scope
from command_center.feed.messages import iso
from command_center.feed.sections import FeedModel, RemovedById, Section
from dispatch.incidents.lifecycle import GONE
from dispatch.tasks.lifecycle import TaskState
from dispatch.tasks.models import Task


class TaskData(FeedModel):
    """A task as the console keeps it; `code` is its incident's.

    `answer_by` is the end of the acknowledgement countdown, `reminded` how often that ended with a reminder,
    `reason` why it was declined or cancelled, `proposed` the unit proposed after it was declined or expired,
    `check_in_by` when the next sign of life is due, if one is asked for every `check_in_minutes`.
    """

    id: int
    incident: int
    unit: int
    code: str
    state: TaskState
    order: str
    created_at: str
    created_by: str | None
    delivered_at: str | None
    acknowledged_at: str | None
    en_route_at: str | None
    on_scene_at: str | None
    done_at: str | None
    ended_at: str | None
    answer_by: str | None
    reminded: int
    check_in_minutes: int | None
    check_in_by: str | None
    reason: str
    feedback: str
    proposed: int | None


def task_data(task: Task) -> TaskData:
    """A row as the feed and the API show it. Read with its incident."""
    return TaskData(
        id=task.id,
        incident=task.incident_id,
        unit=task.unit_id,
        code=task.incident.code,
        state=TaskState(task.state),
        order=task.order,
        created_at=iso(task.created_at),
        created_by=task.created_by_name or None,
        delivered_at=_iso(task.delivered_at),
        acknowledged_at=_iso(task.acknowledged_at),
        en_route_at=_iso(task.en_route_at),
        on_scene_at=_iso(task.on_scene_at),
        done_at=_iso(task.done_at),
        ended_at=_iso(task.ended_at),
        answer_by=_iso(task.answer_by),
        reminded=task.reminded,
        check_in_minutes=task.check_in_minutes,
        check_in_by=_iso(task.check_in_by),
        reason=task.reason,
        feedback=task.feedback,
        proposed=task.proposed_id,
    )


def _iso(moment: datetime | None) -> str | None:
    return iso(moment) if moment else None


def _read(scope: Scope) -> Iterator[TaskData]:
    rows = Task.objects.filter(scope.condition("incident__code"))
    rows = rows.exclude(incident__stage__in=GONE).select_related("incident").order_by("id")
    return map(task_data, rows)


SECTION = Section(
    name="tasks",
    item=TaskData,
    key="id",
    permission=Permission.TASKS_VIEW,
    read=_read,
    upserts=frozenset({"task.changed"}),
    removals={"task.removed": RemovedById},
)
