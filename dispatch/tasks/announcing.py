"""Having a unit's people hear of their task: what is written into the outbox, in the same transaction.

Nothing here waits for a push service. The texts are in the installation's language; they name the case and
its place, never who called.
"""

from __future__ import annotations

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import override

from dispatch.incidents.models import Incident
from dispatch.push import services as push
from dispatch.tasks.lifecycle import Standing, TaskState
from dispatch.tasks.models import Task
from dispatch.units.selectors import members_of


def order(incident: Incident, task: Task) -> None:
    """A new task: the ladder climbs until somebody's app has it."""
    with override(settings.LANGUAGE_CODE):
        _enqueue(incident, task, _("New task: %(title)s") % {"title": incident.title})


def remind(incident: Incident, task: Task) -> None:
    """The time to answer has gone by once: the ladder begins anew."""
    with override(settings.LANGUAGE_CODE):
        title = _("Please answer: %(title)s") % {"title": incident.title}
        _enqueue(incident, task, title)


def follow(incident: Incident, task: Task, standing: Standing) -> None:
    """A task has come to a state: who carries it has heard of it, and who is called back is to hear of that."""
    if task.state == TaskState.CANCELLED:
        with override(settings.LANGUAGE_CODE):
            title = _("Task cancelled: %(title)s") % {"title": incident.title}
            _enqueue(incident, task, title, wants_word=False)
    elif standing is Standing.MEMBER:
        push.confirm(task_id=task.id)
    else:
        push.withdraw(task_id=task.id)


def _enqueue(incident: Incident, task: Task, title: str, *, wants_word: bool = True) -> None:
    push.enqueue(
        task_id=task.id,
        user_ids=members_of([task.unit_id]),
        code=incident.code,
        title=title,
        body=" · ".join(part for part in (task.order, incident.place) if part),
        wants_word=wants_word,
    )
