"""What ships is complete and whole."""

from collections import Counter

from dispatch.incidents.deadlines import check_hours
from dispatch.incidents.defaults import (
    CATEGORIES,
    CONDITION_CATEGORY,
    HOLIDAYS_2026,
    OTHER,
    WORKDAYS_2026,
    WORKING_HOURS,
    allowances,
)
from dispatch.incidents.lifecycle import OWED, Stage
from iot_bridge.rules.conditions import Condition

CODES = {facts.code for facts in CATEGORIES}


def test_every_condition_of_an_alarm_has_a_category() -> None:
    assert CONDITION_CATEGORY.keys() == set(Condition)
    assert {*CONDITION_CATEGORY.values(), OTHER} <= {code for code in CODES if len(code) == 4}


def test_every_category_is_in_a_group_and_named_once() -> None:
    assert len(CODES) == len(CATEGORIES)
    assert all(facts.parent is None or facts.parent in CODES for facts in CATEGORIES)
    assert max(Counter(facts.name for facts in CATEGORIES).values()) == 1
    assert max(Counter(facts.name_en for facts in CATEGORIES).values()) == 1


def test_every_severity_has_a_time_for_every_stage_with_a_clock() -> None:
    given = {(facts.severity, facts.stage) for facts in allowances()}
    clocks = OWED - {Stage.SUSPENDED}
    assert given == {(severity, stage) for severity in (1, 2, 3, 4) for stage in clocks}


def test_the_working_calendar_is_possible() -> None:
    check_hours(WORKING_HOURS)
    assert not set(HOLIDAYS_2026) & set(WORKDAYS_2026)
    assert all(day.weekday() >= 5 for day in WORKDAYS_2026)
