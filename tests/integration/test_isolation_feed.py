"""What lies outside one's posts does not exist: in no frame of the live feed.

The kinds of event come from the feed's sections: what is new and is not caused here (`tests.support.everything`) fails.
"""

from __future__ import annotations

from collections.abc import Callable

from command_center.feed.sections import section_of
from tests.support import city
from tests.support.consoles import Console, Session
from tests.support.devices import DeviceClient
from tests.support.everything import make_every_kind
from tests.support.outside import traces_in
from tests.support.stack import Stack
from tests.support.waiting import wait_until

SignIn = Callable[..., Session]
Sit = Callable[..., Console]
SwitchOn = Callable[..., DeviceClient]


def test_no_frame_holds_what_lies_outside(
    stack: Stack, console: Sit, device: SwitchOn, sign_in: SignIn
) -> None:
    everything = console("city")
    outsiders = [console("town2", web=0), console("town2", web=1), console("admin2", web=1)]
    make_every_kind(stack, everything, device, sign_in("patrol"))
    kinds = {event["kind"] for event in everything.events}
    assert kinds == set(section_of()), "a kind of event that this test does not cause"
    head = stack.query("SELECT seq FROM feed_feedhead")[0][0]
    for one in outsiders:
        one.catch_up(head)
        assert traces_in(one.text()) == []
        one.leave()
        one.open()
        assert traces_in(one.text()) == []


def test_what_moves_out_of_sight_is_removed_and_what_moves_in_appears(
    stack: Stack, console: Sit
) -> None:
    south = console("town2")
    leaver = city.DeviceFacts("leaver", "过路", "camera", city.SOUTH.villages[0])
    stack.register(leaver)
    south.wait_for_event("device.changed", id="leaver")
    stack.do("move", device="leaver", code=city.EAST.villages[0])
    south.wait_for_event("device.removed", id="leaver")
    assert "leaver" not in south.shown()["devices"]
    assert traces_in(south.text()) == []
    stack.do("move", device="leaver", code=city.SOUTH.villages[1])
    wait_until(lambda: "leaver" in south.shown()["devices"], what="its return")
    stack.do("remove", device="leaver")
