"""An alarm's whole life at the hands of people and time, over the API."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from command_center.feed import services as feed
from iot_bridge.alarms.feed import alarm_data
from iot_bridge.alarms.models import Alarm
from iot_bridge.alarms.rows import publish
from iot_bridge.rules.lifecycle import Effect
from tests.support.consoles import Console, Session
from tests.support.devices import DeviceClient


def plan(session: Session, *, reason: str, days: int = 1, **about: str) -> int:
    """A maintenance window some days from now (0: it runs at once); its id."""
    now = datetime.now(UTC)
    wanted = {
        **about,
        "begins_at": (now + timedelta(days=days)).isoformat(),
        "ends_at": (now + timedelta(days=days, hours=1)).isoformat(),
    }
    overlaps = session.post("/api/v1/maintenance/overlaps", wanted).json()
    beside = [one["window"]["id"] for one in overlaps]
    planned = session.post("/api/v1/maintenance", {**wanted, "reason": reason, "beside": beside})
    assert planned.status_code == 201, planned.text
    return int(planned.json()["id"])


def live(everything: Console, gate: DeviceClient) -> None:
    """Have every kind of event of an alarm's life, and of maintenance, happen to a gate."""
    session, device = everything.session, gate.facts.id
    gate.report("door_held")
    held = everything.wait_for_alarm(device, "door_held")["id"]
    gate.report("forced_open")
    everything.wait_for_event("alarm.suppressed", id=held)
    gate.report("pass")
    everything.wait_for_event("alarm.unsuppressed", id=held)
    gate.report("fault")
    fault = everything.wait_for_alarm(device, "fault")["id"]
    me = session.get("/api/v1/me").json()["id"]
    for act, body, kind in (
        ("assign", {"user": me}, "assigned"),
        ("comments", {"text": "x"}, "commented"),
        ("shelve", {"minutes": 15, "reason": "x"}, "shelved"),
        ("unshelve", {}, "unshelved"),
    ):
        answer = session.post(f"/api/v1/alarms/{fault}/{act}", body)
        assert answer.status_code == 200, answer.text
        everything.wait_for_event(f"alarm.{kind}", id=fault)
    window = plan(session, reason="x", days=0, device=device)
    everything.wait_for_event("alarm.out_of_service", id=fault)
    assert session.post(f"/api/v1/maintenance/{window}/end", {}).status_code == 200
    everything.wait_for_event("alarm.in_service", id=fault)
    everything.wait_for_event("window.changed", id=window)
    later = plan(session, reason="x", device=device)
    session.request("DELETE", f"/api/v1/maintenance/{later}")
    everything.wait_for_event("window.removed", id=later)
    gate.report("tamper")
    tamper = everything.wait_for_alarm(device, "tamper", active=True)["id"]
    for act, body in (("shelve", {"minutes": 15, "reason": "x"}), ("unshelve", {})):
        session.post(f"/api/v1/alarms/{tamper}/{act}", body)  # to be acknowledged anew
    gate.report("tamper", {"active": False})
    everything.wait_for_alarm(device, "tamper", latched=True)
    assert session.post(f"/api/v1/alarms/{tamper}/reset", {}).status_code == 200
    everything.wait_for_event("alarm.reset", id=tamper)


def pass_on(*, device: str, condition: str) -> None:
    """In the stack's process: what time and other alarms do to one, told as they tell it."""
    alarm = Alarm.objects.get(device_id=device, condition=condition, open=True)
    with feed.transaction() as publication:
        for effect in (Effect.REMINDED, Effect.ESCALATED, Effect.SETTLED):
            publish(publication, alarm, effect, at=datetime.now(UTC))
        publication.emit("alarm.grouped", code=alarm.code, data=alarm_data(alarm))
