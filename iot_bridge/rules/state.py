"""What the rules remember of a device between its messages; stored beside the device as JSON."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from iot_bridge.rules.conditions import Condition, is_condition, is_own


@dataclass(frozen=True, slots=True)
class Chatter:
    """What is remembered of a condition that begins and ends by what its device says; epoch ms.

    `begun`: when it began lately. `on`: what the device says now. `quiet_at`: it chatters, until then if nothing
    more comes. `held`: occurrences that the alarm's count does not have yet, `told_at` when it last had them all.
    """

    begun: tuple[int, ...] = ()
    on: bool = False
    quiet_at: int | None = None
    held: int = 0
    told_at: int = 0

    def to_json(self) -> dict[str, Any]:
        """Only what is not as in the beginning."""
        stored = {"begun": list(self.begun), "on": self.on, "quiet_at": self.quiet_at}
        stored |= {"held": self.held, "told_at": self.told_at}
        return {key: value for key, value in stored.items() if value}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Chatter":
        """Read what `to_json` wrote."""
        quiet_at = stored.get("quiet_at")
        return cls(
            begun=tuple(int(at) for at in stored.get("begun", ())),
            on=bool(stored.get("on")),
            quiet_at=None if quiet_at is None else int(quiet_at),
            held=int(stored.get("held", 0)),
            told_at=int(stored.get("told_at", 0)),
        )


@dataclass(frozen=True, slots=True)
class RuleState:
    """`active`: conditions that hold. `timers`: epoch ms at which a condition is due, to begin
    (lane_blocked) or to end (momentary ones). `denied`: when the gate last refused, epoch ms, rising.
    `occupied_since`: since when the lane is taken, epoch ms. `chatter`: see `chattering`.
    `flips`: when the device last went on or off line, epoch ms, rising. All by the server's clock.
    """

    active: frozenset[str] = frozenset()
    timers: Mapping[str, int] = field(default_factory=dict)
    denied: tuple[int, ...] = ()
    occupied_since: int | None = None
    chatter: Mapping[str, Chatter] = field(default_factory=dict)
    flips: tuple[int, ...] = ()

    def with_active(self, condition: str) -> "RuleState":
        """The state in which a condition holds."""
        return replace(self, active=self.active | {condition})

    def without_active(self, condition: str) -> "RuleState":
        """The state in which a condition no longer holds."""
        return replace(self, active=self.active - {condition})

    def with_timer(self, condition: str, due_ms: int) -> "RuleState":
        """The state with a condition's timer set, or set anew."""
        return replace(self, timers={**self.timers, condition: due_ms})

    def without_timer(self, condition: str) -> "RuleState":
        """The state with a condition's timer gone."""
        rest = {other: due for other, due in self.timers.items() if other != condition}
        return replace(self, timers=rest)

    def to_json(self) -> dict[str, Any]:
        """A JSON object that `from_json` reads back; `{}` for the empty state, which most devices have."""
        stored: dict[str, Any] = {}
        if self.active:
            stored["active"] = sorted(map(str, self.active))
        if self.timers:
            stored["timers"] = {str(condition): due for condition, due in self.timers.items()}
        if self.denied:
            stored["denied"] = list(self.denied)
        if self.occupied_since is not None:
            stored["occupied_since"] = self.occupied_since
        if self.chatter:
            stored["chatter"] = {str(c): known.to_json() for c, known in self.chatter.items()}
        if self.flips:
            stored["flips"] = list(self.flips)
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
                _named(name): int(due)
                for name, due in stored.get("timers", {}).items()
                if is_condition(name)
            }
            since = stored.get("occupied_since")
            return cls(
                active=frozenset(_named(c) for c in stored.get("active", ()) if is_condition(c)),
                timers=timers,
                denied=tuple(int(at) for at in stored.get("denied", ())),
                occupied_since=None if since is None else int(since),
                chatter={
                    name: Chatter.from_json(known)
                    for name, known in stored.get("chatter", {}).items()
                    if is_condition(name)
                },
                flips=tuple(int(at) for at in stored.get("flips", ())),
            )
        except (AttributeError, TypeError) as error:
            raise ValueError("not a stored rule state") from error


def _named(name: str) -> str:
    return name if is_own(name) else Condition(name)


EMPTY = RuleState()
