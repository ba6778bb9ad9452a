"""The response plans that ship. Pure. An installation edits all of them in the admin."""

from __future__ import annotations

from dataclasses import dataclass

from command_center.accounts.policy import Role
from dispatch.plans.choosing import Chain, PostLevel, Want
from dispatch.units.kinds import Skill, UnitKind

Told = tuple[Role, PostLevel]

VILLAGE: Told = (Role.VILLAGE_OFFICER, PostLevel.VILLAGE)
TOWNSHIP: Told = (Role.TOWNSHIP_OFFICER, PostLevel.TOWNSHIP)
CITY: Told = (Role.DISPATCHER, PostLevel.CITY)


@dataclass(frozen=True, slots=True)
class ShippedPlan:
    """A plan for every jurisdiction; category empty: for all."""

    name: str
    category: str
    least: int
    instructions: str
    units: tuple[Want, ...]
    told: tuple[Told, ...]
    conference: Chain


_PATROL = UnitKind.PATROL

PLANS = (
    ShippedPlan(
        "火情烟雾处置",
        "0104",
        4,
        "先疏散人员，再清开消防通道；到场后确认有无被困人员，并向指挥中心报告火势。",
        (Want(skill=Skill.FIRE), Want(kind=_PATROL)),
        (VILLAGE, TOWNSHIP, CITY),
        Chain.OWNER_AND_CITY,
    ),
    ShippedPlan(
        "紧急求助处置",
        "0105",
        4,
        "到场先看人：有人受伤先急救并呼叫 120，再了解情况；独自到场时注意自身安全。",
        (Want(kind=_PATROL), Want(skill=Skill.FIRST_AID)),
        (VILLAGE, TOWNSHIP),
        Chain.NONE,
    ),
    ShippedPlan(
        "消防通道清障",
        "0101",
        4,
        "联系车主挪车，联系不上的由执法人员处置；清开后拍照反馈。",
        (Want(kind=_PATROL),),
        (VILLAGE,),
        Chain.NONE,
    ),
    ShippedPlan(
        "人群聚集疏导",
        "0103",
        2,
        "先观察人数和走向，分流疏导，保持出入口畅通；不与人群争执，情况有变立即报告。",
        (Want(skill=Skill.SECURITY, count=2), Want(skill=Skill.TRAFFIC)),
        (VILLAGE, TOWNSHIP, CITY),
        Chain.OWNER_AND_CITY,
    ),
    ShippedPlan(
        "道路积水抢险",
        "0303",
        3,
        "先断交通、设警示，再排水；查看地下空间和低洼住户有无人员被困。",
        (Want(skill=Skill.RESCUE), Want(skill=Skill.TRAFFIC), Want(skill=Skill.REPAIR)),
        (VILLAGE, TOWNSHIP),
        Chain.NONE,
    ),
    ShippedPlan(
        "红色事件响应",
        "",
        1,
        "第一支到场的力量为现场负责，十分钟内向指挥中心报告现场情况和需要的增援。",
        (Want(kind=_PATROL, count=2),),
        (VILLAGE, TOWNSHIP, CITY),
        Chain.WHOLE_CHAIN,
    ),
)
