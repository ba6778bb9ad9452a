"""A patrol with a phone: tasks with and without a network, duty, reports, and what is pushed."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import FilePayload, Playwright, expect

from tests.support import camera
from tests.support.browser import SHELL, Desk, chromium
from tests.support.consoles import Session
from tests.support.patrol import PHONE, Dispatcher, Phone, ok
from tests.support.served import PASSWORD, ROOT, Served
from tests.support.waiting import wait_until

Profile = Callable[..., Desk]
ICONS = ROOT / "command_center" / "pages" / "static" / "pages"
REFUSED = r"Failed to load resource.*status of (401|403|409|422).*/api/v1/"


@pytest.fixture
def dispatcher(session_of: Callable[[str], Session]) -> Dispatcher:
    return Dispatcher(session_of("city"))


@pytest.fixture
def patrol(session_of: Callable[[str], Session]) -> Iterator[Session]:
    """The patrol's session; on duty in the end as in the beginning."""
    session = session_of("patrol")
    yield session
    ok(session.post("/api/v1/me/duty", {"on": True}))


@pytest.fixture
def phone(profile: Profile, patrol: Session) -> Phone:
    """The patrol's phone, signed in."""
    desk = profile(size=PHONE)
    desk.adopt(patrol)
    return Phone(desk).open()


def test_a_patrol_signs_in_on_the_page(city: Served, profile: Profile) -> None:
    phone = Phone(profile(size=PHONE, locale="en"))
    phone.desk.open("/patrol/")
    phone.desk.expect(REFUSED)
    phone.desk.sign_in("patrol", "wrong")
    expect(phone.desk.page.get_by_test_id("login-error")).to_contain_text("password is wrong")
    phone.desk.sign_in("patrol", PASSWORD)
    phone.desk.page.get_by_test_id("inbox").wait_for()
    phone.go("me")
    phone.desk.page.get_by_test_id("sign-out").click()
    phone.desk.page.get_by_test_id("login-submit").wait_for()


def test_who_carries_no_tasks_is_told(city: Served, profile: Profile) -> None:
    desk = profile(size=PHONE)
    desk.adopt(city.session("auditor"))
    desk.open("/patrol/")
    expect(desk.page.locator("main")).to_contain_text("这个账号不承担任务")


def test_a_task_is_carried_out_without_a_network(phone: Phone, dispatcher: Dispatcher) -> None:
    task = dispatcher.send()
    phone.card(task).wait_for()
    wait_until(
        lambda: dispatcher.task(task)["delivered_at"] is not None, what="delivery to be confirmed"
    )
    phone.enter(task)
    expect(phone.desk.page.get_by_test_id("countdown")).to_contain_text("内接令")
    phone.step("acknowledge")
    phone.wait_state("acknowledged")
    phone.wait_sent()
    phone.step("start")
    phone.be_kept()
    phone.wait_sent()
    assert dispatcher.task(task)["state"] == "en_route"

    told_ago: list[int] = []
    phone.desk.page.on(
        "request",
        lambda request: (
            told_ago.append(json.loads(request.post_data or "{}")["ago_ms"])
            if request.url.endswith("/arrive")
            else None
        ),
    )
    phone.lose_network()
    phone.step("arrive")
    phone.step("done")
    phone.say("双方已和解")
    phone.wait_state("done")
    entries = phone.desk.page.locator('[data-testid="queue-entry"][data-state="waiting"]')
    expect(entries).to_have_count(2)

    phone.desk.page.reload()
    phone.wait_state("done")
    expect(entries).to_have_count(2)
    assert dispatcher.task(task)["state"] == "en_route"

    phone.find_network()
    phone.wait_sent()
    expect(entries).to_have_count(0)
    told = dispatcher.told(task)
    assert told == ["created", "delivered", "acknowledged", "en_route", "on_scene", "done"]
    after = dispatcher.task(task)
    assert (after["state"], after["feedback"]) == ("done", "双方已和解")
    assert dispatcher.case(task)["incident"]["stage"] == "handled"
    assert told_ago == sorted(told_ago)  # tried again it is older
    assert 200 < told_ago[-1] < 60_000
    assert after["on_scene_at"] < after["ended_at"]

    assert dispatcher.unit()["status"] == "returning"
    phone.desk.page.get_by_test_id("unit-back").click()
    phone.desk.page.get_by_test_id("back-bar").wait_for(state="detached")
    phone.wait_sent()
    assert dispatcher.unit()["status"] == "available"


