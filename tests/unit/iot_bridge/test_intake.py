"""Intake in the test's own database: sharing out messages, deduplication, all or nothing."""

import json
from dataclasses import replace

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from command_center.feed import services as feed
from command_center.feed.selectors import head
from iot_bridge.alarms.models import Alarm
from iot_bridge.intake import services
from iot_bridge.intake.decoding import Decoded, Decoder, Received
from iot_bridge.intake.models import DeadLetter, DeviceEvent
from iot_bridge.intake.registry import DeviceRegistry, Shard
from iot_bridge.intake.work import Taken, Work
from iot_bridge.protocol.reasons import DeadLetterReason
from tests.support import city, deeds

pytestmark = pytest.mark.usefixtures("registered")

NOW = 1_763_740_800_000
EAST, REST = Shard(include=(city.EAST.code,)), Shard(exclude=(city.EAST.code,))
THREE = (
    Shard(include=(city.EAST.villages[0],)),
    Shard(include=(city.SOUTH.code, city.EAST.villages[1])),
    Shard(exclude=(city.SOUTH.code, *city.EAST.villages)),
)
FLEET = tuple(city.fleet())
GATE = FLEET[0]


@pytest.fixture
def registered(db: None) -> None:
    """The places and the devices of the city, without its people."""
    with feed.transaction():
        for code, name in city.jurisdictions():
            deeds.set_jurisdiction(code=code, name=name)
        deeds.register(devices=[[d.id, d.name, d.kind, d.code, d.codec, ""] for d in FLEET])
        deeds.register(
            devices=[
                [
                    "lora-east",
                    "车位",
                    "fire_lane",
                    city.EAST.villages[0],
                    "chirpstack_vehicle",
                    "00" * 8,
                ],
                [
                    "lora-west",
                    "车位",
                    "fire_lane",
                    city.WEST.villages[0],
                    "chirpstack_vehicle",
                    "11" * 8,
                ],
            ]
        )


def decoder(shard: Shard) -> Decoder:
    registry = DeviceRegistry(shard)
    registry.load()
    return Decoder(registry)


def event(facts: city.DeviceFacts, type_: str = "forced_open", event_id: str = "e1") -> Received:
    body = {"event_id": event_id, "ts": NOW, "type": type_}
    return Received(f"{facts.topic}/event", json.dumps(body).encode(), NOW)


def speaks(decoded: Decoded) -> bool:
    return bool(decoded.messages) or decoded.rejected is not None


@pytest.mark.parametrize("shards", [(Shard(),), (EAST, REST), THREE], ids=len)
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    facts=st.sampled_from(FLEET),
    place=st.sampled_from([code for code, _ in city.jurisdictions()]),
    kind=st.sampled_from([*city.KINDS, "toaster"]),
    unknown=st.booleans(),
    payload=st.sampled_from(
        [b"{", b'{"event_id":"1","ts":1,"type":"battery","data":{"battery":1}}']
    ),
)
def test_exactly_one_bridge_answers_for_a_topic(
    shards: tuple[Shard, ...],
    facts: city.DeviceFacts,
    place: str,
    kind: str,
    unknown: bool,
    payload: bytes,
) -> None:
    """Whatever device, place and kind a topic names, right or wrong, even if every bridge hears it."""
    named = replace(facts, code=place, kind=kind, id=f"{facts.id}-x" if unknown else facts.id)
    received = Received(f"{named.topic}/event", payload, NOW)
    answers = [decoder(shard).decode(received) for shard in shards]
    assert sum(map(speaks, answers)) == 1


@pytest.mark.parametrize("shards", [(Shard(),), (EAST, REST), THREE], ids=len)
@pytest.mark.parametrize("eui", ["00" * 8, "11" * 8, "22" * 8])
def test_exactly_one_bridge_answers_for_a_makers_device(
    shards: tuple[Shard, ...], eui: str
) -> None:
    body = {"deviceInfo": {"devEui": eui}, "fPort": 1, "fCnt": 1, "data": "AQ=="}
    received = Received(f"application/a/device/{eui}/event/up", json.dumps(body).encode(), NOW)
    assert sum(speaks(decoder(shard).decode(received)) for shard in shards) == 1


