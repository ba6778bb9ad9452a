"""The numbers behind tasks, as they ship; an installation changes them in the administration. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class AnswerRule:
    """So long has a unit to acknowledge; then it is reminded, so often, and after as long again the task expires.

    For a category, its group, or any (empty); and for a severity, or any (None).
    """

    within: timedelta = timedelta(seconds=90)
    reminders: int = 1
    category: str = ""
    severity: int | None = None


SHIPPED = AnswerRule()


def answer_rule(rules: Iterable[AnswerRule], *, category: str, severity: int) -> AnswerRule:
    """The nearest: of the category, else of its group, else of any; then the same for the severity."""
    fitting = (
        rule
        for rule in rules
        if category.startswith(rule.category) and rule.severity in (None, severity)
    )
    return max(
        fitting, key=lambda rule: (len(rule.category), rule.severity is not None), default=SHIPPED
    )


@dataclass(frozen=True, slots=True)
class Distances:
    """What counts as near and as far, and from which age on a position is told as stale."""

    near_m: float = 3_000.0
    far_m: float = 10_000.0
    stale_after: timedelta = timedelta(minutes=5)


AS_SHIPPED = Distances()
