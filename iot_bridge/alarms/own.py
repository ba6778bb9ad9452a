"""Stored rules' own conditions as who configures alarms chooses them: by their titles, and checked against what exists.

Who keeps the rules is above this package and named in `settings.OWN_CONDITIONS`. A rule may be removed while a table
still names its condition: that stays as it is, and says so.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import cast

from django.conf import settings
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from iot_bridge.alarms.words import CONDITION_NAMES, condition_word
from iot_bridge.rules.conditions import Condition, is_own

Choices = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class OwnCondition:
    """A condition that stored rules raise, the gravest and the mildest they make of it; `removed`: none does any more."""

    title_zh: str
    title_en: str
    gravest: int
    mildest: int
    removed: bool = False


def own_conditions() -> dict[str, OwnCondition]:
    """All that stored rules raise, or once did, by name."""
    return cast("dict[str, OwnCondition]", import_string(settings.OWN_CONDITIONS)())


def choices(*kept: str, but: Collection[str] = ()) -> Choices:
    """What may be chosen, in words: what ships, stored rules' own by their titles, and what was chosen once."""
    own = own_conditions()
    names = [str(one) for one in Condition if one not in but]
    names += sorted(name for name, one in own.items() if not one.removed)
    names += [name for name in kept if name and name not in names]
    return [(name, name_of(name, own)) for name in names]


def name_of(condition: str, own: Mapping[str, OwnCondition] | None = None) -> str:
    """What a condition is called; one that no rule raises any more is told as such."""
    if not is_own(condition):
        return str(CONDITION_NAMES.get(condition, condition))
    one = (own_conditions() if own is None else own).get(condition)
    name = condition_word(condition, one.title_zh, one.title_en) if one else condition
    if one is None or one.removed:
        return _("%(name)s (removed rule's condition)") % {"name": name}
    return name


def unknown(names: Collection[str], *, kept: Collection[str] = ()) -> list[str]:
    """Those of these that no alarm can stand for, what was chosen once apart."""
    own = own_conditions() if any(is_own(name) for name in names) else {}
    there = {*Condition, *kept, *(name for name, one in own.items() if not one.removed)}
    return sorted(set(names) - there)


def severities() -> dict[str, tuple[int, int]]:
    """The gravest and the mildest severity that each own condition comes with."""
    return {name: (one.gravest, one.mildest) for name, one in own_conditions().items()}
