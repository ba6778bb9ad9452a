"""Correlation: who is one event does not depend on who came first, or in which batch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from iot_bridge.rules.correlating import CorrelationRule, Sighting, correlate, same_place

VILLAGE, OTHER = "640181100001", "640181100002"
SMOKE_PANIC = CorrelationRule(
    code="smoke_panic",
    name="",
    conditions=frozenset({"smoke", "panic"}),
    devices=2,
    least_severity=4,
    window_ms=60_000,
    radius_m=30,
    raise_by=1,
)
SEVERAL = CorrelationRule(
    code="several",
    name="",
    conditions=frozenset(),
    devices=3,
    least_severity=2,
    window_ms=60_000,
    radius_m=30,
    raise_by=0,
)
RULES = (SMOKE_PANIC, SEVERAL)


def sighting(alarm: int, condition: str = "smoke", **facts: object) -> Sighting:
    severity = {"smoke": 2, "panic": 1, "tamper": 2, "fault": 4}[condition]
    whole = {
        "device": f"D{alarm}",
        "severity": severity,
        "at_ms": alarm * 100,
        "code": VILLAGE,
        "site": "东门",
        "longitude": 106.3,
        "latitude": 38.1,
    } | facts
    return Sighting(alarm=alarm, condition=condition, **whole)  # type: ignore[arg-type]  # facts by name


def test_smoke_and_panic_at_one_site_are_one_graver_event() -> None:
    [grouping] = correlate(RULES, [sighting(1), sighting(2, "panic"), sighting(3, "fault")])
    assert (grouping.rule, grouping.severity) == (SMOKE_PANIC, 1)
    assert grouping.alarms == {1, 2}


def test_neither_one_device_nor_half_of_a_rule_is_enough() -> None:
    assert correlate(RULES, [sighting(1), sighting(2, "panic", device="D1")]) == []
    assert correlate(RULES, [sighting(1), sighting(2)]) == []
    assert correlate(RULES, [sighting(1), sighting(2, "panic", at_ms=60_101)]) == []


def test_a_place_is_a_site_of_a_village_or_else_a_circle() -> None:
    one = sighting(1)
    assert not same_place(one, sighting(2, code=OTHER), 30)
    assert not same_place(one, sighting(2, site="西门"), 30)
    bare = sighting(2, site="", code=OTHER, latitude=38.1002)  # 22 m
    assert same_place(one, bare, 30)
    assert not same_place(one, bare, 20)
    assert not same_place(one, sighting(2, site="", latitude=None), 30)


def test_the_first_rule_names_what_two_rules_hold_together() -> None:
    alarms = [sighting(1), sighting(2, "panic"), sighting(3, "tamper"), sighting(4, "tamper")]
    [grouping] = correlate(RULES, alarms)
    assert grouping.rule is SMOKE_PANIC
    assert grouping.alarms == {1, 2, 3, 4}


def test_groups_that_meet_become_the_older_one() -> None:
    alarms = [sighting(1, group=7), sighting(2, "panic", group=9)]
    [grouping] = correlate(RULES, alarms)
    assert grouping.groups == (7, 9)


sightings = st.lists(
    st.builds(
        lambda condition, device, code, site, metres, at: (
            condition, device, code, site, 38.1 + metres / 111_320, at
        ),
        st.sampled_from(["smoke", "panic", "tamper", "fault"]),
        st.integers(1, 5),
        st.sampled_from([VILLAGE, OTHER]),
        st.sampled_from(["", "东门", "西门"]),
        st.sampled_from([0, 20, 40, 200]),
        st.integers(0, 60_000),
    ),
    max_size=9,
)  # fmt: skip


class Kept:
    """What a database keeps: alarms with their groups; each batch is correlated with what is there."""

    def __init__(self) -> None:
        self.alarms: dict[int, Sighting] = {}
        self.severity: dict[int, int] = {}

    def take(self, batch: Sequence[Sighting]) -> None:
        self.alarms |= {one.alarm: one for one in batch}
        for grouping in correlate(RULES, self.alarms.values()):
            group = grouping.groups[0] if grouping.groups else min(grouping.alarms)
            for alarm in grouping.alarms:
                self.alarms[alarm] = replace(self.alarms[alarm], group=group)
            known = [self.severity.get(one, 4) for one in (group, *grouping.groups)]
            self.severity[group] = min(grouping.severity, *known)

    def partition(self) -> set[tuple[frozenset[int], int]]:
        parts: dict[int, set[int]] = {}
        for one in self.alarms.values():
            if one.group is not None:
                parts.setdefault(one.group, set()).add(one.alarm)
        return {(frozenset(part), self.severity[group]) for group, part in parts.items()}


@given(sightings, st.randoms(use_true_random=False), st.integers(1, 4))
def test_neither_order_nor_batches_matter_within_a_window(
    facts: list[tuple[str, int, str, str, float, int]], chance: Random, size: int
) -> None:
    alarms = [
        sighting(
            number, condition, device=f"D{device}", code=code, site=site, latitude=lat, at_ms=at
        )
        for number, (condition, device, code, site, lat, at) in enumerate(facts, start=1)
    ]
    whole = Kept()
    whole.take(alarms)
    mixed = list(alarms)
    chance.shuffle(mixed)
    parted = Kept()
    for start in range(0, len(mixed), size):
        parted.take(mixed[start : start + size])
    assert parted.partition() == whole.partition()
    for members, _severity in whole.partition():
        assert len({whole.alarms[alarm].device for alarm in members}) >= 2
