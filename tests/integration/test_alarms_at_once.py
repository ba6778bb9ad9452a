"""Bridges, people, the worker and maintenance change the same alarms at the same moment: nobody waits for ever."""

import pytest

from tests.support.stack import Shape, Stack

pytestmark = pytest.mark.shapes(Shape.PRODUCTION)  # SQLite has one writer


def test_no_two_who_change_alarms_lock_each_other_out(stack: Stack) -> None:
    clerk = stack.hire("crowd")
    try:
        found = clerk.do("tests.support.crowding.crowd", rounds=40)
    finally:
        clerk.close()
    assert all(found.values()), found  # they did meet at the same alarms
