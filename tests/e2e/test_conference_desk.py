"""What stands beside the picture, in a real Chromium: a planned conference opened by a key, files, the place, the lines."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, FilePayload, Playwright, expect

from tests.e2e.test_conference import Meeting
from tests.e2e.words import names, untranslated
from tests.support.browser import SHELL, Desk, chromium
from tests.support.consoles import Session
from tests.support.meeting import FAKE_MEDIA
from tests.support.patrol import ok
from tests.support.photos import photo
from tests.support.served import Served
from tests.support.waiting import wait_until

CITY, VILLAGE = "640181", "640181100200"
TITLE = "每日点名"
LOADED = "image => image.complete && image.naturalWidth > 0"


@pytest.fixture(scope="module")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """Chromium with a camera and a microphone that are made up."""
    with chromium(playwright, SHELL, *FAKE_MEDIA) as running:
        yield running


@pytest.fixture
def planned(quiet: Served, session_of: Callable[[str], Session]) -> Iterator[int]:
    """A daily conference that begins in half an hour, of which the chair is reminded already."""
    begins = timezone.now().astimezone(ZoneInfo("Asia/Shanghai")) + timedelta(minutes=30)
    session = session_of("city")
    wanted = {
        "title": TITLE, "code": CITY, "repeats": "daily", "lead_minutes": 60,
        "first_day": begins.date().isoformat(), "at": f"{begins:%H:%M}",
        "invite": [{"code": VILLAGE, "role": "village_officer"}],
    }  # fmt: skip
    made = int(ok(session.post("/api/v1/conference-schedules", wanted), 201)["id"])
    yield made
    session.request("DELETE", f"/api/v1/conference-schedules/{made}")
    for one in ok(session.get("/api/v1/conferences", open="true"))["items"]:
        session.post(f"/api/v1/conferences/{one['id']}/act", {"command": {"type": "end"}})


@pytest.mark.timeout(180)
def test_a_planned_conference_with_a_file_the_place_and_the_lines(
    planned: int,
    quiet: Served,
    profile: Callable[..., Desk],
    session_of: Callable[[str], Session],
) -> None:
    meeting = Meeting(profile, session_of)
    village = meeting.village("village")
    expect(village.page.get_by_test_id("coming")).to_contain_text(TITLE)
    chair = meeting.console("city")
    page = chair.page
    page.locator(f'[data-testid="due"][data-id="{planned}"]').wait_for()
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("z")
    room = page.locator('[data-testid="conference"][data-inside="true"]')
    room.wait_for()
    conference = int(room.get_attribute("data-conference") or 0)
    meeting.answer("village")
    chair.sees(1)

    # A file: a picture in both chats, small, and the village sees it by its big buttons.
    page.keyboard.press("Shift+C")
    picture = FilePayload(
        name="现场照片、疏散路线与值守安排（第二版，请各村核对）.jpg",
        mimeType="image/jpeg",
        buffer=photo(),
    )
    page.get_by_test_id("chat-attach").set_input_files([picture])
    page.get_by_test_id("chat-file").locator("img").wait_for()
    page.get_by_test_id("chat-text").fill("请各村核对消防通道占用情况，十分钟内回报。")
    page.keyboard.press("Enter")
    page.get_by_test_id("chat-message").filter(has_text="十分钟").wait_for()
    assert chair.desk.sideways() == []
    village.page.locator('[data-testid="chat-open"][data-unread="2"]').click()
    small = village.page.get_by_test_id("chat-file").locator("img")
    small.scroll_into_view_if_needed()
    wait_until(lambda: small.evaluate(LOADED), what="the thumbnail in the village")
    village.page.get_by_test_id("chat-text").fill("收到")
    village.page.get_by_test_id("chat-send").click()
    page.get_by_test_id("chat-message").filter(has_text="收到").wait_for()
    assert village.desk.axe() == []
    assert village.desk.too_small() == []
    village.page.get_by_test_id("chat-close").click()

    # The place beside the picture.
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("Shift+A")
    page.get_by_test_id("room-map").wait_for()
    page.get_by_test_id("alarms-there").wait_for()
    assert chair.desk.sideways() == []
    assert chair.desk.axe() == []
    assert untranslated(chair.desk, names(chair.desk), "zh-Hans") == []

    # Both pages have reported their lines: on the tile, in the record, and by site.
    path = f"/api/v1/conferences/{conference}/quality"
    session = session_of("city")
    wait_until(lambda: len(ok(session.get(path))["seats"]) == 2, what="two lines", timeout_s=30)
    (line,) = [one["figures"] for one in ok(session.get(path))["seats"] if one["seat"] == 2]
    assert line["join_p50_ms"] is not None
    assert (line["height"] or 0) > 0
    page.locator('[data-testid="tile"][data-seat="2"] [data-reported]').wait_for()
    # Asked once more, by key too: Escape goes back, Enter does it.
    page.get_by_test_id("end").click()
    page.keyboard.press("Escape")
    page.get_by_test_id("ending-sure").wait_for(state="detached")
    page.get_by_test_id("end").click()
    page.get_by_test_id("ending-sure").wait_for()
    page.keyboard.press("Enter")
    village.page.locator('[data-testid="farewell"][data-why="ended"]').wait_for()
    page.keyboard.press("r")
    page.get_by_role("tab", name="线路质量").click()
    row = page.locator(f'[data-testid="quality-row"][data-key="{VILLAGE}"]')
    expect(row.locator('[data-column="join_p50_ms"]')).to_contain_text("s")
    assert chair.desk.axe() == []
