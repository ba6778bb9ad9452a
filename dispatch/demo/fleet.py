"""The demo fleet: devices at plausible sites, more of them in town. Pure and deterministic."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from dispatch.demo.places import Spot, Village, near, spots
from iot_bridge.devices.services import NewDevice
from iot_bridge.protocol.topics import Kind

_PREFIX = {
    Kind.FACE_GATE: "FG",
    Kind.WIFI_PROBE: "WP",
    Kind.FIRE_LANE: "FL",
    Kind.PANIC_BUTTON: "PB",
    Kind.SMOKE: "SM",
    Kind.CAMERA: "CM",
}
FOREIGN_EVERY = 11  # of the kinds for which there is a foreign codec; about 5 % of all
_LANE_HOLD_S = (60, 60, 60, 120, 180)
_CROWDS = (80, 120, 150, 200, 300)


@dataclass(frozen=True, slots=True)
class _Site:
    """A device to be, before it has an id and a position."""

    kind: Kind
    name: str
    metres: float
    parameters: dict[str, Any]


def demo_fleet(villages: Iterable[Village]) -> Iterator[NewDevice]:
    """Every device of the demo city, in the order of the codes."""
    numbers: Counter[Kind] = Counter()
    for village in sorted(villages, key=lambda village: village.code):
        chance = random.Random(f"fleet {village.code}")  # noqa: S311 - deterministic, nothing secret
        for index, spot in enumerate(spots(village)):
            for site in _sites(village, spot, first=index == 0, chance=chance):
                numbers[site.kind] += 1
                yield _device(village, spot, site, numbers[site.kind], chance)


def _sites(village: Village, spot: Spot, *, first: bool, chance: random.Random) -> Iterator[_Site]:
    if village.estates:
        yield from _estate(spot, chance)
        if first:
            yield from _community(village, spot, chance)
    else:
        yield from _countryside(village, spot, chance)


def _estate(spot: Spot, chance: random.Random) -> Iterator[_Site]:
    for gate in range(1, chance.choice((2, 2, 3)) + 1):
        yield _Site(Kind.FACE_GATE, f"{spot.name} {gate} 号门", 160, _gate(chance))
    for building in sorted(chance.sample(range(1, 19), 2)):
        hold = {"lane_hold_s": chance.choice(_LANE_HOLD_S)}
        yield _Site(Kind.FIRE_LANE, f"{spot.name} {building} 号楼消防通道", 120, hold)
    yield _Site(Kind.CAMERA, f"{spot.name}{chance.choice('东南西北')}门路口", 150, {})
    building = chance.randint(1, 18)
    yield _Site(Kind.SMOKE, f"{spot.name} {building} 号楼楼道", 110, {})


def _community(village: Village, spot: Spot, chance: random.Random) -> Iterator[_Site]:
    crowd = {"crowd_threshold": chance.choice(_CROWDS)}
    yield _Site(Kind.WIFI_PROBE, spot.market, 220, crowd)
    yield _Site(Kind.PANIC_BUTTON, f"{village.full}服务站", 90, {})


def _countryside(village: Village, spot: Spot, chance: random.Random) -> Iterator[_Site]:
    crowd = {"crowd_threshold": chance.choice(_CROWDS)}
    hold = {"lane_hold_s": chance.choice(_LANE_HOLD_S)}
    full = village.full
    options = [
        _Site(Kind.WIFI_PROBE, spot.market, 200, crowd),
        _Site(Kind.FIRE_LANE, f"{full}活动中心消防通道", 140, hold),
        _Site(Kind.SMOKE, f"{full}老年饭桌", 160, {}),
        _Site(Kind.FACE_GATE, f"{full}卫生室门口", 150, _gate(chance)),
    ]
    yield _Site(Kind.PANIC_BUTTON, f"{full}党群服务中心", 80, {})
    yield _Site(Kind.CAMERA, f"{full}{chance.choice(('村口', '十字路口', '渠桥'))}", 320, {})
    yield from chance.sample(options, chance.choice((2, 2, 3)))


def _gate(chance: random.Random) -> dict[str, Any]:
    return {"denied_count": 5, "denied_window_s": 60} if chance.random() < 0.5 else {}


def _device(
    village: Village, spot: Spot, site: _Site, number: int, chance: random.Random
) -> NewDevice:
    longitude, latitude = near(village.area, (spot.longitude, spot.latitude), site.metres, chance)
    device = NewDevice(
        id=f"{_PREFIX[site.kind]}-{number:04d}",
        name=site.name,
        kind=site.kind,
        code=village.code,
        site=f"{village.full} · {spot.name}" if village.estates else village.full,
        longitude=longitude,
        latitude=latitude,
        parameters=site.parameters,
    )
    return _foreign(device, number) if number % FOREIGN_EVERY == 4 else device


def _foreign(device: NewDevice, number: int) -> NewDevice:
    """The same device by a maker who speaks a protocol of his own."""
    match device.kind:
        case Kind.FIRE_LANE:
            return replace(
                device,
                codec="chirpstack_vehicle",
                external_id=f"70b3d57ed00{number:05x}",
                maker="Bosch",
                model="TPS110",
            )
        case Kind.FACE_GATE:
            return replace(
                device,
                codec="face_terminal",
                external_id=str(1_379_000 + number),
                maker="HFSecurity",
            )
        case Kind.WIFI_PROBE:
            return replace(
                device, codec="esp_probe", external_id=f"esp-{0x3C7100 + number:x}", model="ESP8266"
            )
        case _:
            return device
