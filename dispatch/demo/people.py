"""The demo's accounts and units. Pure and deterministic."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from command_center.accounts.policy import Role
from dispatch.units.kinds import Skill, UnitKind, UnitStatus
from dispatch.units.services import NewUnit

CITY, TOWN, OTHER_TOWN = "640181", "640181100", "640181101"
VILLAGE = "640181100200"
_CENTRES = (
    "640181001002",
    "640181001005",
    "640181100200",
    "640181101204",
    "640181102201",
    "640181103001",
    "640181200202",
)
_DEPARTMENTS: Mapping[str, tuple[Skill, ...]] = {
    "公安局指挥中心": (Skill.SECURITY, Skill.TRAFFIC),
    "消防救援大队": (Skill.FIRE, Skill.RESCUE),
    "城市管理综合执法局": (Skill.ENFORCEMENT, Skill.SANITATION),
    "应急管理局": (Skill.RESCUE,),
    "卫生健康局": (Skill.FIRST_AID,),
    "住房和城乡建设局": (Skill.REPAIR,),
}
_PATROL_SKILLS = (
    (Skill.SECURITY, Skill.FIRST_AID),
    (Skill.SECURITY, Skill.TRAFFIC),
    (Skill.SECURITY, Skill.FIRE),
)
_CENTRE_SKILLS = (Skill.MEDIATION, Skill.SERVICE)
_BUSY = {
    3: UnitStatus.EN_ROUTE,
    6: UnitStatus.ON_SCENE,
    9: UnitStatus.RETURNING,
    12: UnitStatus.COMMITTED,
    17: UnitStatus.OUT_OF_SERVICE,
}

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """An account with one post. `staff` opens the admin pages."""

    username: str
    name: str
    role: Role
    code: str
    staff: bool = False


ACCOUNTS = (
    DemoAccount("city", "市指挥中心一席", Role.DISPATCHER, CITY),
    DemoAccount("city2", "市指挥中心二席", Role.DISPATCHER, CITY),
    DemoAccount("town", "东塔镇综治中心", Role.TOWNSHIP_OFFICER, TOWN),
    DemoAccount("town2", "郝家桥镇综治中心", Role.TOWNSHIP_OFFICER, OTHER_TOWN),
    DemoAccount("village", "城一村值班员", Role.VILLAGE_OFFICER, VILLAGE),
    DemoAccount("patrol", "东塔镇巡逻队", Role.PATROL, TOWN),
    DemoAccount("department", "城管局值班员", Role.DEPARTMENT_OFFICER, CITY),
    DemoAccount("auditor", "审计员", Role.AUDITOR, CITY, staff=True),
    DemoAccount("admin", "系统管理员", Role.ADMINISTRATOR, CITY, staff=True),
)


@dataclass(frozen=True, slots=True)
class DemoMember:
    """An account that belongs to a unit and is on duty, so many degrees from the unit's post.

    `unit` names it where there are several of the kind.
    """

    username: str
    kind: UnitKind
    code: str
    offset: Point
    unit: str = ""


MEMBERS = (
    DemoMember("patrol", UnitKind.PATROL, TOWN, (0.0042, -0.0027)),
    DemoMember("village", UnitKind.VILLAGE_CENTRE, VILLAGE, (0.0, 0.0)),
    DemoMember("department", UnitKind.DEPARTMENT, CITY, (0.0, 0.0), "城市管理综合执法局"),
)


def demo_units(
    names: Mapping[str, str], seats: Mapping[str, Point], centres: Mapping[str, Point]
) -> Iterator[NewUnit]:
    """Patrol teams at the townships' seats, village centres at their villages, departments in town."""
    manned = {(member.kind, member.code) for member in MEMBERS}
    for number, unit in enumerate(_units(names, seats, centres), start=1):
        is_free = number not in _BUSY or (unit.kind, unit.code) in manned
        yield unit if is_free else unit.with_status(_BUSY[number])


def _units(
    names: Mapping[str, str], seats: Mapping[str, Point], centres: Mapping[str, Point]
) -> Iterable[NewUnit]:
    for place, (code, (longitude, latitude)) in enumerate(sorted(seats.items())):
        teams = ("一", "二") if code in ("640181001", "640181103") else ("",)
        for index, team in enumerate(teams):
            yield NewUnit(
                name=f"{names[code]}巡逻{team}队",
                kind=UnitKind.PATROL,
                code=code,
                longitude=round(longitude + 0.006 * index, 5),
                latitude=round(latitude + 0.004 * index, 5),
                skills=_PATROL_SKILLS[(place + index) % len(_PATROL_SKILLS)],
            )
    for code in _CENTRES:
        longitude, latitude = centres[code]
        yield NewUnit(
            name=f"{names[code].removesuffix('委会')}综治中心",
            kind=UnitKind.VILLAGE_CENTRE,
            code=code,
            longitude=longitude,
            latitude=latitude,
            skills=_CENTRE_SKILLS,
        )
    longitude, latitude = seats["640181001"]
    for index, (name, skills) in enumerate(_DEPARTMENTS.items()):
        yield NewUnit(
            name=name,
            kind=UnitKind.DEPARTMENT,
            code=CITY,
            longitude=round(longitude - 0.012 + 0.005 * index, 5),
            latitude=round(latitude + (0.006 if index % 2 else -0.005), 5),
            skills=skills,
        )
