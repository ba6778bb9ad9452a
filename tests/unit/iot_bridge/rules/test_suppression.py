"""Suppression by design: which cause explains which alarm, and what may not be in the table."""

import pytest

from iot_bridge.rules.conditions import Condition
from iot_bridge.rules.suppression import (
    SHIPPED,
    Pair,
    Reach,
    Standing,
    Wrong,
    fault_of,
    suppressor,
)

YARD = ("640181100001", "1 号院")


def standing(
    condition: str,
    device: str = "gate",
    site: tuple[str, str] | None = YARD,
    *,
    active: bool = True,
    out_of_service: bool = False,
) -> Standing:
    return Standing(device, condition, site, active, out_of_service)


def test_a_cause_reaches_its_own_device_or_its_whole_site() -> None:
    held = standing("door_held")
    assert suppressor(held, [held, standing("forced_open")], SHIPPED) == "forced_open"
    assert suppressor(held, [held, standing("forced_open", "other")], SHIPPED) == ""
    assert suppressor(held, [held, standing("smoke", "detector")], SHIPPED) == "smoke"
    away = standing("smoke", "detector", ("640181100001", "2 号院"))
    assert suppressor(held, [held, away], SHIPPED) == ""


@pytest.mark.parametrize(
    "cause",
    [standing("smoke", "d", active=False), standing("smoke", "d", out_of_service=True)],
)
def test_what_is_over_or_in_maintenance_explains_nothing(cause: Standing) -> None:
    assert suppressor(standing("door_held"), [cause], SHIPPED) == ""


def test_devices_without_a_site_share_none() -> None:
    cause, target = standing("smoke", "d", None), standing("door_held", "g", None)
    assert suppressor(target, [cause], SHIPPED) == ""


def test_the_shipped_table_is_sound() -> None:
    for index, pair in enumerate(SHIPPED):
        assert fault_of(pair, SHIPPED[:index]) is None


@pytest.mark.parametrize(
    ("pair", "wrong"),
    [
        (Pair("haunted", Condition.FAULT), Wrong.UNKNOWN),
        (Pair(Condition.FAULT, Condition.FAULT), Wrong.ITSELF),
        (Pair(Condition.SMOKE, Condition.SOS), Wrong.PERSON),
        (Pair(Condition.FAULT, Condition.SMOKE), Wrong.GRAVER),
        (Pair(Condition.FAULT, Condition.DEVICE_OFFLINE, Reach.SITE), Wrong.CIRCLE),
    ],
)
def test_what_may_not_join_the_table(pair: Pair, wrong: Wrong) -> None:
    assert fault_of(pair, SHIPPED) is wrong
