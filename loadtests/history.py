"""Pages of every long list, at ten million events and a million alarms, on SQLite and on PostgreSQL.

Builds both databases in a temporary folder (some 8 GB; `HISTORY_DIR` is another, and keeps them for the next
time), then reads first and later pages under many filters through the real views.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from command_center.supervisor import launch
from loadtests.plan import Plan
from loadtests.report import Report
from tests.support import postgres

ROOT = Path(__file__).resolve().parent.parent
LIMIT_MS = 100
LISTS = ("device events", "alarms", "audit", "dead letters")
"""What the limit holds for; timelines are told beside them."""


def run(plan: Plan) -> Report:
    """Build and read."""
    size = (
        {"events": 200_000, "alarms": 20_000}
        if plan.quick
        else {"events": 10_000_000, "alarms": 1_000_000}
    )
    report = Report(
        name="history",
        title=f"Pages of the history: {size['events']:,} events, {size['alarms']:,} alarms",
        headers=[
            "database",
            "what",
            "pages",
            "p50 ms",
            "p95 ms",
            "slowest ms",
            "CPU p50 ms",
            "CPU p95 ms",
        ],
    )
    for name, environment in databases("history", size):
        _measure(name, environment, report, plan)
    report.notes += [
        "Each request is a whole one: session, posts, filters, query, JSON, by one client; three pages on from "
        "the newest and from a moment in the past; filters by place, device, kind, type, condition, severity and state.",
        "CPU is that of the web process and of the database's process that served it: on a machine that does "
        "other work meanwhile the waiting is longer, the CPU is not.",
    ]
    return report


def databases(name: str, size: dict[str, int]) -> Iterator[tuple[str, dict[str, str]]]:
    """A history of a size on SQLite, then on PostgreSQL: the database's name, and the environment of its processes."""
    with _folder() as folder:
        data = folder / f"sqlite-{name}-{size['events']}"
        yield "SQLite", _built(data, "", size)
        with _postgres() as server:
            url = _database(server, f"{name}_{size['events']}")
            yield "PostgreSQL", _built(folder / f"postgresql-{name}-{size['events']}", url, size)


@contextmanager
def _folder() -> Iterator[Path]:
    kept = os.environ.get("HISTORY_DIR")
    if kept:
        Path(kept).mkdir(parents=True, exist_ok=True)
        yield Path(kept)
        return
    with tempfile.TemporaryDirectory(prefix="lingdun-history-") as made:
        yield Path(made)


@contextmanager
def _postgres() -> Iterator[str]:
    """The server of HISTORY_POSTGRES, or one for this run."""
    given = os.environ.get("HISTORY_POSTGRES")
    if given:
        yield given
        return
    with postgres.running_postgres() as server:
        yield server.url


def _database(server: str, name: str) -> str:
    import psycopg

    base, _, _default = server.rpartition("/")
    with psycopg.connect(f"{base}/postgres", autocommit=True) as connection:
        known = connection.execute(
            "SELECT 1 FROM pg_database WHERE datname = %s", [name]
        ).fetchone()
        if known is None:
            connection.execute(f'CREATE DATABASE "{name}"')
    return f"{base}/{name}"


def _built(data: Path, url: str, size: dict[str, int]) -> dict[str, str]:
    """The environment of a database that has its history."""
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "command_center.settings",
        "DATA_DIR": str(data),
        "DATABASE_URL": url,
        "DEMO_PASSWORD": "load-test-accounts-only",
        "SIMULATE": "0",
        "REDIS_URL": "",
        "MQTT_URL": "",
    }
    data.mkdir(parents=True, exist_ok=True)
    built = data / "built"
    if not built.exists():
        for command in (["manage.py", "migrate", "--verbosity", "0"], ["manage.py", "seed_demo"]):
            child(command, environment)
        child(["-m", "loadtests.history_build", json.dumps(size)], environment)
        built.touch()
    return environment


def _measure(name: str, environment: dict[str, str], report: Report, plan: Plan) -> None:
    rounds = json.dumps({"rounds": 2 if plan.quick else 12})
    found = json.loads(
        child(["-m", "loadtests.history_pages", rounds], environment).splitlines()[-1]
    )
    for what, times in found["times"].items():
        _row(report, name, what, times, found["slowest"][what])


def _row(
    report: Report, name: str, what: str, times: list[Any], slowest: tuple[float, str]
) -> None:
    waited, cpu = sorted(one[0] for one in times), sorted(one[1] for one in times)
    figures = [_at(waited, 0.5), _at(waited, 0.95), waited[-1], _at(cpu, 0.5), _at(cpu, 0.95)]
    report.rows.append([name, what, f"{len(times):,}", *(f"{figure:.1f}" for figure in figures)])
    key = f"{name}_{what}".lower().replace(",", "").replace(" ", "_")
    report.figures[f"{key}_p95_ms"] = figures[1]
    report.figures[f"{key}_cpu_p95_ms"] = figures[4]
    if what in LISTS and figures[1] > LIMIT_MS:
        report.faults.append(f"{name}: {what} take {figures[1]:.0f} ms, the slowest {slowest}")


def _at(values: list[float], share: float) -> float:
    return values[min(len(values) - 1, int(len(values) * share))]


def child(arguments: list[str], environment: dict[str, str]) -> str:
    """Run a program of this folder to its end; returns what it printed."""
    command = [
        sys.executable,
        "-I",
        "-S",
        launch.__file__,
        str(os.getpid()),
        sys.executable,
        *arguments,
    ]
    done = subprocess.run(
        command, env=environment, cwd=ROOT, check=False, capture_output=True, text=True
    )
    if done.returncode != 0:
        raise RuntimeError(f"{arguments[:2]} failed:\n{done.stderr[-4000:]}")
    return done.stdout
