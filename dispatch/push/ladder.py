"""The delivery ladder: what to try next for one message, and when. Pure.

The open socket of the app, Web Push and ntfy are tried at once. Who could not be reached for a passing reason is
tried again, each time after twice as long. When nobody's app has confirmed the message for half a minute, it
goes to the webhooks. Taken by a service is not delivered: only the app's own word ends the ladder, or time.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class Rung(StrEnum):
    """By which way a message goes."""

    WEBSOCKET = "websocket"
    WEBPUSH = "webpush"
    NTFY = "ntfy"
    WEBHOOK = "webhook"


class State(StrEnum):
    """Where one delivery stands. Sent means that a service took it, or an open app was told to look."""

    WAITING = "waiting"
    SENT = "sent"
    FAILED = "failed"
    GONE = "gone"


class Outcome(StrEnum):
    """How one attempt went."""

    TAKEN = "taken"
    PASSING = "passing"
    """it failed for a reason that may pass"""
    REFUSED = "refused"
    """it will fail again"""
    GONE = "gone"
    """the receiver is no more"""


RETRY_AFTER = timedelta(seconds=20)
WEBHOOK_AFTER = timedelta(seconds=30)
LIFE = timedelta(seconds=300)
"""After so long a message is of no use any more: its task has been answered, or has expired."""


@dataclass(frozen=True, slots=True)
class Course:
    """Where a delivery stands, and when it is to be tried; never while `due_at` is None."""

    state: State
    due_at: datetime | None = None


def opening(rung: Rung, *, now: datetime) -> Course:
    """How a delivery begins. The socket's waits for the app to be there; nobody tries it."""
    return Course(State.WAITING, None if rung is Rung.WEBSOCKET else now)


def after(
    outcome: Outcome,
    *,
    tries: int,
    created_at: datetime,
    now: datetime,
    is_over: bool = False,
    asked: timedelta = timedelta(0),
) -> Course:
    """What follows from the `tries`-th attempt at a message of `created_at`.

    `asked` is how long the service wants to be left alone; `is_over`: the message has ended meanwhile.
    """
    match outcome:
        case Outcome.TAKEN:
            return Course(State.SENT)
        case Outcome.GONE:
            return Course(State.GONE)
        case Outcome.REFUSED:
            return Course(State.FAILED)
        case Outcome.PASSING:
            again = now + max(pause(tries), asked)
            if is_over or again >= created_at + LIFE:
                return Course(State.FAILED)
            return Course(State.WAITING, again)


def pause(tries: int) -> timedelta:
    """How long to wait after the `tries`-th attempt (1 is the first): 20 s, then twice as long each time."""
    return RETRY_AFTER * (1 << min(tries - 1, 8))


class Step(StrEnum):
    """What to do about a message now."""

    WAIT = "wait"
    WEBHOOK = "webhook"
    END = "end"


@dataclass(frozen=True, slots=True)
class Standing:
    """What the ladder has to know of a message.

    An order to go wants the app's word; that a task was taken back does not, there it is enough that some
    service has taken it. `climbed`: its webhooks' turn has come already.
    """

    created_at: datetime
    wants_word: bool = True
    confirmed_at: datetime | None = None
    climbed: bool = False
    states: tuple[State, ...] = ()

    @property
    def has_arrived(self) -> bool:
        """Whether no further rung is needed."""
        if self.wants_word:
            return self.confirmed_at is not None
        return State.SENT in self.states


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do now, and when to ask again (None: never)."""

    step: Step
    next_at: datetime | None


def climb(standing: Standing, *, now: datetime) -> Decision:
    """What to do about a message now. Asked late, it does what should have been done, unless it is of no use."""
    end = standing.created_at + LIFE
    if standing.confirmed_at is not None or now >= end:
        return Decision(Step.END, None)
    turn = standing.created_at + WEBHOOK_AFTER
    if standing.climbed:
        return Decision(Step.WAIT, end)
    if now < turn:
        return Decision(Step.WAIT, turn)
    if standing.has_arrived:
        return Decision(Step.WAIT, end)
    return Decision(Step.WEBHOOK, end)


def nearest(codes: Iterable[str], code: str) -> str | None:
    """Of jurisdictions that have webhooks, the lowest that a code lies in; None if it lies in none."""
    return max((one for one in codes if code.startswith(one)), key=len, default=None)
