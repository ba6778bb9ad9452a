"""Incidents at the console: from an alarm to a task by keyboard, calls, two dispatchers, the board."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import expect

from tests.e2e.cases import open_case, panel, places, report
from tests.e2e.words import LOOKS, names, untranslated
from tests.support.browser import Desk, Sit
from tests.support.consoles import Session
from tests.support.field import Field
from tests.support.served import Served

FIRST, SECOND = "市指挥中心一席", "市指挥中心二席"


@pytest.fixture
def chief(session_of: Callable[[str], Session]) -> Session:
    """The first dispatcher, over HTTP."""
    return session_of("city")


def test_from_an_alarm_to_a_task_in_three_keys(
    quiet: Served, chief: Session, sit: Sit, outside: Field
) -> None:
    one, two = sit("city"), sit("city2")
    gate = outside.device("face_gate")
    outside.report(gate, "forced_open", active=True)
    one.row(gate).click()
    one.page.keyboard.press("i")
    case = panel(one, "accepted")
    case.get_by_test_id("incident-alarm").wait_for()
    one.page.keyboard.press("d")
    chosen = one.page.locator('[data-testid="suggestion"] input:checked')
    chosen.wait_for()
    unit = one.page.get_by_test_id("suggestion").first.get_attribute("data-unit-id")
    one.page.locator(".lm-link--chosen").wait_for(state="attached")
    one.page.keyboard.press("Enter")
    task = panel(one, "dispatched").get_by_test_id("task")
    task.get_by_test_id("countdown").wait_for()
    expect(task).to_have_attribute("data-state", "created")
    tasks = chief.get("/api/v1/tasks").json()["items"]
    assert [str(task["unit"]) for task in tasks[:1]] == [unit]
    # The other dispatcher sees the incident, the unit that is out, and the alarm's way to it.
    two.page.locator('[data-testid="figure-incidents"][data-value="1"]').wait_for()
    two.page.keyboard.press("2")
    row = two.page.get_by_test_id("incident-row")
    row.and_(two.page.locator('[data-stage="dispatched"]')).wait_for()
    two.page.keyboard.press("1")
    two.row(gate).click()
    two.page.get_by_test_id("incident-link").click()
    expect(panel(two, "dispatched").get_by_test_id("timeline")).to_contain_text("派遣")


def test_a_plan_is_proposed_and_confirmed_by_one_key(
    quiet: Served, sit: Sit, outside: Field
) -> None:
    desk = sit("city")
    smoke = outside.device("smoke")
    outside.report(smoke, "alarm")
    desk.row(smoke).click()
    desk.page.keyboard.press("i")
    panel(desk, "accepted")
    plan = desk.page.locator('[data-testid="plan-panel"][data-open="true"]')
    plan.get_by_test_id("plan-unit").nth(1).wait_for()
    told = plan.get_by_test_id("plan-told").inner_text()
    assert re.search(r"灵武市 调度员 \d 人", told), told
    desk.page.keyboard.press("p")
    desk.page.locator('[data-testid="plan-confirm"]:focus').wait_for()
    assert desk.axe() == []
    desk.page.keyboard.press("Enter")
    case = panel(desk, "dispatched")
    case.get_by_test_id("task").nth(1).wait_for()
    case.get_by_test_id("timeline").get_by_text("启动预案“火情烟雾处置”").wait_for()
    desk.page.locator('[data-testid="plan-panel"][data-open="false"]').wait_for()
    # The conference that this plan asks for stands ready, whom it wants ticked.
    calling = desk.page.locator('[data-testid="open-conference"][data-ready="true"]')
    calling.wait_for()
    assert calling.locator("input:checked").count() > 1
    desk.page.keyboard.press("Escape")
    calling.wait_for(state="detached")


def test_a_task_is_followed_to_its_end_and_the_case_to_its_close(
    quiet: Served, chief: Session, sit: Sit
) -> None:
    incident = report(chief, category="0501")
    desk, other = sit("city"), sit("city2")
    open_case(desk, incident)
    desk.page.keyboard.press("g")
    desk.page.locator('[data-testid="suggestion"] input:checked').wait_for()
    desk.page.get_by_test_id("dispatch-order").fill("到场后先联系报事人")
    desk.page.get_by_test_id("dispatch-send").click()
    panel(desk, "dispatched")
    task = desk.page.get_by_test_id("task")
    expect(task).to_contain_text("到场后先联系报事人")
    for step in ("acknowledge", "start", "arrive"):
        task.locator(f'[data-step="{step}"]').click()
    task.locator('[data-step="done"]').click()
    task.locator("textarea").fill("已当面答复")
    desk.page.keyboard.press("Control+Enter")
    # Who entered the end of the task does not verify it: somebody else does.
    expect(panel(desk, "handled").locator('[data-action="verify"]')).to_have_count(0)
    case = open_case(other, incident)
    case.locator('[data-action="verify"]').click()
    panel(other, "verified")
    case.locator('[data-action="close"]').click()
    other.page.get_by_test_id("deed-form").get_by_text("良好").click()
    other.page.get_by_test_id("deed-submit").click()
    timeline = panel(other, "closed").get_by_test_id("timeline")
    for sentence in ("办结，评价 4 分", "核实通过", "处置完毕", "已当面答复", "代为登记"):
        timeline.get_by_text(sentence).first.wait_for()
    desk.page.locator('[data-testid="figure-incidents"][data-value="0"]').wait_for()


def test_of_two_who_act_at_once_one_is_told_who_was_first(
    quiet: Served, chief: Session, sit: Sit
) -> None:
    incident = report(chief)
    one, two = sit("city"), sit("city2")
    for desk in (one, two):
        open_case(desk, incident)
        desk.page.locator('[data-action="suspend"]').click()
    two.page.get_by_test_id("deed-text").fill("二席的理由")
    one.page.get_by_test_id("deed-text").fill("一席的理由")
    two.expect(r"status of 409")
    one.page.get_by_test_id("deed-submit").click()
    panel(one, "suspended")
    two.page.locator('[data-stage="suspended"][data-testid="incident-panel"]').wait_for()
    # Meanwhile the form says that it can no longer be done, and keeps what was typed.
    expect(two.page.get_by_test_id("deed-text")).to_have_value("二席的理由")
    two.page.get_by_text("填写的内容已保留").wait_for()
    two.page.keyboard.press("Escape")
    # A form that is still allowed is sent, and answered with who was first.
    two.page.locator('[data-action="resume"]').click()
    panel(two, "accepted")


def test_a_conflict_is_told_in_words_and_loses_nothing(
    quiet: Served, chief: Session, sit: Sit
) -> None:
    incident = report(chief)
    desk = sit("city2")
    open_case(desk, incident)
    desk.page.locator('[data-action="transfer_down"]').click()
    desk.page.locator(".area-panel").wait_for(state="detached")
    desk.page.get_by_test_id("deed-text").fill("请属地先到场")
    desk.page.get_by_role("button", name=re.compile("交给")).click()
    desk.page.locator(".area-panel input").fill("郝家桥镇")
    desk.page.keyboard.press("Enter")
    answer = chief.request(
        "PATCH", f"/api/v1/incidents/{incident}", {"version": 1, "place": "花园路口东侧"}
    )
    assert answer.status_code == 200, answer.text
    desk.expect(r"status of 409")
    desk.page.get_by_test_id("deed-submit").click()
    trouble = desk.page.get_by_test_id("incident-trouble")
    trouble.wait_for()
    said = trouble.inner_text()
    assert FIRST in said
    assert "花园路口东侧" in said
    expect(desk.page.get_by_test_id("deed-text")).to_have_value("请属地先到场")
    desk.page.get_by_test_id("deed-submit").click()
    panel(desk, "reported").get_by_test_id("timeline").get_by_text("下派至郝家桥镇").wait_for()


def test_a_call_is_taken_with_its_caller_kept_apart(
    quiet: Served, session_of: Callable[[str], Session], sit: Sit
) -> None:
    desk = sit("city")
    keys, page = desk.page.keyboard, desk.page
    keys.press("n")
    form = page.get_by_test_id("new-incident")
    page.locator("[data-testid=new-category]:focus").wait_for()
    page.locator('[data-testid="new-category"] option[value="0105"]').wait_for(state="attached")
    page.get_by_test_id("new-category").select_option("0105")
    page.get_by_test_id("new-pick").click()
    page.get_by_test_id("map").click(position={"x": 300, "y": 380})
    page.get_by_test_id("new-point").wait_for()
    page.get_by_test_id("new-place").fill("花园小区 3 号楼")
    page.get_by_test_id("new-description").fill("老人被困电梯")
    page.get_by_test_id("caller-name").fill("来电人甲")
    page.get_by_test_id("caller-phone").fill("0951-4021234")
    # What was typed outlives the page.
    page.reload()
    desk.wait_live()
    keys.press("n")
    form.wait_for()
    expect(page.get_by_test_id("caller-phone")).to_have_value("0951-4021234")
    page.get_by_test_id("new-place").focus()
    keys.press("Control+Enter")
    case = panel(desk, "accepted")
    text = case.inner_text()
    assert "老人被困电梯" in text
    assert "0951-4021234" not in text
    page.get_by_test_id("caller-look").click()
    page.get_by_test_id("caller").get_by_text("0951-4021234").wait_for()
    seen = session_of("auditor").get("/api/v1/audit", action="caller.seen").json()["items"]
    assert seen[0]["actor"] == FIRST
    expect(page.locator('[data-testid="map-incident-marker"]')).to_have_count(1)


def test_a_second_call_about_the_same_is_offered_the_first(
    quiet: Served, chief: Session, sit: Sit
) -> None:
    first = report(chief, category="0105", lat=38.1, lng=106.33, code="")
    desk = sit("city")
    page = desk.page
    page.keyboard.press("n")
    page.locator('[data-testid="new-category"] option[value="0105"]').wait_for(state="attached")
    page.get_by_test_id("new-category").select_option("0105")
    incident = chief.get(f"/api/v1/incidents/{first}").json()["incident"]
    page.get_by_test_id("new-area").click()
    page.locator(".area-panel input").fill(incident["code"])
    page.keyboard.press("Enter")
    twin = page.get_by_test_id("duplicate")
    twin.wait_for()
    page.get_by_test_id("caller-name").fill("来电人乙")
    twin.get_by_text("登记并并入").click()
    case = panel(desk)
    page.locator(f'[data-testid="incident-panel"][data-incident-id="{first}"]').wait_for()
    case.get_by_test_id("timeline").get_by_text("并入事件").wait_for()


def test_twins_are_told_apart_or_merged_and_found_in_the_records(
    quiet: Served, chief: Session, sit: Sit
) -> None:
    place = {"category": "0105", "code": places(chief, "village")[0]}
    first, other, third = (report(chief, **place) for _ in range(3))
    number = chief.get(f"/api/v1/incidents/{third}").json()["incident"]["number"]
    desk = sit("city")
    page = desk.page
    case = open_case(desk, third)
    row = page.locator(f'[data-testid="incident-row"][data-incident-id="{third}"]')
    row.get_by_test_id("repeats").wait_for()
    twins = case.get_by_test_id("case-duplicates").get_by_test_id("duplicate")
    twins.nth(1).wait_for()
    twins.and_(page.locator(f'[data-incident-id="{other}"]')).get_by_test_id(
        "not-duplicate"
    ).click()
    twins.nth(1).wait_for(state="detached")
    case.get_by_test_id("timeline").get_by_text("不是同一件").wait_for()
    twins.get_by_test_id("merge-into").click()
    page.locator(f'[data-testid="incident-panel"][data-incident-id="{first}"]').wait_for()
    panel(desk).get_by_test_id("timeline").get_by_text("并入事件").wait_for()
    # The merged one has left the consoles: its number still finds it, to be read.
    page.keyboard.press("/")
    page.keyboard.type(number)
    page.get_by_test_id("search-hit").filter(has_text="已并入").wait_for()
    page.keyboard.press("Enter")
    gone = panel(desk, "merged")
    gone.get_by_test_id("in-records").wait_for()
    expect(gone.get_by_test_id("comment")).to_have_count(0)
    page.keyboard.press("h")
    page.get_by_test_id("archive-text").fill(number)
    page.locator('[data-testid="archive-count"][data-value="1"]').wait_for()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator(".selected[data-testid=archive-row]")).to_have_count(1)


def test_a_comment_is_kept_until_it_is_sent(quiet: Served, chief: Session, sit: Sit) -> None:
    first, second = report(chief), report(chief, category="0501")
    desk = sit("city")
    open_case(desk, first)
    desk.page.keyboard.press("c")
    desk.page.keyboard.type("等物业回电")
    desk.page.keyboard.press("Escape")
    open_case(desk, second)
    expect(desk.page.get_by_test_id("comment")).to_have_value("")
    desk.page.reload()
    desk.wait_live()
    case = open_case(desk, first)
    expect(desk.page.get_by_test_id("comment")).to_have_value("等物业回电")
    desk.page.get_by_test_id("comment-send").click()
    case.get_by_test_id("timeline").get_by_text("等物业回电").wait_for()
    expect(desk.page.get_by_test_id("comment")).to_have_value("")


def test_what_belongs_together_is_linked_from_the_keyboard(
    quiet: Served, chief: Session, sit: Sit
) -> None:
    burst = report(chief, title="主供水管爆裂")
    road = report(chief, category="0105", title="花园路封闭")
    desk = sit("city")
    keys, page = desk.page.keyboard, desk.page
    case = open_case(desk, burst)
    keys.press("l")
    page.locator('[data-testid="pick-incident"]:focus').wait_for()
    keys.type("封闭")
    keys.press("Escape")
    page.get_by_test_id("link-form").wait_for(state="detached")
    keys.press("l")
    found = page.get_by_test_id("picked-incident")
    expect(page.get_by_test_id("pick-incident")).to_have_value("封闭")
    expect(found).to_have_attribute("data-incident-id", str(road))
    keys.press("Enter")
    page.locator('[data-testid="link-reason"]:focus').wait_for()
    keys.type("水漫路面")
    assert desk.axe(include='[data-testid="links"]') == []
    keys.press("Enter")
    linked = case.get_by_test_id("linked-incident")
    linked.get_by_text("水漫路面").wait_for()
    page.locator('[data-testid="link-add"]:focus').wait_for()
    linked.get_by_test_id("incident-link").press("Enter")
    page.locator(f'[data-testid="incident-panel"][data-incident-id="{road}"]').wait_for()
    back = panel(desk).get_by_test_id("linked-incident")
    back.get_by_text("主供水管爆裂").wait_for()
    back.get_by_test_id("unlink").press("Enter")
    back.wait_for(state="detached")
    timeline = panel(desk).get_by_test_id("timeline")
    timeline.get_by_text(re.compile("^解除与事件 .* 的关联")).wait_for()
    assert chief.get(f"/api/v1/incidents/{burst}").json()["links"] == []


def test_the_board_shows_every_stage_and_moves_by_itself(
    quiet: Served, chief: Session, sit: Sit
) -> None:
    incident = report(chief)
    desk = sit("city")
    desk.page.keyboard.press("b")
    card = desk.page.locator(f'[data-testid="board-card"][data-incident-id="{incident}"]')
    accepted = desk.page.locator('[data-testid="board-column"][data-stage="accepted"]')
    accepted.and_(desk.page.locator('[data-total="1"]')).wait_for()
    expect(desk.page.get_by_test_id("board-column")).to_have_count(7)
    card.click()
    panel(desk, "accepted")
    unit = chief.get(f"/api/v1/incidents/{incident}/recommendation").json()[0]
    body = {"version": 1, "units": [unit["unit"]]}
    sent = chief.post(f"/api/v1/incidents/{incident}/tasks", body)
    assert sent.status_code == 201, sent.text
    desk.page.locator(
        '[data-testid="board-column"][data-stage="dispatched"][data-total="1"]'
    ).wait_for()
    desk.page.keyboard.press("b")
    desk.page.get_by_test_id("board").wait_for(state="detached")


def test_the_strip_leads_to_what_is_supervised(
    quiet: Served, chief: Session, session_of: Callable[[str], Session], sit: Sit
) -> None:
    watched, _other = report(chief), report(chief, category="0501")
    order = {"text": "尽快", "due_at": None}
    answer = session_of("city2").post(f"/api/v1/incidents/{watched}/supervisions", order)
    assert answer.status_code == 200, answer.text
    desk = sit("city")
    desk.page.locator('[data-testid="figure-supervised"][data-value="1"]').click()
    count = desk.page.get_by_test_id("incident-count")
    count.and_(desk.page.locator('[data-value="1"]')).wait_for()
    row = desk.page.get_by_test_id("incident-row")
    expect(row).to_have_attribute("data-incident-id", str(watched))
    expect(open_case(desk, watched)).to_contain_text(SECOND)


def views(desk: Desk, incident: int) -> Iterator[str]:
    """Brings up what an incident has to show, one after the other, and yields its name while it stands."""
    page, keys = desk.page, desk.page.keyboard
    open_case(desk, incident)
    yield "panel"
    keys.press("l")
    page.get_by_test_id("picked-incident").first.wait_for()
    yield "link"
    keys.press("Escape")
    keys.press("d")
    page.locator('[data-testid="suggestion"] input:checked').wait_for()
    yield "dispatch"
    page.get_by_test_id("dispatch-send").click()
    panel(desk, "dispatched").get_by_test_id("task").wait_for()
    yield "tasks"
    for action in ("suspend", "supervise", "ask_extension", "correct"):
        page.locator(f'[data-action="{action}"]').click()
        page.locator(".deeds form").wait_for()
        yield action
        page.locator(f'[data-action="{action}"]').click()
    keys.press("b")
    page.get_by_test_id("board-card").first.wait_for()
    yield "board"
    keys.press("b")
    keys.press("h")
    page.get_by_test_id("archive-row").first.wait_for()
    yield "records"
    page.get_by_test_id("archive-close").click()
    keys.press("n")
    page.get_by_test_id("new-incident").wait_for()
    page.locator('[data-testid="new-category"] option[value="0501"]').wait_for(state="attached")
    yield "new"


@pytest.mark.parametrize(("theme", "locale"), LOOKS)
def test_every_view_of_a_case(
    quiet: Served, chief: Session, sit: Sit, theme: str, locale: str
) -> None:
    first = report(chief, category="0501", caller={"name": "甲", "phone": "1"})
    report(chief, category="0501")
    desk = sit("city", theme=theme, locale=locale)
    cases = chief.get("/api/v1/incidents").json()["items"]
    data = names(desk) + "\n".join(case["title"] + case["place"] for case in cases)
    found: dict[str, str] = {}
    for view in views(desk, first):
        for fault in desk.axe() + untranslated(desk, data, locale):
            found.setdefault(fault, view)
    for person in chief.get(f"/api/v1/incidents/{first}").json()["people"]:
        found.pop(person["name"], None)
    assert not found, "\n".join(f"{view}: {fault}" for fault, view in found.items())
