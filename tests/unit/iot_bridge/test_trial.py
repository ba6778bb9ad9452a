"""A trial over what the database kept tells what live evaluation raised, of silence too."""

from dataclasses import replace

import pytest

from command_center.accounts.models import User
from command_center.accounts.scope import Scope
from iot_bridge.alarms.models import Alarm, AlarmChange
from iot_bridge.intake.registry import from_ms, to_ms
from iot_bridge.intake.trial import Trial, try_out
from iot_bridge.outages.models import Outage, OutageCause
from iot_bridge.rulebook import services as rulebook
from iot_bridge.rulebook.drafts import Draft
from iot_bridge.rulebook.models import Rule
from iot_bridge.rulebook.selectors import as_stored
from iot_bridge.rules.conditions import Condition
from iot_bridge.rules.engine.schedules import Days
from tests.support import city
from tests.support.timed_bridge import START, VILLAGE, YARD, Bridge, furnish

ELSEWHERE = [f"town-{n}" for n in range(6)]
WHOLE = Scope((city.CITY,))


@pytest.fixture
def places(db: None) -> None:
    furnish(elsewhere=ELSEWHERE)


def quiet_rule(for_s: int, code: str = city.CITY, **more: object) -> Rule:
    draft = Draft.from_json(
        {
            "name": "长时间无上报",
            "code": code,
            "kinds": [],
            "device": None,
            "condition": "x_quiet",
            "title_zh": "无上报",
            "title_en": "Quiet",
            "severity": 3,
            "latching": None,
            "definition": {"when": {"type": "absence", "for_s": for_s}},
            **more,
        }
    )
    actor, _new = User.objects.get_or_create(username="keeper")
    return rulebook.create(draft=draft, scope=WHOLE, actor=actor, reason="试")


def trial_of(rule: Rule, now_ms: int) -> Trial:
    return try_out(as_stored(rule), WHOLE, Days(), now=from_ms(now_ms))


def live() -> list[tuple[str, str, int]]:
    words = {"raised": "raised", "reactivated": "raised", "cleared": "cleared"}
    rows = AlarmChange.objects.filter(alarm__condition="x_quiet", change__in=words)
    return sorted(
        (row.alarm.device_id, words[row.change], (to_ms(row.at) - START) // 1000)
        for row in rows.select_related("alarm")
    )


def tried(trial: Trial) -> list[tuple[str, str, int]]:
    return sorted(
        (device.id, step.change, (step.at_ms - START) // 1000) for device, step in trial.steps
    )


@pytest.mark.usefixtures("places")
def test_who_was_silent_alone_with_its_place_and_never() -> None:
    rule = quiet_rule(200)
    bridge = Bridge()
    bridge.beat(*YARD, *ELSEWHERE)
    bridge.wait(300, *YARD[1:], *ELSEWHERE)
    bridge.beat(YARD[0])
    bridge.wait(20, *YARD, *ELSEWHERE)
    bridge.wait(400, *ELSEWHERE)
    bridge.beat(*YARD)
    bridge.wait(120, *YARD, *ELSEWHERE)
    assert Outage.objects.get().cause == OutageCause.SITE_SILENT
    assert [change for _d, change, _at in live()].count("raised") == 5
    trial = trial_of(rule, bridge.now)
    assert tried(trial) == live()
    assert (trial.raised, trial.alarmed, trial.still, trial.unwatched) == (5, 4, 0, 0)
    assert trial.folded is None, "an own condition stays each device's"
    offline = replace(as_stored(rule), condition=Condition.DEVICE_OFFLINE)
    told = try_out(offline, WHOLE, Days(), now=from_ms(bridge.now))
    assert (told.raised, told.folded) == (5, 4), "one alone, four with their place"


@pytest.mark.usefixtures("places")
def test_nobody_was_silent_while_the_bridge_was_deaf_and_a_nearer_rule_decides() -> None:
    rule = quiet_rule(3_600)
    nearer = quiet_rule(7_200, VILLAGE)
    since, until = from_ms(START), from_ms(START + 1_800_000)
    Outage.objects.create(
        cause=OutageCause.BROKER_DOWN, code=city.CITY, bridge="main", since=since, until=until
    )
    trial = trial_of(rule, START + 5_000_000)
    assert (trial.devices, trial.overruled, trial.left) == (6, 4, 0)
    assert trial.unwatched == 6, "they have never reported"
    assert [row.cause for row in trial.outages] == [OutageCause.BROKER_DOWN]
    begun = {(step.at_ms - START) // 1000 for _device, step in trial.steps}
    assert begun == {3_600 - 86_400 + 5_000}, "before it was deaf, counted from the beginning"
    assert trial_of(nearer, START).devices == 4
    assert not Alarm.objects.exists()
