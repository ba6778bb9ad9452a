"""The alarm performance page over a day, a month and a quarter of a year with a million alarms in it.

On SQLite and on PostgreSQL, over whatever `HISTORY_DIR` keeps or a temporary folder. Each report is made out of the
rows alone first, and must be the same out of what the worker adds up.
"""

from __future__ import annotations

import json

from loadtests.history import child, databases
from loadtests.plan import Plan
from loadtests.report import Report

LIMIT_MS = 500


def run(plan: Plan) -> Report:
    """Build and ask."""
    count = 50_000 if plan.quick else 1_000_000
    report = Report(
        name="alarm_performance",
        title=f"The alarm performance page with {count:,} alarms in a quarter of a year",
        headers=[
            "database",
            "place",
            "period",
            "annunciations",
            "rows: CPU ms",
            "page: CPU ms",
            "ms",
        ],
    )
    for database, environment in databases("performance", {"events": count // 50, "alarms": count}):
        asked = json.dumps({"times": 5})
        found = json.loads(
            child(["-m", "loadtests.performance_pages", asked], environment).splitlines()[-1]
        )
        for one in found["pages"]:
            _row(report, database, one)
        report.figures[f"{database.lower()}_settling_us_per_alarm"] = found["settling_us"]
    report.notes += [
        "A whole request each, by one client, the middle of five: session, queries, figures, JSON. CPU is that of the "
        "web process and of the database's process that served it.",
        "“Rows” is the same report without anything added up beforehand, and the same to the last digit: checked.",
        "Adding an alarm up, once it is closed, takes the worker "
        + " and ".join(
            f"{report.figures[f'{name}_settling_us_per_alarm']:.0f} µs on {name}"
            for name in ("sqlite", "postgresql")
        )
        + ".",
    ]
    return report


def _row(report: Report, database: str, one: dict[str, object]) -> None:
    place, days, page = str(one["place"]), int(str(one["days"])), float(str(one["cpu_ms"]))
    report.rows.append(
        [
            database,
            place,
            f"{days} d",
            f"{one['annunciated']:,.0f}",
            f"{one['rows_cpu_ms']:.0f}",
            f"{page:.0f}",
            f"{one['ms']:.0f}",
        ]
    )
    report.figures[f"{database.lower()}_{place}_{days}_days_cpu_ms"] = page
    if one["differs"]:
        report.faults.append(
            f"{database}: {place}, {days} days: sums and rows differ in {one['differs']}"
        )
    if page > LIMIT_MS:
        report.faults.append(f"{database}: {place}, {days} days take {page:.0f} ms of CPU")
