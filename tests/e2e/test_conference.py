"""Three levels face to face in a real Chromium, with made-up cameras and microphones."""

from __future__ import annotations

import os
import signal
import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Playwright, expect

from tests.e2e.words import names, untranslated
from tests.support.browser import SHELL, Desk, chromium
from tests.support.consoles import Session
from tests.support.field import DEEDS
from tests.support.meeting import FAKE_MEDIA, Participant, joining
from tests.support.patrol import ok
from tests.support.served import Served
from tests.support.waiting import wait_until

VILLAGE, OTHER_VILLAGE, OTHER_TOWN = "640181100200", "640181101204", "640181101"
SECOND = "village-two"
TALKS, SILENT = 20, 3
"""Packets of a voice in a second: Opus sends fifty, and a few where nobody speaks."""
SMALLEST = 180
"""Lines of the smallest of a camera's three sizes."""


@pytest.fixture(scope="module")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """Chromium with a camera and a microphone that are made up."""
    with chromium(playwright, SHELL, *FAKE_MEDIA) as running:
        yield running


class Meeting:
    """Who is there, by username, and how long each first picture took."""

    def __init__(self, profile: Callable[..., Desk], session_of: Callable[[str], Session]) -> None:
        self._profile = joining(profile)
        self._session_of = session_of
        self.at: dict[str, Participant] = {}
        self.waits: list[float] = []

    def console(self, username: str, **choices: Any) -> Participant:
        """Somebody at the console."""
        desk = self._profile(size=(1366, 768), **choices)
        desk.adopt(self._session_of(username))
        desk.sit_down()
        return self._come(username, desk)

    def village(self, username: str, **choices: Any) -> Participant:
        """Somebody at the village page."""
        desk = self._profile(size=(390, 844), **choices)
        desk.adopt(self._session_of(username))
        desk.open("/village/")
        desk.page.get_by_test_id("home").wait_for()
        return self._come(username, desk)

    def guest(self, address: str, **choices: Any) -> Participant:
        """Somebody without an account, at the page that a link opens."""
        desk = self._profile(size=(390, 844), **choices)
        desk.page.goto(address)
        return Participant(desk)

    def _come(self, username: str, desk: Desk) -> Participant:
        self.at[username] = Participant(desk)
        return self.at[username]

    def open(self, chair: Participant, *, automatic: bool = False) -> int:
        """Open one about the village with the keyboard alone: all of its chain is called.

        `automatic`: duty rooms that consented join by themselves.
        """
        page = chair.page
        page.get_by_test_id("search").fill("城一村")
        page.get_by_test_id("search-hit").first.wait_for()
        page.keyboard.press("Enter")
        page.get_by_test_id("conference-open").wait_for()
        page.evaluate("document.activeElement.blur()")
        page.keyboard.press("q")
        page.locator('[data-testid="open-conference"][data-ready="true"]').wait_for()
        if automatic:
            page.get_by_test_id("open-automatic").check()
        page.keyboard.press("Enter")
        room = page.locator('[data-testid="conference"][data-inside="true"]')
        room.wait_for()
        return int(room.get_attribute("data-conference") or 0)

    def answer(self, username: str) -> None:
        """Answer the call that rings: by key on the console, by the big button in the village."""
        who = self.at[username]
        ring = who.page.get_by_test_id("ring").or_(who.page.get_by_test_id("incoming"))
        ring.wait_for()
        began = time.time() * 1000
        if who.page.get_by_test_id("incoming").is_visible():
            who.page.get_by_test_id("accept").click()
        else:
            who.page.keyboard.press("y")
        self.waits.append(who.first_frame() - began)

    def report(self) -> str:
        """How long answering took until the first picture, p50 and p95."""
        waits = sorted(self.waits)
        high = waits[min(len(waits) - 1, round(0.95 * (len(waits) - 1)))]
        return (
            f"answer -> first remote frame: n={len(waits)} "
            f"p50={statistics.median(waits):.0f} ms p95={high:.0f} ms"
        )


