"""The village page: a report with a photo, a case handled with feedback, and every view in both looks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import FilePayload, Page, expect

from tests.e2e.words import LOOKS, names, untranslated
from tests.support.browser import Desk, Sit
from tests.support.consoles import Session
from tests.support.field import DEEDS
from tests.support.patrol import PHONE, ok
from tests.support.served import PASSWORD, ROOT, Served

Profile = Callable[..., Desk]
VILLAGE, TOWN = "640181100200", "640181100"
LAPTOP = (1366, 768)
PICTURE = ROOT / "command_center" / "pages" / "static" / "pages" / "icon-512.png"


@pytest.fixture
def town(session_of: Callable[[str], Session]) -> Session:
    """The township's officer, over HTTP."""
    return session_of("town")


def settle(desk: Desk) -> Page:
    """Wait until the page is at home and live."""
    desk.page.locator('[data-testid="connection"][data-state="live"]').wait_for()
    desk.page.get_by_test_id("home").wait_for()
    return desk.page


def add_photo(page: Page) -> None:
    photo: FilePayload = {
        "name": "a.png",
        "mimeType": "image/png",
        "buffer": PICTURE.read_bytes(),
    }
    page.get_by_test_id("photo-input").set_input_files(photo)
    page.locator(".photos img").first.wait_for()


def given_to_the_village(town: Session, category: str = "0203") -> dict[str, Any]:
    """A case that the township gives to its village."""
    facts = {"category": category, "code": VILLAGE, "title": "路灯不亮", "place": "村口"}
    place = {"lat": 38.106, "lng": 106.337, "description": "三盏路灯不亮，晚上看不清"}
    case = ok(town.post("/api/v1/incidents", facts | place), 201)
    body = {"version": case["version"], "target": VILLAGE, "text": "请先到场"}
    path = f"/api/v1/incidents/{case['id']}/actions/transfer_down"
    found: dict[str, Any] = ok(town.post(path, body))
    return found


def test_what_a_village_reports_appears_at_the_township(
    quiet: Served, profile: Profile, session_of: Callable[[str], Session], sit: Sit, town: Session
) -> None:
    township = sit("town")
    desk = profile(size=PHONE)
    desk.adopt(session_of("village"))
    desk.open("/village/")
    page = settle(desk)
    page.get_by_test_id("tile-report").click()
    page.locator('[data-testid="report-group"][data-code="03"]').click()
    page.locator('[data-testid="report-category"][data-code="0302"]').click()
    page.get_by_test_id("report-next").click()
    expect(page.get_by_test_id("report-problem")).to_contain_text("请写明地点")
    page.get_by_test_id("report-place").fill("3 组村口")
    page.get_by_test_id("report-next").click()
    page.get_by_test_id("report-text").fill("垃圾堆了三天")
    add_photo(page)
    # Whatever ends the page, nothing of it is lost.
    page.reload()
    page.locator('[data-testid="report-group"][data-code="03"]').click()
    page.locator('[data-testid="report-category"][data-code="0302"]').click()
    page.get_by_test_id("report-next").click()
    expect(page.get_by_test_id("report-text")).to_have_value("垃圾堆了三天")
    expect(page.get_by_test_id("photo")).to_have_count(1)
    page.get_by_test_id("report-send").click()
    page.get_by_test_id("report-done").wait_for()
    expect(page.get_by_test_id("report-done")).to_contain_text("东塔镇")

    township.page.keyboard.press("2")
    row = township.page.get_by_test_id("incident-row")
    expect(row).to_contain_text("垃圾堆了三天")
    found = ok(town.get("/api/v1/incidents", text="垃圾堆了三天"))["items"][0]
    assert (found["source"], found["code"], found["owner"]) == ("village", VILLAGE, TOWN)
    timeline = ok(town.get(f"/api/v1/incidents/{found['id']}"))["timeline"]
    (attached,) = [line["attachments"] for line in timeline if line["kind"] == "attached"]
    assert [one["type"] for one in attached] == ["image/jpeg"]


