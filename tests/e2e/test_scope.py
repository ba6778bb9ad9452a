"""What lies outside a post's jurisdiction does not exist: on the page, in frames, in answers."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.support.browser import Desk, Sit
from tests.support.field import CITY, DEEDS, EAST, SOUTH, Field
from tests.support.served import Served


def everything(desk: Desk) -> str:
    """All that has come to a page or stands on it."""
    answers = [url + body for url, body in desk.answers]
    return "\n".join([*desk.frames, *answers, desk.page.content(), desk.text()])


def walk_about(desk: Desk) -> None:
    """Look at everything the console has to show."""
    keys = desk.page.keyboard
    keys.press("u")
    desk.page.locator("#panel-units").wait_for()
    keys.press("v")
    desk.page.get_by_test_id("device-row").first.wait_for()
    desk.page.get_by_test_id("device-row").first.click()
    desk.page.get_by_test_id("detail").get_by_text("MQTT").first.wait_for()
    desk.page.get_by_test_id("search").fill("64018110")
    desk.page.get_by_test_id("search-hit").first.wait_for()
    keys.press("Escape")
    keys.press("Escape")
    keys.press("s")
    desk.page.locator(".area-panel [role=option]").first.wait_for()
    keys.press("Escape")


def test_a_township_officer_sees_nothing_of_another_township(
    calm: Served, sit: Sit, outside: Field
) -> None:
    here, there = outside.device("face_gate", EAST), outside.device("face_gate", SOUTH)
    desks = {name: sit(name) for name in ("town", "town2", "city")}
    for desk in desks.values():
        desk.keep_answers = True
        desk.page.reload()
        desk.wait_live()
    outside.report(there, "forced_open", active=True)
    outside.report(here, "forced_open", active=True)
    # The city's frame may come before the other's: what must not come would have come before `here`.
    desks["town"].row(here).wait_for()
    desks["town2"].row(there).wait_for()
    desks["city"].row(here).wait_for()
    desks["city"].row(there).wait_for()
    for name in ("town", "town2"):
        walk_about(desks[name])
    for name, own in (("town", EAST), ("town2", SOUTH)):
        desk = desks[name]
        foreign = calm.do(f"{DEEDS}.foreign_names", prefix=own, outside=CITY)
        assert len(foreign) > 100
        text = everything(desk)
        assert [trace for trace in foreign if trace in text] == []
        assert desk.figure("open") == 1
        assert desk.figure("devices") <= int(
            desk.page.get_by_test_id("figure-devices").get_attribute("data-total") or 0
        )
    # The same test on the city's page finds both, so it can find something.
    text = everything(desks["city"])
    assert here in text
    assert there in text
    markers = {name: desk.marked() for name, desk in desks.items()}
    assert len(markers["town"]) == len(markers["town2"]) == 1
    assert markers["town"] | markers["town2"] == markers["city"]


def test_a_foreign_alarm_can_neither_be_read_nor_acknowledged_from_the_page(
    calm: Served, sit: Sit, outside: Field
) -> None:
    there = outside.device("face_gate", SOUTH)
    city, town = sit("city"), sit("town")
    outside.report(there, "forced_open", active=True)
    city.row(there).wait_for()
    alarm = int(city.row(there).get_attribute("data-alarm-id") or 0)
    town.expect(r"status of 404.*/api/v1/alarms/")
    answers = town.page.evaluate(
        """async id => {
          const token = document.cookie.match(/csrftoken=([^;]+)/)[1];
          const headers = {'X-CSRFToken': token, 'Content-Type': 'application/json'};
          const ask = (path, method) => fetch(path, {method, headers, body: method === 'POST' ? '{}' : undefined});
          const read = await ask(`/api/v1/alarms/${id}`, 'GET');
          const changes = await ask(`/api/v1/alarms/${id}/changes`, 'GET');
          const act = await ask(`/api/v1/alarms/${id}/acknowledge`, 'POST');
          return [read.status, changes.status, act.status];
        }""",
        alarm,
    )
    assert answers == [404, 404, 404]
    assert town.text().count(there) == 0
    expect(city.row(there)).to_have_attribute("data-acknowledged", "false")
