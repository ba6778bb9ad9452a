"""Notices on the live feed: those that nobody of the post has seen yet."""

from __future__ import annotations

from collections.abc import Iterator

from command_center.accounts.policy import Permission, Role
from command_center.accounts.scope import Scope
from command_center.feed.messages import iso
from command_center.feed.sections import FeedModel, RemovedById, Section
from dispatch.notices.models import Notice


class NoticeData(FeedModel):
    """That a post was told of a case by a response plan, and has not seen it yet.

    It is for who holds a post of `role` at `code` itself, but for `sender`, the account that confirmed the
    plan; who is above sees that it waits.
    """

    id: int
    incident: int
    role: Role
    code: str
    plan: str
    at: str
    sender: int
    sender_name: str


def notice_data(notice: Notice) -> NoticeData:
    """A row as the feed shows it. Read with its sender."""
    return NoticeData(
        id=notice.id,
        incident=notice.incident_id,
        role=Role(notice.role),
        code=notice.code,
        plan=notice.plan,
        at=iso(notice.at),
        sender=notice.sender_id,
        sender_name=notice.sender.display_name,
    )


def _read(scope: Scope) -> Iterator[NoticeData]:
    rows = Notice.objects.filter(scope.condition(), seen_at=None, withdrawn_at=None)
    return map(notice_data, rows.select_related("sender").order_by("id"))


SECTION = Section(
    name="notices",
    item=NoticeData,
    key="id",
    permission=Permission.INCIDENTS_VIEW,
    read=_read,
    upserts=frozenset({"notice.changed"}),
    removals={"notice.removed": RemovedById},
)
