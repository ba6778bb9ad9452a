"""An alarm's two flags: every transition of ISA-18.2 that happens here."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iot_bridge.rules.conditions import Condition
from iot_bridge.rules.evaluate import Clear, Raise
from iot_bridge.rules.lifecycle import AlarmFlags, Effect, Transition, acknowledge, decide

NEW = AlarmFlags(active=True, acknowledged=False, count=1)
SEEN = AlarmFlags(active=True, acknowledged=True, count=1)
ENDED = AlarmFlags(active=False, acknowledged=False, count=1)
CLOSED = AlarmFlags(active=False, acknowledged=True, count=1)
RAISE, CLEAR = Raise(Condition.TAMPER), Clear(Condition.TAMPER)


@pytest.mark.parametrize(
    ("current", "decision", "effect", "after"),
    [
        (None, RAISE, Effect.RAISED, NEW),
        (CLOSED, RAISE, Effect.RAISED, NEW),
        (NEW, RAISE, Effect.REPEATED, AlarmFlags(True, False, 2)),
        (SEEN, RAISE, Effect.REPEATED, AlarmFlags(True, True, 2)),
        (ENDED, RAISE, Effect.REPEATED, AlarmFlags(True, False, 2)),
        (None, CLEAR, Effect.NOTHING, None),
        (NEW, CLEAR, Effect.CLEARED, ENDED),
        (SEEN, CLEAR, Effect.CLOSED, CLOSED),
        (ENDED, CLEAR, Effect.NOTHING, ENDED),
        (CLOSED, CLEAR, Effect.NOTHING, CLOSED),
    ],
)
def test_a_decision_moves_the_flags(
    current: AlarmFlags | None, decision: Raise | Clear, effect: Effect, after: AlarmFlags | None
) -> None:
    assert decide(current, decision) == Transition(effect, after)


@pytest.mark.parametrize(
    ("current", "condition", "effect", "after"),
    [
        (NEW, Condition.TAMPER, Effect.ACKNOWLEDGED, SEEN),
        (ENDED, Condition.TAMPER, Effect.CLOSED, CLOSED),
        (SEEN, Condition.TAMPER, Effect.NOTHING, SEEN),
        (CLOSED, Condition.TAMPER, Effect.NOTHING, CLOSED),
        (NEW, Condition.PANIC, Effect.CLOSED, CLOSED),
    ],
)
def test_acknowledging_moves_the_flags(
    current: AlarmFlags, condition: Condition, effect: Effect, after: AlarmFlags
) -> None:
    assert acknowledge(current, condition) == Transition(effect, after)


@given(st.lists(st.sampled_from(["raise", "clear", "ack"])), st.sampled_from(Condition))
def test_an_alarm_closes_when_it_is_neither_active_nor_unseen(
    steps: list[str], condition: Condition
) -> None:
    current: AlarmFlags | None = None
    raised = 0
    for step in steps:
        before = current
        if step == "ack":
            result = (
                acknowledge(current, condition) if current else Transition(Effect.NOTHING, None)
            )
        else:
            result = decide(current, Raise(condition) if step == "raise" else Clear(condition))
        current = result.flags
        raised += result.effect is Effect.RAISED
        assert (result.effect is Effect.NOTHING) == (current == before)
        if result.effect is Effect.CLOSED:
            assert current is not None
            assert not current.open
            current = None
        assert current is None or current.open
    assert raised <= steps.count("raise")


def test_an_own_condition_is_as_grave_as_its_rule_says() -> None:
    told = Raise("x_cold_room", severity=1, latching=True)
    silent = Raise("x_cold_room")
    assert (told.severity, told.latched) == (1, True)
    assert (silent.severity, silent.latched) == (3, False)
