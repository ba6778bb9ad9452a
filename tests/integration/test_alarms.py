"""Alarms at the hands of people: acknowledging, alone and together, and the history of it."""

from collections.abc import Callable

from tests.support import city
from tests.support.consoles import Console, Session
from tests.support.devices import DeviceClient

Sit = Callable[..., Console]
SwitchOn = Callable[..., DeviceClient]
SignIn = Callable[..., Session]


def test_one_acknowledges_and_the_other_sees_it(console: Sit, device: SwitchOn) -> None:
    one, other = console("city", web=0), console("city2", web=1)
    gate = device("face_gate")
    gate.report("forced_open")
    alarm = one.wait_for_alarm(gate.facts.id, "forced_open")
    other.wait_for_alarm(gate.facts.id, "forced_open")
    path = f"/api/v1/alarms/{alarm['id']}/acknowledge"
    answer = one.session.post(path, {"note": "已派人"})
    assert answer.status_code == 200
    seen = other.wait_for_alarm(gate.facts.id, "forced_open", acknowledged=True)
    assert (seen["acknowledged_by"], seen["note"], seen["active"]) == ("city者", "已派人", True)
    assert answer.json() == seen
    second = other.session.post(path, {})
    assert (second.status_code, second.json()["code"]) == (409, "conflict")
    gate.report("pass")
    one.wait_for_no_alarm(gate.facts.id, "forced_open")
    changes = one.session.get(f"/api/v1/alarms/{alarm['id']}/changes").json()
    assert [change["change"] for change in changes] == ["raised", "acknowledged", "closed"]


def test_a_cleared_alarm_stays_until_somebody_has_seen_it(console: Sit, device: SwitchOn) -> None:
    watching, gate = console("city"), device("face_gate")
    gate.report("forced_open")
    gate.report("pass")
    alarm = watching.wait_for_alarm(gate.facts.id, "forced_open", active=False)
    watching.session.post(f"/api/v1/alarms/{alarm['id']}/acknowledge", {})
    watching.wait_for_no_alarm(gate.facts.id, "forced_open")
    gate.report("forced_open")
    again = watching.wait_for_alarm(gate.facts.id, "forced_open", active=True)
    assert again["id"] != alarm["id"]


def test_a_panic_ends_with_its_acknowledgement(console: Sit, device: SwitchOn) -> None:
    watching, button = console("city"), device("panic_button")
    for _ in range(3):
        button.report("pressed")
    button.wait_for_ack()
    alarm = watching.wait_for_alarm(button.facts.id, "panic", count=3)
    answer = watching.session.post(f"/api/v1/alarms/{alarm['id']}/acknowledge", {}).json()
    assert (answer["active"], answer["acknowledged"]) == (False, True)
    watching.wait_for_no_alarm(button.facts.id, "panic")


def test_many_are_acknowledged_at_once_and_each_is_told_of(
    console: Sit, device: SwitchOn, sign_in: SignIn
) -> None:
    watching = console("city")
    east, south = device("face_gate"), device("face_gate", city.SOUTH)
    for gate in (east, south):
        gate.report("tamper")
    ids = [watching.wait_for_alarm(gate.facts.id, "tamper")["id"] for gate in (east, south)]
    town = sign_in("town")
    first = town.post("/api/v1/alarms/acknowledge", {"ids": [*ids, 999_999_999], "note": "看"})
    assert first.json() == {
        "acknowledged": [ids[0]], "already": [], "not_found": [ids[1], 999_999_999]
    }  # fmt: skip
    second = watching.session.post("/api/v1/alarms/acknowledge", {"ids": ids})
    assert second.json() == {"acknowledged": [ids[1]], "already": [ids[0]], "not_found": []}


def test_who_may_only_watch_acknowledges_nothing(
    console: Sit, device: SwitchOn, sign_in: SignIn
) -> None:
    watching, gate = console("city"), device("face_gate")
    gate.report("tamper")
    alarm = watching.wait_for_alarm(gate.facts.id, "tamper")
    for name in ("patrol", "auditor"):
        answer = sign_in(name).post(f"/api/v1/alarms/{alarm['id']}/acknowledge", {})
        assert answer.status_code == 403
    assert sign_in("town2").post(f"/api/v1/alarms/{alarm['id']}/acknowledge", {}).status_code == 404


def test_lists_are_filtered_and_paged(console: Sit, device: SwitchOn) -> None:
    watching = console("city")
    gate = device("face_gate", city.WEST)
    for type_ in ("forced_open", "door_held", "tamper"):
        gate.report(type_)
        watching.wait_for_alarm(gate.facts.id, type_)
    get = watching.session.get

    def conditions(**query: object) -> list[str]:
        items = get("/api/v1/alarms", device=gate.facts.id, **query).json()["items"]
        return [item["condition"] for item in items]

    assert conditions() == ["tamper", "door_held", "forced_open"]
    assert conditions(severity="1,2") == ["tamper", "forced_open"]
    assert conditions(condition="door_held") == ["door_held"]
    assert conditions(open="true", code=city.WEST.code) == ["tamper", "door_held", "forced_open"]
    assert conditions(code=city.EAST.code) == []
    assert conditions(acknowledged="true") == []
    found, cursor = [], None
    while True:
        query = {"device": gate.facts.id, "limit": 2, **({"cursor": cursor} if cursor else {})}
        page = get("/api/v1/alarms", **query).json()
        found += [item["condition"] for item in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert found == ["tamper", "door_held", "forced_open"]
