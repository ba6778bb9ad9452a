"""From a device's message to the console."""

from collections.abc import Callable

from tests.support.consoles import Console
from tests.support.devices import DeviceClient

Sit = Callable[..., Console]
SwitchOn = Callable[..., DeviceClient]


def test_a_message_becomes_an_alarm_on_the_console(console: Sit, device: SwitchOn) -> None:
    watching = console("city")
    gate = device("face_gate")
    event_id = gate.report("forced_open")
    gate.wait_for_ack(event_id)
    alarm = watching.wait_for_alarm(gate.facts.id, "forced_open", active=True)
    assert alarm["severity"] == 1
