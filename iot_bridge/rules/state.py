"""What the rules remember of a device between its messages; stored beside the device as JSON."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from iot_bridge.rules.conditions import Condition


@dataclass(frozen=True, slots=True)
class RuleState:
    """`active`: conditions that hold. `timers`: epoch ms at which a condition is due, to begin
    (lane_blocked) or to end (momentary ones). `denied`: when the gate last refused, epoch ms, rising.
    `occupied_since`: since when the lane is taken, epoch ms. All by the server's clock.
    """

    active: frozenset[Condition] = frozenset()
    timers: Mapping[Condition, int] = field(default_factory=dict)
    denied: tuple[int, ...] = ()
    occupied_since: int | None = None

    def with_active(self, condition: Condition) -> "RuleState":
        """The state in which a condition holds."""
        return replace(self, active=self.active | {condition})

    def without_active(self, condition: Condition) -> "RuleState":
        """The state in which a condition no longer holds."""
        return replace(self, active=self.active - {condition})

    def with_timer(self, condition: Condition, due_ms: int) -> "RuleState":
        """The state with a condition's timer set, or set anew."""
        return replace(self, timers={**self.timers, condition: due_ms})

    def without_timer(self, condition: Condition) -> "RuleState":
        """The state with a condition's timer gone."""
        rest = {other: due for other, due in self.timers.items() if other != condition}
        return replace(self, timers=rest)

    def to_json(self) -> dict[str, Any]:
        """A JSON object that `from_json` reads back; `{}` for the empty state, which most devices have."""
        stored: dict[str, Any] = {}
        if self.active:
            stored["active"] = sorted(self.active)
        if self.timers:
            stored["timers"] = {condition.value: due for condition, due in self.timers.items()}
        if self.denied:
            stored["denied"] = list(self.denied)
        if self.occupied_since is not None:
            stored["occupied_since"] = self.occupied_since
        return stored

    @classmethod
    def from_json(cls, stored: Mapping[str, Any] | None) -> "RuleState":
        """Read a stored state. Conditions this version does not know are dropped.

        Raises ValueError when it is not a stored state at all.
        """
        if not stored:
            return EMPTY
        try:
            timers = {
                Condition(name): int(due)
                for name, due in stored.get("timers", {}).items()
                if name in _NAMES
            }
            since = stored.get("occupied_since")
            return cls(
                active=frozenset(Condition(c) for c in stored.get("active", ()) if c in _NAMES),
                timers=timers,
                denied=tuple(int(at) for at in stored.get("denied", ())),
                occupied_since=None if since is None else int(since),
            )
        except (AttributeError, TypeError) as error:
            raise ValueError("not a stored rule state") from error


_NAMES = frozenset(condition.value for condition in Condition)

EMPTY = RuleState()
