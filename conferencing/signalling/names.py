"""What a media node calls conferences, seats and the rooms within a conference."""

from __future__ import annotations

from conferencing.policy.audience import WHOLE

WHOLE_NAME = "whole"


def room_name(conference_id: int) -> str:
    """What the node calls a conference."""
    return f"conference-{conference_id}"


def peer_name(seat: int) -> str:
    """What the node calls a seat."""
    return f"seat-{seat}"


def seat_number(peer: str) -> int | None:
    """The seat of a peer; None for one that is not ours."""
    prefix, _, number = peer.partition("-")
    return int(number) if prefix == "seat" and number.isdecimal() else None


def group_name(room: str) -> str:
    """What the node calls the whole, or a township's sub-room."""
    return WHOLE_NAME if room == WHOLE else room
