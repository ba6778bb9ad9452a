"""The law of the feed: a snapshot and the events after it make a fresh snapshot, always, for everyone."""

from random import Random

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from command_center.accounts.models import User
from command_center.accounts.scope import Scope
from command_center.feed.models import FeedEvent
from dispatch.incidents.models import Source
from dispatch.incidents.reporting import Report, report
from dispatch.tasks.models import Task
from tests.support import city, deeds
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
    max_examples=25,
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


@pytest.mark.usefixtures("seeded")
@pytest.mark.parametrize("seed", range(2))
def test_the_law_holds_for_cases_and_their_tasks(seed: int) -> None:
    """A walk among cases and units alone comes further into their lives."""
    rng, walk = Random(seed), Walk()
    for code in (city.CITY, *city.EAST.villages, *city.SOUTH.villages):
        wanted = Report("事", "0401", Source.MANUAL, code=code)
        report(wanted=wanted, scope=Scope((city.CITY,)), user=User.objects.get(username="city"))
    for _ in range(120):
        walk.step(rng.choice(("incident", "task", "task", "look")), rng.getrandbits(32))
    walk.laws()
    kinds = set(FeedEvent.objects.values_list("kind", flat=True))
    assert {"incident.changed", "task.changed", "unit.changed"} <= kinds
    assert Task.objects.filter(ended_at__isnull=False).exists()


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
