"""What the REST API takes and answers about planned conferences."""

from __future__ import annotations

from datetime import date, time
from typing import Annotated

from ninja import Schema
from pydantic import AwareDatetime, Field, StringConstraints

from command_center.accounts.policy import Role
from conferencing.conferences.schemas import MOST_INVITED, Code
from conferencing.schedules.recurrence import LONGEST_LEAD_MINUTES, Repeats

Weekday = Annotated[int, Field(ge=1, le=7, description="ISO weekday: Monday is 1")]


class PostWanted(Schema):
    """A post that is to be called; `role` null: every post at that very jurisdiction."""

    code: Code
    role: Role | None = None


class PlannedConference(Schema):
    """Plan a conference. `code` is that of a post of one's own, which chairs it; days and times are local."""

    title: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120)]
    code: Code
    repeats: Repeats
    first_day: date
    at: time
    weekdays: Annotated[list[Weekday], Field(max_length=7)] = []
    until: date | None = None
    severity: Annotated[int, Field(ge=1, le=4)] = 3
    lead_minutes: Annotated[int, Field(ge=0, le=LONGEST_LEAD_MINUTES)] = 0
    by_itself: bool = False
    automatic: bool = False
    lobby: bool = False
    invite: Annotated[list[PostWanted], Field(max_length=MOST_INVITED)] = []


class TimeOf(Schema):
    """One time of a planned conference, as the feed has it."""

    at: AwareDatetime


class Posts(Schema):
    """Some posts."""

    invite: Annotated[list[PostWanted], Field(max_length=MOST_INVITED)]


class PostHolders(Schema):
    """How many people hold a post now, one of them or more."""

    code: str
    role: Role | None
    people: int


class ComingConference(Schema):
    """A planned conference that calls a post of one's own. `place` chairs it."""

    id: int
    title: str
    place: str
    at: str
