"""A snapshot's alarms are read without a model for each, and are the same bytes."""

from datetime import timedelta
from itertools import product
from typing import Any

import orjson
import pytest
from django.utils import timezone

from command_center.accounts.policy import Role
from command_center.accounts.scope import Scope
from command_center.accounts.services import PostAt, create_account
from command_center.feed import services as feed
from command_center.feed.sections import FeedModel, sections
from iot_bridge.alarms.models import Alarm, AlarmGroup
from tests.support import city, deeds

NOW = timezone.now()
VILLAGE = city.EAST.villages[0]
CONDITIONS = ("forced_open", "door_held", "tamper", "fault", "x_own")
STATES: tuple[dict[str, Any], ...] = (
    {},
    {
        "longitude": 106.25,
        "latitude": 38.0625,
        "site": "东门",
        "detail": {"people": 2, "of": ["é"]},
    },
    {
        "acknowledged": True,
        "acknowledged_at": NOW,
        "acknowledged_by_name": "王",
        "note": '"quoted"',
    },
    {"active": False, "cleared_at": NOW, "latched": True, "latching": True, "count": 70_000},
    {"shelved_until": NOW, "shelved_by_name": "王", "shelve_reason": "检修", "comments": 2},
    {"suppressed_by": "fault", "out_of_service": True},
    {"suppressed_by": "x_own", "chattering": True, "rule": 2**40, "rule_version": 3},
    {"title_zh": "标题", "title_en": "Title", "assignee_name": "李", "severity": 1},
)
CLOCKS: tuple[dict[str, Any], ...] = (
    {},
    {"level": VILLAGE, "level_since": NOW},
    {"level": VILLAGE, "level_since": NOW, "level_reminders": 2, "reminders": 5},
    {"level": city.EAST.code, "level_since": NOW, "escalated_at": NOW},
    {"level": VILLAGE, "level_since": NOW, "escalated_at": NOW - timedelta(hours=1)},
    {"level": VILLAGE, "level_since": None, "escalated_at": NOW},
)


@pytest.fixture
def alarms(db: None) -> None:
    """Open alarms in every state, on every clock, some of a group."""
    combinations = list(product(STATES, CLOCKS))
    devices = [[f"gate-{n}", "门", "face_gate", VILLAGE, "canonical", ""] for n, _ in enumerate(combinations)]  # fmt: skip
    with feed.transaction():
        for code, name in city.jurisdictions():
            deeds.set_jurisdiction(code=code, name=name)
        deeds.register(devices=devices)
    officer = create_account(
        username="officer", name="李", password=city.PASSWORD, posts=[PostAt(Role.DISPATCHER, city.CITY)]
    )  # fmt: skip
    group = AlarmGroup.objects.create(
        rule="two", name="两处", severity=2, code=VILLAGE, raised_at=NOW
    )
    common = {"kind": "face_gate", "code": VILLAGE, "raised_at": NOW, "last_at": NOW, "severity": 3}
    for number, (state, clock) in enumerate(combinations):
        member = {"group": group, "group_rule": "two", "group_name": "两处"} if number % 3 else {}
        grave = {"group_severity": 2} if number % 3 == 1 else {}
        given = {"assignee": officer} if "assignee_name" in state else {}
        own = {
            "device_id": f"gate-{number}",
            "device_name": "门",
            "condition": CONDITIONS[number % 5],
        }
        Alarm.objects.create(**common | state | clock | member | grave | given | own)


@pytest.mark.usefixtures("alarms")
def test_plain_rows_are_the_bytes_of_the_models() -> None:
    plain = [section for section in sections() if section.plain is not None]
    assert "alarms" in [section.name for section in plain]
    for section in plain:
        assert section.plain is not None
        for scope in (Scope((city.CITY,)), Scope((city.SOUTH.code,))):
            models = orjson.dumps(list(section.read(scope)), default=FeedModel.model_dump)
            assert orjson.dumps(list(section.plain(scope))) == models
            assert (len(models) > 2) == (scope.prefixes == (city.CITY,))


@pytest.mark.usefixtures("alarms")
def test_plain_rows_are_what_the_schema_says() -> None:
    for section in sections():
        for item in section.plain(Scope((city.CITY,))) if section.plain else ():
            assert section.item.model_validate(item).model_dump(mode="json") == item
