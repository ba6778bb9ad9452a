"""The special days of a calendar as lines of text, one day or one stretch of days a line. Pure.

2027-01-01 休
2027-02-05..2027-02-11,休,春节
2027-02-14 班
"""

from __future__ import annotations

import re
from datetime import date, timedelta

OFF = frozenset({"休", "假", "放假", "休息", "节假日", "off", "holiday", "no", "0"})
WORK = frozenset({"班", "上班", "调休", "补班", "工作日", "work", "workday", "yes", "1"})
LONGEST = timedelta(days=31)

_SEPARATORS = re.compile(r"[\s,，;；\t]+")
_RANGE = re.compile(r"\.\.|~|～|至|/")
_HEADER = frozenset({"date", "day", "日期"})


class BadLineError(ValueError):
    """A line that is no day. `line` is its number from 1, `text` what it says."""

    def __init__(self, line: int, text: str) -> None:
        super().__init__(f"line {line}: {text}")
        self.line, self.text = line, text


def read_days(text: str) -> dict[date, bool]:
    """Every day of the list, and whether it is worked. Raises BadLineError. What comes later holds."""
    days: dict[date, bool] = {}
    for number, line in enumerate(text.lstrip("\ufeff").splitlines(), start=1):
        parts = [part for part in _SEPARATORS.split(line.strip()) if part]
        if not parts or line.lstrip().startswith("#"):
            continue
        if number == 1 and parts[0].lower() in _HEADER:
            continue
        for day, works in _read(parts, number, line.strip()):
            days[day] = works
    return days


def _read(parts: list[str], number: int, line: str) -> list[tuple[date, bool]]:
    word = parts[1].lower() if len(parts) > 1 else ""
    if word not in OFF | WORK:
        raise BadLineError(number, line)
    try:
        ends = [_day(part) for part in _RANGE.split(parts[0])]
    except ValueError as error:
        raise BadLineError(number, line) from error
    first, last = ends[0], ends[-1]
    if len(ends) > 2 or not timedelta(0) <= last - first <= LONGEST:
        raise BadLineError(number, line)
    count = (last - first).days + 1
    return [(first + timedelta(days=offset), word in WORK) for offset in range(count)]


def _day(text: str) -> date:
    """`2027-01-01`, `20270101` or `2027年1月1日`."""
    written = re.fullmatch(r"(\d{4})[-.年]?(\d{1,2})[-.月]?(\d{1,2})日?", text)
    if written is None:
        raise ValueError(text)
    return date(*map(int, written.groups()))