def test_what_is_sent_twice_counts_once(phone: Phone, dispatcher: Dispatcher) -> None:
    task = dispatcher.send()
    phone.enter(task)
    phone.desk.expect("net::ERR_FAILED")
    lost: list[str] = []

    def lose_the_answer(route: Any) -> None:
        lost.append(route.request.post_data)
        route.fetch()
        route.abort()

    phone.desk.page.route("**/acknowledge", lose_the_answer, times=2)
    phone.step("acknowledge")
    phone.wait_until(lambda: len(lost) == 2, "the answer to be lost twice")
    phone.wait_sent()
    assert len({json.loads(body)["key"] for body in lost}) == 1
    assert dispatcher.told(task) == ["created", "delivered", "acknowledged"]
    dispatcher.cancel(task)


def test_a_task_is_declined_with_a_reason(phone: Phone, dispatcher: Dispatcher) -> None:
    task = dispatcher.send()
    phone.enter(task)
    page = phone.desk.page
    page.get_by_test_id("decline").click()
    page.get_by_test_id("say-send").click()
    expect(page.get_by_test_id("say-problem")).to_contain_text("请写明内容")
    page.get_by_test_id("phrase").first.click()
    page.reload()  # as a phone does that has no room for the page
    expect(page.get_by_test_id("say-text")).to_have_value("正在处置其他任务")
    page.get_by_test_id("say-send").click()
    phone.wait_state("declined")
    phone.wait_sent()
    assert dispatcher.task(task)["reason"] == "正在处置其他任务"


def test_a_task_that_was_taken_back_meanwhile_is_told(phone: Phone, dispatcher: Dispatcher) -> None:
    task = dispatcher.send()
    phone.enter(task)
    phone.be_kept()
    phone.lose_network()
    phone.step("acknowledge")
    phone.wait_state("acknowledged")
    dispatcher.cancel(task)
    phone.desk.expect(REFUSED)
    phone.find_network()
    phone.wait_state("cancelled")
    refused = phone.desk.page.locator('[data-testid="queue-entry"][data-state="refused"]')
    expect(refused).to_contain_text("未被接受")
    refused.get_by_test_id("put-away").click()
    expect(refused).to_have_count(0)
    expect(phone.desk.page.get_by_test_id("refused")).to_have_count(0)


def test_a_position_is_sent_on_duty_only(
    phone: Phone, patrol: Session, dispatcher: Dispatcher
) -> None:
    sent: list[dict[str, Any]] = []
    page, context = phone.desk.page, phone.desk.context
    page.on(
        "request",
        lambda request: (
            sent.append(json.loads(request.post_data or "{}"))
            if request.url.endswith("/me/position")
            else None
        ),
    )
    ok(patrol.post("/api/v1/me/duty", {"on": False}))
    phone.open()
    context.grant_permissions(["geolocation"])
    context.set_geolocation({"latitude": 38.1, "longitude": 106.3, "accuracy": 8})
    phone.go("me")
    duty = page.get_by_test_id("duty")
    expect(duty).to_have_attribute("data-on", "false")
    expect(duty).to_contain_text("不在岗时不发送位置")
    assert sent == []

    page.get_by_test_id("duty-switch").click()
    steps = itertools.count(1)

    def walks_until_sent() -> bool:
        longitude = 106.3 + next(steps) / 10_000
        context.set_geolocation({"latitude": 38.1, "longitude": longitude, "accuracy": 8})
        page.wait_for_timeout(1_000)  # each new place cancels what is on its way to the page
        return duty.get_attribute("data-positioning") == "sending"

    phone.wait_until(walks_until_sent, "the position to be sent")
    expect(duty).to_contain_text("正在发送位置")
    assert {body["lat"] for body in sent} == {38.1}
    assert dispatcher.unit()["position_at"] is not None

    page.get_by_test_id("duty-switch").click()
    page.locator('[data-testid="duty"][data-on="false"][data-positioning="off"]').wait_for()
    phone.wait_sent()
    before = len(sent)
    context.set_geolocation({"latitude": 38.2, "longitude": 106.4, "accuracy": 8})
    wait_until(lambda: dispatcher.unit()["position_at"] is None, what="the position to be gone")
    page.wait_for_timeout(500)
    assert len(sent) == before


