"""The console's own store folds what this server produces to what this server shows."""

import json
import os
import subprocess
from pathlib import Path
from random import Random
from typing import Any

import pytest

from command_center.feed.models import FeedEvent
from tests.support import deeds
from tests.support.walks import Walk, random_walk

ROOT = Path(__file__).parents[2]
FRONTEND = ROOT / "frontend"
VITEST = FRONTEND / "node_modules" / "vitest" / "vitest.mjs"
WANTED = 150


KINDS = {
    "alarm.closed", "device.removed", "unit.removed", "jurisdiction.changed", "command.changed",
    "incident.changed", "incident.removed", "notice.changed", "notice.removed",
}  # fmt: skip


@pytest.fixture
def walk(db: None) -> Walk:
    """A long walk through the city, many snapshots on the way."""
    deeds.seed()
    walk, rng = random_walk(seed=20261123, steps=420), Random(20261123)
    for _ in range(600):  # and on, until everything has happened that is to be folded
        if set(FeedEvent.objects.values_list("kind", flat=True).distinct()) >= KINDS:
            break
        walk.step(rng.choice(("incident", "notice", "command", "look")), rng.getrandbits(32))
    for _ in range(12):
        walk.step("look", rng.getrandbits(32))
    return walk


def _kinds(scenarios: list[dict[str, Any]]) -> set[str]:
    return {
        event["kind"] for one in scenarios for frame in one["frames"] for event in frame["events"]
    }


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
    missing = KINDS - _kinds(scenarios)
    for start, end in rng.sample(pairs, len(pairs)) if missing else ():
        more = walk.scenario(start, end, rng)
        if missing & _kinds([more]):
            scenarios.append(more)
            missing -= _kinds([more])
        if not missing:
            break
    assert not missing, "steps that the walk did not take"
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
