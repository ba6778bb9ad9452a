"""Changing what is kept of conferences: films, plays, decisions, the end of their time."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.db.models import F, Max
from django.utils import timezone

from command_center.audit import services as audit
from command_center.feed import services as feed
from conferencing.archive import folders, selectors
from conferencing.archive.framing import Film
from conferencing.archive.models import Decision, Recording
from conferencing.archive.shown import RecordingState
from conferencing.conferences import happenings
from conferencing.conferences.happenings import RecordingReady
from conferencing.conferences.models import Conference
from conferencing.conferences.recording import subject_of

if TYPE_CHECKING:
    from command_center.accounts.models import User

logger = logging.getLogger(__name__)

MOST_DECISIONS = 200


class ArchiveError(Exception):
    """A change that cannot be made; the text says why."""


class StaleDecisionError(ArchiveError):
    """Somebody else has worded it anew meanwhile."""


# -- the film --------------------------------------------------------------------------------------


def claim(recording_id: int, *, now: datetime) -> Recording | None:
    """Take a recording to make its film; None if another process has it."""
    taken = (
        selectors.to_compose(now)
        .filter(pk=recording_id)
        .update(state=RecordingState.COMPOSING, tended_at=now, attempts=F("attempts") + 1, problem="", progress=0)
    )  # fmt: skip
    return Recording.objects.select_related("conference").get(pk=recording_id) if taken else None


def tend(row: Recording, share: float, *, now: datetime) -> None:
    """Say that the film is being made, and how far it is."""
    Recording.objects.filter(pk=row.pk).update(progress=min(99, int(100 * share)), tended_at=now)


def finish(row: Recording, film: Film | None) -> None:
    """The film is there, or there is nothing to make one of."""
    with feed.transaction() as publication:
        row = Recording.objects.select_for_update().get(pk=row.pk)
        row.state = RecordingState.EMPTY if film is None else RecordingState.READY
        row.progress, row.problem, row.tended_at = 100, "", None
        row.octets = folders.octets_of(row.name)
        row.files = [
            f"{folder.name}/{file.name}"
            for folder in folders.folders_of(row.name)
            for file in sorted(folder.iterdir())
            if file.suffix in (".webm", ".mkv")
        ]
        if film is not None:
            row.seconds, row.scenes = film.seconds, _scenes(film)
            subject = subject_of(Conference.objects.get(pk=row.conference_id))
            ready = RecordingReady(subject, row.number, film.seconds)
            happenings.tell(publication, ready)
        row.save()


def _scenes(film: Film) -> list[dict[str, object]]:
    return [
        {
            "at": round(scene.at, 3),
            "tiles": [
                {
                    "peer": tile.clip.peer,
                    "source": tile.clip.source.value,
                    "box": [tile.x, tile.y, tile.width, tile.height],
                    "named": film.has_names,
                }
                for tile in scene.tiles
            ],
        }
        for scene in film.scenes
    ]


def fail(row: Recording, problem: str) -> None:
    """No film this time; after some attempts, none at all until somebody asks again."""
    last = row.attempts >= selectors.MOST_ATTEMPTS
    state = RecordingState.FAILED if last else RecordingState.WAITING
    # A sign of life now is a pause before the next attempt.
    Recording.objects.filter(pk=row.pk).update(
        state=state, problem=problem[:1000], tended_at=timezone.now()
    )


def give_up(row: Recording) -> None:
    """Begin no further attempt: making the film has ended the process again and again."""
    Recording.objects.filter(pk=row.pk).update(
        state=RecordingState.FAILED, problem=row.problem or "the process that made the film died"
    )


def retry(*, recording: Recording) -> None:
    """Try again to make a film that could not be made."""
    Recording.objects.filter(pk=recording.pk, state=RecordingState.FAILED).update(
        state=RecordingState.WAITING, attempts=0, tended_at=None
    )


# -- playing ---------------------------------------------------------------------------------------


def played(*, recording: Recording, user: User, reason: str, address: str | None) -> None:
    """Put on record who looks at a recording."""
    conference = recording.conference
    detail: dict[str, object] = {"recording": recording.number}
    if reason:
        detail["reason"] = reason
    audit.record(
        action=audit.Action.RECORDING_PLAYED,
        actor=user,
        subject=conference.number,
        code=conference.code,
        detail=detail,
        address=address,
    )


# -- the end of their time -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What was deleted."""

    recordings: int
    octets: int


def forget(*, before: datetime, actor: User | None = None) -> Forgotten:
    """Delete the files of recordings that began before a time; each deletion is in the audit."""
    count = octets = 0
    for row in selectors.outlived(before).select_related("conference"):
        size = folders.octets_of(row.name)
        try:
            folders.delete(row.name)
        except OSError as error:
            logger.warning("recording %s cannot be deleted: %s", row.name, error)
            continue
        with feed.transaction():
            Recording.objects.filter(pk=row.pk).update(
                state=RecordingState.DELETED, deleted_at=timezone.now(), octets=0, scenes=[]
            )
            audit.record(
                action=audit.Action.RECORDING_DELETED,
                actor=actor,
                subject=row.conference.number,
                code=row.conference.code,
                detail={"recording": row.number, "octets": size},
            )
        count, octets = count + 1, octets + size
    return Forgotten(count, octets)


# -- decisions -------------------------------------------------------------------------------------


def decide(*, conference: Conference, user: User, text: str) -> None:
    """Write a decision down. Raises ArchiveError."""
    with feed.transaction():
        Conference.objects.select_for_update().get(pk=conference.pk)
        last = conference.decisions.aggregate(last=Max("line"))["last"] or 0
        if last >= MOST_DECISIONS:
            raise ArchiveError(f"{conference.number} has {MOST_DECISIONS} decisions already")
        _write(conference, last + 1, 1, user=user, text=text)


def correct(*, conference: Conference, line: int, revision: int, user: User, text: str) -> None:
    """Word a decision anew, or strike it out with an empty text; the former wording stays.

    Raises Decision.DoesNotExist, StaleDecisionError.
    """
    with feed.transaction():
        Conference.objects.select_for_update().get(pk=conference.pk)
        rows = conference.decisions.filter(line=line)
        now = rows.order_by("revision").last()
        if now is None:
            raise Decision.DoesNotExist
        if now.revision != revision:
            raise StaleDecisionError(f"decision {line} is at revision {now.revision}")
        if now.text != text:
            _write(conference, line, revision + 1, user=user, text=text)


def _write(conference: Conference, line: int, revision: int, *, user: User, text: str) -> None:
    Decision.objects.create(
        conference=conference,
        line=line,
        revision=revision,
        at=timezone.now(),
        by=user,
        by_name=user.display_name,
        text=text,
    )
    audit.record(
        action=audit.Action.DECISION_WRITTEN,
        actor=user,
        subject=conference.number,
        code=conference.code,
        detail={"line": line, "revision": revision},
    )
