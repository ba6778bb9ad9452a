"""The rules: a message, or a moment, becomes decisions about alarms.

`evaluate` takes a decoded message, `on_timer` the moment `next_due` named, `on_silence` a device that said
nothing for too long. Each returns the next state and the decisions, in order; the caller stores both with
the message in one transaction, so a restart continues where it was. Time is the server's, epoch ms, and an
argument.

These are the rules that ship. Those stored in the database (`engine`) run after them; a stored rule for one of these
conditions takes its place on the devices it is for: `without` leaves such conditions alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import chain
from types import MappingProxyType
from typing import Any

from iot_bridge.protocol.decoded import DeviceMessage
from iot_bridge.protocol.topics import Channel
from iot_bridge.rules.conditions import SPECS, Condition, spec_of
from iot_bridge.rules.state import NEVER, RuleState
from iot_bridge.rules.thresholds import Thresholds

HYSTERESIS = 0.8
"""A crowd is over when the count falls to this part of the threshold."""
CHARGED_PERCENT = 10
"""A battery is low no more when it has so much more than where it began to be: cold alone moves the figure."""

NO_DETAIL: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class RuleRef:
    """Which stored rule decided, in which of its versions, and what it calls its own condition."""

    id: int
    version: int
    title_zh: str = ""
    title_en: str = ""


@dataclass(frozen=True, slots=True)
class Raise:
    """A condition began, or happened again.

    `severity` 1 (red) to 4 (blue), `latching` as in ConditionSpec's `latched`: the condition's own unless a
    stored rule says otherwise. `rule` None: a shipped one. `times`: since it was last told. `chattering`: see that
    module.
    """

    condition: str
    detail: Mapping[str, Any] = field(default_factory=dict)
    severity: int = 0
    latching: bool | None = None
    rule: RuleRef | None = None
    times: int = 1
    chattering: bool = False

    def __post_init__(self) -> None:
        """Without a rule's word it is as grave as the condition says by itself."""
        if not self.severity:
            object.__setattr__(self, "severity", spec_of(self.condition).severity)

    @property
    def latched(self) -> bool:
        """Whether it wants a reset by hand once it has cleared."""
        return spec_of(self.condition).latched if self.latching is None else self.latching


@dataclass(frozen=True, slots=True)
class Clear:
    """A condition ended. `folded`: it is part of another alarm now, and nobody need see it by itself."""

    condition: str
    detail: Mapping[str, Any] = field(default_factory=dict)
    folded: bool = False


@dataclass(frozen=True, slots=True)
class Settle:
    """A condition chatters no more; it had happened so many times that were not told."""

    condition: str
    detail: Mapping[str, Any] = field(default_factory=dict)
    times: int = 0


Decision = Raise | Clear | Settle


@dataclass(frozen=True, slots=True)
class Outcome:
    """The state after, and what to do. `state` is the very object that went in when nothing changed."""

    state: RuleState
    decisions: tuple[Decision, ...] = ()


def evaluate(
    message: DeviceMessage, state: RuleState, thresholds: Thresholds, now_ms: int
) -> Outcome:
    """Apply one message. Anything a device says ends its silence, except that it is offline."""
    if message.channel is Channel.STATE:
        outcome = _on_state(message.data, state)
    elif Condition.DEVICE_OFFLINE not in state.active:
        outcome = _on_event(message, state, thresholds, now_ms)
    else:
        outcome = _clear(state, Condition.DEVICE_OFFLINE)
        outcome = _then(outcome, _on_event(message, outcome.state, thresholds, now_ms))
    percent = message.data.get("battery")
    if percent is None:
        return outcome
    return _then(outcome, _battery(percent, outcome.state, thresholds))


def on_timer(state: RuleState, thresholds: Thresholds, now_ms: int) -> Outcome:
    """Apply every timer that is due. Harmless when none is; late is the same as in time.

    A hold that was made longer while it ran is waited for; a shorter one counts from the next vehicle.
    """
    outcome = Outcome(state)
    for condition, due in sorted(state.timers.items(), key=lambda timer: (timer[1], timer[0])):
        if due > now_ms:
            break
        after = outcome.state.without_timer(condition)
        if condition is Condition.LANE_BLOCKED:
            step = _hold_over(after, due, thresholds, now_ms)
        else:
            step = _clear(after, condition)
        outcome = _then(outcome, step)
    return outcome


