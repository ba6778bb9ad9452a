"""A device that goes on and off line again and again is one alarm. Pure.

Between the rules and the alarms, as `chattering` is for other conditions. The changes between on and off line within
a window are remembered in RuleState; more than so many, and the device flaps: one alarm `device_flapping` stands for
its being on and off line, until it has been steady for a while. ISA-18.2 (IEC 62682) calls such alarms fleeting.
"""

from dataclasses import replace

from iot_bridge.rules.conditions import Condition
from iot_bridge.rules.evaluate import Clear, Outcome, Raise
from iot_bridge.rules.thresholds import Thresholds

OFFLINE, FLAPPING = Condition.DEVICE_OFFLINE, Condition.DEVICE_FLAPPING


def fold(outcome: Outcome, thresholds: Thresholds, now_ms: int) -> Outcome:
    """What is left of the decisions about on and off line while that flaps, and what follows when it no longer does."""
    if not outcome.decisions:
        return outcome
    if any(d.condition == FLAPPING and isinstance(d, Clear) for d in outcome.decisions):
        return _steady(outcome, now_ms)
    flips = sum(decision.condition == OFFLINE for decision in outcome.decisions)
    return _noted(outcome, flips, thresholds, now_ms) if flips else outcome


def _steady(outcome: Outcome, now_ms: int) -> Outcome:
    """It has kept still. If off line, that is an alarm of its own now."""
    last = outcome.state.flips[-1] if outcome.state.flips else now_ms
    after = replace(outcome.state, flips=())
    if OFFLINE not in after.active:
        return Outcome(after, outcome.decisions)
    own = Raise(OFFLINE, {"cause": "flapping", "silent_since_ms": last})
    return Outcome(after, (*outcome.decisions, own))


def _noted(outcome: Outcome, flips: int, thresholds: Thresholds, now_ms: int) -> Outcome:
    start = now_ms - thresholds.flap_window_s * 1000
    recent = (*(at for at in outcome.state.flips if start < at <= now_ms), *[now_ms] * flips)
    recent = recent[-(thresholds.flap_changes + 1) :]
    state = replace(outcome.state, flips=recent)
    others = tuple(d for d in outcome.decisions if d.condition != OFFLINE)
    due = now_ms + thresholds.flap_steady_s * 1000
    if FLAPPING in state.active:
        return Outcome(state.with_timer(FLAPPING, due), others)
    if len(recent) <= thresholds.flap_changes:
        return Outcome(state, outcome.decisions)
    begun = (
        Clear(OFFLINE, {"folded_into": str(FLAPPING)}, folded=True),
        Raise(FLAPPING, {"changes": len(recent), "window_s": thresholds.flap_window_s}),
    )
    return Outcome(state.with_active(FLAPPING).with_timer(FLAPPING, due), (*begun, *others))
