"""The life of an alarm: two independent flags, as in ISA-18.2 (IEC 62682).

An alarm is open while it is active or unacknowledged, and closed for good when it is neither. Pure: the
alarm service loads the open alarm of (device, condition), applies an effect and publishes it.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

from iot_bridge.rules.conditions import spec_of
from iot_bridge.rules.evaluate import Clear, Decision


class Effect(StrEnum):
    """What happens to the alarm; with `alarm.` before it, the feed event's kind (NOTHING has none)."""

    RAISED = "raised"
    REPEATED = "repeated"
    CLEARED = "cleared"
    ACKNOWLEDGED = "acknowledged"
    CLOSED = "closed"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class AlarmFlags:
    """The part of an alarm its life depends on."""

    active: bool
    acknowledged: bool
    count: int

    @property
    def open(self) -> bool:
        """Whether somebody must still see it."""
        return self.active or not self.acknowledged


@dataclass(frozen=True, slots=True)
class Transition:
    """What happens and the flags after it; `flags` is None when there is no alarm and none comes."""

    effect: Effect
    flags: AlarmFlags | None


def decide(current: AlarmFlags | None, decision: Decision) -> Transition:
    """Apply a rule's decision to the open alarm of its condition, or to none."""
    if isinstance(decision, Clear):
        return _clear(current)
    if current is None or not current.open:
        return Transition(Effect.RAISED, AlarmFlags(active=True, acknowledged=False, count=1))
    again = replace(
        current,
        active=True,
        acknowledged=current.acknowledged and current.active,
        count=current.count + 1,
    )
    return Transition(Effect.REPEATED, again)


def acknowledge(current: AlarmFlags, condition: str) -> Transition:
    """Somebody has seen it. An alarm no longer active closes; so does one that clears by being seen."""
    if current.acknowledged:
        return Transition(Effect.NOTHING, current)
    active = current.active and not spec_of(condition).clears_with_ack
    flags = replace(current, active=active, acknowledged=True)
    return Transition(Effect.ACKNOWLEDGED if active else Effect.CLOSED, flags)


def _clear(current: AlarmFlags | None) -> Transition:
    if current is None or not current.active:
        return Transition(Effect.NOTHING, current)
    flags = replace(current, active=False)
    return Transition(Effect.CLOSED if current.acknowledged else Effect.CLEARED, flags)
