"""What a report counts, as sums that can be added. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

Source = tuple[str, str]
"""A device's id and a condition."""


@dataclass(slots=True)
class Tally:
    """Annunciations by window (epoch s), by severity and by source; how many of them were alarms that came back.

    `took`: by severity, how many of the alarms raised were acknowledged after so many whole seconds.
    """

    windows: Counter[int] = field(default_factory=Counter)
    severities: Counter[int] = field(default_factory=Counter)
    sources: Counter[Source] = field(default_factory=Counter)
    again: int = 0
    took: dict[int, Counter[int]] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """All annunciations."""
        return self.severities.total()

    def add(self, other: Tally) -> None:
        """Take the sums of another into this one."""
        self.windows.update(other.windows)
        self.severities.update(other.severities)
        self.sources.update(other.sources)
        self.again += other.again
        for severity, histogram in other.took.items():
            self.took.setdefault(severity, Counter()).update(histogram)


def sum_of(parts: Iterable[Tally]) -> Tally:
    """All of them as one."""
    whole = Tally()
    for part in parts:
        whole.add(part)
    return whole
