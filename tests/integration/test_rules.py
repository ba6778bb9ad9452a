"""Stored rules in the running system: in force while the bridge runs, tried out before, put aside when they fail."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.support import city
from tests.support.consoles import Console, Session
from tests.support.devices import DeviceClient
from tests.support.stack import Stack
from tests.support.waiting import wait_until

SignIn = Callable[..., Session]
Sit = Callable[..., Console]
SwitchOn = Callable[..., DeviceClient]

CROWD = {
    "when": {
        "type": "threshold",
        "event": "count",
        "field": "count",
        "raise_at": 50,
        "clear_at": 40,
    }
}


def wanted(device: str, definition: Any = CROWD, **more: Any) -> dict[str, Any]:
    return {
        "name": "小区入口人多",
        "device": device,
        "condition": "x_gate_crowd",
        "title_zh": "入口人多",
        "title_en": "Crowd at the gate",
        "severity": 3,
        "definition": definition,
        "reason": "测试",
        **more,
    }


@pytest.fixture
def admin(sign_in: SignIn) -> Iterator[Session]:
    """Takes out at the end what rules the test has stored."""
    session = sign_in("admin")
    before = _ids(session)
    yield session
    for rule in session.get("/api/v1/rules", limit=500).json()["items"]:
        if rule["id"] not in before:
            path = f"/api/v1/rules/{rule['id']}?version={rule['version']}&reason=done"
            assert session.request("DELETE", path).status_code == 204


def _ids(session: Session) -> set[int]:
    return {rule["id"] for rule in session.get("/api/v1/rules", limit=500).json()["items"]}


def count(probe: DeviceClient, heads: int) -> DeviceClient:
    probe.wait_for_ack(probe.report("count", {"count": heads}))
    return probe


def test_a_rule_is_in_force_while_the_bridge_runs(
    stack: Stack, admin: Session, console: Sit, device: SwitchOn
) -> None:
    watching, probe = console("city"), device("wifi_probe")
    count(probe, 60)
    assert watching.alarms_of(probe.facts.id) == []
    made = admin.post("/api/v1/rules", wanted(probe.facts.id))
    assert made.status_code == 201, made.text
    rule, path = made.json(), f"/api/v1/rules/{made.json()['id']}"

    def crowded() -> Any:
        count(probe, 60)
        return watching.alarms_of(probe.facts.id)

    (alarm,) = wait_until(crowded, what="the new rule's alarm")
    assert (alarm["condition"], alarm["severity"], alarm["active"]) == ("x_gate_crowd", 3, True)
    assert (alarm["title_zh"], alarm["rule"], alarm["rule_version"]) == ("入口人多", rule["id"], 1)

    lower = {"when": {**CROWD["when"], "raise_at": 500, "clear_at": 45}}
    changed = admin.request("PUT", path, wanted(probe.facts.id, lower, version=1))
    assert (changed.status_code, changed.json()["version"]) == (200, 2)
    assert admin.request("PUT", path, wanted(probe.facts.id, lower, version=1)).status_code == 409

    def calm() -> bool:
        count(probe, 44)
        return not watching.alarms_of(probe.facts.id)[0]["active"]

    wait_until(calm, what="the second version in force")

    back = admin.post(f"{path}/restore", {"number": 1, "version": 2, "reason": "还是原来的好"})
    assert back.json()["definition"] == CROWD
    versions = admin.get(f"{path}/versions").json()
    assert [(v["number"], v["step"]) for v in versions] == [
        (3, "restored"), (2, "changed"), (1, "created"),
    ]  # fmt: skip

    def crowded_again() -> Any:
        count(probe, 60)
        return [a for a in watching.alarms_of(probe.facts.id) if a["rule_version"] == 3]

    wait_until(crowded_again, what="the first version's alarm")
    gone = admin.request("DELETE", f"{path}?version=3&reason=done")
    assert gone.status_code == 204
    ended = watching.wait_for_alarm(probe.facts.id, "x_gate_crowd", active=False)
    assert ended["rule"] == rule["id"]


def test_a_trial_tells_what_evaluation_then_does(
    stack: Stack, admin: Session, console: Sit, device: SwitchOn
) -> None:
    watching, probe = console("city"), device("wifi_probe", chatter_count=3)
    made = admin.post("/api/v1/rules", wanted(probe.facts.id)).json()
    wait_until(lambda: watching.alarms_of(count(probe, 60).facts.id), what="the rule in force")
    for heads in (45, 39, 49, 51, 39, 51, 39, 51):  # the third time within a minute it chatters
        count(probe, heads)
    sql = (
        "SELECT c.change FROM alarms_alarmchange c JOIN alarms_alarm a ON a.id = c.alarm_id "
        "WHERE a.device_id = %s AND c.change <> 'closed' ORDER BY c.id"
    )
    real = [
        {"reactivated": "raised"}.get(row[0], row[0]) for row in stack.query(sql, probe.facts.id)
    ]
    assert real == ["raised", "cleared", "raised", "cleared", "chattering", "raised"]
    body = {key: value for key, value in wanted(probe.facts.id).items() if key != "reason"}
    told = admin.post(f"/api/v1/rules/trial?rule={made['id']}", body).json()
    assert [step["change"] for step in told["steps"]] == real[:5]
    assert (told["raised"], told["cleared"], told["held"], told["still"]) == (3, 2, 1, 1)
    assert (told["devices"], told["left"], told["cut"]) == (1, 0, "")


def test_a_rule_that_fails_is_put_aside_and_the_others_go_on(
    stack: Stack, admin: Session, console: Sit, device: SwitchOn
) -> None:
    watching, probe = console("city"), device("wifi_probe", crowd_threshold=100)
    broken = {"when": {"type": "expression", "events": ["count"], "expr": "600 / data.count > 100"}}
    rule = admin.post("/api/v1/rules", wanted(probe.facts.id, broken)).json()
    path = f"/api/v1/rules/{rule['id']}"
    wait_until(
        lambda: count(probe, 0).facts.id and admin.get(path).json()["state"] == "quarantined",
        what="the failing rule in quarantine",
    )
    count(probe, 200)
    watching.wait_for_alarm(probe.facts.id, "crowd_high", active=True)
    found = admin.get(path).json()
    assert "division by zero" in found["quarantine_reason"]
    assert found["quarantine_device"] == probe.facts.id
    warnings = admin.get("/api/v1/system").json()["warnings"]
    assert {"code": "rule_quarantined", "detail": {"rule": f"#{rule['id']}"}} in warnings
    alarm = watching.wait_for_alarm(probe.facts.id, "rule_failed", active=True)
    assert (alarm["rule"], alarm["severity"]) == (rule["id"], 3)
    assert alarm["device_name"] == f"#{rule['id']} {rule['name']}"
    again = admin.post(f"{path}/wake", {"reason": "探头已修好"}).json()
    assert (again["state"], again["quarantined_at"]) == ("on", None)
    watching.wait_for_alarm(probe.facts.id, "rule_failed", active=False)


def test_a_rule_may_take_a_shipped_ones_place(
    admin: Session, console: Sit, device: SwitchOn
) -> None:
    watching, gate = console("city"), device("face_gate")
    off = wanted(
        gate.facts.id, None, condition="door_held", title_zh="", title_en="", severity=None
    )
    assert admin.post("/api/v1/rules", off).status_code == 201
    other = wanted(
        gate.facts.id, {"when": {"type": "event", "events": ["tamper"], "lasts_s": 3600}}
    )
    assert admin.post("/api/v1/rules", {**other, "condition": "tamper"}).status_code == 201

    def tampered() -> Any:
        gate.wait_for_ack(gate.report("tamper"))
        return [a for a in watching.alarms_of(gate.facts.id) if a["rule"] is not None]

    (alarm,) = wait_until(tampered, what="the stored rule's alarm")
    assert (alarm["condition"], alarm["severity"]) == ("tamper", 3)
    gate.wait_for_ack(gate.report("door_held"))
    assert [a["condition"] for a in watching.alarms_of(gate.facts.id)] == ["tamper"]


def test_who_may_do_what_and_what_is_wrong(admin: Session, sign_in: SignIn) -> None:
    device = next(facts.id for facts in city.fleet() if facts.kind == "wifi_probe")
    bad = {"when": {"type": "expression", "expr": "data.count >"}}
    answer = admin.post("/api/v1/rules", wanted(device, bad))
    (problem,) = answer.json()["errors"]
    assert (answer.status_code, problem["field"]) == (422, "/definition/when/expr")
    assert problem["message"].startswith("line 1, column 13: ")
    assert problem["code"] == "expression_syntax"
    assert (problem["facts"]["line"], problem["facts"]["column"]) == ("1", "13")
    made = admin.post("/api/v1/rules", wanted(device)).json()
    twice = admin.post("/api/v1/rules", wanted(device)).json()["errors"]
    assert [(p["field"], p["code"]) for p in twice] == [("/condition", "taken")]
    assert twice[0]["facts"] == {"rule": f"#{made['id']}"}
    path = f"/api/v1/rules/{made['id']}"
    for username, expected in (("city", 200), ("auditor", 200), ("town", 403), ("admin2", 404)):
        assert sign_in(username).get(path).status_code == expected
    change = wanted(device, version=1)
    for username, expected in (("city", 403), ("town", 403), ("admin2", 404)):
        assert sign_in(username).request("PUT", path, change).status_code == expected
    elsewhere = sign_in("admin2").post("/api/v1/rules", wanted(device, condition="x_other"))
    assert [p["field"] for p in elsewhere.json()["errors"]] == ["/device"]
    shipped = sign_in("city").get("/api/v1/rules/shipped").json()
    lane = next(rule for rule in shipped if rule["condition"] == "lane_blocked")
    assert lane["parameters"] == {"lane_hold_s": 180}
