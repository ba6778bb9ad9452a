"""The alarm performance page over a month, with a million alarms in the database, on SQLite and PostgreSQL.

The million lie in a year, so that a month has a twelfth of them; then the page over the whole year is asked for too.
Timed is the whole request in one process: session, queries, figures, JSON.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager

from loadtests.plan import Plan
from loadtests.report import Report
from loadtests.stack import stack
from tests.support.clerk import Clerk
from tests.support.postgres import running_postgres

YEAR = 365
PERIODS = (("a day", 1), ("a month", 30), ("a year", YEAR))


def run(plan: Plan) -> Report:
    """Measure on both databases."""
    count = 50_000 if plan.quick else 1_000_000
    report = Report(
        name="alarm_performance",
        title=f"The alarm performance page with {count:,} alarms in the database",
        headers=["database", "period", "annunciations", "p50 ms", "longest ms"],
    )
    for database in ("SQLite", "PostgreSQL"):
        with _clerk(database) as clerk:
            clerk.do("loadtests.alarm_history.seed", alarms=count, days=YEAR)
            for what, days in PERIODS:
                _ask(report, clerk, database, what, days)
    return report


def _ask(report: Report, clerk: Clerk, database: str, what: str, days: int) -> None:
    times = 3 if days == YEAR else 9
    found = clerk.do("loadtests.alarm_history.ask", days=days, times=times)
    middle, longest = statistics.median(found["took"]), max(found["took"])
    report.rows.append(
        [database, what, f"{found['annunciated']:,.0f}", f"{middle:.0f}", f"{longest:.0f}"]
    )
    report.figures[f"{database.lower()}_{days}_days_p50_ms"] = middle


@contextmanager
def _clerk(database: str) -> Iterator[Clerk]:
    """Somebody to do deeds in a database of its own, with the demo city in it."""
    with ExitStack() as opened:
        system = opened.enter_context(stack())
        environment = system.environment | {"DJANGO_SETTINGS_MODULE": "command_center.settings"}
        if database == "PostgreSQL":
            environment["DATABASE_URL"] = opened.enter_context(running_postgres()).url
        clerk = Clerk(environment, system.directory / "clerk.log")
        opened.enter_context(closing(clerk))
        if database == "PostgreSQL":
            clerk.do("loadtests.alarm_history.prepare")
        yield clerk
