"""What one transaction of the intake is given, and what it has done."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from iot_bridge.intake.decoding import Addressed, Answered, Rejected, Shown, Stranger
from iot_bridge.intake.places import Key, Places, Silent
from iot_bridge.intake.registry import DeviceEntry, Live
from iot_bridge.rules.engine.compiling import DeviceRules
from iot_bridge.rules.engine.running import Failure
from iot_bridge.rules.engine.schedules import Days

NO_DAYS = Days()


@dataclass(slots=True)
class Work:
    """What one transaction is to take in. `stripped` counts personal fields by category, for the record."""

    messages: Sequence[Addressed] = ()
    rejected: Sequence[Rejected] = ()
    strangers: Sequence[Stranger] = ()
    answers: Sequence[Answered] = ()
    shown: Sequence[Shown] = ()
    due: Sequence[DeviceEntry] = ()
    now_ms: int = 0
    silence_from_ms: int = 0
    watch_silence: bool = True
    places: Places | None = None
    codes: Sequence[str] = ()
    days: Days = NO_DAYS


@dataclass(slots=True)
class Taken:
    """What the transaction did. `lives` are the devices' new states, to be taken over after the commit.

    `turned_away` counts messages of strangers for whom the waiting list had no room, or who were refused.
    """

    lives: dict[str, tuple[DeviceEntry, Live]] = field(default_factory=dict)
    seen_saved: dict[str, int] = field(default_factory=dict)
    events: int = 0
    duplicates: int = 0
    verdicts: int = 0
    stripped: Counter[str] = field(default_factory=Counter)
    turned_away: int = 0
    places: Places | None = None
    silent: dict[Key, Silent | None] = field(default_factory=dict)
    failures: list[Failure] = field(default_factory=list)
    rechecked: dict[str, DeviceRules] = field(default_factory=dict)
