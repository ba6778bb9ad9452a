"""Illustrative areas where no boundaries are public. Pure and deterministic.

A region is divided among seats by a power diagram (a Voronoi diagram with weights), the weights
found so that every seat gets its share of the land. Straight borders are then bent a little, the
same on both sides, so that the picture reads as a map; but they are invented, and are labelled so.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import shapely
from shapely.geometry import LineString, Point, Polygon
from shapely.geometry.base import BaseGeometry

from command_center.jurisdictions.codes import parent_of

KM_PER_DEGREE = 111.2
GRID = 1e-5  # degrees; about a metre
BALANCING_STEPS = 60
LLOYD_STEPS = 2

XY = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Seat:
    """Where a jurisdiction's seat is, in degrees, and its share of the land beside its siblings'.

    Where a share is missing among siblings, each gets the land that is nearest to it.
    """

    lng: float
    lat: float
    share: float | None = None


def derive_areas(
    boundary: BaseGeometry, root: str, codes: Iterable[str], seats: Mapping[str, Seat]
) -> dict[str, BaseGeometry]:
    """Areas for every descendant of `root`, level by level inside `boundary` (degrees).

    Siblings tessellate their parent. Seats that are not given are placed, near the parent's.
    """
    children: dict[str, list[str]] = {}
    for code in sorted(set(codes)):
        parent = parent_of(code)
        if parent and code.startswith(root) and code != root:
            children.setdefault(parent, []).append(code)
    areas: dict[str, BaseGeometry] = {}
    waiting = [(root, boundary)]
    while waiting:
        parent, region = waiting.pop()
        siblings = children.get(parent, [])
        if not siblings:
            continue
        given = [seats.get(code) for code in siblings]
        placed = _place(region, given, near=seats.get(parent), seed=parent)
        for code, area in zip(siblings, divide(region, placed, seed=parent), strict=True):
            areas[code] = area
            waiting.append((code, area))
    return areas


def divide(region: BaseGeometry, seats: Sequence[Seat], *, seed: str) -> list[BaseGeometry]:
    """One area per seat; together they are the region, to a metre."""
    if len(seats) == 1:
        return [region]
    plane = _Plane.around(region)
    ground = plane.project(region)
    points = [plane.to(seat.lng, seat.lat) for seat in seats]
    weights = _balance(ground, points, [seat.share for seat in seats])
    bend = _Bend.of(ground, len(seats), seed)
    cells = [
        plane.unproject(bend.apply(cell)) for cell in _power_cells(points, weights, _frame(ground))
    ]
    return _cover(region, cells)


# -- placing ---------------------------------------------------------------------------------------


def _place(
    region: BaseGeometry, given: Sequence[Seat | None], *, near: Seat | None, seed: str
) -> list[Seat]:
    """Seats for all: those given stay, the others are spread out, more densely near `near`."""
    plane = _Plane.around(region)
    ground = plane.project(region)
    shapely.prepare(ground)
    focus = plane.to(near.lng, near.lat) if near else None
    reach = math.sqrt(ground.area) / 2
    chance = random.Random(seed)  # noqa: S311 - deterministic, nothing secret
    points: list[XY] = []
    for seat in given:
        if seat is not None:
            points.append(plane.to(seat.lng, seat.lat))
            continue
        points.append(_random_point(ground, chance, focus, reach))
    for _step in range(LLOYD_STEPS if None in given else 0):
        cells = _power_cells(points, [0.0] * len(points), _frame(ground))
        for index, (seat, cell) in enumerate(zip(given, cells, strict=True)):
            inside = cell.intersection(ground)
            if seat is None and not inside.is_empty:
                points[index] = (inside.centroid.x, inside.centroid.y)
    return [seat or Seat(*plane.back(*point)) for seat, point in zip(given, points, strict=True)]


def _random_point(
    ground: BaseGeometry, chance: random.Random, focus: XY | None, reach: float
) -> XY:
    west, south, east, north = ground.bounds
    while True:
        x, y = chance.uniform(west, east), chance.uniform(south, north)
        if focus is not None:
            distance = math.dist((x, y), focus) / reach
            if chance.random() > 1 / (1 + 4 * distance**2):
                continue
        if ground.contains(Point(x, y)):
            return x, y


# -- the power diagram -----------------------------------------------------------------------------


def _power_cells(
    points: Sequence[XY], weights: Sequence[float], frame: Sequence[XY]
) -> list[Polygon]:
    """For each point the part of the frame where |x - p|² - w is smallest. A cell can be empty."""
    cells = []
    for i, (px, py) in enumerate(points):
        corners = list(frame)
        for j, (qx, qy) in enumerate(points):
            if i != j:
                limit = (qx**2 + qy**2 - weights[j]) - (px**2 + py**2 - weights[i])
                corners = _clip(corners, 2 * (qx - px), 2 * (qy - py), limit)
        cells.append(Polygon(corners) if len(corners) >= 3 else Polygon())
    return cells


def _clip(corners: list[XY], a: float, b: float, limit: float) -> list[XY]:
    """The part of a convex polygon where a·x + b·y ≤ limit (Sutherland-Hodgman, one edge)."""
    kept: list[XY] = []
    for index, (x, y) in enumerate(corners):
        before_x, before_y = corners[index - 1]
        excess, excess_before = a * x + b * y - limit, a * before_x + b * before_y - limit
        if (excess > 0) != (excess_before > 0):
            part = excess_before / (excess_before - excess)
            kept.append((before_x + part * (x - before_x), before_y + part * (y - before_y)))
        if excess <= 0:
            kept.append((x, y))
    return kept


def _balance(
    ground: BaseGeometry, points: Sequence[XY], given: Sequence[float | None]
) -> list[float]:
    """Weights under which the cells' land is proportional to the shares, approximately."""
    shares = [share for share in given if share is not None]
    if len(shares) < len(points):
        return [0.0] * len(points)
    coarse = ground.simplify(math.sqrt(ground.area) / 200)
    frame, whole = _frame(ground), sum(shares)
    targets = [coarse.area * share / whole for share in shares]
    weights = [0.0] * len(points)
    for _step in range(BALANCING_STEPS):
        cells = _power_cells(points, weights, frame)
        land = [cell.intersection(coarse).area for cell in cells]
        if all(
            abs(target - have) < 0.01 * target for target, have in zip(targets, land, strict=True)
        ):
            break
        for index, (target, have) in enumerate(zip(targets, land, strict=True)):
            weights[index] += 0.35 * (target - have)
    return weights