def next_due(state: RuleState) -> int | None:
    """When something is next due, epoch ms; None for never: `on_timer`, `chattering.settle`, a stored rule."""
    quiet = (known.quiet_at for known in state.chatter.values() if known.quiet_at is not None)
    stored = (memory.due_ms for memory in state.memory.values())
    due = min(chain(state.timers.values(), quiet, stored), default=NEVER)
    return None if due >= NEVER else due


def fault_after(type_: str, data: Mapping[str, Any], before: str) -> str:
    """A device's fault after a message; empty for none."""
    if type_ == "fault":
        return str(data.get("code") or "fault")[:80] if data.get("active", True) else ""
    if type_ == "state" and "fault" in data:
        return str(data["fault"] or "")[:80]
    return before


def without(conditions: frozenset[str], before: RuleState, outcome: Outcome) -> Outcome:
    """An outcome that leaves some conditions as they were: stored rules decide about them."""
    after = outcome.state
    if not conditions or (after is before and not outcome.decisions):
        return outcome
    state = replace(
        after,
        active=(after.active - conditions) | (before.active & conditions),
        timers={name: due for name, due in after.timers.items() if name not in conditions},
    )
    decisions = tuple(each for each in outcome.decisions if each.condition not in conditions)
    return Outcome(before if state == before else state, decisions)


def silence_due(last_seen_ms: int, thresholds: Thresholds) -> int:
    """When a device last heard then counts as offline, epoch ms."""
    return last_seen_ms + thresholds.offline_after_s * 1000


def late_due(last_seen_ms: int, thresholds: Thresholds) -> int | None:
    """When a device last heard then is late, epoch ms; None if its silence tells nothing before it is offline."""
    if thresholds.degraded_after_s >= thresholds.offline_after_s:
        return None
    return last_seen_ms + thresholds.degraded_after_s * 1000


def on_silence(state: RuleState, last_seen_ms: int, thresholds: Thresholds, now_ms: int) -> Outcome:
    """Raise device_offline if the silence has lasted long enough and is not known already."""
    if now_ms < silence_due(last_seen_ms, thresholds):
        return Outcome(state)
    detail = {"last_seen_ms": last_seen_ms, "cause": "silence"}
    return _begin(state, Condition.DEVICE_OFFLINE, detail)


def _on_state(data: Mapping[str, Any], state: RuleState) -> Outcome:
    if data["online"]:
        outcome = _clear(state, Condition.DEVICE_OFFLINE)
    else:
        outcome = _begin(state, Condition.DEVICE_OFFLINE, {"cause": "last_will"})
    if "fault" not in data:
        return outcome
    if data["fault"]:
        return _then(outcome, _begin(outcome.state, Condition.FAULT, {"code": data["fault"]}))
    return _then(outcome, _clear(outcome.state, Condition.FAULT))


def _on_event(
    message: DeviceMessage, state: RuleState, thresholds: Thresholds, now_ms: int
) -> Outcome:
    data = message.data
    match message.type:
        case "forced_open" | "door_held" | "tamper" | "fault":
            return _flag(Condition(message.type), data, state)
        case "pass":
            outcome = _clear(state, Condition.FORCED_OPEN)
            return _then(outcome, _clear(outcome.state, Condition.DOOR_HELD))
        case "tailgating":
            return _momentary(state, Condition.TAILGATING, now_ms, _some(data, "people"))
        case "denied":
            return _denied(state, thresholds, now_ms)
        case "count":
            return _count(data, state, thresholds)
        case "occupied":
            return _occupied(state, thresholds, now_ms)
        case "vacated":
            return _vacated(state, now_ms)
        case "pressed":
            return Outcome(state, (Raise(Condition.PANIC),))
        case "sos":
            return Outcome(state, (Raise(Condition.SOS),))
        case "alarm":
            return _again(state, Condition.SMOKE)
        case "normal":
            return _clear(state, Condition.SMOKE)
        case _:  # motion: nothing to decide; battery: any message may carry one
            return Outcome(state)


def _flag(condition: Condition, data: Mapping[str, Any], state: RuleState) -> Outcome:
    if data.get("active", True):
        return _again(state, condition, _some(data, "code", "held_s"))
    return _clear(state, condition)


