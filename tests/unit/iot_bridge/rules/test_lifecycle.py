"""The life of an alarm: every transition of ISA-18.2 that happens here."""

from dataclasses import replace
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iot_bridge.rules.conditions import SPECS, Condition
from iot_bridge.rules.evaluate import Clear, Raise
from iot_bridge.rules.lifecycle import (
    AlarmFlags,
    Effect,
    Refusal,
    RefusedError,
    Transition,
    acknowledge,
    decide,
    put_out_of_service,
    reset,
    settle,
    shelve,
    suppress,
    unshelve,
)

NEW = AlarmFlags(active=True, acknowledged=False, count=1)
SEEN = AlarmFlags(active=True, acknowledged=True, count=1)
ENDED = AlarmFlags(active=False, acknowledged=False, count=1)
CLOSED = AlarmFlags(active=False, acknowledged=True, count=1)
RAISE, CLEAR = Raise(Condition.FORCED_OPEN), Clear(Condition.FORCED_OPEN)
BURNING = AlarmFlags(active=True, acknowledged=True, count=1, latching=True)
BURNT = AlarmFlags(active=False, acknowledged=True, count=1, latching=True, latched=True)


@pytest.mark.parametrize(
    ("current", "decision", "effect", "after"),
    [
        (None, RAISE, Effect.RAISED, NEW),
        (CLOSED, RAISE, Effect.RAISED, NEW),
        (NEW, RAISE, Effect.REPEATED, replace(NEW, count=2)),
        (SEEN, RAISE, Effect.REPEATED, replace(SEEN, count=2)),
        (ENDED, RAISE, Effect.REPEATED, replace(NEW, count=2)),
        (NEW, CLEAR, Effect.CLEARED, ENDED),
        (SEEN, CLEAR, Effect.CLOSED, CLOSED),
        (BURNING, Clear(Condition.SMOKE), Effect.CLEARED, BURNT),
        (BURNT, Raise(Condition.SMOKE), Effect.REPEATED, replace(BURNING, acknowledged=False, count=2)),
        (replace(SEEN, shelved=True), CLEAR, Effect.CLEARED, replace(CLOSED, shelved=True)),
        (replace(CLOSED, shelved=True), RAISE, Effect.REPEATED, replace(NEW, shelved=True, count=2)),
    ],
)  # fmt: skip
def test_a_decision_moves_the_flags(
    current: AlarmFlags | None, decision: Raise | Clear, effect: Effect, after: AlarmFlags
) -> None:
    assert decide(current, decision) == Transition(effect, after)


def _shelve(
    current: AlarmFlags,
    condition: str = Condition.FORCED_OPEN,
    *,
    severity: int = 3,
    grave: bool = True,
    confirmed: bool = True,
) -> Transition:
    return shelve(current, condition, severity=severity, grave=grave, confirmed=confirmed)


@pytest.mark.parametrize("current", [None, ENDED, CLOSED, BURNT])
def test_an_end_of_what_is_not_active_is_nothing(current: AlarmFlags | None) -> None:
    assert decide(current, CLEAR) is None


@pytest.mark.parametrize(
    ("current", "condition", "effect", "after"),
    [
        (NEW, Condition.TAMPER, Effect.ACKNOWLEDGED, SEEN),
        (ENDED, Condition.TAMPER, Effect.CLOSED, CLOSED),
        (NEW, Condition.PANIC, Effect.CLOSED, CLOSED),
        (replace(BURNT, acknowledged=False), Condition.SMOKE, Effect.ACKNOWLEDGED, BURNT),
        (replace(ENDED, shelved=True), Condition.TAMPER, Effect.ACKNOWLEDGED, replace(CLOSED, shelved=True)),
    ],
)  # fmt: skip
def test_acknowledging_moves_the_flags(
    current: AlarmFlags, condition: Condition, effect: Effect, after: AlarmFlags
) -> None:
    assert acknowledge(current, condition) == Transition(effect, after)
    assert acknowledge(after, condition) is None


def test_a_latched_alarm_waits_for_its_reset_which_waits_for_the_end() -> None:
    assert reset(BURNT) == Transition(Effect.CLOSED, replace(BURNT, latched=False))
    unseen = replace(BURNT, acknowledged=False)
    assert reset(unseen) == Transition(Effect.RESET, replace(unseen, latched=False))


