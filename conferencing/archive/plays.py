"""Looking at a recording: an address for one person and a while, and who is in the picture when."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import quote

from django.core import signing

from command_center.feed.messages import iso
from conferencing.archive.framing import HEIGHT, WIDTH
from conferencing.archive.models import Recording
from conferencing.archive.shown import Play, SceneData, TileName
from conferencing.conferences.feed import value_of
from conferencing.engines.messages import SourceKind
from conferencing.policy.conference import Conference as Value
from conferencing.policy.conference import Seat

if TYPE_CHECKING:
    from command_center.accounts.models import User

VALID_FOR = timedelta(hours=4)
_SALT = "conferencing.archive.plays"


def play_of(row: Recording, *, user: User, now: datetime) -> Play:
    """What a player needs."""
    ticket = signing.dumps([row.pk, user.pk], salt=_SALT)
    return Play(
        url=f"/api/v1/recordings/{row.pk}/film?ticket={quote(ticket)}",
        until=iso(now + VALID_FOR),
        seconds=row.seconds or 0.0,
        scenes=_scenes(row),
    )


def is_valid(ticket: str, *, recording_id: int, user: User) -> bool:
    """Whether an address was given to this person, for this recording, and not too long ago."""
    try:
        found = signing.loads(ticket, salt=_SALT, max_age=VALID_FOR)
    except signing.BadSignature:
        return False
    return bool(found == [recording_id, user.pk])


def _scenes(row: Recording) -> list[SceneData]:
    value = value_of(row.conference)
    return [
        SceneData(at=scene["at"], tiles=[_tile(tile, value) for tile in scene["tiles"]])
        for scene in row.scenes
    ]


def _tile(tile: dict[str, object], value: Value) -> TileName:
    peer = str(tile["peer"])
    seat = _seat_of(peer, value)
    box = tile["box"]
    assert isinstance(box, list)  # noqa: S101 - as `services` writes it
    x, y, width, height = (float(one) for one in box)
    return TileName(
        name=peer if seat is None else seat.name,
        place="" if seat is None else seat.place,
        screen=tile["source"] == SourceKind.SCREEN,
        drawn=tile.get("named") is True,
        x=x / WIDTH,
        y=y / HEIGHT,
        width=width / WIDTH,
        height=height / HEIGHT,
    )


def _seat_of(peer: str, value: Value) -> Seat | None:
    prefix, _, number = peer.partition("-")
    return value.seat(int(number)) if prefix == "seat" and number.isdecimal() else None
