"""What other packages may follow: `settings.CONFERENCE_FOLLOWERS` names functions that take a `Happening`.

They are called in the transaction of the change, and must neither raise nor take long.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils.module_loading import import_string

from command_center.feed import services as feed
from conferencing.conferences.shown import About
from conferencing.policy.conference import RecordingTrouble

if TYPE_CHECKING:
    from command_center.accounts.models import User


@dataclass(frozen=True, slots=True)
class Subject:
    """Which conference."""

    id: int
    number: str
    title: str
    code: str
    about: About


@dataclass(frozen=True, slots=True)
class Calls:
    """These people are called: have their telephones ring. `people` as (user, code of the seat)."""

    of: Subject
    people: tuple[tuple[int, str], ...]
    by: str


@dataclass(frozen=True, slots=True)
class CallsOver:
    """These people have answered, or need not any more."""

    of: Subject
    users: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Opened:
    """A conference was opened, by whom."""

    of: Subject
    by: User


@dataclass(frozen=True, slots=True)
class Over:
    """A conference has ended. `joined`: the names of who was in it."""

    of: Subject
    minutes: int
    joined: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Recorded:
    """A recording runs from `since` on, the `number`-th of its conference, started by whom."""

    of: Subject
    number: int
    by: str
    since: datetime


@dataclass(frozen=True, slots=True)
class RecordedUntil:
    """A recording is over; `trouble` says why if nobody ended it."""

    of: Subject
    number: int
    at: datetime
    trouble: RecordingTrouble


@dataclass(frozen=True, slots=True)
class RecordingReady:
    """A recording can be played."""

    of: Subject
    number: int
    seconds: float


Happening = Calls | CallsOver | Opened | Over | Recorded | RecordedUntil | RecordingReady
Follower = Callable[[feed.Publication, Happening], None]


@cache
def followers() -> tuple[Follower, ...]:
    """Who follows."""
    return tuple(import_string(path) for path in settings.CONFERENCE_FOLLOWERS)


def tell(publication: feed.Publication, happening: Happening) -> None:
    """Tell all of them."""
    for follow in followers():
        follow(publication, happening)
