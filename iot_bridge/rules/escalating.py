"""Alarms that nobody acknowledges: reminders, then the level above, again until the top (ISA-18.2, 16.8).

Pure arithmetic over seconds since 1970. What is due is reckoned from when it was due, not from when somebody looked:
a worker that comes late leaves what a punctual one would have left.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Policy:
    """Seconds: to the first reminder, between reminders, and at one level until the level above. None: never."""

    remind_after: int | None
    remind_every: int | None
    escalate_after: int | None


@dataclass(frozen=True, slots=True)
class Course:
    """Where an unacknowledged alarm stands: the code of the level that has to see to it, since when, and how often
    that level and all of them have been reminded.
    """

    level: str
    since: float
    at_level: int = 0
    reminders: int = 0


@dataclass(frozen=True, slots=True)
class Step:
    """What was due at a moment: the level that hears of it, and whether it is newly its. `times` reminders are one."""

    level: str
    at: float
    escalated: bool
    times: int = 0


def ladder(code: str, manned: frozenset[str]) -> tuple[str, ...]:
    """The levels that may have to see to an alarm at a code, from its own to the top, where somebody is.

    With nobody anywhere the nearest level stays responsible: its consoles show it.
    """
    levels = [code[:length] for length in (12, 9, 6, 4) if len(code) >= length]
    found = tuple(level for level in levels if level in manned)
    return found or tuple(levels[:1]) or (code,)


def begin(levels: Sequence[str], since: float) -> Course:
    """Nobody has seen it yet: the nearest level has to."""
    return Course(levels[0], since)


def due(course: Course, policy: Policy, levels: Sequence[str]) -> float | None:
    """When something is next to be done; None for never."""
    moments = (_reminder(course, policy), _escalation(course, policy, levels))
    return min((moment for moment in moments if moment is not None), default=None)


def advance(
    course: Course, policy: Policy, levels: Sequence[str], now: float
) -> tuple[Course, list[Step]]:
    """All that is due by now, in order; reminders at one level are one step with their number."""
    steps: list[Step] = []
    while True:
        above = _escalation(course, policy, levels)
        until = now if above is None else min(now, above)
        times = _missed(course, policy, until, last=above is None or above > now)
        if times:
            course = replace(
                course, at_level=course.at_level + times, reminders=course.reminders + times
            )
            at = _moment(course, policy, course.at_level - 1)
            steps.append(Step(course.level, at, escalated=False, times=times))
        if above is None or above > now:
            return course, steps
        level = _above(course.level, levels)
        assert level is not None  # noqa: S101 - `_escalation` named a moment
        course = Course(level, above, 0, course.reminders)
        steps.append(Step(level, above, escalated=True))


def _above(level: str, levels: Sequence[str]) -> str | None:
    return next((one for one in levels if len(one) < len(level)), None)


def _escalation(course: Course, policy: Policy, levels: Sequence[str]) -> float | None:
    if policy.escalate_after is None or _above(course.level, levels) is None:
        return None
    return course.since + policy.escalate_after


def _moment(course: Course, policy: Policy, number: int) -> float:
    """When the reminder of this number, from 0, is due at this level."""
    return course.since + (policy.remind_after or 0) + number * (policy.remind_every or 0)


def _reminder(course: Course, policy: Policy) -> float | None:
    if policy.remind_after is None or (policy.remind_every is None and course.at_level):
        return None
    return _moment(course, policy, course.at_level)


def _missed(course: Course, policy: Policy, until: float, *, last: bool) -> int:
    """How many reminders are due by then. One that falls on the escalation is not given: that tells enough."""
    first = _reminder(course, policy)
    if first is None or first > until or (first == until and not last):
        return 0
    if policy.remind_every is None:
        return 1
    count = int((until - first) // policy.remind_every) + 1
    return count - 1 if not last and first + (count - 1) * policy.remind_every == until else count


DEFAULTS: dict[int, Policy] = {
    1: Policy(60, 60, 180),
    2: Policy(180, 180, 600),
    3: Policy(600, 600, 1800),
    4: Policy(None, None, None),
}
"""What ships, by severity: I after 1 and 3 minutes, II after 3 and 10, III after 10 and 30, IV never."""


def nearest(
    policies: Sequence[tuple[int, str, str, Policy]], *, severity: int, condition: str, kind: str
) -> Policy:
    """The policy of a severity that names most of an alarm: its condition, then its kind; else what ships."""
    fitting = [
        (bool(of_condition), bool(of_kind), policy)
        for of_severity, of_condition, of_kind, policy in policies
        if of_severity == severity and of_condition in ("", condition) and of_kind in ("", kind)
    ]
    return max(fitting, key=lambda one: one[:2])[2] if fitting else DEFAULTS[severity]
