"""The waiting list in the test's own database: who gets on it, how it is bounded, how one leaves it."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from command_center.accounts.models import User
from command_center.accounts.scope import Scope
from command_center.audit.models import AuditEntry
from command_center.feed import services as feed
from iot_bridge.alarms.models import Alarm
from iot_bridge.devices.models import Device, PendingDevice
from iot_bridge.devices.services import save_device
from iot_bridge.intake import replay, services, waiting
from iot_bridge.intake.decoding import Decoder, Received
from iot_bridge.intake.models import DeadLetter, DeviceEvent
from iot_bridge.intake.registry import DeviceRegistry, Shard
from iot_bridge.intake.selectors import letters_of_devices
from iot_bridge.intake.work import Work
from tests.support import city, deeds

NOW = 1_763_740_800_000
IEEE = "0x005043c95333194d"
TOPIC = f"zigbee2mqtt/{IEEE}"
VILLAGE = city.EAST.villages[0]


@pytest.fixture(autouse=True)
def places(db: None) -> None:
    """The places of the city; no device is registered."""
    with feed.transaction():
        for code, name in city.jurisdictions():
            deeds.set_jurisdiction(code=code, name=name)


@pytest.fixture
def officer() -> User:
    """Somebody who may decide."""
    return User.objects.create(username="officer", name="管理员")


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """A waiting list of three places."""
    monkeypatch.setattr(waiting, "PLACES", 3)


class Bridge:
    """What the runner does with a message, without a broker."""

    def __init__(self, shard: Shard | None = None) -> None:
        self.devices = DeviceRegistry(shard or Shard())
        self.devices.load()
        self.decoder = Decoder(self.devices)
        self.now = NOW

    def hear(self, topic: str, payload: dict[str, Any] | bytes, *, retained: bool = False) -> Any:
        """Decode and commit one message; two seconds pass."""
        raw = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        self.now += 2_000
        decoded = self.decoder.decode(Received(topic, raw, self.now, retained=retained))
        taken = services.commit(
            Work(
                messages=decoded.messages,
                rejected=[decoded.rejected] if decoded.rejected else [],
                strangers=decoded.strangers,
                now_ms=self.now,
            )
        )
        services.adopt(taken, silence_from_ms=0)
        return taken

    def take_queued(self) -> None:
        """As the bridge does twice a second."""
        self.devices.refresh()
        for letter in replay.queued(self.devices.shard):
            decoded = self.decoder.decode(replay.as_received(letter, at_ms=self.now))
            services.adopt(
                services.commit(Work(messages=decoded.messages, now_ms=self.now)), silence_from_ms=0
            )
            replay.finish(letter, rejected=decoded.rejected)


def device(**fields: Any) -> Device:
    values = {
        "id": "smoke-3",
        "name": "烟感",
        "kind": "smoke",
        "jurisdiction_id": VILLAGE,
        "codec": "zigbee2mqtt",
        "external_id": IEEE,
    }
    return Device(**{**values, **fields})


def config() -> dict[str, Any]:
    return {
        "state_topic": TOPIC,
        "device_class": "smoke",
        "value_template": "{{ value_json.smoke }}",
        "device": {"identifiers": [IEEE], "manufacturer": "HEIMAN", "model": "HS1SA-E"},
    }


def test_an_announced_device_waits_with_what_is_said_of_it() -> None:
    bridge = Bridge()
    bridge.hear(f"homeassistant/binary_sensor/{IEEE}/smoke/config", config(), retained=True)
    bridge.hear(f"homeassistant/binary_sensor/{IEEE}/smoke/config", config(), retained=True)
    [row] = PendingDevice.objects.all()
    assert (row.codec, row.external_id, row.kind) == ("zigbee2mqtt", IEEE, "smoke")
    assert (row.maker, row.model, row.announced, row.count) == ("HEIMAN", "HS1SA-E", True, 0)
    assert row.code == "640181"
    assert not DeadLetter.objects.exists()


def test_a_stranger_that_speaks_waits_and_is_taken_in_once_registered(officer: User) -> None:
    bridge = Bridge()
    for smoke in (False, True):
        bridge.hear(TOPIC, {"smoke": smoke, "battery": 80, "owner": "王小明"})
    [row] = PendingDevice.objects.all()
    assert (row.kind, row.count) == ("smoke", 2)
    assert json.loads(row.sample) == {"smoke": True, "battery": 80}
    letters = DeadLetter.objects.all()
    assert {(letter.device_id, letter.reason) for letter in letters} == {(IEEE, "unknown_device")}
    done = waiting.register(pending=row, device=device(), actor=officer)
    assert done.letters == 2
    bridge.take_queued()
    assert not PendingDevice.objects.exists()
    assert {letter.state for letter in DeadLetter.objects.all()} == {"replayed"}
    assert Alarm.objects.get().condition == "smoke"
    assert list(DeviceEvent.objects.values_list("type", flat=True)) == ["alarm"]
    assert AuditEntry.objects.filter(action="device.created", actor=officer).exists()


def test_a_device_registered_by_any_other_way_leaves_the_list_and_its_letters_for_replay() -> None:
    bridge = Bridge()
    bridge.hear(TOPIC, {"smoke": True})
    save_device(device=device(), actor=None)
    assert not PendingDevice.objects.exists()
    assert DeadLetter.objects.get().state == "open"


def test_what_the_admin_registers_from_the_list_is_taken_in_by_the_worker() -> None:
    bridge = Bridge()
    up = {"deviceInfo": {"devEui": "11" * 8}, "fPort": 1, "fCnt": 1, "data": "AQ=="}
    bridge.hear(f"application/a/device/{'11' * 8}/event/up", up)
    assert PendingDevice.objects.get().codec == "chirpstack"
    late = device(id="lane", kind="fire_lane", codec="chirpstack_vehicle", external_id="11" * 8)
    save_device(device=late, actor=None, from_waiting=True)
    assert PendingDevice.objects.get().state == "registered"
    assert waiting.tend_waiting.run() == "1 messages of newly registered devices queued"
    bridge.take_queued()
    assert not PendingDevice.objects.exists()
    assert DeviceEvent.objects.get().type == "occupied"


def test_of_one_stranger_the_latest_letters_are_kept() -> None:
    bridge = Bridge()
    for level in range(waiting.LETTERS + 5):
        bridge.hear(TOPIC, {"smoke": False, "linkquality": level})
    assert PendingDevice.objects.get().count == waiting.LETTERS + 5
    kept = [json.loads(bytes(letter.payload)) for letter in DeadLetter.objects.order_by("id")]
    assert [one["linkquality"] for one in kept] == list(range(5, waiting.LETTERS + 5))


@pytest.mark.usefixtures("few")
def test_a_flood_of_made_up_ids_fills_the_list_and_nothing_else() -> None:
    bridge = Bridge()
    turned_away = sum(
        bridge.hear(f"zigbee2mqtt/made-up-{number}", {"smoke": True}).turned_away
        for number in range(20)
    )
    assert PendingDevice.objects.count() == 3
    assert turned_away == 17
    notice = DeadLetter.objects.get(device_id="")
    assert notice.count == 17
    assert "full" in notice.detail
    assert DeadLetter.objects.count() == 4


def test_who_is_refused_stays_refused_until_forgotten(officer: User) -> None:
    bridge = Bridge()
    bridge.hear(TOPIC, {"smoke": True})
    row = PendingDevice.objects.get()
    assert waiting.refuse(pending=row, actor=officer, reason="不是本市的设备")
    assert not waiting.refuse(pending=row, actor=officer, reason="again")
    bridge.hear(TOPIC, {"smoke": True, "battery": 1})
    row.refresh_from_db()
    assert (row.state, row.count) == ("refused", 2)
    assert [letter.state for letter in DeadLetter.objects.all()] == ["discarded"]
    waiting.forget(pending=row, actor=officer)
    bridge.hear(TOPIC, {"smoke": True, "battery": 2})
    assert PendingDevice.objects.get().state == "waiting"
    actions = set(AuditEntry.objects.values_list("action", flat=True))
    assert {"device.refused", "device.forgotten"} <= actions


def test_the_silent_are_forgotten_the_refused_are_not(officer: User) -> None:
    bridge = Bridge()
    bridge.hear(TOPIC, {"smoke": True})
    bridge.hear("zigbee2mqtt/other", {"smoke": True})
    waiting.refuse(pending=PendingDevice.objects.get(external_id=IEEE), actor=officer, reason="x")
    PendingDevice.objects.update(last_seen=timezone.now() - waiting.EXPIRY - timedelta(days=1))
    assert waiting.tend_waiting.run() == "1 silent strangers forgotten"
    assert PendingDevice.objects.get().external_id == IEEE


def test_a_stranger_on_a_canonical_topic_waits_where_its_topic_says() -> None:
    path = f"{VILLAGE[:6]}/{VILLAGE[6:9]}/{VILLAGE[9:12]}"
    event = {"event_id": "1", "ts": NOW, "type": "pressed"}
    Bridge().hear(f"sc/v1/{path}/panic_button/new-1/event", event)
    row = PendingDevice.objects.get()
    assert (row.codec, row.kind, row.code) == ("canonical", "panic_button", VILLAGE)


def test_what_no_codec_reads_waits_without_a_codec() -> None:
    said = {**config(), "state_topic": "esphome/smoke/state"}
    Bridge().hear("homeassistant/binary_sensor/smoke/config", said)
    assert PendingDevice.objects.get().codec == "homeassistant"


def test_only_one_bridge_puts_a_stranger_on_the_list() -> None:
    Bridge(Shard(include=(city.EAST.code,))).hear(TOPIC, {"smoke": True})
    assert not PendingDevice.objects.exists()


def test_a_change_within_a_batch_is_not_lost() -> None:
    """Two readings before the first is committed: the second knows what the first will have told."""
    save_device(device=device(), actor=None)
    bridge = Bridge()
    readings = [
        bridge.decoder.decode(Received(TOPIC, json.dumps({"smoke": smoke}).encode(), NOW + n))
        for n, smoke in enumerate([True, True, False])
    ]
    messages = [message for one in readings for message in one.messages]
    assert [one.message.type for one in messages] == ["alarm", "state", "normal"]
    services.adopt(services.commit(Work(messages=messages, now_ms=NOW + 9)), silence_from_ms=0)
    alarm = Alarm.objects.get()
    assert (alarm.active, alarm.count) == (False, 1)
    later = bridge.decoder.decode(Received(TOPIC, b'{"smoke": false}', NOW + 20_000))
    assert [one.message.type for one in later.messages] == ["state"]


def test_a_bad_letter_of_a_makers_device_is_counted_under_its_own_id() -> None:
    save_device(device=device(parameters={"fields": {"alarm": "mode"}}), actor=None)
    bridge = Bridge()
    for _ in range(2):
        bridge.hear(TOPIC, b"not json")
    bridge.hear(TOPIC, {"mode": "perhaps"})
    [one] = letters_of_devices(Scope((VILLAGE,)), limit=5)
    assert (one.device_id, one.name, one.letters, one.messages) == ("smoke-3", "烟感", 2, 3)
    assert one.reasons == {"not_json": 1, "bad_data": 1}


def test_a_letter_without_its_birth_is_left_to_the_bridge_that_heard_it(officer: User) -> None:
    raw = bytes.fromhex("080512061002700158011805")
    topic = "spBv1.0/g/DDATA/n/d"
    save_device(device=device(codec="sparkplug", external_id="g/n/d"), actor=None)
    bridge = Bridge()
    bridge.hear(topic, raw)
    letter = DeadLetter.objects.get()
    assert (letter.reason, letter.device_id, letter.code) == ("no_birth", "smoke-3", VILLAGE)
    assert replay.replay(letter=letter, actor=officer).accepted
    assert DeadLetter.objects.get().state == "queued"


def test_wrong_field_rules_are_refused_with_their_place() -> None:
    with pytest.raises(Exception, match=r"fields\.alarm"):
        save_device(device=device(parameters={"fields": {"alarm": 5}}), actor=None)
    save_device(
        device=device(parameters={"offline_after_s": 600, "fields": {"alarm": "x"}}), actor=None
    )
    entry = replace(Bridge().devices.by_external("zigbee2mqtt", IEEE) or pytest.fail("not loaded"))
    assert (entry.thresholds.offline_after_s, entry.rules["alarm"].field) == (600, "x")
