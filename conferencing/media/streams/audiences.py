"""Groups within a room: whose media a peer may get at all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from conferencing.engines.messages import SetAudiences


@dataclass(frozen=True, slots=True)
class Audiences:
    """See the module. Who is not named hears `default`, and is heard there."""

    version: int = -1
    default: str = ""
    hears: Mapping[str, str] = field(default_factory=dict)
    reaches: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, wanted: SetAudiences) -> Audiences:
        """As a caller of the control API has it."""
        return cls(
            version=wanted.version,
            default=wanted.default,
            hears={name: one.hears for name, one in wanted.peers.items()},
            reaches={name: frozenset(one.reaches) for name, one in wanted.peers.items()},
        )

    def reaches_default(self, source: str) -> bool:
        """Whether a peer is seen and heard by who is not named."""
        return self.default in self.reaches.get(source, (self.default,))

    def gets(self, receiver: str, source: str) -> bool:
        """Whether one peer may get the pictures and the voice of another."""
        heard = self.hears.get(receiver, self.default)
        reached = self.reaches.get(source)
        return heard == self.default if reached is None else heard in reached
