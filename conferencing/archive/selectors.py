"""Questions about recordings and decisions: which exist for somebody, what is due."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db.models import Q, QuerySet

from command_center.accounts.policy import Permission
from command_center.accounts.scope import NOWHERE, scopes_of
from command_center.feed.messages import iso
from conferencing.archive.models import Decision, Recording
from conferencing.archive.shown import DecisionData, DecisionWords, RecordingData, RecordingState
from conferencing.conferences import selectors as conferences
from conferencing.conferences.models import Conference

if TYPE_CHECKING:
    from command_center.accounts.models import User

SILENT_AFTER = timedelta(seconds=60)
"""A composer that has not been heard of for so long is gone."""
MOST_ATTEMPTS = 3


def kept_for() -> timedelta:
    """How long recordings are kept."""
    return timedelta(days=settings.ENVIRONMENT.recording_days)


def may_see_recordings(user: User) -> bool:
    """Whether somebody holds a post that may see recordings at all."""
    return bool(scopes_of(user).get(Permission.CONFERENCES_RECORDINGS, NOWHERE))


def recordings_seen_by(user: User) -> QuerySet[Recording]:
    """Of the conferences that exist for somebody who holds the right."""
    if not may_see_recordings(user):
        return Recording.objects.none()
    return Recording.objects.filter(conference__in=conferences.seen_by(user))


def may_write_decisions(user: User, row: Conference) -> bool:
    """Whoever commands where the conference was opened, or above: its chair, and the chair's office."""
    return scopes_of(user).get(Permission.CONFERENCES_OPEN, NOWHERE).covers(row.code)


def recording_data(row: Recording) -> RecordingData:
    """A row as it is shown."""
    return RecordingData(
        id=row.pk,
        number=row.number,
        by=row.by_name,
        started_at=iso(row.started_at),
        stopped_at=None if row.stopped_at is None else iso(row.stopped_at),
        trouble=row.trouble,
        state=RecordingState(row.state),
        progress=row.progress,
        problem=row.problem,
        seconds=row.seconds,
        octets=row.octets,
        tracks=len(row.files),
        deleted_after=iso(row.started_at + kept_for()),
        deleted_at=None if row.deleted_at is None else iso(row.deleted_at),
    )


def decisions_of(conference_id: int) -> list[DecisionData]:
    """Every line as it holds, with its former wordings."""
    lines: dict[int, list[Decision]] = defaultdict(list)
    for row in Decision.objects.filter(conference_id=conference_id):
        lines[row.line].append(row)
    return [
        DecisionData(
            line=line,
            at=iso(rows[0].at),
            by=rows[-1].by_name,
            text=rows[-1].text,
            before=[
                DecisionWords(at=iso(row.at), by=row.by_name, text=row.text) for row in rows[:-1]
            ],
        )
        for line, rows in sorted(lines.items())
    ]


def to_compose(now: datetime) -> QuerySet[Recording]:
    """What is over and nobody makes a film of, the oldest first."""
    silent = Q(tended_at=None) | Q(tended_at__lt=now - SILENT_AFTER)
    return Recording.objects.filter(
        silent, state__in=(RecordingState.WAITING, RecordingState.COMPOSING)
    )


def outlived(before: datetime) -> QuerySet[Recording]:
    """Recordings that began before a time, and whose files are still kept."""
    return Recording.objects.filter(started_at__lt=before).exclude(
        state__in=(RecordingState.DELETED, RecordingState.RECORDING)
    )
