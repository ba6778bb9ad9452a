"""The demo's rounds: a team walks its town all day and night, a village centre its village by day. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import time

from dispatch.demo.people import TOWN, VILLAGE, Point
from dispatch.units.kinds import UnitKind


@dataclass(frozen=True, slots=True)
class DemoCheckpoint:
    """A place, so many degrees from the unit's post; without an offset only its code confirms it."""

    name: str
    offset: Point | None


@dataclass(frozen=True, slots=True)
class DemoRoute:
    """A route of the unit of a sort at a jurisdiction, walked every day at these times."""

    name: str
    kind: UnitKind
    code: str
    is_ordered: bool
    starts: tuple[time, ...]
    minutes: int
    checkpoints: tuple[DemoCheckpoint, ...]


def demo_routes() -> Iterator[DemoRoute]:
    """Whatever the hour, one is to be walked now."""
    yield DemoRoute(
        name="东塔镇街面巡更",
        kind=UnitKind.PATROL,
        code=TOWN,
        is_ordered=False,
        starts=(time(0), time(6), time(12), time(18)),
        minutes=6 * 60,
        checkpoints=(
            DemoCheckpoint("镇政府门前", (0.0004, 0.0003)),
            DemoCheckpoint("农贸市场东口", (0.0042, -0.0027)),
            DemoCheckpoint("中心小学南门", (0.0061, 0.0018)),
            DemoCheckpoint("汽车站候车厅", (-0.0035, 0.0041)),
            DemoCheckpoint("变电所值班室", None),
        ),
    )
    yield DemoRoute(
        name="城一村防火巡查",
        kind=UnitKind.VILLAGE_CENTRE,
        code=VILLAGE,
        is_ordered=True,
        starts=(time(8), time(20)),
        minutes=3 * 60,
        checkpoints=(
            DemoCheckpoint("村部", (0.0001, 0.0001)),
            DemoCheckpoint("微型消防站", (0.0012, 0.0004)),
            DemoCheckpoint("沿街商铺", (0.0021, -0.0006)),
        ),
    )
