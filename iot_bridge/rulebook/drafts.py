"""A rule as somebody wants it, and what is wrong with it, each fault with its place."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from command_center.accounts.scope import Scope
from command_center.jurisdictions.selectors import exists
from iot_bridge.devices.models import Device
from iot_bridge.protocol.topics import Kind
from iot_bridge.rulebook.models import Rule
from iot_bridge.rules.conditions import Condition, is_own
from iot_bridge.rules.engine.checking import DefinitionError, parse
from iot_bridge.rules.engine.compiling import StoredRule, Target
from iot_bridge.rules.engine.faults import Fault, FaultCode
from iot_bridge.rules.engine.language import Definition

MANAGED = frozenset(Condition) - {
    Condition.SOS,
    Condition.CHECK_IN_OVERDUE,
    Condition.DEVICE_FLAPPING,
    Condition.SITE_SILENT,
    Condition.REPORTS_STOPPED,
    Condition.RULE_FAILED,
}
"""Conditions that a rule may decide about. That people on duty call for help is nobody's to change; what is said of
a line, of a whole place or of a rule is no single device's.
"""


@dataclass(frozen=True, slots=True)
class Draft:
    """The content of a rule. Without a definition it switches its condition off."""

    name: str
    code: str
    kinds: tuple[str, ...]
    device: str | None
    condition: str
    title_zh: str
    title_en: str
    severity: int | None
    latching: bool | None
    definition: dict[str, Any] | None
    enabled: bool = True

    def to_json(self) -> dict[str, Any]:
        """As a version keeps it."""
        return {**asdict(self), "kinds": list(self.kinds)}

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> Draft:
        """As a version kept it."""
        return cls(**{**content, "kinds": tuple(content["kinds"])})

    @classmethod
    def of(cls, rule: Rule) -> Draft:
        """What a rule says now."""
        return cls(
            name=rule.name,
            code=rule.code,
            kinds=tuple(rule.kinds),
            device=rule.device_id,
            condition=rule.condition,
            title_zh=rule.title_zh,
            title_en=rule.title_en,
            severity=rule.severity,
            latching=rule.latching,
            definition=rule.definition,
            enabled=rule.enabled,
        )

    @property
    def target(self) -> Target:
        """For which devices it is."""
        return Target(self.code, frozenset(self.kinds), self.device)


def changed_fields(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """The parts of a rule's content that two versions do not share."""
    names = (field.name for field in fields(Draft))
    return [name for name in names if before.get(name) != after.get(name)]


class RuleError(ValueError):
    """A rule that is wrong; `faults` say where, by JSON pointer."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("; ".join(map(str, faults)))
        self.faults = faults


def check(draft: Draft, scope: Scope, *, known: int | None = None) -> Definition | None:
    """The definition of a rule that may stand in a scope, `known` its id. Raises RuleError with every fault."""
    faults = [*_target_faults(draft, scope), *_naming_faults(draft)]
    definition = None
    if draft.definition is None:
        if is_own(draft.condition):
            text = "a condition of one's own needs a definition: only a shipped one can be switched off"
            faults.append(Fault("/definition", text, FaultCode.NEEDS_DEFINITION))
    else:
        try:
            definition = parse(draft.definition, _kinds(draft))
        except DefinitionError as error:
            faults += [replace(f, pointer=f"/definition{f.pointer}") for f in error.faults]
    if not faults and draft.enabled and (other := _same(draft, known)) is not None:
        text = f"rule #{other} is in force for the same devices and condition; change that one"
        faults.append(Fault("/condition", text, FaultCode.TAKEN, facts={"rule": f"#{other}"}))
    if faults:
        raise RuleError(faults)
    return definition


def stored(
    rule_id: int, version: int, draft: Draft, definition: Definition | None, *, asleep: bool = False
) -> StoredRule:
    """A rule as the engine takes it."""
    return StoredRule(
        id=rule_id,
        version=version,
        condition=draft.condition if is_own(draft.condition) else Condition(draft.condition),
        target=draft.target,
        definition=definition,
        severity=draft.severity or 0,
        latching=draft.latching,
        title_zh=draft.title_zh,
        title_en=draft.title_en,
        asleep=asleep,
    )


def _kinds(draft: Draft) -> list[str]:
    if draft.device is not None:
        return list(Device.objects.filter(pk=draft.device).values_list("kind", flat=True))
    return [kind for kind in draft.kinds if kind in list(Kind)]


def _target_faults(draft: Draft, scope: Scope) -> list[Fault]:
    faults = []
    if draft.device is not None:
        rows = Device.objects.filter(scope.condition("jurisdiction_id"), pk=draft.device)
        if not rows.exists():
            text = "no such device in your jurisdictions"
            faults.append(Fault("/device", text, FaultCode.UNKNOWN_DEVICE))
    elif not exists(draft.code) or not scope.covers(draft.code):
        text = "no such jurisdiction in your jurisdictions"
        faults.append(Fault("/code", text, FaultCode.UNKNOWN_CODE))
    wrong = [kind for kind in draft.kinds if kind not in list(Kind)]
    if wrong:
        names = ", ".join(wrong)
        facts = {"name": names}
        faults.append(
            Fault("/kinds", f"no such kind: {names}", FaultCode.UNKNOWN_KIND, facts=facts)
        )
    return faults


def _naming_faults(draft: Draft) -> list[Fault]:
    faults = []
    if not draft.name.strip():
        faults.append(Fault("/name", "give the rule a name", FaultCode.MISSING))
    if is_own(draft.condition):
        text = "a condition of one's own needs a title in both languages"
        faults += [
            Fault(f"/{field}", text, FaultCode.NEEDS_TITLE)
            for field in ("title_zh", "title_en")
            if not getattr(draft, field).strip()
        ]
    elif draft.condition not in MANAGED:
        text = (
            f"one of {', '.join(sorted(MANAGED))}, or x_ and up to 22 small letters, digits or '_'"
        )
        faults.append(Fault("/condition", text, FaultCode.UNKNOWN_CONDITION))
    if draft.severity is not None and draft.severity not in (1, 2, 3, 4):
        faults.append(Fault("/severity", "1 to 4", FaultCode.BAD_SEVERITY))
    return faults


def _same(draft: Draft, known: int | None) -> int | None:
    """Another rule in force that means the very same devices and condition."""
    rows = Rule.objects.filter(
        removed=False, enabled=True, condition=draft.condition, device_id=draft.device
    )
    if draft.device is None:
        rows = rows.filter(code=draft.code)
    for row in rows.exclude(pk=known or 0):
        if draft.device is not None or set(row.kinds) == set(draft.kinds):
            return row.pk
    return None
