"""What units are, do and can. Pure."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum


class UnitKind(StrEnum):
    """What sort of force a unit is."""

    PATROL = "patrol"
    VILLAGE_CENTRE = "village_centre"
    DEPARTMENT = "department"


class UnitStatus(StrEnum):
    """What a unit is doing."""

    AVAILABLE = "available"
    COMMITTED = "committed"
    EN_ROUTE = "en_route"
    ON_SCENE = "on_scene"
    RETURNING = "returning"
    OUT_OF_SERVICE = "out_of_service"


BUSY = frozenset({UnitStatus.COMMITTED, UnitStatus.EN_ROUTE, UnitStatus.ON_SCENE})
"""Statuses in which a unit is at work already."""


RETURN_WITHIN = timedelta(minutes=30)
"""A unit that is on its way back is back after so long, whether anybody says so or not."""

BACK_M = 200.0
"""So near its post it is back."""


def member_may_set(present: UnitStatus, wanted: UnitStatus) -> bool:
    """Whether somebody of a unit may say that it is available again, or out of service.

    What it does while it has a task follows from the task: who cannot go on declines it, with the reason.
    """
    if present in BUSY:
        return False
    return wanted in (UnitStatus.AVAILABLE, UnitStatus.OUT_OF_SERVICE)


class Skill(StrEnum):
    """What a unit is trained and equipped for."""

    FIRE = "fire"
    SECURITY = "security"
    FIRST_AID = "first_aid"
    RESCUE = "rescue"
    TRAFFIC = "traffic"
    ENFORCEMENT = "enforcement"
    SANITATION = "sanitation"
    REPAIR = "repair"
    MEDIATION = "mediation"
    SERVICE = "service"


def is_on_duty(*, members_on: int, in_shift: bool, is_known: bool) -> bool:
    """Whether a unit is on duty: a member's switch is on, or a shift covers now.

    Of a unit with neither members nor shifts nothing is known; its status alone speaks for it.
    """
    return members_on > 0 or in_shift or not is_known