@pytest.fixture
def meeting(
    quiet: Served, profile: Callable[..., Desk], session_of: Callable[[str], Session]
) -> Iterator[Meeting]:
    """Nobody yet; in the end every conference is over."""
    yield Meeting(profile, session_of)
    chair = session_of("city")
    for one in ok(chair.get("/api/v1/conferences", open="true"))["items"]:
        chair.post(f"/api/v1/conferences/{one['id']}/act", {"command": {"type": "end"}})


@pytest.mark.timeout(240)
def test_three_levels_meet(
    meeting: Meeting, city: Served, session_of: Callable[[str], Session]
) -> None:
    held = [["village_officer", OTHER_VILLAGE]]
    city.do(f"{DEEDS}.ensure_person", username=SECOND, name="郝家桥村值班员", held=held)
    chair, town = meeting.console("city"), meeting.console("town")
    other = meeting.console("town2", locale="en", theme="light")
    village, second = meeting.village("village"), meeting.village(SECOND)
    conference = meeting.open(chair)
    path = f"/api/v1/conferences/{conference}"
    for name in ("town", "village"):
        meeting.answer(name)
    # The other township and its village are called while it goes on.
    others = [(other, "town2", OTHER_TOWN), (second, SECOND, OTHER_VILLAGE)]
    ids = {who: ok(session_of(who).get("/api/v1/me"))["id"] for _, who, _ in others}
    invite = [{"user": ids[who], "code": code} for _, who, code in others]
    ok(session_of("city").post(f"{path}/invitations", {"invite": invite}))
    for name in ("town2", SECOND):
        meeting.answer(name)
    print(meeting.report())  # noqa: T201

    # Every tile renders: four others on each console, the one large picture in the villages.
    for console in (chair, town, other):
        console.sees(4)
    for small in (village, second):
        small.sees(1)

    # What is on the screen can be read, reached and understood.
    for who, locale in ((chair, "zh-Hans"), (village, "zh-Hans"), (other, "en")):
        assert who.desk.axe() == []
        assert untranslated(who.desk, names(chair.desk), locale) == []
    assert village.desk.too_small() == []

    # Muted from above is silent on the wire, whatever the browsers send.
    assert village.audio_rate() > TALKS
    chair.page.get_by_test_id("mute-all").click()
    chair.page.keyboard.press("Shift+M")
    expect(village.page.get_by_test_id("microphone")).to_have_attribute("data-state", "muted")
    expect(town.page.get_by_test_id("microphone")).to_have_attribute("data-state", "muted")
    wait_until(lambda: second.audio_rate() < SILENT, what="silence", timeout_s=15)

    # A village asks to speak; the chair gives the floor by a key, and it is heard.
    village.page.get_by_test_id("hand").click()
    row = chair.page.get_by_test_id("seat").filter(has_text="城一村")
    row.get_by_label("举手").wait_for()
    row.focus()
    chair.page.keyboard.press("g")
    village.page.get_by_test_id("speak").click()
    wait_until(lambda: town.audio_rate() > TALKS, what="the village to be heard", timeout_s=15)

    # Roll call: one huge button in the village, a key on the console.
    chair.page.keyboard.press("Shift+R")
    village.page.get_by_test_id("present").click()
    town.page.get_by_test_id("present").wait_for()
    town.page.keyboard.press("Shift+R")
    chair.page.locator('[data-testid="roll-call"][data-answered="2"]').wait_for()
    chair.page.get_by_test_id("roll-call-close").click()
    chair.page.get_by_test_id("roll-call").wait_for(state="detached")

    # A shared screen is large everywhere, and moves.
    town.page.keyboard.press("Shift+S")
    shared = '[data-picture="screen"] video'
    chair.page.locator(shared).wait_for()
    village.page.locator('[data-testid="main-picture"][data-picture="screen"]').wait_for()
    chair.sees(3)  # the screen, and the two others that fit beside it: what is not seen is not sent
    town.page.keyboard.press("Shift+S")
    chair.page.locator(shared).wait_for(state="detached")

    chair.page.get_by_test_id("end").click()
    chair.page.get_by_role("button", name="结束", exact=True).click()
    village.page.locator('[data-testid="farewell"][data-why="ended"]').wait_for()
    record = ok(session_of("city").get(path))
    (call,) = record["roll_calls"]
    by = {line["name"]: line["attendance"] for line in call["lines"]}
    assert (by["城一村值班员"], by["东塔镇综治中心"]) == ("present", "present")
    assert by["郝家桥村值班员"] == "absent"

    # And it is on record, for the console too.
    chair.page.keyboard.press("r")
    chair.page.locator(f'[data-testid="history-row"][data-id="{conference}"] button').click()
    expect(chair.page.get_by_test_id("conference-record")).to_contain_text("城一村值班员")


