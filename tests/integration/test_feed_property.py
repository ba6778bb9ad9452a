"""The law of the feed: a snapshot and the events after it make a fresh snapshot, always, for everyone."""

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.support import deeds
from tests.support.stack import Shape, Stack
from tests.support.walks import ACTIONS, OFTEN, Walk

steps = st.lists(
    st.tuples(st.sampled_from([*ACTIONS, *OFTEN]), st.integers(0, 2**32 - 1)),
    min_size=5,
    max_size=40,
)


@pytest.fixture
def seeded(db: None) -> None:
    """The city of the tests in the test process's own database."""
    deeds.seed()


@pytest.mark.usefixtures("seeded")
@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink],
)
@given(steps)
def test_snapshot_and_events_make_a_fresh_snapshot(taken: list[tuple[str, int]]) -> None:
    with transaction.atomic():
        walk = Walk()
        for name, luck in taken:
            walk.step(name, luck)
        walk.laws()
        transaction.set_rollback(True)


@pytest.mark.parametrize("seed", range(3))
def test_the_law_holds_with_real_commits(stack: Stack, seed: int) -> None:
    """The same in the running system's database: no test's transaction around it."""
    if stack.shape is Shape.EMBEDDED and seed:
        pytest.skip("the one above is SQLite's")
    clerk = stack.hire(f"walker-{seed}")
    try:
        clerk.do("walk", seed=seed, steps=60)
    finally:
        clerk.close()
