"""What is kept of conferences: recordings on their way to a film and to their end, decisions, minutes."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st

from command_center.accounts.models import User
from command_center.accounts.policy import Permission
from command_center.accounts.scope import scope_of
from command_center.audit.models import AuditEntry
from conferencing.archive import folders, plays, selectors, services
from conferencing.archive import services as archive
from conferencing.archive.filming import make_film
from conferencing.archive.framing import Film
from conferencing.archive.minutes import minutes_of
from conferencing.archive.models import Decision, Recording
from conferencing.archive.shown import RecordingState
from conferencing.archive.streaming import Span, UnsatisfiableError, span_of
from conferencing.conferences import services as conferences
from conferencing.conferences.models import Conference
from conferencing.conferences.services import Opening, RefusedError
from conferencing.conferences.shown import About, AboutKind
from conferencing.engines.cues import CUE_FILE, CueBegin, CueEnd
from conferencing.policy.commands import End, Say, StartRecording, StopRecording
from conferencing.policy.conference import RecordingTrouble
from dispatch.incidents.models import Entry, Source
from dispatch.incidents.reporting import Report, report
from tests.support import city, deeds

VILLAGE = city.EAST.villages[0]


@pytest.fixture
def _city(db: None) -> None:
    deeds.seed()


@pytest.fixture
def recordings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where recordings lie."""
    monkeypatch.setattr(folders, "root", lambda: tmp_path)
    return tmp_path


def person(username: str) -> User:
    return User.objects.get(username=username)


def opened(**wanted: Any) -> Conference:
    """A conference of the city with its village, both in the room."""
    people = [(person("village").pk, VILLAGE)]
    row = conferences.open_conference(
        user=person("city"), wanted=Opening(title="演练", invite=people, **wanted)
    )
    for name in ("city", "village"):
        conferences.join(conference_id=row.pk, user=person(name))
    return row


def act(row: Conference, username: str, command: Any) -> None:
    conferences.act(conference_id=row.pk, user=person(username), command=command)


def written(recording: Recording, root: Path, *, over: bool) -> Path:
    """A part as a node leaves it that heard nobody."""
    folder = root / f"{recording.name}.e1"
    folder.mkdir()
    lines = [CueBegin(room="room", name="x", wall=1.0).model_dump_json()]
    lines += [CueEnd(at=3.0).model_dump_json()] if over else []
    (folder / CUE_FILE).write_text("\n".join(lines) + "\n")
    return folder


@pytest.mark.usefixtures("_city")
def test_a_recording_is_begun_by_a_chair_and_ends_with_the_conference() -> None:
    row = opened()
    with pytest.raises(RefusedError):
        act(row, "village", StartRecording())
    act(row, "city", StartRecording())
    act(row, "city", StartRecording())
    recording = row.recordings.get()
    assert recording.state == RecordingState.RECORDING
    act(row, "city", End())
    recording.refresh_from_db()
    assert (recording.state, recording.stopped_at is None) == (RecordingState.WAITING, False)
    actions = AuditEntry.objects.filter(subject=row.number).values_list("action", flat=True)
    assert "recording.started" in actions


@pytest.mark.usefixtures("_city")
def test_a_node_that_cannot_write_is_told_to_the_chair_and_the_next_attempt_is_another() -> None:
    row = opened()
    act(row, "city", StartRecording())
    full = RecordingTrouble.DISK_FULL
    # Of another one nothing comes.
    conferences.recording_failed(conference_id=row.pk, number=2, trouble=full)
    assert row.recordings.get().state == RecordingState.RECORDING
    conferences.recording_failed(conference_id=row.pk, number=1, trouble=full)
    assert row.recordings.get().trouble == "disk_full"
    act(row, "city", StartRecording())
    act(row, "city", StopRecording())
    assert [one.number for one in row.recordings.all()] == [1, 2]


@pytest.mark.usefixtures("_city")
def test_a_film_of_nobody_of_a_killed_process_and_of_a_broken_file(recordings: Path) -> None:
    row = opened()
    act(row, "city", StartRecording())
    act(row, "city", StopRecording())
    recording = row.recordings.get()
    folder = written(recording, recordings, over=False)
    now = timezone.now()
    parts = folders.parts_of(recording.name)
    assert not folders.is_settled(parts)
    assert folders.is_settled(parts, now=now.timestamp() + folders.SETTLED_AFTER_S + 1)

    # Taken once; again only when nobody has heard of who took it.
    claimed = services.claim(recording.pk, now=now)
    assert claimed is not None
    assert services.claim(recording.pk, now=now) is None
    later = now + selectors.SILENT_AFTER + timedelta(seconds=1)
    claimed = services.claim(recording.pk, now=later)
    assert claimed is not None
    assert claimed.attempts == 2
    make_film(claimed, lambda _share: None)
    recording.refresh_from_db()
    assert recording.state == RecordingState.EMPTY

    # What cannot be read is a failure with its reason, after three attempts; and may be tried again.
    Recording.objects.update(state=RecordingState.WAITING, attempts=0, tended_at=None)
    cue = {"type": "track", "track": 1, "file": "missing.webm", "peer": "seat-1", "codec": "vp8",
           "source": "camera", "at": 0.0}  # fmt: skip
    (folder / CUE_FILE).write_text(
        (folder / CUE_FILE).read_text() + json.dumps(cue) + "\n" + CueEnd(at=1).model_dump_json()
    )
    folders.film_of(recording.name).with_suffix(".mp4.part").mkdir()  # nothing can be written there
    for _attempt in range(selectors.MOST_ATTEMPTS):
        Recording.objects.update(tended_at=None)
        claimed = services.claim(recording.pk, now=now)
        assert claimed is not None
        make_film(claimed, lambda _share: None)
    recording.refresh_from_db()
    assert recording.state == RecordingState.FAILED
    assert "directory" in recording.problem
    services.retry(recording=recording)
    assert selectors.to_compose(now).get() == recording


