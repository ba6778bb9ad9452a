"""Commands in the test's own database: sent once whatever dies, ended by time, paced, forgotten."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db.models import Q
from django.utils import timezone

from command_center.accounts.models import User
from command_center.audit.models import AuditEntry
from command_center.feed import services as feed
from command_center.feed.models import FeedEvent
from iot_bridge.codecs.registry import REGISTRY
from iot_bridge.commands import selectors, services
from iot_bridge.commands.commanding import GRACE_MS, CommandState, ReplyFault
from iot_bridge.commands.models import Command
from iot_bridge.commands.services import Answer, CommandRefusedError
from iot_bridge.devices.models import Device
from iot_bridge.devices.selectors import actions_of
from iot_bridge.intake import services as intake
from iot_bridge.intake.decoding import Decoder, Received
from iot_bridge.intake.registry import DeviceRegistry, Shard
from iot_bridge.intake.work import Work
from iot_bridge.protocol.actions import CommandResult, DeviceAction
from iot_bridge.protocol.decoded import Reply
from iot_bridge.runner.orders import order_of
from tests.support import city, deeds

pytestmark = pytest.mark.django_db

GATE = next(facts for facts in city.fleet() if facts.kind == "face_gate")
EVERYWHERE = Q()


@pytest.fixture(autouse=True)
def _registered() -> None:
    with feed.transaction():
        for code, name in city.jurisdictions():
            deeds.set_jurisdiction(code=code, name=name)
        deeds.register(devices=[[GATE.id, GATE.name, GATE.kind, GATE.code, GATE.codec, ""]])
        deeds.person(username="city", held=[["dispatcher", city.CITY]])


def give(action: DeviceAction = DeviceAction.OPEN) -> Command:
    device = Device.objects.get(pk=GATE.id)
    actor = User.objects.get(username="city")
    return services.give(device=device, action=action, reason="救护车进入", actor=actor)


def ms(moment: datetime) -> int:
    return selectors.to_ms(moment)


def answer(row: Command, result: CommandResult, at: datetime) -> ReplyFault | None:
    reply = Reply(row.device_id, row.command_id, row.nonce, result)
    with feed.transaction() as publication:
        [fault] = services.take_answers(publication, [Answer(row.device_id, reply)], now_ms=ms(at))
    return fault


def test_a_bridge_that_dies_after_the_mark_leaves_it_unknown_and_unsent() -> None:
    row = give()
    [taken] = services.take_to_send(EVERYWHERE, now_ms=ms(row.issued_at))
    assert taken.pk == row.pk
    # … the bridge dies here, before it has published; the next one finds nothing to send.
    assert services.take_to_send(EVERYWHERE, now_ms=ms(row.issued_at) + 500) == []
    almost = row.expires_at + timedelta(milliseconds=GRACE_MS - 1)
    assert services.settle(now=almost) == 0
    assert services.settle(now=almost + timedelta(milliseconds=1)) == 1
    row.refresh_from_db()
    assert row.state == CommandState.UNKNOWN
    last = AuditEntry.objects.order_by("-id")[0]
    assert (last.action, last.detail["result"]) == ("device.command_ended", "unknown")
    assert answer(row, CommandResult.DONE, row.expires_at + timedelta(minutes=9)) is None
    row.refresh_from_db()
    assert (row.state, row.late) == (CommandState.SUCCEEDED, True)


def test_a_makers_report_ends_only_what_was_sent_before_it() -> None:
    device = Device.objects.get(pk=GATE.id)
    device.codec, device.external_id = "tasmota", "gate_1"
    device.save()
    assert DeviceAction.OPEN not in actions_of(device)
    device.parameters = {"fields": {"opens": "POWER2"}}
    device.save()
    row = give()
    [sent] = services.take_to_send(EVERYWHERE, now_ms=ms(row.issued_at) + 20)
    registry = DeviceRegistry(Shard())
    registry.load()
    entry = registry.by_id(GATE.id)
    assert entry is not None
    assert REGISTRY.by_name("tasmota").encode_command(order_of(sent, entry)).payload == (
        b"PulseTime2 10; Power2 ON"
    )
    decoder = Decoder(registry)

    def report(payload: bytes, after_ms: int, *, retained: bool = False) -> str:
        at_ms = ms(row.issued_at) + after_ms
        received = Received("stat/gate_1/RESULT", payload, at_ms, retained=retained)
        decoded = decoder.decode(received)
        intake.commit(Work(shown=decoded.shown, messages=decoded.messages, now_ms=at_ms))
        return str(Command.objects.values_list("state", flat=True).get(pk=row.pk))

    assert report(b'{"POWER2":"ON"}', 10) == "sent"
    assert report(b'{"POWER2":"ON"}', 30, retained=True) == "sent"
    assert report(b'{"PulseTime2":{"Set":10,"Remaining":10}}', 40) == "sent"
    assert report(b'{"POWER2":"ON"}', 50) == "succeeded"
    assert report(b'{"Command":"Unknown"}', 60) == "succeeded"
    ended = AuditEntry.objects.order_by("-id")[0]
    assert (ended.action, ended.detail["result"]) == ("device.command_ended", "succeeded")


def test_what_no_bridge_took_in_time_expires_and_never_leaves() -> None:
    row = give()
    assert services.take_to_send(EVERYWHERE, now_ms=ms(row.expires_at)) == []
    row.refresh_from_db()
    assert row.state == CommandState.EXPIRED
    assert answer(row, CommandResult.DONE, row.expires_at) is ReplyFault.NEVER_SENT
    other = give()
    assert services.settle(now=other.expires_at) == 1
    other.refresh_from_db()
    assert other.state == CommandState.EXPIRED


def test_one_at_a_time_and_so_many_a_minute() -> None:
    for number in range(selectors.IN_A_MINUTE):
        row = give(DeviceAction.REQUEST_STATE)
        with pytest.raises(CommandRefusedError) as pending:
            give()
        assert (pending.value.code, number) == ("pending", number)
        services.take_to_send(EVERYWHERE, now_ms=ms(row.issued_at))
        answer(row, CommandResult.DONE, row.issued_at)
    with pytest.raises(CommandRefusedError) as paced:
        give()
    assert paced.value.code == "too_many"
    assert 0 < (paced.value.retry_after_s or 0) <= 60
    Command.objects.update(issued_at=timezone.now() - timedelta(minutes=1))
    give()


def test_bridges_take_their_own_and_put_it_in_the_devices_words() -> None:
    row = give()
    east, rest = (Q(code__startswith=city.EAST.code), ~Q(code__startswith=city.EAST.code))
    assert GATE.code.startswith(city.EAST.code)
    assert services.take_to_send(rest, now_ms=ms(row.issued_at)) == []
    assert services.take_to_send(east, now_ms=ms(row.issued_at)) == [row]
    registry = DeviceRegistry(Shard())
    registry.load()
    entry = registry.by_id(row.device_id)
    assert entry is not None
    request = REGISTRY.by_name(entry.codec).encode_command(order_of(row, entry))
    assert request.topic == f"{GATE.topic}/cmd"
    assert row.nonce.encode() in request.payload


def test_a_codec_that_carries_none_offers_none_and_what_slipped_by_fails_unsent() -> None:
    device = Device.objects.get(pk=GATE.id)
    device.codec, device.external_id = "face_terminal", "1379009"
    assert actions_of(device) == ()
    device.codec = "gone"
    assert actions_of(device) == ()
    row = give()
    services.take_to_send(EVERYWHERE, now_ms=ms(row.issued_at))
    services.could_not_be_sent(command=row, detail="device_moved", now_ms=ms(row.issued_at))
    row.refresh_from_db()
    assert (row.state, row.detail, row.sent_at) == (CommandState.FAILED, "device_moved", None)


def test_an_hour_after_its_end_it_leaves_the_consoles_and_stays_on_record() -> None:
    row = give()
    services.settle(now=row.expires_at)
    services.forget(now=row.expires_at + services.SHOWN_FOR - timedelta(seconds=1))
    assert Command.objects.get().shown
    services.forget(now=row.expires_at + services.SHOWN_FOR)
    assert not Command.objects.get().shown
    assert FeedEvent.objects.order_by("-seq")[0].kind == "command.removed"
    services.forget(now=datetime.now(UTC) + services.KEPT_FOR + timedelta(days=1))
    assert not Command.objects.exists()


def test_where_a_device_moved_away_from_its_last_command_is_seen_no_more() -> None:
    row = give()
    services.settle(now=row.expires_at)
    deeds.move(device=GATE.id, code=city.SOUTH.villages[0])
    assert give().code == city.SOUTH.villages[0]
    kinds = list(FeedEvent.objects.order_by("-seq").values_list("kind", "code")[:2])
    assert kinds == [
        ("command.changed", city.SOUTH.villages[0]),
        ("command.removed", GATE.code),
    ]
