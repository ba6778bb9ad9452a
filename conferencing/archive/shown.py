"""What is told of recordings and decisions."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from ninja import Schema
from pydantic import Field, StringConstraints

MOST_WORDS = 2000


class RecordingState(StrEnum):
    """How it stands with a recording."""

    RECORDING = "recording"
    WAITING = "waiting"
    """over; the worker makes the film of it next"""
    COMPOSING = "composing"
    READY = "ready"
    EMPTY = "empty"
    """nobody sent anything"""
    FAILED = "failed"
    DELETED = "deleted"
    """its time was over"""


class RecordingData(Schema):
    """A recording. `seconds` and `octets` are the film's and of all files together; `progress` in percent.

    `trouble` says why it broke off, `problem` why no film could be made; `deleted_after` when it goes.
    """

    id: int
    number: int
    by: str
    started_at: str
    stopped_at: str | None
    trouble: str
    state: RecordingState
    progress: int
    problem: str
    seconds: float | None
    octets: int
    tracks: int
    deleted_after: str
    deleted_at: str | None


class PlayRequest(Schema):
    """Why somebody wants to see it, for the audit; may be left out."""

    reason: Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)] = ""


class TileName(Schema):
    """Whose picture is where, in shares of the film's width and height. `drawn`: the film itself shows the name."""

    name: str
    place: str
    screen: bool
    drawn: bool
    x: float
    y: float
    width: float
    height: float


class SceneData(Schema):
    """Who is where from a time on, in seconds; the large picture first."""

    at: float
    tiles: list[TileName]


class Play(Schema):
    """Where the film can be had for a while, by who asked only, and who is in it when."""

    url: str
    until: str
    seconds: float
    scenes: list[SceneData]


class DecisionWords(Schema):
    """A decision's wording at a time; empty: struck out."""

    at: str
    by: str
    text: str


class DecisionData(Schema):
    """A line of the decisions as it holds now, and how it was worded before, oldest first."""

    line: int
    at: str
    by: str
    text: str
    before: list[DecisionWords]


class Decisions(Schema):
    """All lines; `may_write` says whether one may add and correct."""

    items: list[DecisionData]
    may_write: bool


class NewDecision(Schema):
    """What was decided."""

    text: Annotated[
        str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MOST_WORDS)
    ]


class CorrectedDecision(Schema):
    """Another wording; empty strikes it out. `revision`: how many wordings one has seen."""

    text: Annotated[str, StringConstraints(strip_whitespace=True, max_length=MOST_WORDS)]
    revision: Annotated[int, Field(ge=1, lt=2**31)]
