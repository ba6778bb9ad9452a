"""The console's own store folds what this server produces to what this server shows."""

import json
import os
import subprocess
from pathlib import Path
from random import Random

import pytest

from tests.support import deeds
from tests.support.walks import Walk, random_walk

ROOT = Path(__file__).parents[2]
FRONTEND = ROOT / "frontend"
VITEST = FRONTEND / "node_modules" / "vitest" / "vitest.mjs"
WANTED = 150


@pytest.fixture
def walk(db: None) -> Walk:
    """A long walk through the city, many snapshots on the way."""
    deeds.seed()
    return random_walk(seed=20261123, steps=420)


@pytest.mark.timeout(300)
def test_the_typescript_store_ends_where_the_server_does(walk: Walk, tmp_path: Path) -> None:
    walk.laws()
    rng = Random(7)
    pairs = [
        (start, end)
        for index, start in enumerate(walk.glimpses)
        for end in walk.glimpses[index + 1 :]
        if start.watcher == end.watcher
    ]
    chosen = rng.sample(pairs, min(WANTED, len(pairs)))
    scenarios = [walk.scenario(start, end, rng) for start, end in chosen]
    assert len(scenarios) == WANTED
    kinds = {
        event["kind"] for one in scenarios for frame in one["frames"] for event in frame["events"]
    }
    assert {
        "alarm.closed", "device.removed", "unit.removed", "jurisdiction.changed",
        "incident.changed", "incident.removed", "notice.changed", "notice.removed",
    } <= kinds  # fmt: skip
    path = tmp_path / "scenarios.json"
    path.write_text(json.dumps(scenarios), encoding="utf-8")
    result = subprocess.run(
        [str(ROOT / ".venv/bin/node"), str(VITEST), "run", "src/feed/scenarios.test.ts"],
        cwd=FRONTEND,
        env={**os.environ, "FEED_SCENARIOS": str(path)},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert result.returncode == 0, result.stdout[-4000:] + result.stderr[-2000:]
    assert "skipped" not in result.stdout, result.stdout[-2000:]
