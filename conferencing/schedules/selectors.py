"""Questions about planned conferences: who chairs, who is called, what comes next for somebody."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from command_center.accounts.policy import ROLE_PERMISSIONS, Permission, Role
from command_center.accounts.selectors import PostHeld, posts_at, posts_of
from conferencing.conferences.selectors import COMMANDING, joining_posts
from conferencing.schedules.models import Run, Schedule
from conferencing.schedules.recurrence import Repeats, Rule, RunState

if TYPE_CHECKING:
    from command_center.accounts.models import User

Posts = Sequence[tuple[str, Role | None]]
SOON = timedelta(days=8)


def rule_of(row: Schedule) -> Rule:
    """When it is."""
    return Rule(
        repeats=Repeats(row.repeats),
        first_day=row.first_day,
        at=row.at,
        weekdays=frozenset(row.weekdays),
        until=row.until,
    )


def posts_in(row: Schedule) -> list[tuple[str, Role | None]]:
    """Which posts it calls."""
    return [(code, Role(role) if role else None) for code, role in row.invite]


def skipped_times(row: Schedule) -> set[datetime]:
    """The times that are not to be."""
    return set(row.runs.filter(state=RunState.SKIPPED).values_list("at", flat=True))


def chair_codes(user: User) -> set[str]:
    """The jurisdictions at which somebody holds a post that may open conferences."""
    return {
        code
        for role, code in posts_of(user)
        if Permission.CONFERENCES_OPEN in ROLE_PERMISSIONS[role]
    }


def chairs_at(code: str) -> list[int]:
    """Who may open a conference at a jurisdiction by a post there."""
    held = posts_at([code], Permission.CONFERENCES_OPEN)
    return list(dict.fromkeys(post.user_id for post in held))


def holders_of(posts: Posts) -> list[PostHeld]:
    """Who holds these posts now, each person once: at the lowest place, and where they command."""
    roles: dict[str, set[Role | None]] = {}
    for code, role in posts:
        roles.setdefault(code, set()).add(role)
    held = [
        post
        for post in posts_at(roles, Permission.CONFERENCES_JOIN)
        if None in roles[post.code] or post.role in roles[post.code]
    ]
    held.sort(key=lambda post: (-len(post.code), post.role not in COMMANDING, post.user_id))
    return list({post.user_id: post for post in reversed(held)}.values())[::-1]


def people_at(posts: Posts) -> dict[tuple[str, Role | None], int]:
    """How many people hold each of these posts now."""
    held = posts_at({code for code, _ in posts}, Permission.CONFERENCES_JOIN)
    return {
        (code, role): len(
            {post.user_id for post in held if post.code == code and role in (None, post.role)}
        )
        for code, role in posts
    }


def coming_for(user: User, *, now: datetime) -> list[Schedule]:
    """The planned conferences that call one of somebody's posts within days, the next first."""
    own = joining_posts(user)
    rows = Schedule.objects.filter(ended_at=None, next_at__gt=now, next_at__lte=now + SOON)
    return [row for row in rows.order_by("next_at") if _calls(row, own)]


def _calls(row: Schedule, own: Iterable[tuple[Role, str]]) -> bool:
    wanted = posts_in(row)
    return any((code, None) in wanted or (code, role) in wanted for role, code in own)


def due_before(moment: datetime) -> list[int]:
    """Planned conferences that may have something due: the next time, its reminder, or one that waits."""
    near = Schedule.objects.filter(ended_at=None, next_at__lte=moment + timedelta(days=1))
    waiting = Run.objects.filter(state=RunState.DUE, schedule__ended_at=None)
    ids = {*near.values_list("pk", flat=True), *waiting.values_list("schedule_id", flat=True)}
    return sorted(ids)
