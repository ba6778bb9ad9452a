"""What the rules remember of a device between its messages; stored beside the device as JSON."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from iot_bridge.rules.conditions import Condition, is_condition, is_own

NEVER = 1 << 62

SOFT = "~"
"""What a node remembers under a key that begins so may be lost for ten seconds: when something was last heard."""


@dataclass(frozen=True, slots=True, eq=False)
class RuleMemory:
    """What one stored rule remembers: small JSON values by place in its tree, and when it is to be looked at again.

    Two are equal if all that must not be lost is: so a device that is merely heard need not be written anew.
    """

    nodes: Mapping[str, Any] = field(default_factory=dict)
    due_ms: int = NEVER

    def __eq__(self, other: object) -> bool:
        """See the class."""
        return isinstance(other, RuleMemory) and self._hard() == other._hard()

    __hash__ = None  # type: ignore[assignment] # holds mappings

    def _hard(self) -> dict[str, Any]:
        return {key: value for key, value in self.nodes.items() if not key.startswith(SOFT)}

    def to_json(self) -> dict[str, Any]:
        """A JSON object that `from_json` reads back."""
        stored: dict[str, Any] = {"n": dict(self.nodes)} if self.nodes else {}
        return stored if self.due_ms >= NEVER else {**stored, "due": self.due_ms}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "RuleMemory":
        """Read it back. Raises AttributeError or TypeError when it is none."""
        return cls(nodes=dict(stored.get("n", {})), due_ms=int(stored.get("due", NEVER)))


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
    `flips`: when the device last went on or off line, epoch ms, rising. `memory`: what stored rules remember, by
    their ids. All by the server's clock.
    """

    active: frozenset[str] = frozenset()
    timers: Mapping[str, int] = field(default_factory=dict)
    denied: tuple[int, ...] = ()
    occupied_since: int | None = None
    chatter: Mapping[str, Chatter] = field(default_factory=dict)
    flips: tuple[int, ...] = ()
    memory: Mapping[str, RuleMemory] = field(default_factory=dict)

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
        if self.memory:
            stored["memory"] = {key: kept.to_json() for key, kept in self.memory.items()}
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
                memory={
                    str(key): RuleMemory.from_json(kept)
                    for key, kept in stored.get("memory", {}).items()
                },
            )
        except (AttributeError, TypeError) as error:
            raise ValueError("not a stored rule state") from error


def _named(name: str) -> str:
    return name if is_own(name) else Condition(name)


EMPTY = RuleState()
