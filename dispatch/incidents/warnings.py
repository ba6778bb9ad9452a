"""What the installation lacks, for the consoles' status line."""

from __future__ import annotations

from django.utils import timezone

from command_center.health.warnings import SystemWarning
from dispatch.incidents import selectors

CALENDAR = "calendar_runs_out"


def calendars() -> list[SystemWarning]:
    """Working calendars without this year's or the next year's special days."""
    missing = selectors.calendars_running_out(today=timezone.localdate())
    return [
        SystemWarning(CALENDAR, {"calendar": name, "year": str(year)}) for name, year in missing
    ]
