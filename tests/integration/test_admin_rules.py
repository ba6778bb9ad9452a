"""The administration's pages of what alarms are made of: stored rules, correlation, escalation, suppression."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.utils import timezone

from iot_bridge.alarms.models import AlarmEscalation, CorrelationRule, SuppressionRule
from iot_bridge.rulebook.models import Rule, RuleVersion
from tests.support import deeds
from tests.support.keepers import enter, text

pytestmark = pytest.mark.django_db
CITY, EAST, EAST_VILLAGE = "640181", "640181100", "640181100200"


@pytest.fixture(autouse=True)
def _city() -> None:
    for code, name in ((CITY, "灵武市"), (EAST, "东塔镇"), (EAST_VILLAGE, "城一村")):
        deeds.set_jurisdiction(code=code, name=name)


RULES_ADD = "/admin/rulebook/rule/add/"
LOW_BATTERY = {
    "when": {"type": "threshold", "field": "battery", "direction": "below", "raise_at": 15}
}


def rule_form(**changes: Any) -> dict[str, Any]:
    given = {
        "name": "电量低", "condition": "x_battery_low", "title_zh": "电量低", "title_en": "Battery low", "severity": "4",
        "latching": "", "code": EAST_VILLAGE, "kinds": ["smoke"], "device": "", "definition": json.dumps(LOW_BATTERY),
        "enabled": "on", "reason": "试用",
    }  # fmt: skip
    return {**given, **changes}


def test_a_rule_is_stored_changed_and_refused_at_its_place() -> None:
    client = enter(("administrator", CITY))
    bad = {"when": {"type": "expression", "expr": "data.battery <"}}
    page = client.post(RULES_ADD, rule_form(definition=json.dumps(bad)))
    word = "line 1, /when/expr, line 1, column 15 of the expression: cannot be read: "
    assert word in page.content.decode()
    assert page.context["adminform"].form.fields["definition"].widget.attrs["autofocus"]
    kicked = client.post(RULES_ADD, rule_form(definition='{"when": kicked}'))
    assert "no JSON from line 1, column 10 on" in kicked.content.decode()
    chinese = client.post(RULES_ADD, rule_form(title_en=" "), HTTP_ACCEPT_LANGUAGE="zh-hans")
    assert chinese.context["adminform"].form.errors["title_en"] == ["自定条件须有中英文名"]
    assert client.post(RULES_ADD, rule_form()).status_code == 302
    rule = Rule.objects.get(condition="x_battery_low")
    assert (rule.version, rule.definition, rule.kinds) == (1, LOW_BATTERY, ["smoke"])
    path = f"/admin/rulebook/rule/{rule.pk}/change/"
    assert "Battery low" in text(client, path)
    assert client.post(path, rule_form(severity="3", reason="更要紧", seen=1)).status_code == 302
    reasons = RuleVersion.objects.filter(rule=rule).values_list("number", "reason")
    assert list(reasons) == [(2, "更要紧"), (1, "试用")]
    assert "更要紧" in text(enter(("dispatcher", CITY), username="watcher"), path)


def test_who_comes_second_is_told_who_was_first_and_decides() -> None:
    client = enter(("administrator", CITY))
    client.post(RULES_ADD, rule_form())
    rule = Rule.objects.get(condition="x_battery_low")
    path = f"/admin/rulebook/rule/{rule.pk}/change/"
    assert client.post(path, rule_form(severity="2", reason="先改", seen=1)).status_code == 302
    second = client.post(path, rule_form(name="另一名称", reason="后改", seen=1))
    (word,) = second.context["adminform"].form.non_field_errors()
    assert "先改" in word
    assert "Severity" in word
    rule.refresh_from_db()
    assert (rule.version, rule.severity) == (2, 2)
    seen = second.context["adminform"].form["seen"].value()
    assert (
        client.post(path, rule_form(name="另一名称", reason="后改", seen=seen)).status_code == 302
    )
    rule.refresh_from_db()
    assert (rule.version, rule.name, rule.severity) == (3, "另一名称", 4)


def test_rules_are_switched_in_their_list() -> None:
    client = enter(("administrator", CITY))
    client.post(RULES_ADD, rule_form())
    rule = Rule.objects.get(condition="x_battery_low")
    for action, on in (("take_out", False), ("take_out", False), ("put_in", True)):
        client.post("/admin/rulebook/rule/", {"action": action, "_selected_action": [rule.pk]})
        rule.refresh_from_db()
        assert rule.enabled is on
    assert rule.version == 3


def test_correlation_rules_belong_to_who_holds_the_rules() -> None:
    path = "/admin/alarms/correlationrule/"
    keeper = enter(("administrator", CITY))
    form = {
        "code": "door", "name": "门禁", "enabled": "on", "order": "5", "devices": "2", "least_severity": "4",
        "window_s": "60", "radius_m": "30", "raise_by": "0",
    }  # fmt: skip
    refused = keeper.post(f"{path}add/", {**form, "conditions": ["smoke"]})
    assert "conditions" in refused.context["adminform"].form.errors
    assert (
        keeper.post(f"{path}add/", {**form, "conditions": ["smoke", "tamper"]}).status_code == 302
    )
    rule = CorrelationRule.objects.get(code="door")
    watcher = enter(("dispatcher", CITY), username="watcher")
    assert "smoke + tampering" in text(watcher, f"{path}{rule.pk}/change/")
    assert watcher.post(f"{path}{rule.pk}/change/", form).status_code == 403
    assert watcher.get(f"{path}add/").status_code == 403
    for posts in (("administrator", EAST), ("township_officer", CITY)):
        assert enter(posts, username=posts[0] + posts[1]).get(path).status_code == 403


def test_own_conditions_of_stored_rules_are_chosen_by_their_titles() -> None:
    keeper = enter(("administrator", CITY))
    rule = Rule.objects.create(
        name="燃气", code=CITY, condition="x_gas", title_zh="燃气泄漏", title_en="Gas leak", severity=1,
        changed_at=timezone.now(), changed_by_name="",
    )  # fmt: skip
    Rule.objects.create(
        name="旧", code=CITY, condition="x_old", title_zh="旧", removed=True, changed_at=timezone.now(),
        changed_by_name="",
    )  # fmt: skip
    together = {
        "code": "gas", "name": "燃气", "order": "5", "devices": "2", "least_severity": "4", "window_s": "60",
        "radius_m": "30", "raise_by": "0", "conditions": ["smoke", "x_gas"],
    }  # fmt: skip
    waits = {"severity": "1", "condition": "x_gas", "remind_minutes": "1", "repeat_minutes": "2"}
    pair = {"suppressed": "tamper", "reach": "device", "enabled": "on", "why": "leak"}
    tables: dict[str, tuple[Any, dict[str, Any], dict[str, Any]]] = {
        "correlationrule": (CorrelationRule, together, {"conditions": ["smoke", "x_old"]}),
        "alarmescalation": (AlarmEscalation, waits, {"condition": "x_old"}),
        "suppressionrule": (SuppressionRule, {**pair, "cause": "x_gas"}, {"cause": "x_never"}),
    }
    for table, (_model, form, wrong) in tables.items():
        path = f"/admin/alarms/{table}/"
        refused = keeper.post(f"{path}add/", {**form, **wrong})
        assert list(refused.context["adminform"].form.errors) == list(wrong)
        assert keeper.post(f"{path}add/", form).status_code == 302
        assert "Gas leak" in text(keeper, path)
    graver = keeper.post(
        "/admin/alarms/suppressionrule/add/", {**pair, "cause": "fault", "suppressed": "x_gas"}
    )
    assert "suppressed" in graver.context["adminform"].form.errors
    rule.removed = True
    rule.save()
    for table, (model, form, wrong) in tables.items():
        path = f"/admin/alarms/{table}/"
        kept = model.objects.get(**{field: form[field] for field in wrong})
        for page in (path, f"{path}{kept.pk}/change/"):
            assert "Gas leak (removed rule" in text(keeper, page)
        assert keeper.post(f"{path}{kept.pk}/change/", form).status_code == 302
        assert keeper.post(f"{path}add/", {**form, "code": "again"}).status_code == 200
