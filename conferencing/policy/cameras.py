"""Cameras as seats: who may have one shown, and what becomes of it."""

from __future__ import annotations

from conferencing.policy.case import Case, require
from conferencing.policy.commands import AddCameras, Equipment
from conferencing.policy.conference import MOST_SEATS, PRESENT, Presence, Seat, SeatKind
from conferencing.policy.seating import check_recallable, may_call
from conferencing.policy.verdict import Decided, Note, Noted, Refusal

MOST_CAMERAS = 16
"""Each is a connection of the node's machine for as long as the conference goes on."""


def add(case: Case, command: AddCameras) -> Decided:
    """A chair those of the room's jurisdiction and above it, a moderator those of its own subtree."""
    case.require_lead()
    conference, numbers = case.conference, []
    for camera in command.cameras:
        require(may_call(case, camera.code), Refusal.OUTSIDE)
        known = conference.camera(camera.device)
        if known is None:
            require(len(conference.seats) < MOST_SEATS, Refusal.FULL)
            number = max((seat.number for seat in conference.seats), default=0) + 1
        elif known.presence in PRESENT:
            continue
        else:
            check_recallable(case, known)
            number = known.number
        conference = conference.with_seats([_seat(case, number, camera)])
        numbers.append(number)
    if not numbers:
        return case.unchanged()
    shown = [seat for seat in conference.at(PRESENT) if seat.kind is SeatKind.CAMERA]
    require(len(shown) <= MOST_CAMERAS, Refusal.FULL)
    notes = [Note(Noted.CAMERA_ADDED, case.actor.number, number) for number in numbers]
    return case.changed(conference, *notes)


def _seat(case: Case, number: int, camera: Equipment) -> Seat:
    return Seat(
        number=number,
        kind=SeatKind.CAMERA,
        user=None,
        name=camera.name,
        place=camera.place,
        code=camera.code,
        level=camera.level,
        commands=False,
        presence=Presence.JOINED,
        since=case.now,
        called_by=case.actor.number,
        microphone=False,
        device=camera.device,
    )
