"""Frames out of what a process knows of a conference."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

from conferencing.conferences.shown import conference_view
from conferencing.engines.messages import SourceKind
from conferencing.policy.conference import Conference, RecordingTrouble, Seat, SeatRole
from conferencing.policy.rights import leads, may_speak, role_of, rules_over, sees
from conferencing.policy.slots import Filled, Picture, Shown
from conferencing.policy.subrooms import divisible
from conferencing.signalling.messages import (
    ActName,
    FlowData,
    SeatState,
    SlotData,
    SlotsFrame,
)

if TYPE_CHECKING:
    from conferencing.signalling.room import Read

_LEADS = (ActName.INVITE, ActName.ROLL_CALL, ActName.MUTE_ALL)
_CHAIRS = (
    *_LEADS,
    ActName.SET_RULES,
    ActName.END,
    ActName.RECORD,
    ActName.BRING_UP,
    ActName.ANNOUNCE,
)


def state(now: Read, viewer: int) -> str:
    """The conference as one seat may see it, a `StateFrame` as text: what is sent again only when it differs.

    The conference itself, by far the longest part, is encoded once for all who may see the same of it.
    """
    value = now.value
    seat = value.seat(viewer)
    assert seat is not None  # noqa: S101 - seats are never taken out
    may = _may(value, seat)
    own = SeatState(
        version=now.facts.version,
        you=viewer,
        role=role_of(value, seat),
        may=may,
        rules=tuple(other.number for other in value.seats if rules_over(value, seat, other)),
        may_speak=may_speak(value, seat),
        recording_trouble=value.recording_trouble
        if ActName.RECORD in may
        else RecordingTrouble.NONE,
        perceives=tuple(sorted(now.seen_by(viewer) - {viewer})),
        divides=divisible(value, seat),
    )
    return f'{own.model_dump_json()[:-1]},"conference":{_conference(now, seat)}}}'


def _conference(now: Read, viewer: Seat) -> str:
    unseen = tuple(seat.number for seat in now.value.seats if not sees(now.value, viewer, seat))
    known = now.encoded.get(unseen)
    if known is None:
        view = conference_view(now.facts, now.value, viewer)
        known = now.encoded[unseen] = view.model_dump_json()
    return known


def _may(value: Conference, seat: Seat) -> tuple[ActName, ...]:
    if role_of(value, seat) is SeatRole.CHAIR:
        return _CHAIRS
    return _LEADS if leads(value, seat) else ()


def flows(known: Mapping[int, tuple[SourceKind, ...]]) -> tuple[FlowData, ...]:
    """Who sends what."""
    return tuple(FlowData(seat=seat, sources=kinds) for seat, kinds in sorted(known.items()))


def kind_of(picture: Picture) -> Literal[SourceKind.CAMERA, SourceKind.SCREEN]:
    """What the node calls a picture."""
    return SourceKind.CAMERA if picture is Picture.CAMERA else SourceKind.SCREEN


def slots(filled: Filled, heard: tuple[int | None, ...]) -> SlotsFrame:
    """Which seat is in which slot."""
    video = tuple(_slot(index, item) for index, item in enumerate(filled.slots))
    large = next(
        (
            slot
            for slot, item in zip(video, filled.slots, strict=True)
            if item is not None and item.source == filled.main
        ),
        None,
    )
    return SlotsFrame(main=large, video=video, heard=heard)


def _slot(index: int, item: Shown | None) -> SlotData:
    if item is None:
        return SlotData(index=index, seat=None, source=None)
    return SlotData(index=index, seat=item.source.seat, source=kind_of(item.source.picture))
