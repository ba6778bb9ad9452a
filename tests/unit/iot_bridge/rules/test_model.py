"""The timed rules against a plain model of what they promise, over random lives of a device."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from iot_bridge.protocol.decoded import DeviceMessage
from iot_bridge.protocol.topics import Channel, Kind
from iot_bridge.rules.conditions import Condition
from iot_bridge.rules.evaluate import Outcome, Raise, evaluate, next_due, on_timer
from iot_bridge.rules.state import EMPTY, RuleState
from iot_bridge.rules.thresholds import Thresholds

HOLD_S, DENIED, WINDOW_S = 60, 3, 20
LIMITS = Thresholds(lane_hold_s=HOLD_S, denied_count=DENIED, denied_window_s=WINDOW_S)
gaps = st.integers(1, 45_000)


class DeviceLife(RuleBasedStateMachine):
    """A lane and a gate in one device; the model keeps only times and counts."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0
        self.state: RuleState = EMPTY
        self.occupied_at: int | None = None
        self.denials: list[int] = []
        self.bursts = 0
        self.raised: list[str] = []
        self.open: set[str] = set()

    def _apply(self, outcome: Outcome) -> None:
        self.state = RuleState.from_json(outcome.state.to_json())
        for decision in outcome.decisions:
            if isinstance(decision, Raise):
                self.raised.append(decision.condition)
                self.open.add(decision.condition)
            else:
                assert decision.condition in self.open
                self.open.discard(decision.condition)

    def _say(self, type_: str) -> None:
        message = DeviceMessage("d-1", Kind.FIRE_LANE, Channel.EVENT, type_, {}, event_id="e")
        self._apply(evaluate(message, self.state, LIMITS, self.now))

    def _pass_time(self, gap: int) -> None:
        self.now += gap
        self._apply(on_timer(self.state, LIMITS, self.now))

    @rule(gap=gaps)
    def wait(self, gap: int) -> None:
        self._pass_time(gap)

    @rule(gap=gaps)
    def occupy(self, gap: int) -> None:
        self._pass_time(gap)
        self._say("occupied")
        self.occupied_at = self.now if self.occupied_at is None else self.occupied_at

    @precondition(lambda self: self.occupied_at is not None)
    @rule(gap=gaps)
    def vacate(self, gap: int) -> None:
        self._pass_time(gap)
        self._say("vacated")
        self.occupied_at = None

    @rule(gap=st.integers(1, 15_000))
    def refuse(self, gap: int) -> None:
        self._pass_time(gap)
        self._say("denied")
        recent = [at for at in self.denials if self.now - at < WINDOW_S * 1000]
        self.denials = [*recent, self.now]
        if len(self.denials) == DENIED:
            self.bursts += 1
            self.denials = []

    @invariant()
    def a_lane_is_blocked_exactly_when_it_was_held(self) -> None:
        since = self.occupied_at
        held = since is not None and self.now - since >= HOLD_S * 1000
        assert (Condition.LANE_BLOCKED in self.open) is held

    @invariant()
    def bursts_are_as_many_as_the_model_counts(self) -> None:
        assert self.raised.count(Condition.DENIED_BURST) == self.bursts

    @invariant()
    def the_state_knows_what_is_open_and_never_owes_a_timer(self) -> None:
        assert self.state.active == self.open
        due = next_due(self.state)
        assert due is None or due > self.now


DeviceLife.TestCase.settings = settings(max_examples=40, stateful_step_count=40, deadline=None)
TestDeviceLife = DeviceLife.TestCase