def test_a_report_is_made_without_a_network(
    phone: Phone, dispatcher: Dispatcher, city: Served
) -> None:
    page, context = phone.desk.page, phone.desk.context
    context.grant_permissions(["geolocation"])
    context.set_geolocation({"latitude": 38.1065, "longitude": 106.338, "accuracy": 12})
    phone.be_kept()
    phone.go("report")
    page.locator('[data-testid="report-category"] option[value="0101"]').wait_for(state="attached")
    phone.lose_network()
    page.get_by_test_id("report-send").click()
    expect(page.get_by_test_id("report-problem")).to_contain_text("请选择类别")
    page.get_by_test_id("report-category").select_option("0101")
    page.get_by_test_id("report-text").fill("路面塌陷，已围挡")
    page.get_by_test_id("report-locate").click()
    page.get_by_test_id("report-located").wait_for()
    icon = (ICONS / "icon-512.png").read_bytes()
    photo: FilePayload = {"name": "a.png", "mimeType": "image/png", "buffer": icon}
    page.get_by_test_id("photo-input").set_input_files(photo)
    page.locator('[data-testid="photo"][data-on-spot="true"][data-placed="true"]').wait_for()
    page.get_by_test_id("photo-collection").set_input_files(photo)
    page.locator('[data-testid="photo"][data-on-spot="false"]').wait_for()
    page.reload()
    expect(page.get_by_test_id("report-text")).to_have_value("路面塌陷，已围挡")
    expect(page.get_by_test_id("photo")).to_have_count(2)
    page.get_by_test_id("photo").nth(1).get_by_role("button").click()
    page.get_by_test_id("report-send").click()
    expect(page.locator('[data-testid="queue-entry"][data-state="waiting"]')).to_have_count(2)

    phone.find_network()
    expect(page.locator('[data-testid="queue-entry"][data-state="sent"]')).to_have_count(2)
    found = ok(dispatcher.session.get("/api/v1/incidents", text="路面塌陷"))["items"]
    assert [(one["source"], one["lat"], one["lng"]) for one in found] == [
        ("patrol", 38.1065, 106.338)
    ]
    timeline = dispatcher.case({"incident": found[0]["id"]})["timeline"]
    (attached,) = [line["attachments"] for line in timeline if line["kind"] == "attached"]
    assert [one["type"] for one in attached] == ["image/jpeg"]
    assert [(one["on_spot"], one["lat"]) for one in attached] == [(True, 38.1065)]
    assert attached[0]["taken_at"] < attached[0]["at"]
    page.reload()
    expect(page.get_by_test_id("report-text")).to_have_value("")


def test_a_round_is_walked_without_a_network(
    phone: Phone, dispatcher: Dispatcher, city: Served
) -> None:
    """Here by position, there by the code: kept across a reload, sent once, and nothing said of where."""
    unit = dispatcher.unit()["id"]
    walk = city.do(
        "tests.support.roundwork.walk", unit=unit, name="环城夜巡", lng=106.36, lat=38.11
    )
    page, context = phone.desk.page, phone.desk.context
    context.grant_permissions(["geolocation"])
    first, second, third = walk["checkpoints"]
    bodies: list[dict[str, Any]] = []
    page.on(
        "request",
        lambda request: (
            bodies.append(json.loads(request.post_data or "{}"))
            if request.url.endswith("/visits")
            else None
        ),
    )

    def stand_at(point: dict[str, Any], metres_north: float = 0) -> None:
        latitude = point["lat"] + metres_north / 111_195
        context.set_geolocation({"latitude": latitude, "longitude": point["lng"], "accuracy": 8})

    def standing(point: dict[str, Any]) -> Any:
        return page.locator(f'[data-testid="checkpoint"][data-checkpoint-id="{point["id"]}"]')

    phone.open().be_kept()
    page.locator(f'[data-testid="round-card"][data-round-id="{walk["id"]}"]').click()
    page.get_by_test_id("round").wait_for()
    assert phone.desk.axe(include='[data-testid="round"]') == []
    stand_at(first, -340)
    page.get_by_test_id("confirm-here").click()
    expect(page.get_by_test_id("round-problem")).to_contain_text("340 米")

    phone.lose_network()
    stand_at(first, 20)
    page.get_by_test_id("confirm-here").click()
    expect(standing(first)).to_have_attribute("data-standing", "waiting")
    page.get_by_test_id("scan-open").click()
    page.get_by_test_id("scan-text").fill("ABC")
    page.get_by_test_id("scan-send").click()
    expect(page.get_by_test_id("scan-problem")).to_contain_text("8 位")
    page.get_by_test_id("scan-text").fill(third["token"].lower())
    page.get_by_test_id("scan-send").click()
    expect(page.get_by_test_id("round-said")).to_contain_text("等指挥中心核对")
    page.reload()
    expect(standing(first)).to_have_attribute("data-standing", "waiting")
    expect(page.locator('[data-testid="queue-entry"][data-state="waiting"]')).to_have_count(2)
    assert bodies == []

    phone.find_network()
    phone.wait_sent()
    for point, how in ((first, "confirmed"), (second, "missing"), (third, "confirmed")):
        expect(standing(point)).to_have_attribute("data-standing", how)
    assert [body["method"] for body in bodies] == ["radius", "qr"]
    found = ok(dispatcher.session.get(f"/api/v1/rounds/{walk['id']}"))
    assert (found["done"], found["state"]) == (2, "under_way")
    kept = page.evaluate(_KEPT)
    assert [act["position"] for act in kept] == [None, None]


