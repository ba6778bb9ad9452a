"""What ships: categories, the time each stage may take, and which category a device's condition is. Pure.

An installation edits all of it in the admin; this is what an empty table is filled with.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, time

from dispatch.incidents.lifecycle import Stage
from dispatch.units.kinds import Skill
from iot_bridge.rules.conditions import Condition


@dataclass(frozen=True, slots=True)
class CategoryFacts:
    """A node of the category tree: two digits for a group, four for a category."""

    code: str
    name: str
    name_en: str
    severity: int
    photo_required: bool = False
    skills: tuple[Skill, ...] = ()
    """any one of them helps; none: as its group has it"""

    @property
    def parent(self) -> str | None:
        """The group it belongs to."""
        return self.code[:2] if len(self.code) > 2 else None


CATEGORIES = (
    CategoryFacts("01", "公共安全", "Public safety", 2, skills=(Skill.SECURITY,)),
    CategoryFacts(
        "0101",
        "消防通道占用",
        "Fire lane blocked",
        2,
        photo_required=True,
        skills=(Skill.TRAFFIC, Skill.ENFORCEMENT),
    ),
    CategoryFacts("0102", "强行闯入", "Forced entry", 2),
    CategoryFacts("0103", "人群聚集", "Crowding", 2),
    CategoryFacts("0104", "火情烟雾", "Fire or smoke", 1, skills=(Skill.FIRE, Skill.RESCUE)),
    CategoryFacts("0105", "紧急求助", "Call for help", 1, skills=(Skill.FIRST_AID, Skill.RESCUE)),
    CategoryFacts(
        "0106", "治安纠纷", "Breach of the peace", 2, skills=(Skill.SECURITY, Skill.MEDIATION)
    ),
    CategoryFacts("02", "设施设备", "Facilities and equipment", 3, skills=(Skill.REPAIR,)),
    CategoryFacts("0201", "设备离线", "Device offline", 4),
    CategoryFacts("0202", "设备被拆动", "Device tampered with", 3),
    CategoryFacts("0203", "公共设施损坏", "Public facility damaged", 3, photo_required=True),
    CategoryFacts("0204", "设备故障", "Device fault", 4),
    CategoryFacts("03", "城市管理", "City management", 4, skills=(Skill.ENFORCEMENT,)),
    CategoryFacts("0301", "占道经营", "Street obstructed by trade", 4),
    CategoryFacts(
        "0302", "环境卫生", "Cleanliness", 4, photo_required=True, skills=(Skill.SANITATION,)
    ),
    CategoryFacts("0303", "道路积水", "Flooded road", 3, skills=(Skill.RESCUE, Skill.REPAIR)),
    CategoryFacts("04", "矛盾纠纷", "Disputes", 3, skills=(Skill.MEDIATION,)),
    CategoryFacts("0401", "邻里纠纷", "Dispute between neighbours", 3),
    CategoryFacts("0402", "劳资纠纷", "Labour dispute", 3),
    CategoryFacts("05", "民生服务", "Public service", 4, skills=(Skill.SERVICE,)),
    CategoryFacts("0501", "咨询求助", "Question or request", 4),
    CategoryFacts("0502", "投诉举报", "Complaint", 4),
    CategoryFacts("09", "其他", "Other", 4),
    CategoryFacts("0901", "其他事件", "Other incident", 4),
)

OTHER = "0901"

CONDITION_CATEGORY: dict[str, str] = {
    Condition.LANE_BLOCKED: "0101",
    Condition.FORCED_OPEN: "0102",
    Condition.DOOR_HELD: "0102",
    Condition.TAILGATING: "0102",
    Condition.DENIED_BURST: "0102",
    Condition.CROWD_HIGH: "0103",
    Condition.SMOKE: "0104",
    Condition.PANIC: "0105",
    Condition.SOS: "0105",
    Condition.CHECK_IN_OVERDUE: "0105",
    Condition.DEVICE_OFFLINE: "0201",
    Condition.DEVICE_FLAPPING: "0201",
    Condition.SITE_SILENT: "0201",
    Condition.REPORTS_STOPPED: "0201",
    Condition.TAMPER: "0202",
    Condition.RULE_FAILED: "0204",
    Condition.FAULT: "0204",
    Condition.BATTERY_LOW: "0204",
}
"""The category of an incident that an alarm of this condition becomes."""

WORKING_HOURS = ((time(8, 30), time(12, 0)), (time(14, 30), time(18, 30)))

HOLIDAYS_2026: tuple[date, ...] = (
    *(date(2026, 1, day) for day in (1, 2, 3)),
    *(date(2026, 2, day) for day in range(15, 24)),
    *(date(2026, 4, day) for day in (4, 5, 6)),
    *(date(2026, 5, day) for day in range(1, 6)),
    *(date(2026, 6, day) for day in (19, 20, 21)),
    *(date(2026, 9, day) for day in (25, 26, 27)),
    *(date(2026, 10, day) for day in range(1, 8)),
)
"""Public holidays of 2026 as announced by the State Council's General Office; an administrator keeps them."""

WORKDAYS_2026: tuple[date, ...] = (
    date(2026, 1, 4),
    date(2026, 2, 14),
    date(2026, 2, 28),
    date(2026, 5, 9),
    date(2026, 9, 20),
    date(2026, 10, 10),
)
"""Weekend days worked in exchange (调休)."""


@dataclass(frozen=True, slots=True)
class AllowanceFacts:
    """How long a stage may take for a severity; in working time or around the clock."""

    severity: int
    stage: Stage
    minutes: int
    working: bool


_MINUTES = {
    # severity: (accept, dispatch, set out, handle, verify, evaluate)
    1: (2, 3, 5, 4 * 60, 60, 24 * 60),
    2: (5, 10, 15, 12 * 60, 4 * 60, 24 * 60),
    3: (30, 60, 120, 2 * 8 * 60, 8 * 60, 2 * 8 * 60),
    4: (2 * 60, 4 * 60, 8 * 60, 5 * 8 * 60, 2 * 8 * 60, 5 * 8 * 60),
}
_STAGES = (
    Stage.REPORTED,
    Stage.ACCEPTED,
    Stage.DISPATCHED,
    Stage.IN_PROGRESS,
    Stage.HANDLED,
    Stage.VERIFIED,
)


def allowances() -> Iterator[AllowanceFacts]:
    """The shipped allowances: grave ones run around the clock, the others in working hours."""
    for severity, minutes in _MINUTES.items():
        for stage, allowed in zip(_STAGES, minutes, strict=True):
            yield AllowanceFacts(severity, stage, allowed, working=severity > 2)
