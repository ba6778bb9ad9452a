"""What a seat may do, from its level and its jurisdiction.

The jurisdiction that opened the conference chairs it, and so does whoever commands above it. A township's
post that commands moderates its own subtree: the codes that begin with its own. Everybody else takes part.
"""

from __future__ import annotations

from conferencing.policy.conference import (
    OUT,
    PRESENT,
    Conference,
    FloorRule,
    Presence,
    Seat,
    SeatKind,
    SeatLevel,
    SeatRole,
)

RANK = {SeatRole.PARTICIPANT: 0, SeatRole.MODERATOR: 1, SeatRole.CHAIR: 2}


def role_of(conference: Conference, seat: Seat) -> SeatRole:
    """What a seat is in this room."""
    if not seat.commands:
        return SeatRole.PARTICIPANT
    if conference.code.startswith(seat.code):
        return SeatRole.CHAIR
    return SeatRole.MODERATOR if seat.level is SeatLevel.TOWNSHIP else SeatRole.PARTICIPANT


def rules_over(conference: Conference, actor: Seat, other: Seat) -> bool:
    """Whether one seat rules another: of lower rank, and for a moderator in its own subtree. Never itself."""
    role = role_of(conference, actor)
    if actor.number == other.number or RANK[role_of(conference, other)] >= RANK[role]:
        return False
    return role is SeatRole.CHAIR or other.code.startswith(actor.code)


def leads(conference: Conference, seat: Seat) -> bool:
    """Whether a seat rules anybody at all by its role."""
    return role_of(conference, seat) is not SeatRole.PARTICIPANT


def has_rights(seat: Seat) -> bool:
    """Whether a seat gives its person any right: not declined, taken back or put out, nor in the lobby."""
    return seat.presence not in OUT and seat.presence is not Presence.WAITING


def may_speak(conference: Conference, seat: Seat) -> bool:
    """Whether the rules of the room let a seat be heard, if it wants to."""
    if seat.kind is SeatKind.CAMERA:
        return False
    if seat.presence not in PRESENT or seat.muted_by is not None:
        return False
    return seat.floor or conference.floor is FloorRule.OPEN or leads(conference, seat)


def is_heard(conference: Conference, seat: Seat) -> bool:
    """Whether the node forwards a seat's microphone."""
    return seat.microphone and may_speak(conference, seat)


def sees(conference: Conference, viewer: Seat, other: Seat) -> bool:
    """Whether a seat may know of another: who waits in the lobby knows nobody, and is known to who can admit it."""
    if viewer.number == other.number:
        return True
    if viewer.presence is Presence.WAITING:
        return False
    if other.presence is not Presence.WAITING:
        return True
    return rules_over(conference, viewer, other)


def preempts(severity: int, other: int) -> bool:
    """Whether a conference of one severity may call people out of another: 1 is the gravest."""
    return severity < other
