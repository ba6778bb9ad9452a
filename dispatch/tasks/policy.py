"""The numbers behind tasks, and which skills a category asks for. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from dispatch.units.kinds import Skill

ANSWER_WITHIN = timedelta(seconds=90)
"""So long has a unit to acknowledge; then it is reminded, and after as long again the task expires."""

REMINDERS = 1
"""So many reminders before a task expires."""

STALE_AFTER = timedelta(minutes=5)
"""A position older than this is told as stale."""

NEAR_M = 3_000.0
FAR_M = 10_000.0

ASKED_SKILLS: Mapping[str, tuple[Skill, ...]] = {
    "01": (Skill.SECURITY,),
    "0101": (Skill.TRAFFIC, Skill.ENFORCEMENT),
    "0104": (Skill.FIRE, Skill.RESCUE),
    "0105": (Skill.FIRST_AID, Skill.RESCUE),
    "0106": (Skill.SECURITY, Skill.MEDIATION),
    "02": (Skill.REPAIR,),
    "03": (Skill.ENFORCEMENT,),
    "0302": (Skill.SANITATION,),
    "0303": (Skill.RESCUE, Skill.REPAIR),
    "04": (Skill.MEDIATION,),
    "05": (Skill.SERVICE,),
}
"""By category, else by its group; none for a category that is not here."""


def skills_for(category: str) -> frozenset[Skill]:
    """Which skills a case of this category asks for; any one of them helps."""
    return frozenset(ASKED_SKILLS.get(category) or ASKED_SKILLS.get(category[:2]) or ())
