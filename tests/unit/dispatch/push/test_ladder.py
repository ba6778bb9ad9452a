"""The delivery ladder: rung by rung, never past the app's word, never for ever."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.push.ladder import (
    LIFE,
    RETRY_AFTER,
    WEBHOOK_AFTER,
    Course,
    Outcome,
    Rung,
    Standing,
    State,
    Step,
    after,
    climb,
    nearest,
    opening,
    pause,
)

START = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def tried(outcome: Outcome, *, tries: int = 1, seconds: float = 1, **more: object) -> Course:
    return after(outcome, tries=tries, created_at=START, now=at(seconds), **more)  # type: ignore[arg-type]


def test_web_push_and_webhooks_are_tried_at_once_and_the_socket_waits_for_the_app() -> None:
    assert opening(Rung.WEBPUSH, now=START) == Course(State.WAITING, START)
    assert opening(Rung.WEBHOOK, now=at(30)) == Course(State.WAITING, at(30))
    assert opening(Rung.WEBSOCKET, now=START) == Course(State.WAITING, None)


def test_what_was_taken_is_sent_and_not_tried_again() -> None:
    assert tried(Outcome.TAKEN) == Course(State.SENT)
    assert tried(Outcome.TAKEN, is_over=True) == Course(State.SENT)


def test_a_passing_failure_is_tried_again_after_twenty_seconds_then_twice_as_long() -> None:
    assert tried(Outcome.PASSING) == Course(State.WAITING, at(21))
    assert tried(Outcome.PASSING, tries=2, seconds=21) == Course(State.WAITING, at(61))
    assert [pause(tries).total_seconds() for tries in (1, 2, 3, 4)] == [20, 40, 80, 160]


def test_a_service_that_wants_to_be_left_alone_longer_is() -> None:
    wait = timedelta(seconds=90)
    assert tried(Outcome.PASSING, asked=wait) == Course(State.WAITING, at(91))
    assert tried(Outcome.PASSING, asked=timedelta(seconds=3)) == Course(State.WAITING, at(21))
    assert tried(Outcome.PASSING, asked=timedelta(hours=1)) == Course(State.FAILED)


def test_what_will_not_pass_ends_the_delivery() -> None:
    assert tried(Outcome.REFUSED) == Course(State.FAILED)
    assert tried(Outcome.GONE) == Course(State.GONE)
    assert tried(Outcome.PASSING, is_over=True) == Course(State.FAILED)
    assert tried(Outcome.PASSING, seconds=LIFE.total_seconds() - 20) == Course(State.FAILED)


@pytest.mark.parametrize(
    ("standing", "seconds", "step", "next_at"),
    [
        (Standing(START), 0, Step.WAIT, 30),
        (Standing(START), 29.999, Step.WAIT, 30),
        (Standing(START), 30, Step.WEBHOOK, 300),
        (Standing(START, states=(State.SENT,)), 30, Step.WEBHOOK, 300),
        (Standing(START), 200, Step.WEBHOOK, 300),
        (Standing(START, climbed=True), 31, Step.WAIT, 300),
        (Standing(START), 300, Step.END, None),
        (Standing(START, climbed=True), 300, Step.END, None),
        (Standing(START, confirmed_at=at(4)), 5, Step.END, None),
        (Standing(START, confirmed_at=at(4)), 30, Step.END, None),
        (Standing(START, wants_word=False), 0, Step.WAIT, 30),
        (Standing(START, wants_word=False), 30, Step.WEBHOOK, 300),
        (Standing(START, wants_word=False, states=(State.FAILED, State.SENT)), 30, Step.WAIT, 300),
        (Standing(START, wants_word=False, states=(State.WAITING,)), 30, Step.WEBHOOK, 300),
    ],
)
def test_the_table(standing: Standing, seconds: float, step: Step, next_at: float | None) -> None:
    decision = climb(standing, now=at(seconds))
    assert decision.step is step
    assert decision.next_at == (None if next_at is None else at(next_at))


def test_the_nearest_jurisdiction_with_webhooks_is_asked() -> None:
    codes = ["640181", "640181001", "640181002", "640181001003"]
    assert nearest(codes, "640181001003001") == "640181001003"
    assert nearest(codes, "640181001004") == "640181001"
    assert nearest(codes, "640181003001") == "640181"
    assert nearest(codes, "6401") is None
    assert nearest([], "640181") is None


# -- laws ---------------------------------------------------------------------------------------------

SECONDS = st.floats(min_value=0, max_value=400, allow_nan=False)
OUTCOMES = st.lists(st.sampled_from(list(Outcome)), max_size=6)


@given(
    wants_word=st.booleans(),
    confirmed=st.none() | SECONDS,
    climbed=st.booleans(),
    states=st.lists(st.sampled_from(list(State)), max_size=4),
    now=SECONDS,
)
def test_a_decision_always_looks_ahead_and_never_past_the_end(
    wants_word: bool, confirmed: float | None, climbed: bool, states: list[State], now: float
) -> None:
    standing = Standing(
        created_at=START,
        wants_word=wants_word,
        confirmed_at=None if confirmed is None else at(confirmed),
        climbed=climbed,
        states=tuple(states),
    )
    decision = climb(standing, now=at(now))
    if decision.step is Step.END:
        assert decision.next_at is None
        assert confirmed is not None or at(now) >= START + LIFE
    else:
        assert decision.next_at is not None
        assert at(now) < decision.next_at <= START + LIFE
    if decision.step is Step.WEBHOOK:
        assert not climbed
        assert confirmed is None
        assert at(now) >= START + WEBHOOK_AFTER


@dataclass
class Life:
    """One message driven through the ladder as the services drive it, second by second."""

    outcomes: list[Outcome]
    confirmed: float | None
    wants_word: bool
    late: float
    sent_at: list[float] = field(default_factory=list)
    webhook_at: list[float] = field(default_factory=list)
    ended: float | None = None

    def run(self) -> Life:
        course, tries = opening(Rung.WEBPUSH, now=START), 0
        climbed, next_at = False, at(WEBHOOK_AFTER.total_seconds())
        outcomes = iter(self.outcomes)
        second = self.late  # nobody was there to look before
        while self.ended is None:
            now = at(second)
            confirmed = self.confirmed is not None and second >= self.confirmed
            if confirmed or now >= next_at:
                standing = Standing(
                    created_at=START,
                    wants_word=self.wants_word,
                    confirmed_at=now if confirmed else None,
                    climbed=climbed,
                    states=(course.state,),
                )
                decision = climb(standing, now=now)
                if decision.step is Step.END:
                    self.ended = second
                    break
                if decision.step is Step.WEBHOOK:
                    climbed = True
                    self.webhook_at.append(second)
                assert decision.next_at is not None
                next_at = decision.next_at
            if course.state is State.WAITING and course.due_at and course.due_at <= now:
                tries += 1
                self.sent_at.append(second)
                outcome = next(outcomes, Outcome.PASSING)
                course = after(outcome, tries=tries, created_at=START, now=now)
            second += 1
        return self


@given(
    outcomes=OUTCOMES,
    confirmed=st.none() | st.integers(0, 310),
    wants_word=st.booleans(),
    late=st.sampled_from([0, 0, 0, 45, 299, 1000]),
)
def test_the_whole_life_of_a_message(
    outcomes: list[Outcome], confirmed: int | None, wants_word: bool, late: float
) -> None:
    life = Life(outcomes, confirmed, wants_word, late).run()
    end = LIFE.total_seconds()
    assert life.ended is not None
    assert life.ended == max(late, min(end, end if confirmed is None else confirmed))
    assert all(second < life.ended for second in [*life.sent_at, *life.webhook_at])
    pauses = [b - a for a, b in zip(life.sent_at, life.sent_at[1:], strict=False)]
    assert all(one >= RETRY_AFTER.total_seconds() for one in pauses)
    assert pauses == sorted(pauses)
    if life.ended > late:
        assert life.sent_at[0] == late
    taken = Outcome.TAKEN in outcomes[: len(life.sent_at)]
    turn = max(WEBHOOK_AFTER.total_seconds(), late)
    if life.ended <= turn:
        assert life.webhook_at == []
    elif wants_word:
        assert life.webhook_at == [turn]
    elif not taken:
        assert len(life.webhook_at) == 1
    assert len(life.webhook_at) <= 1
