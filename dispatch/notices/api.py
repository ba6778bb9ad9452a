"""REST: a notice was shown, and seen; and how a case's notices reached their posts."""

from __future__ import annotations

from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Router, Schema, Status

from command_center.accounts.policy import Permission, Role
from command_center.accounts.scope import NOWHERE, Scope, scopes_of
from command_center.api.auth import require, user_of
from command_center.feed.messages import iso
from dispatch.incidents.models import Incident
from dispatch.notices import selectors, services
from dispatch.notices.models import Notice, NoticeWhy
from dispatch.push.api import DeliveryData, delivery_data
from dispatch.push.selectors import deliveries_of_message

router = Router(tags=["notices"])


class NoticeStanding(Schema):
    """How a post was told of a case: to how many people, when one of them had seen it, and way by way.

    The ways name people, so they are empty for who is not over the post.
    """

    id: int
    role: Role
    code: str
    place: str
    why: NoticeWhy
    plan: str
    people: int
    at: str
    seen_at: str | None
    withdrawn_at: str | None
    deliveries: list[DeliveryData]


@router.post("/notices/{int:notice_id}/shown", response={204: None})
def shown(request: HttpRequest, notice_id: int) -> Status[None]:
    """One's page shows a notice to one's post."""
    require(request, Permission.INCIDENTS_VIEW)
    try:
        services.shown(notice_id=notice_id, user=user_of(request))
    except Notice.DoesNotExist as error:
        raise Http404 from error
    return Status(204, None)


@router.post("/notices/{int:notice_id}/seen", response={204: None})
def seen(request: HttpRequest, notice_id: int) -> Status[None]:
    """One has seen a notice to one's post: it waits for nobody any more. Again changes nothing."""
    require(request, Permission.INCIDENTS_VIEW)
    try:
        services.see(notice_id=notice_id, user=user_of(request))
    except Notice.DoesNotExist as error:
        raise Http404 from error
    return Status(204, None)


@router.get("/incidents/{int:incident_id}/notices", response=list[NoticeStanding])
def list_notices(request: HttpRequest, incident_id: int) -> list[NoticeStanding]:
    """The posts that were told of a case, and whether it reached them; oldest first."""
    scope = require(request, Permission.INCIDENTS_VIEW)
    incident = get_object_or_404(Incident.objects.filter(scope.condition()), pk=incident_id)
    over = scopes_of(request.user).get(Permission.TASKS_VIEW, NOWHERE)
    return [_standing(notice, over) for notice in selectors.of_case(incident)]


def _standing(notice: Notice, over: Scope) -> NoticeStanding:
    rows = deliveries_of_message(notice.message) if over.covers(notice.code) else []
    return NoticeStanding(
        id=notice.id,
        role=Role(notice.role),
        code=notice.code,
        place=notice.place,
        why=NoticeWhy(notice.why),
        plan=notice.plan,
        people=notice.people,
        at=iso(notice.at),
        seen_at=iso(notice.seen_at) if notice.seen_at else None,
        withdrawn_at=iso(notice.withdrawn_at) if notice.withdrawn_at else None,
        deliveries=[delivery_data(row) for row in rows],
    )
