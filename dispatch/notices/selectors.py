"""Questions about notices."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Q, QuerySet

from command_center.accounts.selectors import posts_of
from dispatch.notices.models import Notice

if TYPE_CHECKING:
    from command_center.accounts.models import User
    from dispatch.incidents.models import Incident


def to(user: User) -> QuerySet[Notice]:
    """The notices to the posts that a person holds, without their own."""
    mine = Q(pk__in=[])
    for role, code in posts_of(user):
        mine |= Q(role=role, code=code)
    return Notice.objects.filter(mine).exclude(sender=user)


def of_case(incident: Incident) -> QuerySet[Notice]:
    """The notices about a case, oldest first."""
    return Notice.objects.filter(incident=incident).order_by("id")