_KEPT = """() => new Promise((resolve, reject) => {
  const opening = indexedDB.open("lingdun-patrol");
  opening.onerror = () => reject(opening.error);
  opening.onsuccess = () => {
    const asked = opening.result.transaction("outbox").objectStore("outbox").getAll();
    asked.onsuccess = () => {
      opening.result.close();
      resolve(asked.result.map(({act}) => act).filter(({kind}) => kind === "visit"));
    };
  };
})"""


def test_a_push_is_shown_and_opens_its_task(
    profile: Profile, patrol: Session, dispatcher: Dispatcher
) -> None:
    desk = profile(size=PHONE, whole=True)
    desk.adopt(patrol)
    phone = Phone(desk).open()
    task = dispatcher.send()
    phone.card(task).wait_for()
    phone.be_kept()
    page, context = phone.desk.page, phone.desk.context
    context.grant_permissions(["notifications"])
    tools = context.new_cdp_session(page)
    registrations: list[str] = []
    tools.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda event: registrations.extend(
            one["registrationId"] for one in event["registrations"] if not one["isDeleted"]
        ),
    )
    tools.send("ServiceWorker.enable")
    phone.wait_until(lambda: bool(registrations), "the service worker to be known")

    def push(data: dict[str, Any]) -> None:
        tools.send(
            "ServiceWorker.deliverPushMessage",
            {
                "origin": phone.desk.base,
                "registrationId": registrations[-1],
                "data": json.dumps(data),
            },
        )

    message = {"type": "task", "task": task["id"], "title": "邻里纠纷", "body": "东门", "at": ""}
    push(message)
    page.wait_for_timeout(500)
    assert shown(page) == [], "who looks at the page is not notified"

    page.goto(f"{phone.desk.base}/healthz")

    def is_told() -> bool:
        """Pushed again while the page that has just been left is still taken for one that is looked at."""
        push(message)
        return bool(shown(page))

    phone.wait_until(is_told, "the notification")
    tag, opens = f"task-{task['id']}", {"task": task["id"]}
    assert shown(page) == [{"title": "邻里纠纷", "body": "东门", "tag": tag, "data": opens}]

    phone.open()
    (worker,) = context.service_workers
    worker.evaluate(_TAP)
    page.locator(f'[data-testid="task"][data-task-id="{task["id"]}"]').wait_for()
    assert shown(page) == []
    dispatcher.cancel(task)


_TAP = """async () => {
  const [notification] = await self.registration.getNotifications();
  self.dispatchEvent(new NotificationEvent('notificationclick', {notification}));
}"""


def shown(page: Any) -> list[dict[str, Any]]:
    """The notifications that stand on the phone."""
    found: list[dict[str, Any]] = page.evaluate(
        "navigator.serviceWorker.getRegistration('/patrol/').then(one => one.getNotifications())"
        ".then(all => all.map(({title, body, tag, data}) => ({title, body, tag, data})))"
    )
    return found


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing(
    phone: Phone, dispatcher: Dispatcher, profile: Profile, patrol: Session, theme: str
) -> None:
    task = dispatcher.send()
    desk = profile(size=PHONE, theme=theme)
    desk.adopt(patrol)
    other = Phone(desk).open()
    other.card(task).wait_for()
    assert desk.axe() == []
    other.enter(task)
    assert desk.axe() == []
    desk.page.get_by_test_id("decline").click()
    assert desk.axe() == []
    desk.page.get_by_test_id("say-cancel").click()
    for place in ("report", "me"):
        other.go(place)
        desk.page.get_by_test_id(place).wait_for()
        assert desk.axe() == []
    dispatcher.cancel(task)


