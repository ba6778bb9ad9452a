"""What other packages may follow of an alarm's life: `settings.ALARM_FOLLOWERS` names functions that take an
`AlarmStep`, in the transaction that makes the step. On the bridge's hot path: look at `what` first.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from django.conf import settings
from django.utils.module_loading import import_string

from command_center.feed import services as feed
from iot_bridge.alarms.feed import AlarmData
from iot_bridge.rules.lifecycle import Effect


@dataclass(frozen=True, slots=True)
class AlarmStep:
    """What happened to an alarm, and the alarm after it. `actor` is an account's id, None for the system.

    `note` is what the actor said; whether the alarm may be annunciated tells `feed.is_annunciated`.
    """

    what: Effect
    alarm: AlarmData
    at: datetime
    actor: int | None = None
    note: str = ""


Follower = Callable[[feed.Publication, AlarmStep], None]


@cache
def followers() -> tuple[Follower, ...]:
    """Who follows."""
    return tuple(import_string(path) for path in settings.ALARM_FOLLOWERS)


def tell(publication: feed.Publication, step: AlarmStep) -> None:
    """Tell all of them."""
    for follow in followers():
        follow(publication, step)