def test_a_case_is_handled_with_help_from_above_and_feedback(
    quiet: Served, profile: Profile, session_of: Callable[[str], Session], town: Session
) -> None:
    desk = profile(size=PHONE)
    desk.adopt(session_of("village"))
    desk.open("/village/")
    page = settle(desk)
    case = given_to_the_village(town)
    page.locator('[data-testid="tile-cases"][data-count="1"]').click()
    page.locator('[data-testid="case-card"][data-ask="take"]').click()
    page.locator('[data-act="take"]').click()
    view = page.locator('[data-testid="case"][data-stage="in_progress"]')
    view.wait_for()

    page.locator('[data-act="ask_help"]').click()
    page.get_by_test_id("say-text").fill("缺登高车")
    page.get_by_test_id("say-send").click()
    expect(page.get_by_test_id("help-open")).to_contain_text("东塔镇")
    path = f"/api/v1/incidents/{case['id']}"
    ok(town.post(f"{path}/help/answer", {"text": "登高车下午到"}))
    page.get_by_test_id("help-open").wait_for(state="detached")

    page.locator('[data-act="done"]').click()
    page.get_by_test_id("phrase").first.click()
    page.get_by_test_id("say-send").click()
    expect(page.get_by_test_id("say-problem")).to_contain_text("照片")
    add_photo(page)
    page.get_by_test_id("say-send").click()
    page.locator('[data-testid="case"][data-stage="handled"]').wait_for()
    page.get_by_test_id("history-toggle").click()
    expect(page.get_by_test_id("history")).to_contain_text("登高车下午到")
    kinds = [line["kind"] for line in ok(town.get(path))["timeline"]]
    assert [kind for kind in kinds if kind in ("help_asked", "help_answered", "handle")] == [
        "help_asked",
        "help_answered",
        "handle",
    ]


def views(desk: Desk, town: Session) -> Iterator[str]:
    """Brings up what the page has to show, one after the other, and yields its name while it stands."""
    page = desk.page
    yield "home"
    page.get_by_test_id("tile-cases").click()
    page.get_by_test_id("case-card").first.wait_for()
    yield "cases"
    page.get_by_test_id("case-card").first.click()
    page.locator('[data-testid="case"][data-loaded="true"] [data-act="take"]').click()
    page.locator('[data-act="done"]').wait_for()
    page.get_by_test_id("history-toggle").click()
    page.get_by_test_id("history").wait_for()
    yield "case"
    for act in ("done", "ask_extension", "ask_help", "note"):
        page.locator(f'[data-act="{act}"]').click()
        page.get_by_test_id("act-sheet").wait_for()
        yield act
        page.get_by_test_id("say-cancel").click()
    page.get_by_test_id("back").click()
    page.get_by_test_id("back").click()
    page.get_by_test_id("tile-alarms").click()
    page.get_by_test_id("alarm-acknowledge").first.click()
    page.get_by_test_id("alarm-noted").wait_for()
    yield "alarms"
    page.get_by_test_id("back").click()
    page.get_by_test_id("tile-report").click()
    page.get_by_test_id("report-group").first.wait_for()
    yield "report: group"
    page.get_by_test_id("report-group").first.click()
    page.get_by_test_id("report-category").first.wait_for()
    yield "report: category"
    page.get_by_test_id("report-category").first.click()
    page.get_by_test_id("report-place").fill("1")
    yield "report: place"
    page.get_by_test_id("report-next").click()
    page.get_by_test_id("report-text").fill("2")
    yield "report: words"
    page.get_by_test_id("report-send").click()
    page.get_by_test_id("report-done").wait_for()
    yield "reported"
    page.get_by_test_id("nav-me").click()
    page.get_by_test_id("me").wait_for()
    yield "me"


@pytest.mark.parametrize(("theme", "locale"), LOOKS)
def test_every_view_of_the_page(
    quiet: Served, profile: Profile, town: Session, theme: str, locale: str
) -> None:
    quiet.do(f"{DEEDS}.flood", count=3, prefix=VILLAGE)
    given_to_the_village(town)
    desk = profile(size=PHONE if theme == "dark" else LAPTOP, theme=theme, locale=locale)
    desk.open("/village/")
    desk.page.get_by_test_id("login-submit").wait_for()
    found = dict.fromkeys((*desk.axe(), *desk.too_small()), "sign-in")
    desk.sign_in("village", PASSWORD)
    settle(desk)
    said = ("路灯不亮", "三盏路灯不亮，晚上看不清", "村口", "请先到场")
    people = ("城一村值班员", "东塔镇综治中心")
    # Other tests' cases that ended lately are on the list too.
    cases = ok(town.get("/api/v1/incidents", limit=100))["items"]
    told = (case["title"] + case["place"] for case in cases)
    data = "\n".join((names(desk), *said, *people, *told))
    for view in views(desk, town):
        for fault in desk.axe() + desk.too_small() + untranslated(desk, data, locale):
            found.setdefault(fault, view)
    assert not found, "\n".join(f"{view}: {fault}" for fault, view in found.items())
