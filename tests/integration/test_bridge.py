"""From a device's message to the console, and what the bridge withstands on the way."""

import json
import re
import sqlite3
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

from tests.support import city
from tests.support.consoles import Console, Session
from tests.support.devices import DeviceClient, Publisher
from tests.support.door import Door
from tests.support.mqtt_samples import Sample, load_samples
from tests.support.stack import Shape, Stack
from tests.support.waiting import wait_until

Sit = Callable[..., Console]
SwitchOn = Callable[..., DeviceClient]
SignIn = Callable[..., Session]

EVENTS = "intake_deviceevent"
DEDUPLICATION = re.compile(rb'(?<="deduplicationId": ")[^"]+')


def test_a_message_becomes_an_alarm_on_the_console(console: Sit, device: SwitchOn) -> None:
    watching = [console("city", web=0), console("town", web=1)]
    gate = device("face_gate")
    event_id = gate.report("forced_open")
    gate.wait_for_ack(event_id)
    for one in watching:
        alarm = one.wait_for_alarm(gate.facts.id, "forced_open", active=True, count=1)
        assert alarm["severity"] == 1
        assert alarm["code"] == gate.facts.code


def test_a_repeated_event_is_acknowledged_and_changes_nothing(
    stack: Stack, console: Sit, device: SwitchOn
) -> None:
    watching, gate = console("city"), device("face_gate")
    event_id = gate.report("forced_open")
    gate.wait_for_ack(event_id)
    for _ in range(3):
        gate.acknowledged.clear()
        gate.report("forced_open", event_id=event_id)
        gate.wait_for_ack(event_id)
    last = gate.report("battery", {"battery": 55})
    gate.wait_for_ack(last)
    watching.wait_for_event("device.changed", id=gate.facts.id, battery=55)
    assert watching.alarms_of(gate.facts.id)[0]["count"] == 1
    assert stack.count(EVENTS, "device_id = %s AND event_id = %s", gate.facts.id, event_id) == 1


def test_two_devices_may_use_the_same_event_id(stack: Stack, device: SwitchOn) -> None:
    gates = [device("face_gate"), device("face_gate", city.SOUTH)]
    for gate in gates:
        gate.report("pass", event_id="the-same")
        gate.wait_for_ack("the-same")
    for gate in gates:
        assert stack.count(EVENTS, "device_id = %s", gate.facts.id) == 1


def test_a_broken_line_is_an_offline_device_until_it_is_back(
    stack: Stack, console: Sit, device: SwitchOn
) -> None:
    watching = console("city")
    smoke = device("smoke", will=True)
    smoke.say(online=True)
    watching.wait_for_event("device.changed", id=smoke.facts.id, status="online")
    smoke.vanish()
    alarm = watching.wait_for_alarm(smoke.facts.id, "device_offline", active=True)
    assert alarm["detail"]["cause"] == "last_will"
    watching.wait_for_event("device.changed", id=smoke.facts.id, status="offline")
    with DeviceClient(stack, smoke.facts, will=True) as again:
        again.say(online=True)
        watching.wait_for_alarm(smoke.facts.id, "device_offline", active=False)


def test_silence_is_an_offline_device(console: Sit, device: SwitchOn) -> None:
    watching = console("city")
    probe = device("wifi_probe", offline_after_s=1)
    probe.report("count", {"count": 3})
    alarm = watching.wait_for_alarm(probe.facts.id, "device_offline", active=True)
    assert alarm["detail"]["cause"] == "silence"
    probe.report("count", {"count": 3})
    watching.wait_for_alarm(probe.facts.id, "device_offline", active=False)


def test_an_old_retained_will_still_counts_for_a_bridge_that_comes_later(
    stack: Stack, console: Sit, device: SwitchOn
) -> None:
    """The line broke while the bridge was away."""
    watching, camera = console("city"), device("camera", will=True)
    camera.say(online=True)
    watching.wait_for_event("device.changed", id=camera.facts.id, status="online")
    bridge = stack.bridges[0]
    stack.kill(bridge)
    camera.vanish()
    stack.launch(bridge)
    watching.wait_for_alarm(camera.facts.id, "device_offline", active=True)


def test_a_lane_hold_survives_the_bridge(stack: Stack, console: Sit, device: SwitchOn) -> None:
    watching = console("city")
    kept, freed = device("fire_lane", lane_hold_s=4), device("fire_lane", lane_hold_s=4)
    for lane in (kept, freed):
        lane.report("occupied", {"occupied": True})
        lane.wait_for_ack()
    stack.kill(stack.bridges[0])
    freed.report("vacated", {"occupied": False})
    assert watching.alarms_of(kept.facts.id) == []
    stack.launch(stack.bridges[0])
    alarm = watching.wait_for_alarm(kept.facts.id, "lane_blocked", active=True)
    assert alarm["detail"]["held_s"] >= 4
    freed.wait_for_ack()
    assert watching.alarms_of(freed.facts.id) == []
    kept.report("vacated", {"occupied": False})
    watching.wait_for_alarm(kept.facts.id, "lane_blocked", active=False)


