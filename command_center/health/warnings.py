"""What somebody ought to see to, told by the packages that know: `settings.SYSTEM_WARNINGS` names their functions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

from django.conf import settings
from django.utils.module_loading import import_string


@dataclass(frozen=True, slots=True)
class SystemWarning:
    """A code for the console's words, and what they name."""

    code: str
    detail: Mapping[str, str]


@cache
def _sources() -> tuple[Callable[[], list[SystemWarning]], ...]:
    return tuple(import_string(path) for path in settings.SYSTEM_WARNINGS)


def warnings() -> list[SystemWarning]:
    """All of them, in the order of the settings."""
    return [warning for source in _sources() for warning in source()]