@pytest.mark.timeout(240)
def test_a_sub_room_a_knock_and_a_guest(meeting: Meeting, artifacts: Path) -> None:
    chair = meeting.console("city")
    village = meeting.village("village", theme="light")
    meeting.open(chair)
    meeting.answer("village")
    chair.sees(1)

    def look(who: Participant, name: str) -> None:
        who.page.screenshot(path=artifacts / f"rooms-{name}.png")

    # Divided off, the village is told so in large words; its picture is gone from the chair's wall.
    chair.page.locator('[data-testid="sub-room"]').first.click()
    where = village.page.get_by_test_id("where")
    expect(where).to_have_attribute("data-where", "sub_room")
    expect(where).to_contain_text("东塔镇分会场")
    seat = chair.page.get_by_test_id("seat").filter(has_text="城一村")
    number = seat.get_attribute("data-seat")
    tile = chair.page.locator(f'[data-testid="tile"][data-seat="{number}"]')
    tile.wait_for(state="detached")
    wait_until(lambda: chair.audio_rate() < SILENT, what="nothing of the sub-room", timeout_s=15)
    look(chair, "divided")
    look(village, "village-divided")

    # Brought up by a key, it is seen again; the village goes back by itself.
    seat.focus()
    chair.page.keyboard.press("u")
    expect(where).to_have_attribute("data-where", "raised")
    chair.sees(1)
    look(chair, "raised")
    look(village, "village-raised")
    assert village.desk.too_small() == []
    village.page.get_by_test_id("send-back").click()
    tile.wait_for(state="detached")
    chair.page.keyboard.press("Shift+G")
    where.wait_for(state="detached")
    chair.sees(1)

    # A link for an expert: shown once, opened in one browser.
    chair.page.keyboard.press("Shift+E")
    chair.page.get_by_test_id("guest-label").fill("水利专家")
    chair.page.get_by_test_id("guest-create").click()
    address = chair.page.get_by_test_id("guest-address").input_value()
    look(chair, "guest-link")
    assert chair.desk.axe(include='[data-testid="guest-dialog"]') == []
    chair.page.keyboard.press("Escape")
    guest = meeting.guest(address, locale="en", theme="light")
    guest.desk.expect("409.*guest")  # asked again once it is over
    guest.page.get_by_test_id("guest-enter").wait_for()
    look(guest, "guest")
    assert untranslated(guest.desk, names(chair.desk), "en") == []
    assert guest.desk.axe() == []
    guest.page.get_by_test_id("guest-enter").click()
    guest.page.get_by_test_id("check-done").click()

    # At the door; let in by a key.
    guest.page.get_by_test_id("lobby-page").wait_for()
    chair.page.get_by_test_id("knock").wait_for()
    look(guest, "lobby")
    look(chair, "knock")
    assert untranslated(guest.desk, names(chair.desk), "en") == []
    chair.page.keyboard.press("Shift+Y")
    guest.page.locator('[data-testid="simple-room"][data-inside="true"]').wait_for()
    guest.sees(1)
    look(guest, "guest-inside")

    # After a reload the same browser is let back in; another is told why not.
    guest.page.reload()
    guest.page.get_by_test_id("guest-enter").click()
    guest.sees(1)
    other = meeting.guest(address)
    other.desk.expect("409")
    other.page.locator('[data-testid="guest"][data-problem="used"]').wait_for()
    look(other, "guest-refused")


