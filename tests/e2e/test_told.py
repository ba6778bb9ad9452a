"""Who is told: the posts of a plan, on the console and on the village page; and a department that is sent a case."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from playwright.sync_api import FilePayload, expect

from tests.e2e.cases import panel, report
from tests.support.browser import Desk, Sit
from tests.support.consoles import Session
from tests.support.patrol import PHONE, Phone, ok
from tests.support.served import PASSWORD, ROOT, Served
from tests.support.waiting import wait_until

Profile = Callable[..., Desk]
SessionOf = Callable[[str], Session]
VILLAGE = "640181100200"
FIRE = "0104"
CLEANLINESS = "0302"
PICTURE = ROOT / "command_center" / "pages" / "static" / "pages" / "icon-512.png"


@pytest.mark.timeout(180)
def test_a_plan_tells_its_posts_in_the_console_and_nobody_else(
    quiet: Served, sit: Sit, profile: Profile, session_of: SessionOf
) -> None:
    city, town, other = sit("city"), sit("town"), sit("town2")
    village = profile(size=(1024, 768))
    village.adopt(session_of("village"))
    village.open("/village/")
    village.page.get_by_test_id("home").wait_for()

    incident = report(session_of("city"), category=FIRE, code=VILLAGE, title="厨房着火")
    path = f"/api/v1/incidents/{incident}/plan"
    seen = ok(session_of("city").get(path))
    wanted = {"version": seen["version"], "plan": seen["plan"], "units": []}
    ok(session_of("city").post(path, wanted), 201)

    bar = town.page.get_by_test_id("notices")
    expect(bar).to_contain_text("厨房着火")
    expect(bar).to_contain_text("东塔镇 · 乡镇值班员")
    expect(village.page.get_by_test_id("notices")).to_contain_text("厨房着火")
    expect(city.page.get_by_test_id("notices")).to_have_count(0)  # who confirms knows
    town.page.reload()
    town.wait_live()
    bar.get_by_test_id("notice-open").click()
    panel(town, "accepted")
    expect(bar).to_have_count(0)
    expect(village.page.get_by_test_id("notices")).to_have_attribute("data-count", "1")
    village.page.get_by_test_id("notice-seen").click()
    expect(village.page.get_by_test_id("notices")).to_have_count(0)
    expect(village.page.get_by_test_id("home")).to_be_visible()
    expect(other.page.get_by_test_id("notices")).to_have_count(0)
    assert "厨房着火" not in other.text()

    city.page.keyboard.press("2")
    city.page.get_by_test_id("incident-row").click()
    told = panel(city).get_by_test_id("case-notices")
    for role, is_seen in (("township_officer", "true"), ("village_officer", "true")):
        row = told.locator(f'[data-role="{role}"]')
        expect(row).to_have_attribute("data-seen", is_seen)
        row.locator("summary").click()
        expect(row.locator('[data-rung="websocket"]')).to_contain_text("已显示")
    expect(told.locator('[data-role="dispatcher"]')).to_have_attribute("data-seen", "false")


_SHOWN = """async (scope) => {
  const registration = await navigator.serviceWorker.getRegistration(scope);
  const shown = await registration.getNotifications();
  return shown.map(({title, tag, data}) => ({title, tag, data}));
}"""


@pytest.mark.timeout(120)
def test_what_is_pushed_to_a_desk_is_shown_and_leads_to_the_incident(
    quiet: Served, profile: Profile, session_of: SessionOf
) -> None:
    incident = report(session_of("city"), category=FIRE, code=VILLAGE, title="厨房着火")
    desk = profile(whole=True)
    desk.adopt(session_of("town"))
    desk.sit_down()
    page, context = desk.page, desk.context
    context.grant_permissions(["notifications"])
    tools = context.new_cdp_session(page)
    known: list[str] = []
    tools.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda event: known.extend(
            one["registrationId"]
            for one in event["registrations"]
            if one["scopeURL"] == f"{desk.base}/"
        ),
    )
    tools.send("ServiceWorker.enable")
    page.evaluate("navigator.serviceWorker.register('/sw.js', {scope: '/'})")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.goto(f"{desk.base}/healthz")
    message = {
        "type": "incident",
        "incident": incident,
        "title": "已启动预案",
        "body": "",
        "at": "",
    }
    pushed = {"origin": desk.base, "registrationId": known[-1], "data": json.dumps(message)}

    def push() -> object:
        """Once more, while the page that has just been left is still taken for one that is looked at."""
        tools.send("ServiceWorker.deliverPushMessage", pushed)
        return page.evaluate(_SHOWN, "/")

    assert wait_until(push, what="the notification to be shown") == [
        {
            "title": "已启动预案",
            "tag": f"lingdun-incident-{incident}",
            "data": {"incident": incident},
        }
    ]
    desk.open(f"/#/case/{incident}")
    panel(desk)
    assert "#" not in page.url


@pytest.mark.timeout(180)
def test_a_department_is_sent_a_case_and_handles_it(
    quiet: Served, sit: Sit, profile: Profile, session_of: SessionOf
) -> None:
    city = sit("city")
    incident = report(session_of("city"), category=CLEANLINESS, title="垃圾堆放")
    city.page.keyboard.press("2")
    city.page.get_by_test_id("incident-row").click()
    panel(city)
    city.page.keyboard.press("d")
    bureau = city.page.locator('[data-testid="suggestion"]', has_text="城市管理综合执法局")
    city.page.locator('[data-testid="suggestion"] input:checked').uncheck()
    bureau.locator("input").check()
    city.page.get_by_test_id("dispatch-send").click()
    panel(city, "dispatched")

    desk = profile(size=PHONE)
    desk.open()
    desk.sign_in("department", PASSWORD)
    desk.page.get_by_test_id("to-tasks").click()
    desk.page.locator('[data-testid="inbox"][data-known="true"]').wait_for()
    phone = Phone(desk)
    (task,) = ok(session_of("city").get("/api/v1/tasks", incident=incident))["items"]
    phone.enter(task)
    phone.step("acknowledge")
    desk.page.get_by_test_id("ask-time").click()
    desk.page.get_by_test_id("ask-text").fill("清运车在路上")
    desk.page.get_by_test_id("ask-send").click()
    expect(desk.page.get_by_test_id("ask-more")).to_contain_text("已申请延时")
    for step in ("start", "arrive", "done"):
        phone.step(step)
    photo: FilePayload = {"name": "a.png", "mimeType": "image/png", "buffer": PICTURE.read_bytes()}
    desk.page.get_by_test_id("photo-input").set_input_files(photo)
    phone.say("已清运")
    phone.wait_sent()

    case = panel(city, "handled")
    case.get_by_test_id("timeline").get_by_text("已清运").first.wait_for()
    city.page.locator('[data-action="verify"]').click()
    panel(city, "verified")
    city.page.locator('[data-action="close"]').click()
    city.page.get_by_test_id("deed-form").get_by_text("良好").click()
    city.page.get_by_test_id("deed-submit").click()
    panel(city, "closed")
