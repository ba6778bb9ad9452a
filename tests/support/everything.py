"""Every kind of event that the feed knows, caused in the eastern township."""

from __future__ import annotations

from collections.abc import Callable

from tests.support import city, lifework
from tests.support.consoles import Console, Session
from tests.support.devices import DeviceClient
from tests.support.outside import answered_task, meet, plan_of, unit_of, version_of
from tests.support.stack import Stack

SwitchOn = Callable[..., DeviceClient]


def make_every_kind(stack: Stack, everything: Console, device: SwitchOn, patrol: Session) -> None:
    """Have every kind of event happen in the eastern township."""
    gate = device("face_gate")
    gate.report("forced_open")
    everything.wait_for_alarm(gate.facts.id, "forced_open", count=1)
    gate.report("forced_open")
    everything.wait_for_alarm(gate.facts.id, "forced_open", count=2)
    gate.report("pass")
    alarm = everything.wait_for_alarm(gate.facts.id, "forced_open", active=False)
    gate.report("tamper")
    tamper = everything.wait_for_alarm(gate.facts.id, "tamper")
    for one in (alarm, tamper):
        everything.session.post(f"/api/v1/alarms/{one['id']}/acknowledge", {"note": "x"})
    everything.wait_for_event("alarm.closed", id=alarm["id"])
    everything.wait_for_event("alarm.acknowledged", id=tamper["id"])
    everything.session.post(
        f"/api/v1/devices/{gate.facts.id}/commands", {"action": "open", "reason": city.EAST.name}
    )
    everything.wait_for_event("command.changed", device_id=gate.facts.id, state="sent")
    stack.do("tests.support.commandwork.give_up", device=gate.facts.id)
    everything.wait_for_event("command.removed", device_id=gate.facts.id)
    lifework.live(everything, gate)
    stack.do("tests.support.lifework.pass_on", device=gate.facts.id, condition="fault")
    mover = city.DeviceFacts("mover", f"{city.EAST.name}移", "camera", city.EAST.villages[0])
    stack.register(mover)
    stack.do("move", device="mover", code=city.EAST.villages[1])
    stack.do("remove", device="mover")
    everything.wait_for_event("device.removed", id="mover")
    hamlet = f"{city.EAST.code}099"
    stack.do("set_jurisdiction", code=hamlet, name=f"{city.EAST.name}新村")
    stack.do("drop_jurisdiction", code=hamlet)
    everything.wait_for_event("jurisdiction.removed", code=hamlet)
    case = {"category": "0901", "code": city.EAST.villages[0], "title": f"{city.EAST.name}误报"}
    incident = everything.session.post("/api/v1/incidents", case).json()["id"]
    everything.session.post(
        f"/api/v1/incidents/{incident}/actions/transfer_down",
        {"version": 1, "target": city.WEST.code},
    )
    everything.wait_for_event("incident.removed", id=incident)
    second = everything.session.post("/api/v1/incidents", case).json()["id"]
    notice = stack.do("tests.support.pushwork.notice", incident=second, code=city.EAST.code)
    task = answered_task(everything.session, second, unit_of(stack))
    everything.session.post(f"/api/v1/tasks/{task}/decline", {"reason": "x"})
    everything.session.post(
        f"/api/v1/incidents/{second}/actions/transfer_down",
        {"version": version_of(everything.session, second), "target": city.WEST.code},
    )
    everything.wait_for_event("task.removed", id=task)
    everything.wait_for_event("notice.removed", id=notice)
    plan = plan_of([city.EAST.villages[0]]) | {"code": city.CITY}
    planned = everything.session.post("/api/v1/conference-schedules", plan).json()["id"]
    everything.wait_for_event("schedule.changed", id=planned)
    everything.session.request("DELETE", f"/api/v1/conference-schedules/{planned}")
    outage = stack.do("outage", code=city.EAST.villages[0], site=f"{city.EAST.name}院")
    everything.wait_for_event("outage.changed", id=outage)
    met = meet(everything.session)
    everything.wait_for_event("conference.changed", id=met)
    unit = unit_of(stack)
    stack.do("join", unit=unit, username="patrol")
    call = patrol.post("/api/v1/me/sos", {}).json()["alarm"]
    patrol.post("/api/v1/me/sos/place", {"lat": 38.1, "lng": 106.3})
    everything.wait_for_event("alarm.placed", id=call)
    stack.do("drop_unit", unit=unit)
    everything.wait_for_event("unit.removed", id=unit)