@pytest.mark.parametrize(
    ("step", "current", "refusal"),
    [
        (reset, BURNING, Refusal.STILL_ACTIVE),
        (reset, ENDED, Refusal.NOT_LATCHED),
        (reset, CLOSED, Refusal.CLOSED),
        (_shelve, CLOSED, Refusal.CLOSED),
        (partial(_shelve, condition=Condition.SOS), NEW, Refusal.NEVER_SHELVED),
        (partial(_shelve, severity=1, grave=False), NEW, Refusal.GRAVE),
        (partial(_shelve, severity=1, confirmed=False), NEW, Refusal.UNCONFIRMED),
        (unshelve, NEW, Refusal.NOT_SHELVED),
    ],
)
def test_what_the_state_does_not_allow_is_refused(
    step: object, current: AlarmFlags, refusal: Refusal
) -> None:
    assert callable(step)
    with pytest.raises(RefusedError) as caught:
        step(current)
    assert caught.value.refusal is refusal


@pytest.mark.parametrize(
    ("silent", "effect", "after"),
    [
        (SEEN, Effect.UNSHELVED, NEW),  # still active: to be seen anew
        (CLOSED, Effect.CLOSED, CLOSED),
        (ENDED, Effect.CLOSED, CLOSED),  # came and went where nobody was told
        (replace(ENDED, announced=True), Effect.UNSHELVED, replace(ENDED, announced=True)),
        (replace(BURNT, acknowledged=False), Effect.UNSHELVED, replace(BURNT, acknowledged=False)),
    ],
)
def test_what_comes_back_from_the_shelf(
    silent: AlarmFlags, effect: Effect, after: AlarmFlags
) -> None:
    assert unshelve(replace(silent, shelved=True)) == Transition(effect, after)


def test_only_the_end_of_the_last_silence_announces_again() -> None:
    twice = replace(SEEN, shelved=True, suppressed=True, out_of_service=True)
    first = unshelve(twice)
    assert first.flags == replace(twice, shelved=False)
    second = suppress(first.flags, False)
    assert second is not None
    assert second.flags == replace(SEEN, out_of_service=True)
    third = put_out_of_service(second.flags, False)
    assert third == Transition(Effect.IN_SERVICE, NEW)
    assert put_out_of_service(NEW, False) is None
    assert suppress(NEW, False) is None


STEPS = ("raise", "clear", "ack", "reset", "shelve", "unshelve", "out", "in", "suppress", "free")


@given(st.lists(st.sampled_from(STEPS), max_size=40), st.sampled_from(Condition))
def test_the_laws_of_its_life(steps: list[str], condition: Condition) -> None:
    """Open until nothing keeps it; latched only when cleared; never unseen and gone once it was announced."""
    current: AlarmFlags | None = None
    for step in steps:
        try:
            result = _step(step, current, condition)
        except RefusedError:
            continue
        if result is None:
            continue
        before, current = current, settle(result.flags)
        assert (result.effect is Effect.CLOSED) == (not current.open)
        assert not (current.active and current.latched)
        assert current.latching == SPECS[condition].latched
        assert current.announced or not current.annunciated
        if before is not None and before.announced and not before.acknowledged:
            assert current.open or step == "ack"
        if current.annunciated and before is not None and not before.annunciated:
            assert not (current.active and current.acknowledged)
        if not current.open:
            current = None


def _step(step: str, current: AlarmFlags | None, condition: Condition) -> Transition | None:
    if step in ("raise", "clear"):
        return decide(current, Raise(condition) if step == "raise" else Clear(condition))
    if current is None:
        return None
    match step:
        case "ack":
            return acknowledge(current, condition)
        case "reset":
            return reset(current)
        case "shelve":
            return _shelve(current, condition)
        case "unshelve":
            return unshelve(current)
        case "out" | "in":
            return put_out_of_service(current, step == "out")
    return suppress(current, step == "suppress")


def test_an_own_condition_is_as_grave_as_its_rule_says() -> None:
    told = Raise("x_cold_room", severity=1, latching=True)
    silent = Raise("x_cold_room")
    assert (told.severity, told.latched) == (1, True)
    assert (silent.severity, silent.latched) == (3, False)