@pytest.mark.usefixtures("_city")
def test_what_is_ready_is_told_to_the_case_is_looked_at_on_record_and_goes(
    recordings: Path,
) -> None:
    wanted = Report(title="积水", category="0901", source=Source.MANUAL, code=VILLAGE)
    scope = scope_of(person("city"), Permission.INCIDENTS_REPORT)
    case = report(user=person("city"), wanted=wanted, scope=scope)
    about = About(kind=AboutKind.INCIDENT, id=str(case.pk), label="积水", code=VILLAGE)
    row = opened(about=about)
    act(row, "city", StartRecording())
    act(row, "city", End())
    recording = row.recordings.get()
    written(recording, recordings, over=True)
    folders.film_of(recording.name).write_bytes(b"film")
    services.finish(recording, Film(3.0, ()))
    entry = Entry.objects.get(incident=case, kind="conference_recorded")
    assert entry.detail["conference"] == row.pk

    recording.refresh_from_db()
    city_one, other = person("city"), person("city2")
    assert selectors.recordings_seen_by(city_one).get() == recording
    assert not selectors.recordings_seen_by(person("village")).exists()
    play = plays.play_of(recording, user=city_one, now=timezone.now())
    ticket = play.url.partition("ticket=")[2].replace("%3A", ":")
    assert plays.is_valid(ticket, recording_id=recording.pk, user=city_one)
    assert not plays.is_valid(ticket, recording_id=recording.pk, user=other)
    assert not plays.is_valid(ticket, recording_id=recording.pk + 1, user=city_one)
    assert not plays.is_valid("x", recording_id=recording.pk, user=city_one)

    assert services.forget(before=timezone.now() - timedelta(days=1)).recordings == 0
    assert services.forget(before=timezone.now()).recordings == 1
    assert list(recordings.iterdir()) == []
    recording.refresh_from_db()
    assert recording.state == RecordingState.DELETED
    assert AuditEntry.objects.filter(action="recording.deleted", subject=row.number).exists()
    assert services.forget(before=timezone.now()).recordings == 0


@pytest.mark.usefixtures("_city")
def test_decisions_keep_their_former_wordings_and_stand_in_the_minutes() -> None:
    row = opened()
    act(row, "village", Say(text="收到"))
    chair = person("city")
    assert selectors.may_write_decisions(chair, row)
    assert not selectors.may_write_decisions(person("village"), row)
    assert not selectors.may_write_decisions(person("town"), row)
    archive.decide(conference=row, user=chair, text="八点前清空")
    archive.decide(conference=row, user=chair, text="派两组巡逻")
    act(row, "city", End())
    archive.correct(conference=row, line=1, revision=1, user=chair, text="九点前清空")
    with pytest.raises(archive.StaleDecisionError):
        archive.correct(conference=row, line=1, revision=1, user=chair, text="十点前清空")
    with pytest.raises(Decision.DoesNotExist):
        archive.correct(conference=row, line=3, revision=1, user=chair, text="x")
    archive.correct(conference=row, line=2, revision=1, user=chair, text="")
    first, second = selectors.decisions_of(row.pk)
    assert (first.text, [one.text for one in first.before]) == ("九点前清空", ["八点前清空"])
    assert second.text == ""

    row.refresh_from_db()
    for language, words in (("zh-Hans", ("会商纪要", "参会")), ("en", ("Minutes", "Attendance"))):
        for kind in ("html", "md"):
            with override(language):
                text = render_to_string(
                    f"archive/minutes.{kind}",
                    {"minutes": minutes_of(row), "language": language, "made": timezone.now()},
                )
            facts = (
                *words,
                row.number,
                "演练",
                "九点前清空",
                "八点前清空",
                "收到",
                person("village").display_name,
            )
            assert [fact for fact in facts if fact not in text] == []


@given(st.integers(1, 1000), st.integers(0, 1200), st.integers(0, 1200))
def test_a_range_is_what_lies_in_the_file(size: int, begin: int, end: int) -> None:
    data = bytes(index & 0xFF for index in range(size))

    def got(header: str) -> bytes | None:
        try:
            span = span_of(header, size)
        except UnsatisfiableError:
            return None
        span = span or Span(0, size)
        return data[span.first : span.first + span.count]

    if end >= begin:
        assert got(f"bytes={begin}-{end}") == (data[begin : end + 1] or None)
    assert got(f"bytes={begin}-") == (data[begin:] or None)
    assert got(f"bytes=-{end}") == (data[-end:] if end else None)
    for odd in ("", "bytes=", "bytes=-", "items=0-1", "bytes=0-1,3-4", "bytes=a-b"):
        assert got(odd) == data
