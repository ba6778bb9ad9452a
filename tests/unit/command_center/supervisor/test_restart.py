"""How long a process that ended waits for its next start."""

from hypothesis import given
from hypothesis import strategies as st

from command_center.supervisor.restart import (
    FIRST_DELAY_S,
    HEALTHY_AFTER_S,
    LONGEST_DELAY_S,
    Restarts,
)


def test_delays_double_up_to_the_longest() -> None:
    delays = []
    restarts = Restarts()
    for _ in range(8):
        restarts = restarts.after_end(ran_s=0.1)
        delays.append(restarts.delay_s)
    assert delays == [0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 10.0, 10.0]


def test_a_first_start_does_not_wait() -> None:
    assert Restarts().delay_s == 0.0


def test_health_makes_the_next_delay_short_again() -> None:
    tired = Restarts(total=6, in_a_row=6)
    assert tired.after_end(ran_s=HEALTHY_AFTER_S - 0.1).delay_s == LONGEST_DELAY_S
    assert tired.after_end(ran_s=HEALTHY_AFTER_S) == Restarts(total=7, in_a_row=1)


@given(st.lists(st.floats(min_value=0, max_value=1e9), min_size=1, max_size=2000))
def test_every_end_is_counted_and_no_delay_leaves_its_bounds(runs: list[float]) -> None:
    restarts = Restarts()
    for ran_s in runs:
        restarts = restarts.after_end(ran_s=ran_s)
        assert FIRST_DELAY_S <= restarts.delay_s <= LONGEST_DELAY_S
    assert restarts.total == len(runs)
