"""A bridge without threads, for tests of what time does."""

from __future__ import annotations

import json

from iot_bridge.devices.models import Device
from iot_bridge.intake import services
from iot_bridge.intake.decoding import Decoder, Received
from iot_bridge.intake.registry import DeviceRegistry, Shard
from iot_bridge.intake.silences import restless
from iot_bridge.intake.work import Work
from tests.support import city, deeds

START = 1_763_740_800_000
VILLAGE = city.EAST.villages[0]
YARD = [f"yard-{n}" for n in range(4)]


def furnish(*, elsewhere: list[str]) -> None:
    """Four devices of one site, and some of another township."""
    for code, name in city.jurisdictions():
        deeds.set_jurisdiction(code=code, name=name)
    deeds.register(devices=[[id_, id_, "camera", VILLAGE, "canonical", ""] for id_ in YARD])
    Device.objects.filter(id__in=YARD).update(site="三号院")
    south = city.SOUTH.villages[0]
    deeds.register(devices=[[id_, id_, "smoke", south, "canonical", ""] for id_ in elsewhere])


class Bridge:
    """A bridge without threads: what arrives and what time does, at moments of the test's choice."""

    def __init__(self) -> None:
        self.registry = DeviceRegistry(Shard())
        self.registry.load()
        self.now = START

    def commit(self, *received: Received) -> None:
        decoder = Decoder(self.registry)
        decoded = [decoder.decode(one) for one in received]
        self._take(Work(messages=[m for item in decoded for m in item.messages]))

    def _take(self, work: Work) -> None:
        work.now_ms, work.places, work.codes = self.now, self.registry.places, self.registry.codes
        work.silence_from_ms = START
        services.adopt(services.commit(work), silence_from_ms=START)

    def beat(self, *ids: str, online: bool = True) -> None:
        self.commit(*(self._state(id_, online=online) for id_ in ids))

    def _state(self, id_: str, *, online: bool) -> Received:
        device = Device.objects.get(pk=id_)
        topic = city.DeviceFacts(id_, "", device.kind, device.jurisdiction_id).topic
        return Received(f"{topic}/state", json.dumps({"online": online}).encode(), self.now)

    def wait(self, seconds: int, *beating: str) -> None:
        """Time passes second by second; those named beat every 20 s."""
        for second in range(seconds):
            self.now += 1_000
            if beating and second % 20 == 19:
                self.beat(*beating)
            due = [entry for entry in self.registry.entries() if entry.due_ms <= self.now]
            if due or restless(self.registry.places, now_ms=self.now, from_ms=START):
                self._take(Work(due=due))
