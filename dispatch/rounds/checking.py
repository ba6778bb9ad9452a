"""Whether a confirmation of a checkpoint counts. Pure: metres, degrees WGS-84, aware moments.

What is proven is that somebody of the unit was there at that time: by the code that hangs there, or by a position
within the checkpoint's radius. Whose phone it was, and where exactly, is nobody's business afterwards.
"""

from __future__ import annotations

import hmac
import re
import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from dispatch.ground import metres_between
from dispatch.rounds.schedule import HEARD_UNTIL, Window

VAGUE_M = 100
"""A position that may be off by more than this proves nothing."""

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no letter that is taken for a digit."""

TOKEN_LENGTH = 8
"""40 bits: nobody guesses it against a server that asks who one is, and a cold thumb types it."""

PREFIX = "lingdun:checkpoint:"
_MISREAD = str.maketrans("OIL", "011")


class Method(StrEnum):
    """How a checkpoint was confirmed."""

    QR = "qr"
    RADIUS = "radius"


class Refusal(StrEnum):
    """Why a confirmation does not count."""

    NO_PROOF = "no_proof"
    UNKNOWN_CODE = "unknown_code"
    OTHER_CHECKPOINT = "other_checkpoint"
    VAGUE = "vague"
    TOO_FAR = "too_far"
    OUT_OF_ORDER = "out_of_order"
    TOO_EARLY = "too_early"
    TOO_LATE = "too_late"


@dataclass(frozen=True, slots=True)
class Point:
    """A checkpoint. `place` is longitude and latitude; without one only its code confirms it."""

    id: int
    name: str
    token: str
    radius_m: int
    place: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Fix:
    """Where a phone says it is, give or take `accuracy_m`."""

    place: tuple[float, float]
    accuracy_m: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """The checkpoint that is confirmed, or why none is. `value` is metres, or a name."""

    point: Point | None
    refusal: Refusal | None = None
    value: str = ""


def new_token() -> str:
    """A code for a checkpoint."""
    return "".join(secrets.choice(ALPHABET) for _ in range(TOKEN_LENGTH))


def content_of(token: str) -> str:
    """What its QR code says."""
    return PREFIX + token


def readable(token: str) -> str:
    """The code as it stands below the picture: in two groups."""
    return f"{token[: TOKEN_LENGTH // 2]}-{token[TOKEN_LENGTH // 2 :]}"


def token_in(text: str) -> str:
    """The code in what was scanned or typed; small letters, gaps and dashes do not matter, nor O for 0."""
    plain = text.strip().removeprefix(PREFIX)
    return re.sub(r"[\s\-]", "", plain).upper().translate(_MISREAD)


def is_token(point: Point, given: str) -> bool:
    """Whether this is the checkpoint's code. Takes the same time whether it is nearly so or not at all."""
    return hmac.compare_digest(point.token.encode(), token_in(given).encode())


def by_code(points: Sequence[Point], given: str, wanted: int | None) -> Verdict:
    """The checkpoint that a code belongs to; `wanted` is the one that was meant, if one was."""
    found = next((point for point in points if is_token(point, given)), None)
    if found is None:
        return Verdict(None, Refusal.UNKNOWN_CODE)
    if wanted is not None and found.id != wanted:
        return Verdict(None, Refusal.OTHER_CHECKPOINT, found.name)
    return Verdict(found)


def by_place(point: Point, fix: Fix) -> Verdict:
    """Within the radius. The stated accuracy is allowed for, at most as much again as the radius."""
    if point.place is None:
        return Verdict(None, Refusal.NO_PROOF)
    if fix.accuracy_m > VAGUE_M:
        return Verdict(None, Refusal.VAGUE, str(round(fix.accuracy_m)))
    away = metres_between(point.place, fix.place)
    if away > point.radius_m + min(fix.accuracy_m, point.radius_m):
        return Verdict(None, Refusal.TOO_FAR, str(round(away)))
    return Verdict(point)


def in_order(points: Sequence[Point], point: Point, visited: Collection[int]) -> Verdict:
    """Of a route that is walked in order, only the first that is missing."""
    due = next(one for one in points if one.id not in visited)
    if due.id != point.id:
        return Verdict(None, Refusal.OUT_OF_ORDER, due.name)
    return Verdict(point)


def in_time(window: Window, at: datetime, now: datetime) -> Refusal | None:
    """Confirmed in its window; and told by a phone that had no network within three days of it."""
    if at < window.opens:
        return Refusal.TOO_EARLY
    if at >= window.closes or now >= window.closes + HEARD_UNTIL:
        return Refusal.TOO_LATE
    return None