def test_racing_messages_and_people_leave_one_open_alarm(
    stack: Stack, console: Sit, device: SwitchOn, sign_in: SignIn
) -> None:
    """Three connections report the same condition while two people acknowledge at two webs."""
    watching, gate = console("city"), device("face_gate")
    others = [Publisher(stack.gateway()) for _ in range(2)]
    stop = threading.Event()
    answers: list[int] = []

    def acknowledge(session: Session) -> None:
        while not stop.is_set():
            for alarm in watching.alarms_of(gate.facts.id):
                answer = session.post(f"/api/v1/alarms/{alarm['id']}/acknowledge", {"note": "看到"})
                answers.append(answer.status_code)

    people = [
        threading.Thread(target=acknowledge, args=(sign_in(name, web=web),))
        for web, name in enumerate(("city", "city2"))
    ]
    for thread in people:
        thread.start()
    try:
        for number in range(40):
            for index, other in enumerate(others):
                if not other.connected.is_set():
                    other.connect()
                body = {"event_id": f"r{index}-{number}", "ts": 1, "type": "forced_open"}
                other.hand_over(f"{gate.facts.topic}/event", body)
            gate.report("forced_open" if number % 3 else "pass")
        gate.wait_for_ack()
        wait_until(
            lambda: stack.count(EVENTS, "device_id = %s", gate.facts.id) == 120, what="120 events"
        )
    finally:
        stop.set()
        for thread in people:
            thread.join(20)
        for other in others:
            other.disconnect()
    assert set(answers) <= {200, 409}
    mine = "device_id = %s AND condition = 'forced_open'"
    assert stack.count("alarms_alarm", f"{mine} AND open", gate.facts.id) <= 1
    occurrences = stack.query(
        "SELECT sum(count) FROM alarms_alarm WHERE device_id = %s AND condition = 'forced_open'",
        gate.facts.id,
    )
    raised = stack.count(EVENTS, "device_id = %s AND type = 'forced_open'", gate.facts.id)
    assert occurrences[0][0] == raised == 80 + 26
    twice = stack.query(
        "SELECT alarm_id FROM alarms_alarmchange JOIN alarms_alarm ON alarms_alarm.id = alarm_id "
        "WHERE change = 'acknowledged' AND device_id = %s GROUP BY alarm_id, at HAVING count(*) > 1",
        gate.facts.id,
    )
    assert twice == []


# Makers whose messages say by themselves what happened; test_waiting_list has one of those that must be told.
FOREIGN = [
    sample
    for sample in load_samples()
    if sample.codec in ("chirpstack_vehicle", "esp_probe", "face_terminal")
    and sample.messages
    and sample.messages[0]["type"] != "state"
]


@pytest.mark.parametrize("codec", sorted({sample.codec for sample in FOREIGN}))
@pytest.mark.parametrize("township", [city.EAST, city.SOUTH], ids=lambda t: t.mark)
def test_devices_of_other_makers_report(
    stack: Stack, gateway: Publisher, console: Sit, codec: str, township: city.Township
) -> None:
    watching = console("city")
    samples = [sample for sample in FOREIGN if sample.codec == codec]
    known = {sample.messages[0]["device_ref"] for sample in samples if sample.messages}
    facts = {}
    for ref in known:
        id_ = f"{township.mark}-{codec}-{ref}"
        kind = samples[0].kind or ""
        external = _reference(ref, township)
        facts[ref] = city.DeviceFacts(id_, id_, kind, township.villages[1], codec, external)
    stack.register(*facts.values())
    for sample in samples:
        ref = sample.messages[0]["device_ref"] if sample.messages else ""
        payload = sample.payload.replace(ref.encode(), facts[ref].external_id.encode())
        payload = DEDUPLICATION.sub(str(uuid4()).encode(), payload)  # the samples share theirs
        gateway.publish(sample.topic.replace(ref, facts[ref].external_id), payload)
    for ref, one in facts.items():
        watching.wait_for_event("device.changed", id=one.id, status="online")
        expected = _types_of(samples, ref)
        wait_until(
            lambda one=one, expected=expected: expected <= _stored_types(stack, one.id),  # type: ignore[misc]
            what=f"{expected} of {one.id}",
        )


def _reference(ref: str, township: city.Township) -> str:
    """A maker's id that tells the townships apart and keeps its length and alphabet."""
    digit = str(city.TOWNSHIPS.index(township) + 7)
    return ref[:-1] + digit


