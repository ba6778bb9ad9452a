"""Chattering: whatever a device says, nothing is lost of its count and the alarm ends as the device says."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from iot_bridge.rules import lifecycle
from iot_bridge.rules.chattering import damp, settle
from iot_bridge.rules.conditions import Condition
from iot_bridge.rules.evaluate import Clear, Decision, Outcome, Raise, Settle, next_due
from iot_bridge.rules.lifecycle import AlarmFlags
from iot_bridge.rules.state import RuleState
from iot_bridge.rules.thresholds import Thresholds

SMOKE = Condition.SMOKE
NORMAL = Thresholds()
COUNT, WINDOW, QUIET = NORMAL.chatter_count, 60_000, 60_000


class Detector:
    """A smoke detector behind the damper, and the alarm that comes of it."""

    def __init__(self) -> None:
        self.state = RuleState()
        self.flags: AlarmFlags | None = None
        self.chattering = False
        self.counted = 0
        self.told: list[Decision] = []

    def say(self, decision: Decision, now: int) -> None:
        self._take(damp(Outcome(self.state, (decision,)), NORMAL, now))

    def wait(self, now: int) -> None:
        self._take(settle(Outcome(self.state), now))

    def _take(self, outcome: Outcome) -> None:
        # As after a restart: the memory is what was stored.
        self.state = RuleState.from_json(outcome.state.to_json())
        self.told += outcome.decisions
        for decision in outcome.decisions:
            self.chattering = isinstance(decision, Raise) and decision.chattering
            before = self.flags.count if self.flags else 0
            step = lifecycle.decide(self.flags, decision)
            if step is not None:
                self.flags = step.flags
                self.counted += max(0, step.flags.count - before)


def test_the_third_beginning_within_a_minute_is_held_until_it_is_quiet() -> None:
    detector = Detector()
    for second in (0, 10, 20):
        detector.say(Raise(SMOKE), second * 1000)
        detector.say(Clear(SMOKE), second * 1000 + 5000)
    assert detector.chattering
    assert detector.flags is not None
    assert detector.flags.active
    assert next_due(detector.state) == 25_000 + QUIET
    detector.wait(25_000 + QUIET - 1)
    assert detector.chattering
    detector.wait(25_000 + QUIET)
    assert (detector.chattering, detector.flags.active, detector.flags.count) == (False, False, 3)
    assert detector.state.chatter == {}
    assert next_due(detector.state) is None


def test_what_still_holds_when_it_is_quiet_stays_active() -> None:
    detector = Detector()
    for second in (0, 10, 20, 30):
        detector.say(Raise(SMOKE), second * 1000)
        detector.say(Clear(SMOKE), second * 1000 + 5000)
    detector.say(Raise(SMOKE), 40_000)
    detector.wait(40_000 + QUIET)
    assert detector.flags is not None
    assert (detector.flags.active, detector.flags.count) == (True, 5)
    assert not detector.chattering
    detector.say(Clear(SMOKE), 200_000)
    assert not detector.flags.active


def test_slow_coming_and_going_is_left_alone() -> None:
    detector = Detector()
    said: list[Decision] = []
    for minute in range(5):
        said += [Raise(SMOKE), Clear(SMOKE)]
        detector.say(said[-2], minute * 40_000)
        detector.say(said[-1], minute * 40_000 + 1000)
    assert detector.told == said


def test_repeats_and_what_ends_by_acknowledgement_are_no_chatter() -> None:
    detector = Detector()
    for second in range(10):
        detector.say(Raise(SMOKE), second * 1000)
        detector.say(Raise(Condition.PANIC), second * 1000)
    assert not any(isinstance(one, Raise) and one.chattering for one in detector.told)
    assert len(detector.told) == 20


def test_while_it_chatters_it_is_told_of_every_five_seconds_at_most() -> None:
    detector = Detector()
    for tick in range(600):  # a minute at five cycles a second
        detector.say((Raise, Clear)[tick % 2](SMOKE), tick * 100)
    assert sum(1 for tick in range(600) if tick % 2 == 0) == 300
    assert len(detector.told) < 5 + 2 * 60 // 5
    detector.wait(60_000 + QUIET)
    assert detector.counted == 300


@given(
    st.lists(st.tuples(st.sampled_from(["on", "off", "look"]), st.integers(0, 40_000)), max_size=60)
)
def test_no_occurrence_is_lost_and_the_end_is_the_devices(
    steps: list[tuple[str, int]],
) -> None:
    detector, now, on, occurrences = Detector(), 0, False, 0
    for word, pause in steps:
        now += pause
        due = next_due(detector.state)
        if due is not None and due <= now:
            detector.wait(now)
        if word == "on":
            on, occurrences = True, occurrences + 1
            detector.say(Raise(SMOKE), now)
        elif word == "off":
            on = False
            detector.say(Clear(SMOKE), now)
        assert detector.chattering == (next_due(detector.state) is not None)
        if detector.chattering:
            assert detector.flags is not None
            assert detector.flags.active
    detector.wait(now + QUIET)
    assert not detector.chattering
    assert next_due(detector.state) is None
    assert (detector.flags is not None and detector.flags.active) == on
    assert detector.counted == occurrences
    assert not any(isinstance(one, Settle) and one.times < 0 for one in detector.told)
