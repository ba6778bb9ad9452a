"""What tests keep of a conference in the system's own process."""

from __future__ import annotations

from django.utils import timezone

from conferencing.archive.models import Decision, Recording
from conferencing.archive.shown import RecordingState


def keep(*, conference: int, text: str) -> int:
    """A recording and a decision of a conference; the recording's id."""
    now = timezone.now()
    Decision.objects.create(
        conference_id=conference, line=1, revision=1, at=now, by_name=text, text=text
    )
    recording = Recording.objects.create(
        conference_id=conference,
        number=1,
        name=f"c{conference}.r1.0",
        by_name=text,
        started_at=now,
        stopped_at=now,
        state=RecordingState.READY,
        seconds=1.0,
    )
    return recording.pk
