"""Where things stand in the demo city. Pure and deterministic: the same list gives the same city."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass

import shapely
from shapely.geometry import Point
from shapely.geometry.base import BaseGeometry

METRES_PER_DEGREE = 111_200
_HOMES = ("家园", "佳苑", "花园", "雅居", "新城", "丽景", "名邸", "馨苑")
_MARKETS = ("农贸市场", "便民广场", "文化广场", "早市")
_SUFFIXES = ("村委会", "生活区", "社区", "村")


@dataclass(frozen=True, slots=True)
class Village:
    """A village or community with its area (degrees)."""

    code: str
    name: str
    area: BaseGeometry

    @property
    def short(self) -> str:
        """The name without what sort of place it is: 西湖, 城一."""
        for suffix in _SUFFIXES:
            if self.name.endswith(suffix):
                return self.name.removesuffix(suffix)
        return self.name

    @property
    def full(self) -> str:
        """The name as people say it: 西湖社区, 城一村."""
        return self.name.removesuffix("委会")

    @property
    def estates(self) -> int:
        """How many housing estates it has; 0 in the country. The code's last digits tell the sort."""
        number = int(self.code[-3:])
        if number < 200:
            return 3 if self.code.startswith("640181001") else 2
        return 1 if number >= 500 else 0


@dataclass(frozen=True, slots=True)
class Spot:
    """A place in a village around which devices stand. `market` is the lively place beside it."""

    name: str
    market: str
    longitude: float
    latitude: float


def spots(village: Village) -> list[Spot]:
    """The housing estates of a community, or a village's own centre."""
    chance = random.Random(f"spots {village.code}")  # noqa: S311 - deterministic, nothing secret
    count = max(1, village.estates)
    homes = chance.sample(_HOMES, count)
    markets = chance.sample(_MARKETS, count)
    inner = village.area.buffer(-0.12 * math.sqrt(village.area.area))
    ground = village.area if inner.is_empty else inner
    middle = ground.representative_point()
    if not village.estates:
        return [Spot(village.full, village.short + markets[0], middle.x, middle.y)]
    points = list(_scattered(ground, count, chance))
    return [
        Spot(village.short + home, village.short + market, *point)
        for home, market, point in zip(homes, markets, points, strict=True)
    ]


def _scattered(
    ground: BaseGeometry, count: int, chance: random.Random
) -> Iterator[tuple[float, float]]:
    """Points inside, each of the best of several tries: far from those before, near enough to walk."""
    middle = ground.representative_point()
    reach = min(math.sqrt(ground.area) / 2, 900 / METRES_PER_DEGREE)
    placed: list[tuple[float, float]] = []
    for _index in range(count):
        tries = [
            near(ground, (middle.x, middle.y), reach * METRES_PER_DEGREE, chance) for _ in range(8)
        ]
        best = max(tries, key=lambda spot: min((math.dist(spot, p) for p in placed), default=0))
        placed.append(best)
        yield best


def near(
    area: BaseGeometry, middle: tuple[float, float], metres: float, chance: random.Random
) -> tuple[float, float]:
    """A point inside the area within so many metres; ever nearer if the area is narrow there."""
    shapely.prepare(area)
    for attempt in range(40):
        distance = metres * math.sqrt(chance.random()) * 0.93**attempt / METRES_PER_DEGREE
        angle = chance.uniform(0, math.tau)
        longitude = middle[0] + distance * math.cos(angle) / math.cos(math.radians(middle[1]))
        latitude = middle[1] + distance * math.sin(angle)
        point = round(longitude, 5), round(latitude, 5)
        if area.contains(Point(point)):
            return point
    return round(middle[0], 5), round(middle[1], 5)
