"""A camera in a conference in a real Chromium: found near the place, shown as it is, gone, back, taken out."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Playwright, expect

from tests.e2e.words import names, untranslated
from tests.support.browser import SHELL, Desk, chromium
from tests.support.consoles import Session
from tests.support.field import DEEDS
from tests.support.meeting import FAKE_MEDIA, Participant, joining
from tests.support.patrol import PHONE, Dispatcher, Phone, ok
from tests.support.rtsp_camera import PASSWORD, USER, camera, clip
from tests.support.served import Served
from tests.support.waiting import wait_until

WORK = "tests.support.camerawork"
TOWN, VILLAGE = "640181100", "640181100200"
CODECS = """async () => {
  const live = window.__connections.filter(one => one.connectionState !== 'closed').at(-1);
  const all = await live.getStats(), found = [];
  all.forEach(one => {
    if (one.type === 'inbound-rtp' && one.framesDecoded > 0) found.push(all.get(one.codecId)?.mimeType ?? '');
  });
  return found;
}"""


@pytest.fixture(scope="module")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """Chromium with a camera and a microphone that are made up."""
    with chromium(playwright, SHELL, *FAKE_MEDIA) as running:
        yield running


@pytest.fixture
def chair(
    quiet: Served, profile: Callable[..., Desk], session_of: Callable[[str], Session]
) -> Iterator[Participant]:
    """The city's dispatcher at the console; in the end no conference is open and no address known."""
    desk = joining(profile)(size=(1366, 768))
    desk.adopt(session_of("city"))
    desk.sit_down()
    yield Participant(desk)
    session = session_of("city")
    for one in ok(session.get("/api/v1/conferences", open="true"))["items"]:
        session.post(f"/api/v1/conferences/{one['id']}/act", {"command": {"type": "end"}})
    quiet.do(f"{WORK}.forget_addresses")


@pytest.mark.timeout(180)
def test_a_camera_is_shown_in_a_conference(
    chair: Participant, city: Served, session_of: Callable[[str], Session]
) -> None:
    ids = [one[0] for one in city.do(f"{DEEDS}.devices", kind="camera", prefix=TOWN)]
    device, other = ids[:2]
    with camera(clip(profile="high", key_every=50, seconds=2)) as source:
        for one in (device, other):
            city.do(
                f"{WORK}.set_address",
                device=one,
                address=source.address,
                user=USER,
                password=PASSWORD,
            )
        page = chair.page
        page.get_by_test_id("search").fill("城一村")
        page.get_by_test_id("search-hit").first.click()
        page.get_by_test_id("conference-open").click()
        page.locator('[data-testid="open-conference"][data-ready="true"]').wait_for()
        page.get_by_role("button", name="呼叫").click()
        room = page.locator('[data-testid="conference"][data-inside="true"]')
        room.wait_for()
        conference = room.get_attribute("data-conference")

        # From the chooser, the nearest first.
        page.get_by_test_id("invite").click()
        page.get_by_test_id("invite-tab-cameras").click()
        page.locator(f'[data-testid="camera-choice"][data-device="{device}"]').check()
        assert chair.desk.axe() == []
        page.get_by_test_id("invite-submit").click()
        tile = page.locator('[data-testid="tile"][data-kind="camera"]')
        expect(tile).to_have_attribute("data-flows", "true")
        chair.sees(1)
        wait_until(
            lambda: "video/H264" in page.evaluate(CODECS), what="H.264 as the camera sends it"
        )
        assert untranslated(chair.desk, names(chair.desk), "zh-Hans") == []

        # From the map, another one, and out again.
        page.get_by_test_id("search").fill(other)
        page.get_by_test_id("search-hit").first.click()
        page.get_by_test_id("camera-add").click()
        expect(tile).to_have_count(2)
        page.get_by_test_id("camera-remove").click()
        expect(tile).to_have_count(1)

        record = ok(session_of("city").get(f"/api/v1/conferences/{conference}"))
        (seat,) = [one for one in record["conference"]["seats"] if one["device"] == device]
        assert seat["presence"] == "joined"
        shown = [one for one in record["minutes"] if one["what"] == "camera_added"]
        assert len(shown) == 2
        audit = ok(session_of("auditor").get("/api/v1/audit", action="conference.camera_added"))
        assert {one["detail"]["device"] for one in audit["items"]} >= {device, other}
    # The camera is off: the tile says so.
    expect(tile).to_have_attribute("data-flows", "false")
    expect(tile).to_contain_text("摄像机无信号")
    with camera(clip(profile="high", key_every=50, seconds=2), port=source.port):
        chair.sees(1)


# Which way the camera was asked to look, each time.
FACING = """(() => {
  window.__facing = [];
  const own = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = wanted => {
    if (wanted.video) window.__facing.push(wanted.video.facingMode?.ideal ?? '');
    return own(wanted);
  };
})();"""


@pytest.mark.timeout(180)
def test_a_patrol_shows_the_place_from_its_task(
    chair: Participant, profile: Callable[..., Desk], session_of: Callable[[str], Session]
) -> None:
    session = session_of("city")
    dispatcher = Dispatcher(session)
    task = dispatcher.send()
    case = dispatcher.case(task)["incident"]
    desk = joining(profile)(size=PHONE)
    desk.context.add_init_script(FACING)
    desk.adopt(session_of("patrol"))
    phone = Phone(desk).open()

    # Nobody calls the patrol; it is out for the case, and that is enough.
    about = {
        "kind": "incident",
        "id": str(case["id"]),
        "label": case["title"],
        "code": case["code"],
    }
    ok(session.post("/api/v1/conferences", {"about": about, "severity": 2}), 201)
    page = chair.page
    page.get_by_test_id("search").fill(case["number"])
    page.get_by_test_id("search-hit").first.click()
    page.get_by_test_id("case-conferences").get_by_test_id("conference-enter").click()
    phone.enter(task)
    desk.page.get_by_test_id("way-in-enter").click()
    room = desk.page.locator('[data-testid="simple-room"][data-inside="true"]')
    room.wait_for()
    chair.sees(1)
    assert desk.page.evaluate("window.__facing") == ["environment"]
    assert desk.axe() == []
    assert desk.too_small() == []
    desk.page.get_by_test_id("turn-around").click()
    phone.wait_until(
        lambda: desk.page.evaluate("window.__facing") == ["environment", "user"],
        "the other camera",
    )
    chair.sees(1)
    desk.page.get_by_test_id("leave").click()
    desk.page.get_by_test_id("leave-sure").click()
    room.wait_for(state="detached")
    desk.page.get_by_test_id("way-back").wait_for()
    dispatcher.cancel(task)
