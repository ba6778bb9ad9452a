"""Several phones of one unit confirm the same round at the same moment: each checkpoint counts once."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from tests.support import city
from tests.support.consoles import Session
from tests.support.stack import Shape, Stack

pytestmark = pytest.mark.shapes(Shape.PRODUCTION)

PHONES = 8


@pytest.fixture
def walk(stack: Stack) -> dict[str, Any]:
    """A round of three checkpoints, now, of a unit that the patrol belongs to."""
    unit = stack.do("add_unit", name="同时到点队", code=city.EAST.code)
    stack.do("join", unit=unit, username="patrol")
    found: dict[str, Any] = stack.do(
        "tests.support.roundwork.walk", unit=unit, name="同时到点", lng=106.34, lat=38.1
    )
    return found


def test_who_confirms_a_checkpoint_at_once_confirms_it_once(
    stack: Stack, sign_in: Callable[..., Session], walk: dict[str, Any]
) -> None:
    patrol = sign_in("patrol")
    phones = [patrol.at(stack.url(number)) for number in range(PHONES)]
    path = f"/api/v1/rounds/{walk['id']}/visits"
    first, *others = walk["checkpoints"]

    def at_once(points: list[dict[str, Any]]) -> list[httpx.Response]:
        """Half of the phones send their queue's own key, half of them the code without one."""
        bodies = [
            {"method": "qr", "token": point["token"], "key": f"{point['id']}" if n % 2 else ""}
            for n, point in enumerate(points)
        ]
        return list(pool.map(lambda phone, body: phone.post(path, body), phones, bodies))

    with ThreadPoolExecutor(PHONES) as pool:
        answers = at_once([first] * PHONES)
        assert sorted(answer.status_code for answer in answers) == [200] * (PHONES - 1) + [201]
        assert {(a.json()["state"], a.json()["done"]) for a in answers} == {("under_way", 1)}
        # The last two are confirmed by different phones at one moment: neither is lost in the figures.
        answers = at_once([others[n // 2 % 2] for n in range(PHONES)])
        assert sorted(answer.status_code for answer in answers) == [200] * (PHONES - 2) + [201] * 2
    shown = patrol.get(f"/api/v1/rounds/{walk['id']}").json()
    assert (shown["state"], shown["done"], shown["total"]) == ("completed", 3, 3)
    visits = "SELECT checkpoint_id FROM rounds_visit WHERE round_id = %s ORDER BY checkpoint_id"
    rows = [row[0] for row in stack.query(visits, walk["id"])]
    assert rows == sorted(point["id"] for point in walk["checkpoints"])
    for phone in phones:
        phone.close()