def _frame(ground: BaseGeometry) -> list[XY]:
    """A rectangle well around."""
    west, south, east, north = ground.bounds
    margin = max(east - west, north - south)
    west, south, east, north = west - margin, south - margin, east + margin, north + margin
    return [(west, south), (east, south), (east, north), (west, north)]


# -- from cells to areas ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Bend:
    """A smooth displacement of the plane, too small to fold it."""

    size: float
    phases: tuple[float, float, float, float]

    @classmethod
    def of(cls, ground: BaseGeometry, cells: int, seed: str) -> _Bend:
        chance = random.Random(f"bend {seed}")  # noqa: S311 - deterministic, nothing secret
        first, second, third, fourth = (chance.uniform(0, math.tau) for _ in range(4))
        return cls(math.sqrt(ground.area / cells), (first, second, third, fourth))

    def apply(self, cell: Polygon) -> Polygon:
        return Polygon(
            [self._move(x, y) for x, y in cell.segmentize(self.size / 18).exterior.coords]
        )

    def _move(self, x: float, y: float) -> XY:
        long, short = math.tau / (0.7 * self.size), math.tau / (0.27 * self.size)
        one, two, three, four = self.phases
        return (
            x + self.size * (0.045 * math.sin(long * y + one) + 0.012 * math.sin(short * y + two)),
            y
            + self.size * (0.045 * math.sin(long * x + three) + 0.012 * math.sin(short * x + four)),
        )


def _cover(region: BaseGeometry, cells: Sequence[Polygon]) -> list[BaseGeometry]:
    """Cut the region along the cells' borders, and give each piece to a cell.

    All pieces come from one noded set of lines, so neighbours share their borders exactly. A piece
    cut off from the rest of its cell goes to the neighbour with the longest common border.
    """
    lines = shapely.union_all(
        [region.boundary, *(LineString(cell.exterior) for cell in cells if not cell.is_empty)],
        grid_size=GRID,
    )
    shapely.prepare(region)
    pieces = [
        piece
        for piece in shapely.polygonize([lines]).geoms
        if isinstance(piece, Polygon) and region.contains(piece.representative_point())
    ]
    owned: list[list[Polygon]] = [[] for _ in cells]
    for piece in pieces:
        shares = [piece.intersection(cell).area for cell in cells]
        owned[shares.index(max(shares))].append(piece)
    areas = []
    stray: list[Polygon] = []
    for index, mine in enumerate(owned):
        if not mine:
            raise ValueError(f"seat {index} gets no land; its place or share is not plausible")
        joined = sorted(shapely.get_parts(shapely.union_all(mine)), key=lambda part: part.area)
        areas.append(joined.pop())
        stray += joined
    for piece in stray:
        border = [piece.boundary.intersection(area.boundary).length for area in areas]
        winner = border.index(max(border))
        areas[winner] = shapely.union_all([areas[winner], piece])
    return areas


@dataclass(frozen=True, slots=True)
class _Plane:
    """Kilometres around a point: good enough within a city."""

    lng: float
    lat: float

    @classmethod
    def around(cls, region: BaseGeometry) -> _Plane:
        west, south, east, north = region.bounds
        return cls((west + east) / 2, (south + north) / 2)

    @property
    def _east(self) -> float:
        return math.cos(math.radians(self.lat)) * KM_PER_DEGREE

    def to(self, lng: float, lat: float) -> XY:
        return (lng - self.lng) * self._east, (lat - self.lat) * KM_PER_DEGREE

    def back(self, x: float, y: float) -> XY:
        return x / self._east + self.lng, y / KM_PER_DEGREE + self.lat

    def project(self, geometry: BaseGeometry) -> BaseGeometry:
        origin, scale = (self.lng, self.lat), (self._east, KM_PER_DEGREE)
        return shapely.transform(geometry, lambda positions: (positions - origin) * scale)

    def unproject(self, cell: Polygon) -> Polygon:
        return Polygon([self.back(x, y) for x, y in cell.exterior.coords])
