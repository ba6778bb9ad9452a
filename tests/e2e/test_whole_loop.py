"""The whole closed loop with four people, from a device's message to the archived case."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.e2e.cases import panel
from tests.support.browser import Desk, Sit
from tests.support.consoles import Session
from tests.support.field import Field
from tests.support.patrol import PHONE, Phone
from tests.support.served import Served
from tests.support.waiting import wait_until

VILLAGE = "640181100200"


def act(desk: Desk, action: str, text: str = "") -> None:
    """Do something with the open case that wants nothing, or words."""
    desk.page.locator(f'[data-testid="incident-panel"] [data-action="{action}"]').click()
    if text:
        desk.page.get_by_test_id("deed-text").fill(text)
        desk.page.get_by_test_id("deed-submit").click()


def open_only_case(desk: Desk) -> None:
    """Open the one incident that there is."""
    desk.page.keyboard.press("2")
    desk.page.get_by_test_id("incident-row").click()
    panel(desk)


@pytest.mark.timeout(240)
def test_from_a_message_to_the_archive(
    quiet: Served,
    sit: Sit,
    profile: Callable[..., Desk],
    session_of: Callable[[str], Session],
    outside: Field,
) -> None:
    city, town, village = sit("city"), sit("town"), sit("village")
    phone_desk = profile(size=PHONE)
    phone_desk.adopt(session_of("patrol"))
    phone = Phone(phone_desk).open()

    # 发现上报: the device reports, the city makes an incident of it and hands it to the township.
    detector = outside.device("smoke", VILLAGE)
    outside.report(detector, "alarm")
    village.row(detector).wait_for()
    city.row(detector).click()
    city.page.keyboard.press("i")
    panel(city, "accepted")
    city.page.locator('[data-action="transfer_down"]').click()
    city.page.get_by_test_id("deed-text").fill("请属地处置")
    city.page.get_by_role("button", name=re.compile("交给")).click()
    city.page.locator(".area-panel input").fill("东塔镇")
    city.page.keyboard.press("Enter")
    city.page.get_by_test_id("deed-submit").click()
    panel(city, "reported")

    # 统一受理、指挥派遣: the township accepts and sends its patrol, the village adds what it knows.
    open_only_case(town)
    act(town, "accept")
    panel(town, "accepted")
    open_only_case(village)
    village.page.get_by_test_id("comment").fill("厨房油烟，已通知网格员")
    village.page.get_by_test_id("comment-send").click()
    panel(town).get_by_test_id("timeline").get_by_text("厨房油烟").wait_for()
    town.page.keyboard.press("d")
    team = town.page.locator('[data-testid="suggestion"]', has_text="东塔镇巡逻")
    town.page.locator('[data-testid="suggestion"] input:checked').uncheck()
    team.locator("input").check()
    town.page.get_by_test_id("dispatch-check-in").select_option("30")
    town.page.get_by_test_id("dispatch-send").click()
    panel(town, "dispatched")

    # 处置反馈: the patrol carries it out on the phone, with a sign of life on the way.
    (task,) = [
        one
        for one in session_of("town").get("/api/v1/tasks").json()["items"]
        if one["state"] in ("created", "delivered")
    ]
    phone.enter(task)
    for step in ("acknowledge", "start"):
        phone.step(step)
    phone.desk.page.get_by_test_id("check-in-give").click()
    phone.step("arrive")
    phone.step("done")
    phone.say("系厨房油烟，现场恢复正常")
    phone.wait_sent()
    case = panel(town, "handled")
    case.get_by_test_id("timeline").get_by_text("系厨房油烟").first.wait_for()
    case.get_by_test_id("timeline").get_by_text("报平安").first.wait_for()

    # 任务核实、评价归档: somebody who did not handle it verifies; the city evaluates and files it.
    act(town, "verify")
    panel(town, "verified")
    panel(city, "verified")
    act(city, "close")
    city.page.get_by_test_id("deed-form").get_by_text("良好").click()
    city.page.get_by_test_id("deed-submit").click()
    panel(city, "closed")
    act(city, "archive")
    for desk in (city, town, village):
        desk.page.locator('[data-testid="figure-incidents"][data-value="0"]').wait_for()

    def filed_case() -> dict[str, Any]:
        found: dict[str, Any] = (
            session_of("city").get(f"/api/v1/incidents/{task['incident']}").json()
        )
        return found

    # A closed case is off the figures already: the last press may still be on its way.
    wait_until(lambda: filed_case()["incident"]["stage"] == "archived", what="it to be filed")
    filed = filed_case()
    kinds = [entry["kind"] for entry in filed["timeline"]]
    order = ("transfer_down", "accept", "dispatch", "start", "handle", "verify", "close", "archive")
    assert [kind for kind in kinds if kind in order] == list(order)
    assert len(filed["people"]) >= 4
