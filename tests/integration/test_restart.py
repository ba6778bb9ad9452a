"""Processes come and go: what was told is still known, and who was there picks up where it was."""

import signal
from collections.abc import Callable
from typing import Any

from tests.support import city
from tests.support.consoles import Console
from tests.support.devices import DeviceClient
from tests.support.stack import Stack
from tests.support.waiting import wait_until

Sit = Callable[..., Console]
SwitchOn = Callable[..., DeviceClient]


def test_a_bridge_asked_to_end_ends_and_loses_nothing(
    stack: Stack, console: Sit, device: SwitchOn
) -> None:
    watching = console("city")
    gates = [device("face_gate"), device("face_gate", city.SOUTH)]
    for bridge in stack.bridges:
        assert stack.stop_process(bridge) == 0
        assert "Traceback" not in stack.log(bridge).read_text()
    for gate in gates:
        gate.report("forced_open")
    for bridge in stack.bridges:
        stack.launch(bridge)
    for gate in gates:
        gate.wait_for_ack()
        watching.wait_for_alarm(gate.facts.id, "forced_open", count=1)


def test_readiness_tells_of_a_bridge_that_is_gone(stack: Stack) -> None:
    wait_until(lambda: stack.readiness()["ready"], what="readiness")
    bridge = stack.bridges[-1]
    assert stack.stop_process(bridge) == 0

    def told() -> Any:
        report = stack.readiness()
        return len([name for name in report["processes"] if name.startswith("bridge")]) < 2 and (
            len(stack.bridges) > 1 or not report["ready"]
        )

    wait_until(told, what="/readyz to tell")
    stack.launch(bridge)
    wait_until(lambda: stack.readiness()["ready"], what="readiness")


def test_a_web_process_asked_to_end_says_goodbye_to_its_consoles(
    stack: Stack, console: Sit
) -> None:
    watching = console("city")
    stack.processes["web/0"].signal(signal.SIGTERM)
    closed = wait_until(lambda: watching.closed, what="the close", timeout_s=10)
    assert closed[0] in (1001, 1012)
    stack.processes["web/0"].process.wait(10)
    stack.launch("web/0")
    assert watching.open().greeting == "resumed"


def test_a_restored_database_gives_every_console_a_fresh_state(
    stack: Stack, console: Sit, device: SwitchOn
) -> None:
    """Another epoch, and a numbering that begins anew, while everything runs."""
    watching = [console("city", web=0), console("town", web=1)]
    stack.do("begin_epoch")
    for one in watching:
        wait_until(lambda one=one: one.closed, what="the close")  # type: ignore[misc]
        assert one.open().greeting == "snapshot"
    gate = device("face_gate")
    gate.report("forced_open")
    for one in watching:
        one.wait_for_alarm(gate.facts.id, "forced_open")
    assert watching[0].cursor is not None
    assert watching[0].cursor["epoch"] == str(
        stack.query("SELECT epoch FROM feed_feedhead")[0][0]
    ) or (
        watching[0].cursor["epoch"].replace("-", "")
        == str(stack.query("SELECT epoch FROM feed_feedhead")[0][0])
    )
