"""A report on alarm performance as the API answers it, in the reader's language."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from command_center.feed.messages import iso
from iot_bridge.performance.definitions import Figure, definitions, value_of
from iot_bridge.performance.figures import Percentiles
from iot_bridge.performance.report import Report
from iot_bridge.performance.schemas import (
    AcknowledgeTimes,
    BadActor,
    ChatteringAlarm,
    PerformanceFigure,
    PerformancePoint,
    PerformancePriority,
    PerformanceReport,
    PerformanceTerm,
    StandingAlarm,
)
from iot_bridge.performance.selectors import Named
from iot_bridge.performance.tally import Source


def shown(found: Report) -> PerformanceReport:
    """See the module."""
    return PerformanceReport(
        since=iso(found.since),
        until=iso(found.until),
        at=iso(found.at),
        figures=_figures(found),
        terms=[
            PerformanceTerm(key=one.key, name=one.name, meaning=one.meaning)
            for one in definitions()
            if one.key not in list(Figure)
        ],
        peak_at=None if found.rates.peak_at is None else _iso(found.rates.peak_at),
        step_s=found.step_s,
        series=[
            PerformancePoint(at=_iso(one.at), alarms=one.alarms, average=one.average, peak=one.peak)
            for one in found.series
        ],
        priorities=_priorities(found),
        acknowledged=_times(found.acknowledged),
        sources=found.sources,
        worst=_worst(found),
        chattering=_chattering(found),
        standing=_standing(found),
    )


def _figures(found: Report) -> list[PerformanceFigure]:
    return [
        PerformanceFigure(
            key=Figure(one.key),
            value=value_of(found, Figure(one.key)),
            limit=one.limit,
            name=one.name,
            meaning=one.meaning,
        )
        for one in definitions()
        if one.key in list(Figure)
    ]


def _priorities(found: Report) -> list[PerformancePriority]:
    return [
        PerformancePriority(
            severity=one.severity,
            count=one.count,
            share=one.share,
            target=one.target,
            acknowledged=_times(one.acknowledged),
        )
        for one in found.priorities
    ]


def _worst(found: Report) -> list[BadActor]:
    return [
        BadActor(
            **_source(one.source, one.named),
            count=one.count,
            share=one.share,
            occurrences=one.occurrences,
        )
        for one in found.worst
    ]


def _chattering(found: Report) -> list[ChatteringAlarm]:
    return [
        ChatteringAlarm(
            **_source(one.source, one.named),
            bursts=one.bursts,
            per_minute=one.per_minute,
        )
        for one in found.chattering
    ]


def _standing(found: Report) -> list[StandingAlarm]:
    return [
        StandingAlarm(
            **_source(one.alarm.source, one.named),
            id=one.alarm.id,
            severity=one.alarm.severity,
            acknowledged=one.alarm.acknowledged,
            active_since=iso(one.alarm.active_since),
        )
        for one in found.standing
    ]


def _source(source: Source, named: Named) -> dict[str, Any]:
    return {"device_id": source[0], "condition": source[1], **asdict(named)}


def _times(found: Percentiles | None) -> AcknowledgeTimes | None:
    if found is None:
        return None
    return AcknowledgeTimes(
        count=found.count, p50=found.p50, p90=found.p90, p95=found.p95, max=found.max
    )


def _iso(seconds: int) -> str:
    return iso(datetime.fromtimestamp(seconds, UTC))
