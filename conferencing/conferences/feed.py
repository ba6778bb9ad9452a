"""Conferences on the live feed, and the hint by which web processes hear of a change."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from command_center.accounts.policy import Permission
from command_center.accounts.scope import Scope
from command_center.feed.sections import FeedModel, Section
from conferencing.conferences.models import Conference
from conferencing.conferences.shown import About, AboutKind, ConferenceData, Facts, conference_data
from conferencing.policy.conference import Conference as Value

CHANGED = "conference.changed"
HINT = "conference.hint"


class ConferenceHint(FeedModel):
    """For the servers only: read this conference again. `users`: whose list of invitations has changed."""

    id: int
    users: tuple[int, ...] = ()


def value_of(row: Conference) -> Value:
    """The conference as the policy knows it."""
    return Value.model_validate(row.state)


def about_of(row: Conference) -> About:
    """What a conference is about."""
    return About(
        kind=AboutKind(row.about_kind),
        id=row.about_id,
        label=row.about_label,
        code=row.about_code,
    )


def facts_of(row: Conference) -> Facts:
    """What of a conference is not policy."""
    return Facts(
        id=row.pk,
        number=row.number,
        title=row.title,
        about=about_of(row),
        opened_by=row.opened_by_name,
        version=row.version,
    )


def data_of(row: Conference) -> ConferenceData:
    """A row as consoles and lists show it."""
    return conference_data(facts_of(row), value_of(row))


def is_shown(conference: Mapping[str, Any]) -> bool:
    """A conference stays on the consoles until it is over."""
    return conference["ended_at"] is None


def _read(scope: Scope) -> Iterator[ConferenceData]:
    rows = Conference.objects.filter(scope.condition(), ended_at=None).order_by("id")
    return map(data_of, rows)


SECTION = Section(
    name="conferences",
    item=ConferenceData,
    key="id",
    permission=Permission.CONFERENCES_VIEW,
    read=_read,
    belongs=is_shown,
    upserts=frozenset({CHANGED}),
)
