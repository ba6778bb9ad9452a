"""Recording a conference (录制): by a chair who is in the room, one at a time, told to everybody."""

from __future__ import annotations

from conferencing.policy.case import Case
from conferencing.policy.conference import Conference, Recording, RecordingTrouble
from conferencing.policy.verdict import Decided, Note, Noted, Outcome, RecordingBegan, RecordingOver


def start(case: Case) -> Decided:
    """Record from now on. What runs already goes on."""
    case.require_chair()
    case.require_joined()
    if case.conference.recording is not None:
        return case.unchanged()
    number = case.conference.recordings + 1
    recording = Recording(number=number, by=case.actor.number, since=case.now)
    return case.changed(
        case.conference.changed(
            recording=recording, recordings=number, recording_trouble=RecordingTrouble.NONE
        ),
        RecordingBegan(recording),
        case.note(Noted.RECORDING_STARTED),
    )


def stop(case: Case) -> Decided:
    """Record no more."""
    case.require_chair()
    if case.conference.recording is None:
        return case.unchanged()
    return case.changed(
        case.conference.changed(recording=None),
        *last_words(case.conference),
        case.note(Noted.RECORDING_STOPPED),
    )


def failed(conference: Conference, number: int, trouble: RecordingTrouble) -> Decided:
    """The node cannot go on. One that is over already, or another, is left alone."""
    if conference.recording is None or conference.recording.number != number:
        return Decided(conference)
    return Decided(
        conference.changed(recording=None, recording_trouble=trouble),
        (*last_words(conference, trouble), Note(Noted.RECORDING_FAILED, None)),
    )


def last_words(
    conference: Conference, trouble: RecordingTrouble = RecordingTrouble.NONE
) -> list[Outcome]:
    """What follows when a recording that runs is over."""
    recording = conference.recording
    return [] if recording is None else [RecordingOver(recording.number, trouble)]
