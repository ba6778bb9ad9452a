"""The conditions an alarm can stand for, how grave each is and how it ends.

Beside those that ship, a stored rule may raise one of its own: `x_` and a short name, with titles that the alarm
keeps.
"""

import re
from dataclasses import dataclass
from enum import StrEnum


class Condition(StrEnum):
    """What is wrong. One open alarm exists per device and condition."""

    FORCED_OPEN = "forced_open"
    DOOR_HELD = "door_held"
    TAILGATING = "tailgating"
    TAMPER = "tamper"
    FAULT = "fault"
    BATTERY_LOW = "battery_low"
    DENIED_BURST = "denied_burst"
    CROWD_HIGH = "crowd_high"
    LANE_BLOCKED = "lane_blocked"
    DEVICE_OFFLINE = "device_offline"
    DEVICE_FLAPPING = "device_flapping"
    SITE_SILENT = "site_silent"
    REPORTS_STOPPED = "reports_stopped"
    RULE_FAILED = "rule_failed"
    PANIC = "panic"
    SMOKE = "smoke"
    SOS = "sos"
    CHECK_IN_OVERDUE = "check_in_overdue"


@dataclass(frozen=True, slots=True)
class ConditionSpec:
    """`severity` 1 (red) to 4 (blue). `momentary_ms`: it has no end of its own and clears after this long.
    `clears_with_ack`: it stays active until somebody acknowledges it, and ends with that. `latched`: once it
    has cleared it stays on the lists until somebody resets it by hand. `person`: somebody on duty calls for
    help, which nothing may keep quiet: never shelved, suppressed or out of service.
    """

    severity: int
    momentary_ms: int | None = None
    clears_with_ack: bool = False
    latched: bool = False
    person: bool = False


MOMENTARY_MS = 300_000

SPECS: dict[Condition, ConditionSpec] = {
    Condition.FORCED_OPEN: ConditionSpec(severity=1),
    Condition.DOOR_HELD: ConditionSpec(severity=3),
    Condition.TAILGATING: ConditionSpec(severity=3, momentary_ms=MOMENTARY_MS),
    Condition.TAMPER: ConditionSpec(severity=2, latched=True),
    Condition.FAULT: ConditionSpec(severity=4),
    Condition.BATTERY_LOW: ConditionSpec(severity=4),
    Condition.DENIED_BURST: ConditionSpec(severity=3, momentary_ms=MOMENTARY_MS),
    Condition.CROWD_HIGH: ConditionSpec(severity=2),
    Condition.LANE_BLOCKED: ConditionSpec(severity=2),
    Condition.DEVICE_OFFLINE: ConditionSpec(severity=4),
    Condition.DEVICE_FLAPPING: ConditionSpec(severity=4),
    Condition.SITE_SILENT: ConditionSpec(severity=3),
    Condition.REPORTS_STOPPED: ConditionSpec(severity=2),
    Condition.RULE_FAILED: ConditionSpec(severity=3),
    Condition.PANIC: ConditionSpec(severity=1, clears_with_ack=True),
    Condition.SMOKE: ConditionSpec(severity=1, latched=True),
    Condition.SOS: ConditionSpec(severity=1, clears_with_ack=True, person=True),
    Condition.CHECK_IN_OVERDUE: ConditionSpec(severity=1, person=True),
}

OWN = re.compile(r"x_[a-z0-9][a-z0-9_]{0,21}", re.ASCII)
"""How a stored rule's own condition is called, 24 characters at most."""

OWN_SPEC = ConditionSpec(severity=3)


def is_own(condition: str) -> bool:
    """Whether a condition is a stored rule's own."""
    return OWN.fullmatch(condition) is not None


def is_condition(condition: str) -> bool:
    """Whether an alarm can stand for this."""
    return condition in _NAMES or is_own(condition)


def spec_of(condition: str) -> ConditionSpec:
    """A condition's facts; an own one has those that its rule says, and by itself these few."""
    return SPECS[Condition(condition)] if condition in _NAMES else OWN_SPEC


_NAMES = frozenset(condition.value for condition in Condition)