def test_a_device_registered_a_moment_ago_is_found() -> None:
    early = decoder(EAST)
    late = replace(GATE, id="just-now")
    deeds.register(devices=[[late.id, "新", late.kind, late.code, late.codec, ""]])
    assert early.decode(event(late)).messages


def test_a_look_up_that_failed_is_not_repeated_for_a_second() -> None:
    one, stranger = decoder(Shard()), replace(GATE, id="stranger")
    one.decode(event(stranger))
    deeds.register(devices=[[stranger.id, "生", stranger.kind, stranger.code, stranger.codec, ""]])
    rejected = one.decode(event(stranger)).rejected
    assert rejected is not None
    assert rejected.reason is DeadLetterReason.UNKNOWN_DEVICE
    later = replace(event(stranger), at_ms=NOW + 1001)
    assert one.decode(later).messages


def take(one: Decoder, *received: Received, now_ms: int = NOW) -> Taken:
    decoded = [one.decode(message) for message in received]
    taken = services.commit(
        Work(
            messages=[message for item in decoded for message in item.messages],
            rejected=[item.rejected for item in decoded if item.rejected is not None],
            now_ms=now_ms,
        )
    )
    services.adopt(taken, silence_from_ms=0)
    return taken


def test_a_repeat_within_a_batch_and_after_it_changes_nothing() -> None:
    one = decoder(Shard())
    taken = take(one, event(GATE), event(GATE))
    assert (taken.events, taken.duplicates) == (1, 1)
    before = head().seq
    assert take(one, event(GATE)).duplicates == 1
    assert head().seq == before
    assert Alarm.objects.get().count == 1


def test_a_batch_that_fails_leaves_nothing_behind() -> None:
    one = decoder(Shard())
    before = head().seq
    entry = one._devices.by_id(GATE.id)
    assert entry is not None
    live = entry.live
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TRIGGER no_alarm BEFORE INSERT ON alarms_alarm BEGIN SELECT RAISE(ABORT, 'no'); END"
        )
    with pytest.raises(Exception, match="no"):
        take(one, event(GATE))
    assert head().seq == before
    assert not DeviceEvent.objects.exists()
    assert entry.live == live


def test_raise_and_clear_in_one_batch_is_one_alarm_already_over() -> None:
    take(decoder(Shard()), event(GATE), event(GATE, "pass", "e2"))
    alarm = Alarm.objects.get()
    assert (alarm.active, alarm.open, alarm.count) == (False, True, 1)
    assert [c.change for c in alarm.changes.all()] == ["raised", "cleared"]


def test_a_state_survives_in_the_database_as_it_was() -> None:
    lane = next(one for one in FLEET if one.kind == "fire_lane")
    body = {"event_id": "o", "ts": NOW, "type": "occupied", "data": {"occupied": True}}
    take(decoder(Shard()), Received(f"{lane.topic}/event", json.dumps(body).encode(), NOW))
    again = decoder(Shard())
    entry = again._devices.by_id(lane.id)
    assert entry is not None
    assert entry.due_ms == NOW + 30_000  # late before the lane is blocked
    late = services.commit(Work(due=[entry], now_ms=NOW + 180_000))
    assert late.verdicts >= 1
    assert Alarm.objects.filter(condition="lane_blocked", active=True).exists()


def test_identical_letters_are_one_with_a_count() -> None:
    one = decoder(Shard())
    bad = Received(f"{GATE.topic}/event", b"{", NOW)
    for _ in range(3):
        take(one, bad)
    take(one, replace(bad, payload=b"["))
    counts = DeadLetter.objects.order_by("id").values_list("count", flat=True)
    assert list(counts) == [3, 1]


def test_an_old_retained_online_is_no_sign_of_life() -> None:
    body = json.dumps({"online": True, "ts": NOW - 100_000}).encode()
    topic = f"{GATE.topic}/state"
    assert not decoder(Shard()).decode(Received(topic, body, NOW, retained=True)).messages
    assert decoder(Shard()).decode(Received(topic, body, NOW)).messages
