"""Telling devices what to do: over a real broker and bridge, and the rules around it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.support import city
from tests.support.consoles import Console, Session
from tests.support.devices import DeviceClient
from tests.support.stack import Shape, Stack
from tests.support.waiting import wait_until

Sit = Callable[..., Console]
SignIn = Callable[..., Session]
NewDevice = Callable[..., city.DeviceFacts]

OPEN = {"action": "open", "reason": "救护车进入"}


class Obedient(DeviceClient):
    """A device that also listens on `cmd`, and answers when the test says so."""

    def __init__(self, stack: Stack, facts: city.DeviceFacts) -> None:
        super().__init__(stack, facts)
        self.told: list[dict[str, Any]] = []

    def ready(self) -> None:
        self.paho.subscribe([(f"{self.facts.topic}/ack", 1), (f"{self.facts.topic}/cmd", 1)])

    def received(self, topic: str, payload: bytes) -> None:
        if topic.endswith("/cmd"):
            self.told.append(json.loads(payload))
        else:
            super().received(topic, payload)

    def wait_for_command(self) -> dict[str, Any]:
        """The next command that nobody has taken yet."""
        wait_until(lambda: self.told, what=f"a command for {self.facts.id}")
        return self.told.pop(0)

    def reply(self, command: dict[str, Any], result: str, **changed: Any) -> None:
        """Answer a command."""
        said = {name: command[name] for name in ("command_id", "nonce")}
        self.publish(f"{self.facts.topic}/reply", {**said, "result": result} | changed)


def path(facts: city.DeviceFacts) -> str:
    return f"/api/v1/devices/{facts.id}/commands"


def letters(stack: Stack, device: str) -> list[str]:
    sql = "SELECT detail FROM intake_deadletter WHERE device_id = %s AND reason = 'bad_reply'"
    return [row[0] for row in stack.query(sql, device)]


def test_a_gate_opens_and_everybody_sees_who_opened_it(
    stack: Stack, console: Sit, sign_in: SignIn, new_device: NewDevice
) -> None:
    watching, elsewhere = console("town"), console("town2")
    for township in (city.EAST, city.SOUTH):  # each at a bridge of its own, where there are two
        facts = new_device("face_gate", township)
        with Obedient(stack, facts) as gate:
            given = sign_in("city").post(path(facts), OPEN)
            assert given.status_code == 201, given.text
            assert (given.json()["state"], given.json()["by"]) == ("queued", "city者")
            command = gate.wait_for_command()
            assert command.keys() == {
                "command_id",
                "nonce",
                "issued_at",
                "expires_at",
                "action",
                "args",
            }
            assert command["action"] == "open"
            assert command["expires_at"] - command["issued_at"] == 15_000
            again = sign_in("city2").post(path(facts), OPEN)
            assert (again.status_code, again.json()["code"]) == (409, "conflict")
            gate.reply(command, "done")
            here = watching if township is city.EAST else elsewhere
            done = here.wait_for_event("command.changed", device_id=facts.id, state="succeeded")
            assert done["data"]["reason"] == OPEN["reason"]
            assert gate.told == []
    assert not any(facts.id in text for text in watching.frames)
    actions = stack.query(
        "SELECT action, detail FROM audit_auditentry WHERE subject = %s ORDER BY id", facts.id
    )
    ended = actions[-1][1] if isinstance(actions[-1][1], dict) else json.loads(actions[-1][1])
    assert [action for action, _ in actions][-2:] == ["device.commanded", "device.command_ended"]
    assert (ended["result"], ended["by"]) == ("succeeded", "city者")


@pytest.mark.shapes(Shape.PRODUCTION)
def test_only_the_device_itself_answers_with_its_nonce_and_once(
    stack: Stack, sign_in: SignIn, new_device: NewDevice
) -> None:
    facts, other = new_device("smoke"), new_device("smoke")
    session = sign_in("village")
    with Obedient(stack, facts) as smoke, Obedient(stack, other) as neighbour:
        assert session.post(path(facts), {"action": "reset"}).status_code == 201
        command = smoke.wait_for_command()
        neighbour.reply(command, "done")
        smoke.reply(command, "done", nonce="0" * 32)
        wait_until(lambda: letters(stack, other.id), what="a letter of the neighbour")
        wait_until(lambda: letters(stack, facts.id), what="a letter of the wrong nonce")
        smoke.reply(command, "refused", detail="maintenance")
        smoke.reply(command, "refused", detail="maintenance")
        smoke.reply(command, "done")
        wait_until(lambda: len(letters(stack, facts.id)) == 2, what="a letter of the second word")
    assert letters(stack, other.id) == ["no such command of this device"]
    assert sorted(letters(stack, facts.id)) == [
        "it was answered otherwise before",
        "the nonce is not the command's",
    ]
    [row] = session.get(path(facts)).json()["items"]
    assert (row["state"], row["detail"], row["late"]) == ("refused", "maintenance", False)


class Tasmota(DeviceClient):
    """A relay with Tasmota firmware: it obeys at once, and answers by what it reports."""

    def ready(self) -> None:
        self.paho.subscribe([(f"cmnd/{self.facts.external_id}/#", 0), ("cmnd/#", 0)])

    def received(self, topic: str, payload: bytes) -> None:
        assert topic == f"cmnd/{self.facts.external_id}/Backlog"
        self.acknowledged.append(payload.decode())
        # On the client's own thread: nothing may be waited for here.
        for said in ('{"PulseTime1":{"Set":10,"Remaining":10}}', '{"POWER":"ON"}'):
            self.hand_over(f"stat/{self.facts.external_id}/RESULT", said)


@pytest.mark.shapes(Shape.PRODUCTION)
def test_a_makers_gate_opens_by_its_relay_and_its_report_is_the_answer(
    stack: Stack, console: Sit
) -> None:
    village = city.EAST.villages[0]
    facts, other = (
        city.DeviceFacts(f"TAS-{name}", "繁荣闸机", "face_gate", village, "tasmota", f"tas_{name}")
        for name in ("one", "two")
    )
    stack.register(facts, other, fields={"opens": "POWER1"})
    watching = console("town")
    with Tasmota(stack, facts) as gate, Tasmota(stack, other) as neighbour:
        given = watching.session.post(path(facts), OPEN)
        assert given.status_code == 201, given.text
        watching.wait_for_event("command.changed", device_id=facts.id, state="succeeded")
    # What is told to one reaches nobody else, whatever they listen to.
    assert (gate.acknowledged, neighbour.acknowledged) == (["PulseTime1 10; Power1 ON"], [])


@pytest.mark.shapes(Shape.PRODUCTION)
def test_whom_it_is_refused_and_why(sign_in: SignIn, new_device: NewDevice) -> None:
    gate, lane = new_device("face_gate"), new_device("fire_lane")
    for username, status in (("town2", 404), ("patrol", 403), ("auditor", 403), ("nobody", 403)):
        assert sign_in(username).post(path(gate), OPEN).status_code == status, username
    town = sign_in("town")
    assert town.get(path(gate)).json() == {"items": [], "next": None}
    for facts, body, code in (
        (gate, {"action": "open", "reason": "  "}, "reason_missing"),
        (gate, {"action": "reset"}, "not_carried"),
        (lane, OPEN, "not_carried"),
    ):
        answer = town.post(path(facts), body)
        assert answer.status_code == 422, answer.text
        assert answer.json()["errors"][0]["code"] == code
    assert town.get(f"/api/v1/devices/{gate.id}").json()["actions"] == ["open", "request_state"]
    assert town.get(path(gate)).json()["items"] == []