def _denied(state: RuleState, thresholds: Thresholds, now_ms: int) -> Outcome:
    """N refusals within the window are a burst; the count then starts anew, so the next N repeat it."""
    start = now_ms - thresholds.denied_window_s * 1000
    recent = (*(at for at in state.denied if start < at <= now_ms), now_ms)
    if len(recent) < thresholds.denied_count:
        return Outcome(replace(state, denied=recent))
    detail = {"denied": len(recent), "window_s": thresholds.denied_window_s}
    return _momentary(replace(state, denied=()), Condition.DENIED_BURST, now_ms, detail)


def _count(data: Mapping[str, Any], state: RuleState, thresholds: Thresholds) -> Outcome:
    count, limit = data["count"], thresholds.crowd_threshold
    detail = {"count": count, "threshold": limit}
    if count >= limit:
        return _begin(state, Condition.CROWD_HIGH, detail)
    if count <= limit * HYSTERESIS:
        return _clear(state, Condition.CROWD_HIGH, detail)
    return Outcome(state)


def _battery(percent: int, state: RuleState, thresholds: Thresholds) -> Outcome:
    limit = thresholds.battery_low_percent
    detail = {"battery": percent, "limit_percent": limit}
    if percent < limit:
        return _begin(state, Condition.BATTERY_LOW, detail)
    if percent >= min(limit + CHARGED_PERCENT, 100):
        return _clear(state, Condition.BATTERY_LOW, detail)
    return Outcome(state)


def _occupied(state: RuleState, thresholds: Thresholds, now_ms: int) -> Outcome:
    """The first report starts the hold; repeats, which sensors send as heartbeats, do not restart it."""
    if state.occupied_since is not None:
        return Outcome(state)
    waiting = state.with_timer(Condition.LANE_BLOCKED, now_ms + thresholds.lane_hold_s * 1000)
    return Outcome(replace(waiting, occupied_since=now_ms))


def _hold_over(state: RuleState, due: int, thresholds: Thresholds, now_ms: int) -> Outcome:
    since = state.occupied_since
    if since is None:  # no vehicle, no hold: only a damaged state gets here
        return Outcome(state)
    due = max(due, since + thresholds.lane_hold_s * 1000)
    if due > now_ms:
        return Outcome(state.with_timer(Condition.LANE_BLOCKED, due))
    detail = {"since_ms": since, "held_s": (now_ms - since) // 1000}
    return _begin(state, Condition.LANE_BLOCKED, detail)


def _vacated(state: RuleState, now_ms: int) -> Outcome:
    since = state.occupied_since
    if since is None:
        return _clear(state, Condition.LANE_BLOCKED)
    free = replace(state.without_timer(Condition.LANE_BLOCKED), occupied_since=None)
    return _clear(free, Condition.LANE_BLOCKED, {"held_s": (now_ms - since) // 1000})


def _begin(state: RuleState, condition: Condition, detail: Mapping[str, Any]) -> Outcome:
    """Raise a condition that lasts; saying so again is not another occurrence."""
    if condition in state.active:
        return Outcome(state)
    return Outcome(state.with_active(condition), (Raise(condition, detail),))


def _again(
    state: RuleState, condition: Condition, detail: Mapping[str, Any] = NO_DETAIL
) -> Outcome:
    """Raise a condition of which each report counts as an occurrence."""
    after = state if condition in state.active else state.with_active(condition)
    return Outcome(after, (Raise(condition, detail),))


def _momentary(
    state: RuleState, condition: Condition, now_ms: int, detail: Mapping[str, Any]
) -> Outcome:
    """Raise a condition without an end of its own; each occurrence sets its end anew."""
    outcome = _again(state, condition, detail)
    due = now_ms + (SPECS[condition].momentary_ms or 0)
    return replace(outcome, state=outcome.state.with_timer(condition, due))


def _clear(state: RuleState, condition: str, detail: Mapping[str, Any] = NO_DETAIL) -> Outcome:
    if condition not in state.active:
        return Outcome(state)
    return Outcome(state.without_active(condition), (Clear(condition, detail),))


def _then(first: Outcome, second: Outcome) -> Outcome:
    return Outcome(second.state, first.decisions + second.decisions)


def _some(data: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: data[name] for name in names if name in data}