def test_nothing_is_narrower_than_a_thumb(phone: Phone, dispatcher: Dispatcher) -> None:
    task = dispatcher.send()
    page = phone.desk.page
    page.set_viewport_size({"width": 360, "height": 740})
    phone.enter(task)
    found = [phone.desk.too_small()]
    for place in ("tasks", "report", "me"):
        phone.go(place)
        page.get_by_test_id("inbox" if place == "tasks" else place).wait_for()
        found.append(phone.desk.too_small())
    assert found == [[]] * 4
    dispatcher.cancel(task)


def report_with_a_photo_that_hangs(phone: Phone) -> None:
    """The photo is on its way and never arrives."""
    page = phone.desk.page
    page.route("**/attachments", lambda _route: None)
    phone.go("report")
    page.locator('[data-testid="report-category"] option[value="0101"]').wait_for(state="attached")
    page.get_by_test_id("report-category").select_option("0101")
    page.get_by_test_id("report-text").fill("路灯倒伏")
    page.get_by_test_id("report-place").fill("东门")
    icon = (ICONS / "icon-192.png").read_bytes()
    page.get_by_test_id("photo-input").set_input_files(
        {"name": "a.png", "mimeType": "image/png", "buffer": icon}
    )
    page.get_by_test_id("photo").wait_for()
    page.get_by_test_id("report-send").click()
    page.locator('[data-testid="queue-entry"][data-kind="report"][data-state="sent"]').wait_for()


def test_the_camera_reads_a_code_where_the_browser_itself_reads_none(
    city: Served, patrol: Session, dispatcher: Dispatcher, playwright: Playwright, tmp_path: Path
) -> None:
    walk = city.do(
        "tests.support.roundwork.walk",
        unit=dispatcher.unit()["id"],
        name="西门夜巡",
        lng=106.36,
        lat=38.11,
    )
    first = walk["checkpoints"][0]
    film = camera.film_of(f"lingdun:checkpoint:{first['token']}", tmp_path / "sign.y4m")
    with chromium(playwright, SHELL, *camera.flags(film)) as with_camera:
        context = with_camera.new_context(viewport={"width": PHONE[0], "height": PHONE[1]})
        desk = Desk(context, city.url)
        desk.adopt(patrol)
        Phone(desk).open()
        assert desk.page.evaluate("'BarcodeDetector' in globalThis") is False
        desk.page.locator(f'[data-testid="round-card"][data-round-id="{walk["id"]}"]').click()
        desk.page.get_by_test_id("scan-open").click()
        point = f'[data-testid="checkpoint"][data-checkpoint-id="{first["id"]}"]'
        expect(desk.page.locator(point)).to_have_attribute("data-standing", "confirmed")
        assert desk.unexpected() == []
        context.close()
    assert ok(dispatcher.session.get(f"/api/v1/rounds/{walk['id']}"))["done"] == 1


def test_help_is_called_by_a_long_press_and_the_phone_is_told_who_saw_it(
    calm: Served, phone: Phone, sit: Callable[..., Desk], dispatcher: Dispatcher
) -> None:
    page = phone.desk.page
    desk = sit("city")
    page.context.grant_permissions(["geolocation"])
    page.context.set_geolocation({"latitude": 38.1065, "longitude": 106.338, "accuracy": 12})
    report_with_a_photo_that_hangs(phone)
    button = page.get_by_test_id("sos")
    button.click()  # too short to be meant
    box = button.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.get_by_test_id("sos-holding").wait_for()
    page.locator('[data-testid="sos-state"][data-state="sent"]').wait_for()
    page.mouse.up()
    row = desk.page.locator('[data-testid="alarm-row"][data-condition="sos"]')
    row.click()
    assert desk.figure("open") == 1
    hanging = page.locator('[data-testid="queue-entry"][data-kind="photo"][data-state="waiting"]')
    expect(hanging).to_contain_text("正在发送")

    def alarm_is_placed() -> bool:
        (alarm,) = ok(dispatcher.session.get("/api/v1/alarms", condition="sos"))["items"]
        return bool(alarm["lat"] == 38.1065)

    wait_until(alarm_is_placed, what="the place to follow the call")
    desk.page.keyboard.press("a")
    desk.page.get_by_test_id("ack-note").fill("增援已出发")
    desk.page.keyboard.press("Control+Enter")
    row.wait_for(state="detached")
    seen = page.locator('[data-testid="sos-state"][data-state="seen"]')
    expect(seen).to_contain_text("增援已出发")
