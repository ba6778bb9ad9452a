"""What has happened, and how well the alarm system itself did: looked up, narrowed down, taken along as files."""

from __future__ import annotations

import csv
import io
from collections import Counter
from typing import Any

from playwright.sync_api import Page, expect

from tests.support.browser import Desk, Sit
from tests.support.field import DEEDS, EAST, SOUTH
from tests.support.served import Served

VILLAGE = f"{EAST}200"
DEVICE = "PAST-0001"
EVENTS, ALARMS = 64, 3
EVERY_S = 5

ROWS = """rows => rows.map(row => [
  row.querySelector('time').title, row.dataset.type, row.querySelector('[translate=no]').title,
])"""


def _file(desk: Desk, test_id: str) -> bytes:
    """What a link to a file brings."""
    address = desk.page.get_by_test_id(test_id).get_attribute("href")
    answer = desk.context.request.get(f"{desk.base}{address}")
    assert answer.ok
    assert "attachment" in answer.headers["content-disposition"]
    return answer.body()


def _lines(body: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(body.decode("utf-8-sig"))))


def _wait_rows(page: Page, test_id: str, count: int) -> list[Any]:
    """Wait until so many rows are listed; what stands in those of events."""
    rows = page.get_by_test_id(test_id)
    expect(rows).to_have_count(count)
    found: list[Any] = rows.evaluate_all(ROWS) if test_id == "history-event" else []
    return found


def test_the_history_is_narrowed_down_and_taken_along(calm: Served, sit: Sit) -> None:
    name = "旧事闸机"
    calm.do(f"{DEEDS}.register", device=DEVICE, kind="face_gate", code=VILLAGE, name=name)
    calm.do(f"{DEEDS}.past", device=DEVICE, events=EVENTS, alarms=ALARMS, every_s=EVERY_S)
    desk = sit("city")
    page = desk.page
    page.keyboard.press("r")
    page.locator("#records-history").click()
    # By area: there it happened, elsewhere it did not.
    own = page.locator(f'[data-testid="history-event"]:has([title="{DEVICE}"])')
    own.first.wait_for()
    for code, there in ((SOUTH, False), (VILLAGE, True)):
        page.get_by_test_id("history-area").click()
        page.keyboard.type(code)
        page.keyboard.press("Enter")
        own.first.wait_for(state="visible" if there else "detached")
    # By device: pages go on to the end.
    page.get_by_test_id("history-by-device").click()
    page.get_by_test_id("history-device").click()
    page.get_by_test_id("history-device-search").fill(DEVICE)
    page.keyboard.press("Enter")
    _wait_rows(page, "history-event", 50)
    _wait_rows(page, "history-alarm", ALARMS)
    page.get_by_test_id("history-events-more").click()
    rows = _wait_rows(page, "history-event", EVENTS)
    expect(page.get_by_test_id("history-events-more")).to_have_count(0)
    assert [row[0] for row in rows] == sorted((row[0] for row in rows), reverse=True)
    assert Counter(row[1] for row in rows) == {"pass": EVENTS // 2, "denied": EVENTS // 2}
    # The file has the same.
    header, *lines = _lines(_file(desk, "history-export-events"))
    assert [[line[0], line[4], line[1]] for line in lines] == rows
    assert len(header) == 6
    assert len(_lines(_file(desk, "history-export-alarms"))) == 1 + ALARMS
    # A click on the last bar that has something looks closer, at what it stands for and nothing else.
    with page.expect_response(lambda answer: "/history/timeline?" in answer.url) as closer:
        page.locator('[data-testid="history-chart"] rect.event').last.click()
    timeline = closer.value.json()
    counted = sum(sum(one["events"].values()) for one in timeline["buckets"])
    assert timeline["step_s"] * len(timeline["buckets"]) <= 3600
    assert 0 < counted <= EVENTS
    page.get_by_test_id("history-back").wait_for()
    rows = _wait_rows(page, "history-event", min(counted, 50))
    assert len(_lines(_file(desk, "history-export-events"))) == 1 + counted
    page.get_by_test_id("history-back").click()
    page.get_by_test_id("history-back").wait_for(state="detached")
    _wait_rows(page, "history-event", 50)
    # By type, and by a time in which nothing was.
    page.get_by_test_id("history-type").select_option("denied")
    _wait_rows(page, "history-event", EVENTS // 2)
    page.get_by_test_id("history-own").click()
    page.get_by_test_id("history-since").fill("2020-01-01T00:00")
    page.get_by_test_id("history-until").fill("2020-01-02T00:00")
    page.keyboard.press("Enter")
    page.get_by_test_id("history-event").first.wait_for(state="detached")
    page.keyboard.press("Escape")


def test_performance_counts_a_storm_of_long_ago(calm: Served, sit: Sit) -> None:
    """20 alarms in one day of 144 windows: 12 of them in one window, the others in two."""
    for number in (1, 2):
        device = f"PAST-100{number}"
        name = f"往日设备 {number}"
        calm.do(f"{DEEDS}.register", device=device, kind="fire_lane", code=VILLAGE, name=name)
    period = calm.do(f"{DEEDS}.long_ago", devices=["PAST-1001", "PAST-1002"], days=200)
    desk = sit("city")
    page = desk.page
    page.keyboard.press("Shift+F")
    page.get_by_test_id("statistics-alarms").click()
    page.get_by_test_id("performance-since").fill(period["since"])
    page.get_by_test_id("performance-until").fill(period["until"])
    page.locator(
        '[data-testid="performance-figure"][data-key="raised"][data-value="20"]'
    ).wait_for()
    tiles = page.get_by_test_id("performance-figure").evaluate_all(
        "tiles => tiles.map(one => [one.dataset.key, one.dataset.value, one.querySelector('dt').textContent])"
    )
    value = {key: float(text) if text else None for key, text, _name in tiles}
    wanted = {
        "annunciated": 20, "raised": 20, "again": 0, "acknowledged": 15, "shelved": 0, "operators": 1,
        "watched": 0, "average": 20 / 144, "peak": 12, "over": 1 / 144, "flood": 1 / 144, "floods": 1,
        "longest_flood": 600, "worst": 1, "chattering": 0,
    }  # fmt: skip
    assert {key: round(value[key] or 0, 4) for key in wanted} == {
        key: round(one, 4) for key, one in wanted.items()
    }
    worst = page.get_by_test_id("performance-worst")
    counts = worst.evaluate_all(
        "rows => rows.map(one => [one.dataset.key, one.querySelector('[data-figure=count]').textContent])"
    )
    assert counts == [["PAST-1001", "12"], ["PAST-1002", "8"]]
    # The file tells the same, figure by figure and line by line.
    _header, *lines = _lines(_file(desk, "performance-csv"))
    first = lines[0][0]
    column = next(line[2] for line in lines if line[0] == first)
    told = {line[1]: line[3] for line in lines if line[0] == first and line[2] == column}
    for key, _text, name in tiles:
        if key in ("annunciated", "raised", "acknowledged", "peak", "floods"):
            assert float(told[name]) == wanted[key]
    twelve = [line[2] for line in lines if line[1] == "PAST-1001" and line[3] == "12"]
    assert len(twelve) == 2  # annunciations, and occurrences
    assert _file(desk, "performance-xlsx").startswith(b"PK")
    # Whoever is named there is one click away.
    worst.first.get_by_role("button").click()
    page.get_by_test_id("statistics").wait_for(state="detached")
    page.get_by_text("往日设备 1").first.wait_for()
