"""What a run has measured: counters and delays, mergeable across processes. Pure."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from typing import Any

_STEPS_PER_DOUBLING = 32  # buckets 2.2 % wide


class Delays:
    """A histogram of milliseconds with buckets of equal ratio; the quantiles are within 2.2 %."""

    def __init__(self, buckets: Mapping[int, int] | None = None, longest: float = 0.0) -> None:
        self._buckets: Counter[int] = Counter(buckets or {})
        self.longest = longest

    def add(self, ms: float) -> None:
        """Count one delay."""
        self._buckets[round(math.log2(max(ms, 0.001)) * _STEPS_PER_DOUBLING)] += 1
        self.longest = max(self.longest, ms)

    def __len__(self) -> int:
        return self._buckets.total()

    def quantile(self, part: float) -> float | None:
        """The delay that `part` of all do not exceed, in ms; None of none."""
        wanted, seen = math.ceil(part * len(self)), 0
        for bucket in sorted(self._buckets):
            seen += self._buckets[bucket]
            if seen >= wanted and seen:
                return min(2 ** (bucket / _STEPS_PER_DOUBLING), self.longest)
        return None

    def merge(self, other: Delays) -> None:
        """Take in another histogram."""
        self._buckets.update(other._buckets)
        self.longest = max(self.longest, other.longest)

    def to_json(self) -> dict[str, Any]:
        """All of it, for another process to merge."""
        return {
            "buckets": {str(key): value for key, value in self._buckets.items()},
            "longest": self.longest,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Delays:
        """What `to_json` wrote."""
        return cls({int(key): value for key, value in data["buckets"].items()}, data["longest"])


class Figures:
    """Counters by name and two delays: to the broker's PUBACK, and to the platform's `ack`."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.to_broker = Delays()
        self.to_platform = Delays()
        self.seconds = 0.0
        self.cpu_seconds = 0.0

    def merge(self, other: Figures) -> None:
        """Take in the figures of a process that ran beside this one."""
        behind = max(self.counts["behind_ms_max"], other.counts["behind_ms_max"])
        self.counts.update(other.counts)
        self.counts["behind_ms_max"] = behind
        self.to_broker.merge(other.to_broker)
        self.to_platform.merge(other.to_platform)
        self.seconds = max(self.seconds, other.seconds)
        self.cpu_seconds += other.cpu_seconds

    def report(self) -> dict[str, Any]:
        """The figures for people and for load scripts; delays in ms, null where there were none."""
        published = self.counts["published"]
        return {
            "published": published,
            "acked": self.counts["acked"],
            "broker_acked": self.counts["broker_acked"],
            "unacked": self.counts["unacked"],
            "resent": self.counts["resent"],
            "dropped": self.counts["dropped"],
            "malformed": self.counts["malformed"],
            "connects": self.counts["connects"],
            "connections_lost": self.counts["connections_lost"],
            "errors": self.counts["errors"],
            "seconds": round(self.seconds, 3),
            "cpu_seconds": round(self.cpu_seconds, 3),
            "published_per_s": round(published / self.seconds, 1) if self.seconds else 0.0,
            "behind_ms_max": self.counts["behind_ms_max"],
            **_quantiles("ack", self.to_platform),
            **_quantiles("broker_ack", self.to_broker),
        }

    def to_json(self) -> dict[str, Any]:
        """The report, and what another process needs to merge it."""
        return {
            **self.report(),
            "raw": {
                "counts": dict(self.counts),
                "to_broker": self.to_broker.to_json(),
                "to_platform": self.to_platform.to_json(),
                "seconds": self.seconds,
                "cpu_seconds": self.cpu_seconds,
            },
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Figures:
        """What `to_json` wrote."""
        raw, figures = data["raw"], cls()
        figures.counts.update(raw["counts"])
        figures.to_broker = Delays.from_json(raw["to_broker"])
        figures.to_platform = Delays.from_json(raw["to_platform"])
        figures.seconds = raw["seconds"]
        figures.cpu_seconds = raw["cpu_seconds"]
        return figures


def _quantiles(name: str, delays: Delays) -> dict[str, float | None]:
    values = {"p50": delays.quantile(0.5), "p99": delays.quantile(0.99)}
    values["max"] = delays.longest if len(delays) else None
    return {
        f"{name}_{key}_ms": None if value is None else round(value, 2)
        for key, value in values.items()
    }
