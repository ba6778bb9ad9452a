"""Filling an empty database with the demo city, all of it or nothing."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING

from command_center.accounts.selectors import any_account
from command_center.accounts.services import PostAt, create_account
from command_center.feed import services as feed
from command_center.jurisdictions.areas import Seat, derive_areas
from command_center.jurisdictions.geometry import centre_of
from command_center.jurisdictions.importing import Row, read_boundaries, read_list
from command_center.jurisdictions.selectors import known_codes
from command_center.jurisdictions.services import import_jurisdictions
from dispatch.demo.fleet import demo_fleet
from dispatch.demo.people import ACCOUNTS, CITY, MEMBERS, DemoMember, Point, demo_units
from dispatch.demo.places import Village, spots
from dispatch.demo.rounds import DemoRoute, demo_routes
from dispatch.rounds.services import NewCheckpoint, NewRoute, create_route
from dispatch.units.duty import add_member, set_duty, set_position
from dispatch.units.selectors import unit_at
from dispatch.units.services import create_units
from iot_bridge.devices.services import register_devices

if TYPE_CHECKING:
    from command_center.accounts.models import User
    from dispatch.units.models import Unit

VILLAGE_DIGITS = 12


@dataclass(frozen=True, slots=True)
class Seeded:
    """What the demo city consists of."""

    jurisdictions: int
    devices: int
    units: int
    accounts: int


def is_empty() -> bool:
    """Whether nobody has begun to use this database."""
    return not known_codes() and not any_account()


def seed(*, password: str) -> Seeded:
    """Create the demo city in an empty database. All accounts get the one password.

    Every object is announced on the feed as usual, so a console or bridge that is already
    connected sees the city appear; there is no special case to get wrong.
    """
    rows = read_list(_data("lingwu_jurisdictions.csv"))
    codes = {row.code for row in rows}
    boundary = read_boundaries(_data("lingwu_boundary.geojson"), known=codes)
    seats = _seats()
    illustrative = derive_areas(boundary[CITY], CITY, codes, seats)
    villages = [
        Village(row.code, row.name, illustrative[row.code])
        for row in rows
        if len(row.code) == VILLAGE_DIGITS
    ]
    with feed.transaction():
        import_jurisdictions(rows=rows, areas=boundary, illustrative=illustrative)
        devices = register_devices(devices=demo_fleet(villages), actor=None)
        units = _units(rows, seats, villages)
        people = {
            account.username: create_account(
                username=account.username,
                name=account.name,
                password=password,
                posts=[PostAt(account.role, account.code)],
                is_staff=account.staff,
            )
            for account in ACCOUNTS
        }
        for member in MEMBERS:
            _man(member, people[member.username])
        for route in demo_routes():
            create_route(new=_route(route), actor=None)
    return Seeded(len(rows), devices, units, len(ACCOUNTS))


def _units(rows: list[Row], seats: dict[str, Seat], villages: list[Village]) -> int:
    return create_units(
        units=demo_units(
            {row.code: row.name for row in rows},
            {code: (seat.lng, seat.lat) for code, seat in seats.items()},
            {village.code: _centre(village) for village in villages},
        )
    )


def _man(member: DemoMember, user: User) -> None:
    """Have a person belong to a unit and be on duty near its post."""
    unit = unit_at(kind=member.kind, code=member.code, name=member.unit)
    add_member(unit=unit, user=user, actor=None)
    set_duty(user=user, on=True)
    place = _beside(unit, member.offset)
    if place is not None:
        set_position(user=user, place=place, at=None)


def _route(route: DemoRoute) -> NewRoute:
    unit = unit_at(kind=route.kind, code=route.code)
    return NewRoute(
        name=route.name,
        code=route.code,
        unit=unit,
        is_ordered=route.is_ordered,
        starts=route.starts,
        minutes=route.minutes,
        checkpoints=tuple(
            NewCheckpoint(point.name, _beside(unit, point.offset)) for point in route.checkpoints
        ),
    )


def _beside(unit: Unit, offset: Point | None) -> Point | None:
    """A place so many degrees from a unit's post."""
    if unit.post is None or offset is None:
        return None
    longitude, latitude = (a + b for a, b in zip(unit.post, offset, strict=True))
    return round(longitude, 5), round(latitude, 5)


def _centre(village: Village) -> tuple[float, float]:
    first = spots(village)[0]
    if village.estates:
        return round(first.longitude, 5), round(first.latitude, 5)
    return centre_of(village.area)


def _seats() -> dict[str, Seat]:
    lines = _data("lingwu_seats.csv").decode().splitlines()
    return {
        line["code"]: Seat(float(line["lng"]), float(line["lat"]), float(line["share"]))
        for line in csv.DictReader(lines)
    }


def _data(name: str) -> bytes:
    return files("dispatch.demo").joinpath("data", name).read_bytes()
