"""Processes die in the middle of their work; what devices reported is there once, and shown."""

import threading
from collections.abc import Callable

import pytest

from tests.support import city
from tests.support.consoles import Console, Session, fresh_state
from tests.support.devices import DeviceClient
from tests.support.stack import Shape, Stack
from tests.support.waiting import wait_until

MESSAGES = 5000
KILLS = {Shape.EMBEDDED: 8, Shape.PRODUCTION: 20}
"""The one bridge of the embedded shape takes as long to come back as the others together."""
CLIENTS = 10

Sit = Callable[..., Console]
SignIn = Callable[..., Session]


def _gates(stack: Stack) -> list[city.DeviceFacts]:
    facts = [
        city.DeviceFacts(
            f"{township.mark}-bridge-kill-{index}", f"{township.name}门{index}", "face_gate", code
        )
        for index in range(CLIENTS // 2)
        for township, code in (
            (city.EAST, city.EAST.villages[0]),
            (city.SOUTH, city.SOUTH.villages[1]),
        )
    ]
    stack.register(*facts)
    return facts


def _report_all(client: DeviceClient, count: int) -> None:
    """Two in five force the gate open, the others are passes that clear it; the last forces it."""
    for number in range(count):
        type_ = "forced_open" if number % 5 in (0, 4) else "pass"
        client.report(type_, event_id=f"{client.facts.id}/{number}")


@pytest.mark.timeout(600)
def test_no_event_is_lost_or_doubled_when_bridges_are_killed(stack: Stack, console: Sit) -> None:
    """5,000 QoS 1 messages of ten devices, and SIGKILL to a bridge again and again meanwhile."""
    watching = console("city")
    clients = [DeviceClient(stack, facts) for facts in _gates(stack)]
    share = MESSAGES // len(clients)
    for client in clients:
        client.connect()
    senders = [threading.Thread(target=_report_all, args=(client, share)) for client in clients]
    for sender in senders:
        sender.start()
    _kill_on_the_way(stack)
    for sender in senders:
        sender.join()
    stack.wait_for_bridges()
    _empty(clients)
    ids = {f"{client.facts.id}/{n}" for client in clients for n in range(share)}
    rows = [
        row[0]
        for row in stack.query(
            "SELECT event_id FROM intake_deviceevent WHERE device_id LIKE %s", "%-bridge-kill-%"
        )
    ]
    assert len(rows) == len(ids) == MESSAGES
    assert set(rows) == ids
    for client in clients:
        # Only device's own order decides: the last report forced the gate.
        watching.wait_for_alarm(client.facts.id, "forced_open", active=True)
    per_gate = 2 * share // 5
    total = stack.query(
        "SELECT device_id, sum(count) FROM alarms_alarm "
        "WHERE device_id LIKE %s AND condition = 'forced_open' GROUP BY device_id",
        "%-bridge-kill-%",
    )
    assert {device: int(count) for device, count in total} == {
        client.facts.id: per_gate for client in clients
    }
    open_alarms = stack.query(
        "SELECT device_id, count(*) FROM alarms_alarm "
        "WHERE device_id LIKE %s AND condition = 'forced_open' AND open GROUP BY device_id",
        "%-bridge-kill-%",
    )
    assert {count for _, count in open_alarms} == {1}
    _, fresh = fresh_state(watching.session)
    wait_until(lambda: watching.shown()["alarms"] == fresh["alarms"], what="the fresh state")
    for client in clients:
        client.disconnect()


def _kill_on_the_way(stack: Stack) -> None:
    """Kill a bridge each time that so many more events are committed."""
    kills = KILLS[stack.shape]
    for number in range(kills):
        bridge = stack.bridges[number % len(stack.bridges)]
        goal = min((number + 1) * MESSAGES // (kills + 5), MESSAGES - 200)
        wait_until(
            lambda goal=goal: (
                stack.count("intake_deviceevent", "device_id LIKE %s", "%-bridge-kill-%")  # type: ignore[misc]
                >= goal
            ),
            what=f"{goal} events",
            timeout_s=120,
        )
        stack.kill(bridge)
        stack.launch(bridge, wait=False)


def _empty(clients: list[DeviceClient]) -> None:
    """What no acknowledgement has come for is sent again, once they have ceased to come."""

    def left() -> int:
        return sum(len(client.outbox) for client in clients)

    rounds = 0
    while before := left():
        try:
            wait_until(lambda: left() < before, what="acknowledgements", timeout_s=12)
        except AssertionError:
            rounds += 1
            assert rounds <= 6, [c.facts.id for c in clients if c.outbox]
            for client in clients:
                client.send_again()


@pytest.mark.timeout(400)
def test_a_console_misses_nothing_when_its_web_process_is_killed(
    stack: Stack, console: Sit, sign_in: SignIn
) -> None:
    watching, gate = console("city"), DeviceClient(stack, _one(stack, "web-kill"))
    with gate:
        for round_ in range(3):
            for number in range(50):
                gate.report("battery", {"battery": (round_ * 50 + number) % 101})
                if number == 20:
                    stack.kill("web/0")
            gate.wait_for_ack()
            wait_until(lambda: watching.closed, what="the console to notice")
            stack.launch("web/0")
            watching.open()
            assert watching.greeting == "resumed"
            wait_until(
                lambda: watching.seq >= stack.query("SELECT seq FROM feed_feedhead")[0][0],
                what="the head of the feed",
            )
            seqs = [e["seq"] for e in watching.events]
            assert seqs == stack.shown_seqs(seqs[0], seqs[-1])
    seq, fresh = fresh_state(sign_in("city2"))
    watching.catch_up(seq)
    assert watching.shown() == fresh


@pytest.mark.timeout(400)
def test_outboxes_bring_everything_when_the_broker_is_killed(stack: Stack, console: Sit) -> None:
    """And while it is away, and each bridge knows nothing, every console below is told so, once."""
    if stack.shape is Shape.EMBEDDED:
        pytest.skip("the embedded broker keeps its sessions in memory")
    assert stack.mosquitto is not None
    down = "cause = 'broker_down'"
    clients = [
        DeviceClient(stack, _one(stack, f"broker-kill-{n}", t))
        for n, t in enumerate(city.TOWNSHIPS)
    ]
    for client in clients:
        client.connect()
    for round_ in range(3):
        for number in range(100):
            for client in clients:
                client.report("battery", {"battery": number}, event_id=f"b{round_}-{number}")
            if number == 50:
                stack.mosquitto.kill()
        if round_ == 2:
            _is_told_of(console("village"))
            wait_until(
                lambda: stack.count("outages_outage", down) >= len(stack.bridges),
                what="every bridge to have noted it",
            )
        stack.mosquitto.restart()
        for client in clients:
            wait_until(client.connected.is_set, what="the device to be back")
            client.send_again()
    _empty(clients)
    for client in clients:
        assert stack.count("intake_deviceevent", "device_id = %s", client.facts.id) == 300
        client.disconnect()
    wait_until(
        lambda: not stack.count("outages_outage", f"{down} AND until IS NULL"),
        what="every bridge to have its line again",
    )
    raised = stack.query(
        "SELECT active, count FROM alarms_alarm WHERE condition = 'reports_stopped' AND open"
    )
    assert [(bool(active), count) for active, count in raised] == [(False, 1)] * len(stack.bridges)


def _is_told_of(watching: Console) -> None:
    """The village hears of what concerns the whole bridge that listens to it."""
    wait_until(lambda: watching.shown()["outages"], what="the outage", timeout_s=40)
    told = watching.shown()["outages"].values()
    assert [(one["cause"], one["until"]) for one in told] == [("broker_down", None)]


def _one(stack: Stack, name: str, township: city.Township = city.EAST) -> city.DeviceFacts:
    facts = city.DeviceFacts(f"{township.mark}-{name}", name, "face_gate", township.villages[0])
    stack.register(facts)
    return facts
