"""The history as rows of a spreadsheet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import orjson
from django.utils import timezone
from django.utils.translation import gettext as _

from command_center.spreadsheets import Cell
from iot_bridge.alarms.models import Alarm
from iot_bridge.alarms.words import condition_word, severity_word
from iot_bridge.intake.models import DeviceEvent

_TIME = "%Y-%m-%d %H:%M:%S"


def events_table(rows: Iterable[DeviceEvent]) -> Iterator[Sequence[Cell]]:
    """A header, and a line for each event. Kinds and types are the stable words of the protocol."""
    yield [_("received"), _("device"), _("kind"), _("jurisdiction"), _("type"), _("data")]
    for row in rows:
        at = timezone.localtime(row.at).strftime(_TIME)
        yield [at, row.device_id, row.kind, row.code, row.type, orjson.dumps(row.data).decode()]


def alarms_table(rows: Iterable[Alarm]) -> Iterator[Sequence[Cell]]:
    """A header, and a line for each alarm, its severity and condition in words."""
    yield [
        _("raised"),
        _("severity"),
        _("condition"),
        _("device"),
        _("device's name then"),
        _("jurisdiction"),
        _("occurrences"),
        _("cleared"),
        _("acknowledged"),
        _("acknowledged by"),
        _("note"),
    ]
    for row in rows:
        times = [
            timezone.localtime(at).strftime(_TIME) if at else ""
            for at in (row.raised_at, row.cleared_at, row.acknowledged_at)
        ]
        yield [
            times[0],
            severity_word(row.severity),
            condition_word(row.condition, row.title_zh, row.title_en),
            row.device_id,
            row.device_name,
            row.code,
            row.count,
            times[1],
            times[2],
            row.acknowledged_by_name,
            row.note,
        ]
