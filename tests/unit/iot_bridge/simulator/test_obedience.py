"""A simulated device carries a command out once, in time, and answers it."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iot_bridge.codecs.canonical import CanonicalCodec
from iot_bridge.protocol.actions import ACTIONS, CommandResult, DeviceAction
from iot_bridge.protocol.decoded import Order, Reply
from iot_bridge.protocol.topics import Channel, Kind, build_topic
from iot_bridge.simulator.cast import Player
from iot_bridge.simulator.obedience import AHEAD_MS, Obedience, is_stubborn

CODEC = CanonicalCodec()
NOW = 1_763_740_800_000
NONCE = "0123456789abcdef" * 2


def device(kind: Kind = Kind.FACE_GATE, *, stubborn: bool = False) -> Player:
    topics = (
        build_topic(jurisdiction="640181100", kind=kind, device_id=f"d{n}") for n in range(99)
    )
    topic = next(topic for topic in topics if is_stubborn(topic.device_id) is stubborn)
    return Player(topic.device_id, kind, topic.base)


def order(player: Player, action: DeviceAction, **changed: Any) -> bytes:
    topic = build_topic(
        jurisdiction="640181100", kind=player.kind, device_id=player.id, channel=Channel.CMD
    )
    fields: dict[str, Any] = {"issued_at_ms": NOW, "expires_at_ms": NOW + 15_000, "nonce": NONCE}
    made = Order(
        device_id=player.id,
        kind=player.kind,
        topic=topic,
        reference="",
        command_id="c-1",
        action=action,
        **(fields | changed),
    )
    request = CODEC.encode_command(made)
    assert request.topic == f"{player.base}/cmd"
    return request.payload


def obey(player: Player) -> Obedience:
    return Obedience(player, random.Random(1))


@given(st.sampled_from([(kind, action) for kind, actions in ACTIONS.items() for action in actions]))
def test_what_a_kind_can_do_is_done_and_its_answer_is_read(
    what: tuple[Kind, DeviceAction],
) -> None:
    kind, action = what
    player = device(kind)
    answer = obey(player).hear(order(player, action), NOW + 10)
    assert answer is not None
    assert answer.done is action
    [reply] = CODEC.decode(f"{player.base}/reply", answer.reply.model_dump_json().encode(), NOW)
    assert isinstance(reply, Reply)
    assert (reply.device_ref, reply.command_id, reply.nonce) == (player.id, "c-1", NONCE)
    assert reply.result is CommandResult.DONE


def test_the_same_nonce_is_refused_as_long_as_its_command_would_hold() -> None:
    player = device()
    obedience = obey(player)
    payload = order(player, DeviceAction.OPEN)
    first, again = obedience.hear(payload, NOW), obedience.hear(payload, NOW + 14_999)
    late = obedience.hear(payload, NOW + 15_000)
    assert first is not None
    assert again is not None
    assert late is not None
    assert first.done is DeviceAction.OPEN
    assert (again.done, again.reply.detail) == (None, "repeated")
    assert late.done is None


@pytest.mark.parametrize(
    ("changed", "detail"),
    [
        ({"expires_at_ms": NOW}, "expired"),
        ({"issued_at_ms": NOW + AHEAD_MS + 1, "expires_at_ms": NOW + 2 * AHEAD_MS}, "clock_wrong"),
    ],
)
def test_a_command_out_of_its_time_is_refused(changed: dict[str, int], detail: str) -> None:
    player = device()
    answer = obey(player).hear(order(player, DeviceAction.OPEN, **changed), NOW)
    assert answer is not None
    assert (answer.done, answer.reply.result) == (None, CommandResult.REFUSED)
    assert answer.reply.detail == detail


def test_what_its_kind_cannot_do_or_maintenance_forbids_is_refused() -> None:
    smoke, stubborn = device(Kind.SMOKE), device(stubborn=True)
    for player, action, detail in (
        (smoke, DeviceAction.OPEN, "unknown_action"),
        (stubborn, DeviceAction.OPEN, "maintenance"),
    ):
        answer = obey(player).hear(order(player, action), NOW)
        assert answer is not None
        assert (answer.done, answer.reply.detail) == (None, detail)


@given(st.binary(max_size=200))
def test_what_is_no_command_is_not_answered(payload: bytes) -> None:
    assert obey(device()).hear(payload, NOW) is None
