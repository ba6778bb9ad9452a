"""Figures: quantiles close to the truth, and the same when merged or written and read."""

from __future__ import annotations

import json
from random import Random

import pytest

from iot_bridge.simulator.figures import Delays, Figures


def dice(seed: int) -> Random:
    return Random(seed)


@pytest.mark.parametrize("part", [0.5, 0.9, 0.99, 1.0])
def test_quantiles_are_within_the_width_of_a_bucket(part: float) -> None:
    chance, delays = dice(1), Delays()
    values = sorted(chance.lognormvariate(2, 1) for _ in range(5000))
    for value in values:
        delays.add(value)
    exact = values[max(0, round(part * len(values)) - 1)]
    assert delays.quantile(part) == pytest.approx(exact, rel=0.025)


def test_of_nothing_there_is_no_quantile() -> None:
    assert Delays().quantile(0.5) is None
    assert Figures().report()["ack_p99_ms"] is None


def test_processes_merge_into_what_one_would_have_measured() -> None:
    chance, whole, parts = dice(2), Figures(), [Figures(), Figures()]
    for index in range(1000):
        ms = chance.uniform(1, 50)
        for figures in (whole, parts[index % 2]):
            figures.to_platform.add(ms)
            figures.counts["published"] += 1
    merged = Figures()
    for part, behind in zip(parts, (3, 9), strict=True):
        part.seconds, part.cpu_seconds = 2.0, 0.5
        part.counts["behind_ms_max"] = behind
        merged.merge(Figures.from_json(json.loads(json.dumps(part.to_json()))))
    report = merged.report()
    assert report["published"] == 1000
    assert report["ack_p99_ms"] == whole.report()["ack_p99_ms"]
    assert (report["seconds"], report["cpu_seconds"], report["published_per_s"]) == (2.0, 1.0, 500)
    assert report["behind_ms_max"] == 9
