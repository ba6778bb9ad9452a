"""The life of a command, whatever happens in whatever order."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from iot_bridge.commands.commanding import (
    GRACE_MS,
    PENDING,
    CommandState,
    Life,
    ReplyFault,
    answer,
    seen,
    send,
    settle,
)
from iot_bridge.protocol.actions import CommandResult

NONCE, OTHER = "a" * 32, "b" * 32
EXPIRES = 15_000
ENDED_BY_THE_DEVICE = {
    CommandState.SUCCEEDED: CommandResult.DONE,
    CommandState.REFUSED: CommandResult.REFUSED,
    CommandState.FAILED: CommandResult.FAILED,
}


def life(state: CommandState = CommandState.QUEUED) -> Life:
    return Life(state, NONCE, EXPIRES)


class AnyLife(RuleBasedStateMachine):
    """Bridges look, time passes, the device and impostors answer, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0
        self.life = life()
        self.published = 0
        self.first: CommandResult | None = None

    @rule(ms=st.integers(0, EXPIRES))
    def time_passes(self, ms: int) -> None:
        self.now += ms

    @rule()
    def a_bridge_looks(self) -> None:
        before, self.life = self.life, send(self.life, now_ms=self.now)
        if before.state is CommandState.QUEUED and self.life.state is CommandState.SENT:
            self.published += 1
            assert self.now < EXPIRES

    @rule()
    def the_worker_looks(self) -> None:
        self.life = settle(self.life, now_ms=self.now)

    @rule(result=st.sampled_from(CommandResult), nonce=st.sampled_from([NONCE, NONCE, OTHER]))
    def a_reply_comes(self, result: CommandResult, nonce: str) -> None:
        outcome = answer(self.life, nonce=nonce, result=result, now_ms=self.now)
        if nonce == OTHER:
            assert outcome is ReplyFault.WRONG_NONCE
        elif not self.published:
            assert outcome is ReplyFault.NEVER_SENT
        elif self.first in (None, result):
            assert isinstance(outcome, Life)
            late = self.now >= EXPIRES + GRACE_MS if self.first is None else self.life.late
            assert outcome.late is late
            self.life, self.first = outcome, result
        else:
            assert outcome is ReplyFault.CONTRADICTS

    @invariant()
    def it_leaves_once_at_most_and_its_end_says_whether(self) -> None:
        assert self.published <= 1
        match self.life.state:
            case CommandState.QUEUED | CommandState.EXPIRED:
                assert self.published == 0
            case CommandState.SENT | CommandState.UNKNOWN:
                assert self.published == 1
                assert self.first is None
            case answered:
                assert ENDED_BY_THE_DEVICE[answered] is self.first

    @invariant()
    def after_its_time_a_look_ends_it(self) -> None:
        if self.now >= EXPIRES + GRACE_MS:
            assert not settle(self.life, now_ms=self.now).pending

    @rule(result=st.sampled_from(CommandResult))
    def a_makers_report_shows_it(self, result: CommandResult) -> None:
        before = self.life
        self.life = seen(before, result=result, now_ms=self.now)
        if before.state is CommandState.SENT and self.now < EXPIRES + GRACE_MS:
            self.first = result
        else:
            assert self.life == before


TestAnyLife = AnyLife.TestCase


@given(st.sampled_from(sorted(PENDING)), st.integers(0, EXPIRES - 1))
def test_before_its_time_nothing_ends_it_but_an_answer(state: CommandState, now: int) -> None:
    assert settle(life(state), now_ms=now) == life(state)


def test_an_answer_on_its_way_is_waited_for() -> None:
    sent = life(CommandState.SENT)
    assert settle(sent, now_ms=EXPIRES + GRACE_MS - 1).state is CommandState.SENT
    assert settle(sent, now_ms=EXPIRES + GRACE_MS).state is CommandState.UNKNOWN
    assert settle(life(), now_ms=EXPIRES).state is CommandState.EXPIRED


def test_a_late_answer_says_what_happened_after_all() -> None:
    given_up = life(CommandState.UNKNOWN)
    told = answer(given_up, nonce=NONCE, result=CommandResult.DONE, now_ms=EXPIRES * 9)
    assert isinstance(told, Life)
    assert (told.state, told.late) == (CommandState.SUCCEEDED, True)
