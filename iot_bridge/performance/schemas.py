"""Alarm performance as the API answers it."""

from __future__ import annotations

from ninja import Schema

from iot_bridge.performance.definitions import Figure


class PerformanceFigure(Schema):
    """A figure: its value (a share from 0 to 1, a time in seconds, else a number; null: nothing to tell), what it
    ought not to exceed, what it is called and means.
    """

    key: Figure
    value: float | None
    limit: float | None
    name: str
    meaning: str


class PerformanceTerm(Schema):
    """What a table's heading means."""

    key: str
    name: str
    meaning: str


class PerformancePoint(Schema):
    """A stretch of the period: annunciations, and their average and peak for one operator in ten minutes."""

    at: str
    alarms: int
    average: float
    peak: float


class AcknowledgeTimes(Schema):
    """Seconds that half, nine tenths and nineteen twentieths of `count` alarms did not exceed, and the longest."""

    count: int
    p50: int
    p90: int
    p95: int
    max: int


class PerformancePriority(Schema):
    """A severity: how many annunciations, their share, what it ought to be, and times to acknowledge."""

    severity: int
    count: int
    share: float | None
    target: float
    acknowledged: AcknowledgeTimes | None


class PerformanceSource(Schema):
    """A condition of a device; name and place are the registry's, null for a device that is gone.

    The titles are those of a stored rule's own condition, else empty.
    """

    device_id: str
    condition: str
    name: str | None
    code: str | None
    site: str | None
    title_zh: str
    title_en: str


class BadActor(PerformanceSource):
    """One of the ten with the most annunciations; `occurrences` has the repeats too."""

    count: int
    share: float
    occurrences: int


class ChatteringAlarm(PerformanceSource):
    """One that became active at least three times within a minute: how often so, and the most in a minute."""

    bursts: int
    per_minute: int


class StandingAlarm(PerformanceSource):
    """An alarm active for more than a day."""

    id: int
    severity: int
    acknowledged: bool
    active_since: str


class PerformanceReport(Schema):
    """Alarm performance in `since` ≤ t < `until`, whole windows of ten minutes and none later than now.

    A point of `series` stands for `step_s` seconds. Of chattering and standing alarms the first twenty are listed.
    """

    since: str
    until: str
    at: str
    figures: list[PerformanceFigure]
    terms: list[PerformanceTerm]
    peak_at: str | None
    step_s: int
    series: list[PerformancePoint]
    priorities: list[PerformancePriority]
    acknowledged: AcknowledgeTimes | None
    sources: int
    worst: list[BadActor]
    chattering: list[ChatteringAlarm]
    standing: list[StandingAlarm]