def _types_of(samples: list[Sample], ref: str) -> set[str]:
    stored_as = {"macs": "count"}
    return {
        stored_as.get(message["type"], message["type"])
        for sample in samples
        for message in sample.messages or []
        if message["device_ref"] == ref
    }


def _stored_types(stack: Stack, device: str) -> set[str]:
    rows = stack.query("SELECT type FROM intake_deviceevent WHERE device_id = %s", device)
    return {row[0] for row in rows}


def test_a_refused_event_takes_none_of_its_neighbours_along(
    stack: Stack, console: Sit, device: SwitchOn, sign_in: SignIn
) -> None:
    watching, lane, gate = console("city"), device("fire_lane"), device("face_gate")
    poison = "poisonous"
    stack.do("refuse_events", event_id=poison)
    try:
        for number in range(10):
            lane.report("battery", {"battery": number})
            if number == 5:
                gate.report("forced_open", event_id=poison)
            gate.report("battery", {"battery": 50 + number})
        lane.wait_for_ack()
        gate.wait_for_ack()
    finally:
        stack.do("accept_events")
    assert stack.count(EVENTS, "device_id = %s", lane.facts.id) == 10
    assert stack.count(EVENTS, "device_id = %s", gate.facts.id) == 10
    assert watching.alarms_of(gate.facts.id) == []
    letters = stack.query(
        "SELECT id, reason, count FROM intake_deadletter WHERE device_id = %s", gate.facts.id
    )
    assert [(reason, count) for _, reason, count in letters] == [("storage_error", 1)]
    answer = sign_in("admin").post(f"/api/v1/dead-letters/{letters[0][0]}/replay")
    assert answer.json()["outcome"] == "accepted"
    watching.wait_for_alarm(gate.facts.id, "forced_open", active=True)


def test_a_letter_that_is_refused_again_does_not_stop_the_bridge(
    stack: Stack, device: SwitchOn, sign_in: SignIn
) -> None:
    gate = device("face_gate", city.SOUTH)
    stack.do("refuse_events", event_id="poison-again")
    try:
        gate.report("pass", event_id="poison-again")
        gate.wait_for_ack()
        letter = stack.query("SELECT id FROM intake_deadletter WHERE device_id = %s", gate.facts.id)
        sign_in("admin").post(f"/api/v1/dead-letters/{letter[0][0]}/replay")
        wait_until(
            lambda: stack.count(
                "intake_deadletter",
                "id = %s AND state = 'open' AND reason = 'storage_error'",
                letter[0][0],
            ),
            what="the letter to be open again",
        )
        gate.report("battery", {"battery": 90})
        gate.wait_for_ack()
    finally:
        stack.do("accept_events")
    assert stack.processes[stack.bridges[-1]].process.poll() is None


def test_a_device_removed_while_its_timer_runs_harms_nobody(
    stack: Stack, device: SwitchOn, console: Sit
) -> None:
    watching = console("city")
    gone, other = device("fire_lane", lane_hold_s=1), device("fire_lane", lane_hold_s=1)
    for lane in (gone, other):
        lane.report("occupied", {"occupied": True})
    gone.wait_for_ack()
    stack.do("remove", device=gone.facts.id)
    watching.wait_for_event("device.removed", id=gone.facts.id)
    watching.wait_for_alarm(other.facts.id, "lane_blocked", active=True)
    assert stack.processes[stack.bridges[0]].process.poll() is None


@pytest.fixture
def locked(stack: Stack) -> Iterator[Callable[[], None]]:
    """Holds the table of events, so that no commit of the bridge can pass; calling it lets go."""
    if stack.shape is Shape.PRODUCTION:
        connection = psycopg.connect(stack.environment["DATABASE_URL"])
        connection.execute("LOCK TABLE intake_deviceevent IN ACCESS EXCLUSIVE MODE")
        yield connection.rollback
        connection.close()
        return
    path = Path(stack.environment["DATA_DIR"]) / "lingdun.sqlite3"
    held = sqlite3.connect(path, timeout=20, isolation_level=None, check_same_thread=False)
    held.execute("BEGIN IMMEDIATE")

    def let_go() -> None:
        held.execute("ROLLBACK")

    yield let_go
    held.close()


def test_nothing_is_acknowledged_before_the_commit(
    stack: Stack, device: SwitchOn, request: pytest.FixtureRequest
) -> None:
    gate = device("face_gate")
    gate.report("battery", {"battery": 90})
    gate.wait_for_ack()
    let_go: Callable[[], None] = request.getfixturevalue("locked")
    event_id = gate.report("forced_open")
    if stack.shape is Shape.PRODUCTION:
        _break_waiting_commit(stack)
    assert gate.outbox.keys() == {event_id}
    let_go()
    gate.wait_for_ack(event_id)
    assert stack.count(EVENTS, "device_id = %s AND event_id = %s", gate.facts.id, event_id) == 1
    assert stack.count("alarms_alarm", "device_id = %s AND count = 1", gate.facts.id) == 1


