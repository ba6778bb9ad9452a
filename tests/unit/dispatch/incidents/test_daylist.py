"""The special days of a year, as an office pastes them."""

from datetime import date

import pytest

from dispatch.incidents.daylist import BadLineError, read_days


def test_a_line_is_a_day_or_a_stretch_of_days() -> None:
    text = """日期,安排,说明
    2027-01-01,休,元旦
    # 春节
    2027-02-05..2027-02-07 休
    2027年2月14日 班
    20270228\twork
    """
    assert read_days("\ufeff" + text) == {
        date(2027, 1, 1): False,
        date(2027, 2, 5): False,
        date(2027, 2, 6): False,
        date(2027, 2, 7): False,
        date(2027, 2, 14): True,
        date(2027, 2, 28): True,
    }


def test_what_comes_later_holds() -> None:
    assert read_days("2027-02-05..2027-02-06 休\n2027-02-06 班")[date(2027, 2, 6)]


@pytest.mark.parametrize(
    "line",
    ["2027-13-01 休", "2027-01-01", "元旦 休", "2027-02-07..2027-02-05 休", "2027-01-01..2027-12-31 休",
     "2027-01-01 也许", "2027-01-01..2027-01-02..2027-01-03 休"],
)  # fmt: skip
def test_a_line_that_is_none_is_named(line: str) -> None:
    with pytest.raises(BadLineError) as refused:
        read_days(f"2027-01-01 休\n{line}")
    assert (refused.value.line, refused.value.text) == (2, line)
