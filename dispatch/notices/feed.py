"""Notices on the live feed: those that nobody of the post has seen yet."""

from __future__ import annotations

from collections.abc import Iterator

from command_center.accounts.policy import Permission, Role
from command_center.accounts.scope import Scope
from command_center.feed.messages import iso
from command_center.feed.sections import FeedModel, RemovedById, Section
from dispatch.notices.models import Notice, NoticeWhy


class NoticeData(FeedModel):
    """That a post was told of a case, and has not seen it yet.

    It tells that the response plan `plan` was confirmed, that the case is under supervision, or that an order
    from above was not kept; orders may have a time, `due_at`. It is for who holds a post of `role` at `code`
    itself, but for `sender`, the account that did it (none: the system); who is above sees that it waits.
    """

    id: int
    incident: int
    role: Role
    code: str
    why: NoticeWhy
    plan: str
    due_at: str | None
    at: str
    sender: int | None
    sender_name: str


def notice_data(notice: Notice) -> NoticeData:
    """A row as the feed shows it. Read with its sender."""
    return NoticeData(
        id=notice.id,
        incident=notice.incident_id,
        role=Role(notice.role),
        code=notice.code,
        why=NoticeWhy(notice.why),
        plan=notice.plan,
        due_at=iso(notice.due_at) if notice.due_at else None,
        at=iso(notice.at),
        sender=notice.sender_id,
        sender_name=notice.sender.display_name if notice.sender else "",
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