def _break_waiting_commit(stack: Stack) -> None:
    """End the very transaction of the bridge that waits for the lock: its commit fails."""
    waiting = (
        "SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' "
        "AND query LIKE 'INSERT INTO intake_deviceevent%%'"
    )
    rows = wait_until(lambda: stack.query(waiting), what="the bridge to wait for the lock")
    stack.query("SELECT pg_terminate_backend(%s)", rows[0][0])


def test_a_bridge_waits_for_a_broker_that_is_not_there(stack: Stack, device: SwitchOn) -> None:
    gate = device("face_gate")
    bridge = stack.bridges[0]
    stack.kill(bridge)
    _kill_broker(stack)
    child = stack.launch(bridge, wait=False)
    wait_until(
        lambda: stack.query(
            "SELECT 1 FROM health_processheartbeat WHERE pid = %s AND detail LIKE 'no broker%%'"
            if stack.shape is Shape.PRODUCTION
            else "SELECT 1 FROM health_processheartbeat WHERE pid = %s AND detail LIKE 'no broker%'",
            child.pid,
        ),
        what="the bridge to say that there is no broker",
    )
    _start_broker(stack)
    wait_until(lambda: stack._serves(bridge), what="the bridge to connect")
    wait_until(gate.connected.is_set, what="the device to connect again")
    gate.report("forced_open")
    wait_until(lambda: gate.send_again() == 0, what="the outbox to be empty")


def _kill_broker(stack: Stack) -> None:
    if stack.mosquitto is not None:
        stack.mosquitto.kill()
    else:
        stack.kill("broker")


def _start_broker(stack: Stack) -> None:
    if stack.mosquitto is not None:
        stack.mosquitto.restart()
    else:
        stack.launch("broker")


def test_a_bridge_waits_for_a_database_that_is_not_there(stack: Stack, device: SwitchOn) -> None:
    if stack.postgres is None:
        pytest.skip("a file is always there")
    gate, bridge = device("face_gate"), stack.bridges[0]
    door = Door(stack.postgres.port)
    url = stack.environment["DATABASE_URL"].replace(f":{stack.postgres.port}/", f":{door.port}/")
    stack.kill(bridge)
    child = stack.launch(bridge, wait=False, DATABASE_URL=url)
    wait_until(
        lambda: child.said("the database is away"), what="the bridge to notice", timeout_s=60
    )
    door.open()
    wait_until(lambda: stack._serves(bridge), what="the bridge to serve", timeout_s=40)
    gate.report("battery", {"battery": 70})
    gate.wait_for_ack()
    times = child.output().count("the database is away")
    door.close()
    event_id = gate.report("forced_open")
    wait_until(
        lambda: child.output().count("the database is away") > times,
        what="the bridge to notice",
        timeout_s=60,
    )
    assert event_id in gate.outbox
    door.open()
    gate.wait_for_ack(event_id)
    assert stack.count("alarms_alarm", "device_id = %s AND count = 1", gate.facts.id) == 1
    door.close()
    wait_until(
        lambda: child.output().count("the database is away") > times + 1,
        what="notice",
        timeout_s=60,
    )
    assert child.stop(timeout_s=25) == 0  # the pool gives up an attempt after 10 s
    assert "Traceback" not in child.output()
    stack.launch(bridge)


def test_counts_of_a_probe_raise_a_crowd(console: Sit, device: SwitchOn) -> None:
    watching, probe = console("city"), device("wifi_probe", crowd_threshold=10)
    probe.report("count", {"count": 12})
    watching.wait_for_alarm(probe.facts.id, "crowd_high", active=True)
    probe.report("macs", {"macs": [f"5c:cf:7f:10:20:{n:02x}" for n in range(5)]})
    watching.wait_for_alarm(probe.facts.id, "crowd_high", active=False)


def test_a_silent_console_page_is_told_of_everything_in_the_order_of_commits(
    console: Sit, device: SwitchOn
) -> None:
    watching = [console("city", web=0), console("city2", web=1)]
    gates = [device("face_gate"), device("face_gate", city.SOUTH)]
    for number in range(30):
        for gate in gates:
            gate.report("battery", {"battery": 50 + number})
    for gate in gates:
        gate.wait_for_ack()
        for one in watching:
            one.wait_for_event("device.changed", id=gate.facts.id, battery=79)
    seqs = [[event["seq"] for event in one.events] for one in watching]
    assert seqs[0] == sorted(seqs[0])
    common = set(seqs[0]) & set(seqs[1])
    assert [s for s in seqs[0] if s in common] == [s for s in seqs[1] if s in common]
    assert json.dumps(watching[0].shown()["devices"][gates[0].facts.id]) == json.dumps(
        watching[1].shown()["devices"][gates[0].facts.id]
    )
