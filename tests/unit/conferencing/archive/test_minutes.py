"""The minutes have words for all that a conference's record may hold."""

from __future__ import annotations

from conferencing.archive import minutes
from conferencing.policy.conference import SeatLevel, SeatRole
from conferencing.policy.verdict import Attendance, Noted


def test_everything_on_record_has_its_words() -> None:
    assert set(minutes._noted()) == set(Noted)
    assert set(minutes._roles()) == set(SeatRole)
    assert set(minutes._levels()) == set(SeatLevel)
    assert set(minutes._attendances()) == set(Attendance)
