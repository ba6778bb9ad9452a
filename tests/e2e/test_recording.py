"""A conference is recorded in a real Chromium, and seen again: as long as it was, by whom is in the audit."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import datetime

import pytest
from playwright.sync_api import Browser, Playwright, expect

from tests.e2e.test_conference import Meeting
from tests.e2e.words import names, untranslated
from tests.support.browser import SHELL, Desk, chromium
from tests.support.consoles import Session
from tests.support.meeting import FAKE_MEDIA
from tests.support.patrol import ok
from tests.support.served import Served
from tests.support.waiting import wait_until

LEAST_S = 3.0


@pytest.fixture(scope="module")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """Chromium with a camera and a microphone that are made up."""
    with chromium(playwright, SHELL, *FAKE_MEDIA) as running:
        yield running


@pytest.fixture
def meeting(
    quiet: Served, profile: Callable[..., Desk], session_of: Callable[[str], Session]
) -> Iterator[Meeting]:
    """Nobody yet; in the end every conference is over."""
    yield Meeting(profile, session_of)
    chair = session_of("city")
    for one in ok(chair.get("/api/v1/conferences", open="true"))["items"]:
        chair.post(f"/api/v1/conferences/{one['id']}/act", {"command": {"type": "end"}})


@pytest.mark.timeout(180)
def test_a_recording_is_told_made_and_seen_again(
    meeting: Meeting, session_of: Callable[[str], Session]
) -> None:
    chair, village = meeting.console("city"), meeting.village("village", locale="en")
    conference = meeting.open(chair)
    meeting.answer("village")
    chair.sees(1)

    # Everybody is told: by a badge, and aloud.
    chair.page.keyboard.press("Shift+E")
    for who, badge, said in (
        (chair, "录制中", "本次会商正在录制。"),
        (village, "Recording", "This is being recorded."),
    ):
        expect(who.page.get_by_test_id("recording-badge")).to_have_text(badge)
        expect(who.page.get_by_test_id("recording-said")).to_have_text(said)
    village.page.get_by_test_id("recording-badge").wait_for()
    time.sleep(LEAST_S)  # what is being recorded is time
    chair.page.get_by_test_id("record").click()
    village.page.get_by_test_id("recording-badge").wait_for(state="detached")
    path = f"/api/v1/conferences/{conference}"
    (row,) = ok(session_of("city").get(f"{path}/recordings"))
    lasted = seconds_between(row["started_at"], row["stopped_at"])

    # A decision is written, corrected, and both wordings are kept.
    chair.page.keyboard.press("Shift+D")
    chair.page.get_by_test_id("decision-text").fill("今晚八点前清空消防通道")
    chair.page.get_by_test_id("decision-text").press("Enter")
    chair.page.get_by_test_id("decision-edit").click()
    chair.page.get_by_test_id("decision-wording").fill("今晚九点前清空消防通道")
    chair.page.get_by_test_id("decision-correct").click()
    expect(chair.page.get_by_test_id("decision")).to_contain_text("八点")
    chair.page.get_by_test_id("end").click()
    chair.page.get_by_role("button", name="结束", exact=True).click()
    village.page.locator('[data-testid="farewell"][data-why="ended"]').wait_for()

    # In the record: the film, as long as what was recorded, and it plays.
    chair.page.keyboard.press("r")
    chair.page.locator(f'[data-testid="history-row"][data-id="{conference}"] button').first.click()
    recording = chair.page.locator('[data-testid="recording"][data-state="ready"]')
    recording.wait_for(timeout=60_000)
    assert untranslated(chair.desk, names(chair.desk), "zh-Hans") == []
    chair.page.get_by_test_id("recording-play").click()
    chair.page.get_by_test_id("film-reason").fill("复盘")
    chair.page.get_by_test_id("film-play").click()
    video = chair.page.get_by_test_id("film-video")
    wait_until(lambda: video.evaluate("video => video.currentTime") > 0.5, what="the film to play")
    length = video.evaluate("video => video.duration")
    assert length == pytest.approx(lasted, abs=1.2)
    assert video.evaluate("video => [video.videoWidth, video.videoHeight]") == [1280, 720]
    video.evaluate("video => { video.pause(); video.currentTime = video.duration - 1.5; }")
    wait_until(
        lambda: video.evaluate("video => video.seeking") is False, what="the film to be sought in"
    )
    expect(chair.page.get_by_test_id("film")).to_contain_text("城一村")
    assert chair.desk.axe() == []
    (entry, *_) = ok(session_of("auditor").get("/api/v1/audit", action="recording.played"))["items"]
    assert (entry["subject"], entry["detail"]["reason"]) == (row_number(session_of, path), "复盘")
    chair.page.keyboard.press("Escape")

    # Who took part without the right sees the minutes, not the recording.
    assert session_of("village").get(f"{path}/recordings").status_code == 403
    with chair.page.context.expect_page() as opened:
        chair.page.get_by_test_id("minutes-link").first.click()
    minutes = opened.value
    expect(minutes.get_by_test_id("minutes")).to_contain_text("今晚九点前清空消防通道")
    expect(minutes.get_by_test_id("minutes")).to_contain_text("城一村值班员")


def row_number(session_of: Callable[[str], Session], path: str) -> str:
    """The conference's number."""
    return str(ok(session_of("city").get(path))["conference"]["number"])


def seconds_between(began: str, ended: str) -> float:
    """Of two times as the API tells them."""
    return (datetime.fromisoformat(ended) - datetime.fromisoformat(began)).total_seconds()
