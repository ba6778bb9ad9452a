"""Telling a post of a case, and what follows when one of its holders has seen it or the case has gone.

A change locks the case, then the notice.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.db.models import Q, QuerySet
from django.utils import timezone

from command_center.accounts.policy import Role
from command_center.feed import services as feed
from command_center.feed.sections import RemovedById
from dispatch.incidents import services as incidents
from dispatch.incidents.feed import incident_data
from dispatch.incidents.lifecycle import GONE
from dispatch.incidents.models import Incident
from dispatch.notices import selectors
from dispatch.notices.feed import notice_data
from dispatch.notices.models import Notice, NoticeWhy
from dispatch.push import services as push

if TYPE_CHECKING:
    from command_center.accounts.models import User

ENTRY_KIND = "notice_seen"


@dataclass(frozen=True, slots=True)
class Addressee:
    """A post and the people who hold it."""

    role: Role
    code: str
    place: str
    people: Collection[int]


def tell(
    publication: feed.Publication,
    *,
    incident: Incident,
    to: Addressee,
    title: str,
    body: str,
    sender: User | None,
    why: NoticeWhy = NoticeWhy.PLAN,
    plan: str = "",
    due_at: datetime | None = None,
) -> Notice:
    """Tell a post of a case. Part of the caller's transaction, which holds the case locked.

    An earlier notice to the post about the case, of a plan or of an order as this one, is out of date and goes.
    Put no caller's data into the texts.
    """
    earlier = Notice.objects.filter(incident=incident, role=to.role, code=to.code)
    _withdraw(publication, earlier.filter(_of_orders(why is not NoticeWhy.PLAN)))
    message = push.notify(
        incident_id=incident.pk, user_ids=to.people, code=to.code, title=title, body=body
    )
    notice = Notice.objects.create(
        incident=incident,
        role=to.role,
        code=to.code,
        place=to.place,
        why=why,
        plan=plan,
        due_at=due_at,
        people=len(to.people),
        message=message,
        sender=sender,
        at=timezone.now(),
    )
    publication.emit("notice.changed", code=notice.code, data=notice_data(notice))
    return notice


def shown(*, notice_id: int, user: User) -> None:
    """A console of a holder of the post shows it. Raises Notice.DoesNotExist."""
    notice = selectors.to(user).get(pk=notice_id)
    push.shown(message_id=notice.message, user=user, now=timezone.now())


def see(*, notice_id: int, user: User) -> None:
    """A holder of the post has seen it: it leaves every console. What is so already changes nothing.

    Raises Notice.DoesNotExist.
    """
    with feed.transaction() as publication:
        key = selectors.to(user).values_list("incident_id", flat=True).get(pk=notice_id)
        incident = incidents.lock_any(key)
        notice = selectors.to(user).select_for_update().get(pk=notice_id)
        if notice.seen_at is not None or notice.withdrawn_at is not None:
            return
        now = notice.seen_at = timezone.now()
        notice.save(update_fields=["seen_at"])
        push.shown(message_id=notice.message, user=user, now=now)
        push.confirm_message(message_id=notice.message)
        detail = {
            "role": notice.role,
            "code": notice.code,
            "place": notice.place,
            "why": notice.why,
            "plan_name": notice.plan,
        }
        incidents.write(incident, ENTRY_KIND, user=user, detail=detail, now=now)
        publication.emit("notice.removed", code=notice.code, data=RemovedById(id=notice.id))
        publication.emit("incident.changed", code=incident.code, data=incident_data(incident))


def follow_incident(
    publication: feed.Publication, incident: Incident, _was: str | None, _came_back: bool
) -> None:
    """What a changed case means for its notices.

    They go with it from the consoles that no longer have it, and those of orders with the last order in force.
    """
    waiting = Notice.objects.filter(incident=incident, seen_at=None, withdrawn_at=None)
    for notice in waiting:
        if incident.stage in GONE or not incident.code.startswith(notice.code):
            _withdraw(publication, Notice.objects.filter(pk=notice.pk))
    if waiting.exists() and not incident.supervisions.filter(lifted_at=None).exists():
        _withdraw(publication, waiting.filter(_of_orders(True)))


def _of_orders(wanted: bool) -> Q:
    """Notices of orders from above, or those of response plans."""
    of_plans = Q(why=NoticeWhy.PLAN)
    return ~of_plans if wanted else of_plans


def _withdraw(publication: feed.Publication, notices: QuerySet[Notice]) -> None:
    now = timezone.now()
    for notice in notices.filter(seen_at=None, withdrawn_at=None).order_by("id"):
        notice.withdrawn_at = now
        notice.save(update_fields=["withdrawn_at"])
        push.withdraw_message(message_id=notice.message)
        publication.emit("notice.removed", code=notice.code, data=RemovedById(id=notice.id))
