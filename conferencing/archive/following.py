"""A recording's row follows what happens in its conference. See `settings.CONFERENCE_FOLLOWERS`."""

from __future__ import annotations

from command_center.feed import services as feed
from conferencing.archive.models import Recording
from conferencing.archive.shown import RecordingState
from conferencing.conferences.happenings import Happening, Recorded, RecordedUntil
from conferencing.engines.cues import recording_name


def follow(_publication: feed.Publication, happening: Happening) -> None:
    """In the transaction of the change."""
    match happening:
        case Recorded():
            conference, number, since = happening.of.id, happening.number, happening.since
            Recording.objects.create(
                conference_id=conference,
                number=number,
                name=recording_name(conference=conference, number=number, since=since),
                by_name=happening.by,
                started_at=since,
                state=RecordingState.RECORDING,
            )
        case RecordedUntil():
            Recording.objects.filter(
                conference_id=happening.of.id,
                number=happening.number,
                state=RecordingState.RECORDING,
            ).update(
                state=RecordingState.WAITING,
                stopped_at=happening.at,
                trouble=happening.trouble.value,
            )
        case _:
            pass