@pytest.mark.timeout(240)
def test_a_killed_page_and_a_killed_node_are_survived(meeting: Meeting, city: Served) -> None:
    chair, village = meeting.console("city"), meeting.village("village")
    conference = meeting.open(chair)
    meeting.answer("village")
    chair.sees(1)

    # The village's page is gone without a word, and opened again.
    village.page.close()
    seat = chair.page.get_by_test_id("seat").filter(has_text="城一村")
    expect(seat).to_have_attribute("data-presence", "away")
    village.desk.page = village.desk.context.new_page()
    village.desk.open("/village/")
    room = f'[data-testid="simple-room"][data-conference="{conference}"][data-line="connected"]'
    village.page.locator(room).wait_for()
    expect(seat).to_have_attribute("data-presence", "joined")
    village.sees(1)
    chair.sees(1)

    # The media node is killed; the supervisor starts it again, and the pages come back by themselves.
    before = city.supervised("media")
    began = time.monotonic()
    os.kill(before["pid"], signal.SIGKILL)
    wait_until(
        lambda: city.supervised("media")["restarts"] > before["restarts"],
        what="the node's restart",
        timeout_s=20,
    )
    for who in (chair, village):
        who.sees(1, within_s=40)
    took = round(time.monotonic() - began, 1)
    print(f"media node killed -> pictures move again on both pages: {took} s")  # noqa: T201
    expect(seat).to_have_attribute("data-presence", "joined")


@pytest.mark.timeout(120)
def test_a_duty_room_joins_by_itself_a_key_talks_and_networks_change(
    meeting: Meeting, session_of: Callable[[str], Session]
) -> None:
    chair, village = meeting.console("city"), meeting.village("village")
    consent = "/api/v1/me/conference-consent"
    ok(session_of("village").request("PUT", consent, {"automatic": True}))
    try:
        meeting.open(chair, automatic=True)
        # Three seconds, shown, in which it may still be declined; then it is in.
        expect(village.page.get_by_role("timer").first).to_be_visible()
        village.page.locator('[data-testid="simple-room"][data-line="connected"]').wait_for()
    finally:
        ok(session_of("village").request("PUT", consent, {"automatic": False}))
    chair.sees(1)

    # Held down, the space bar opens one's microphone, and no longer.
    page, microphone = chair.page, chair.page.get_by_test_id("microphone")
    page.keyboard.press("Shift+M")
    expect(microphone).to_have_attribute("data-state", "off")
    wait_until(lambda: village.audio_rate(0.5) < SILENT, what="silence", timeout_s=15)
    page.keyboard.down("Space")
    expect(microphone).to_have_attribute("data-state", "on")
    wait_until(lambda: village.audio_rate(0.5) > TALKS, what="the chair to be heard", timeout_s=15)
    page.keyboard.up("Space")
    expect(microphone).to_have_attribute("data-state", "off")
    wait_until(lambda: village.audio_rate(0.5) < SILENT, what="silence again", timeout_s=15)

    # Another network: the same connection finds another way, both ends with new names for it.
    before = village.ice()
    village.page.evaluate("window.dispatchEvent(new Event('online'))")
    wait_until(
        lambda: all(new != old for new, old in zip(village.ice(), before, strict=True)),
        what="ICE to begin anew",
    )
    assert village.connections() == 1
    village.sees(1)
    chair.sees(1)


@pytest.mark.timeout(240)
def test_a_small_tile_is_sent_a_small_picture(meeting: Meeting) -> None:
    # Both: pages of one browser share its made-up camera, in the size that the first asked for.
    whole = {"conference.thin": False}
    chair, village = meeting.console("city", **whole), meeting.village("village", **whole)
    meeting.open(chair)
    meeting.answer("village")
    # Large on the whole screen the middle one of the three sizes is wanted, in a grid the smallest.
    tile = chair.page.locator('[data-testid="tile"][data-own="false"][data-presence="joined"]')
    chair.page.keyboard.press("Shift+W")
    tile.hover()
    tile.get_by_role("button").click()
    wait_until(lambda: chair.tallest() > SMALLEST, what="a larger layer", timeout_s=40)
    assert "h" in village.layers()
    # The tile shrinks: so does what comes, and the page stops making what nobody watches.
    tile.get_by_role("button").click()
    wait_until(lambda: 0 < chair.tallest() <= SMALLEST, what="the smallest layer", timeout_s=20)
    wait_until(lambda: village.layers() == {"q"}, what="the larger layers to pause", timeout_s=20)
    made, sent = village.frames_sent("h"), village.frames_sent("q")
    wait_until(lambda: village.frames_sent("q") > sent + 20, what="the smallest to go on")
    assert village.frames_sent("h") == made
