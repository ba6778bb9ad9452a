"""Rules as the API shows and takes them."""

from __future__ import annotations

from typing import Annotated, Any, Literal, cast

from ninja import Schema
from pydantic import Field

from command_center.api.problems import FieldProblem, Problem, ProblemCode
from command_center.feed.messages import iso
from iot_bridge.protocol.topics import Kind
from iot_bridge.rulebook.drafts import MANAGED, Draft, RuleError
from iot_bridge.rulebook.models import Rule, RuleVersion
from iot_bridge.rules.conditions import Condition
from iot_bridge.rules.engine.checking import known_events
from iot_bridge.rules.engine.expressions import FUNCTIONS, VARIABLES, event_types, sample
from iot_bridge.rules.engine.faults import Fault, FaultCode
from iot_bridge.rules.engine.places import MAX_POINTS, MAX_RADIUS_M

RuleState = Literal["on", "off", "quarantined"]
Step = Literal["created", "changed", "restored", "removed"]
Reason = Annotated[str, Field(min_length=1, max_length=300)]


class RuleBody(Schema):
    """A rule's content. It is for `device`, or for the `kinds` (all, if empty) of the subtree `code`.

    `definition` null switches a shipped condition off there. `severity` and `latching` null: the condition's own.
    """

    name: Annotated[str, Field(max_length=60)]
    code: Annotated[str, Field(pattern=r"^[0-9]{0,15}$")] = ""
    kinds: Annotated[list[Annotated[str, Field(max_length=16)]], Field(max_length=20)] = []
    device: Annotated[str, Field(max_length=64)] | None = None
    condition: Annotated[str, Field(max_length=24)]
    title_zh: Annotated[str, Field(max_length=60)] = ""
    title_en: Annotated[str, Field(max_length=60)] = ""
    severity: int | None = None
    latching: bool | None = None
    definition: dict[str, Any] | None = None
    enabled: bool = True

    def draft(self) -> Draft:
        """As the services take it."""
        return Draft.from_json(
            {name: getattr(self, name) for name in RuleBody.model_fields}
            | {"device": self.device or None}
        )


class NewRule(RuleBody):
    """A rule to be stored, and why."""

    reason: Reason


class ChangedRule(NewRule):
    """A rule's next content; `version` is the one that was seen."""

    version: Annotated[int, Field(ge=1)]


class Restored(Schema):
    """Which version to bring back, and why; `version` is the present one that was seen."""

    number: Annotated[int, Field(ge=1)]
    version: Annotated[int, Field(ge=1)]
    reason: Reason


class Why(Schema):
    """Why."""

    reason: Reason


class RuleData(RuleBody):
    """A rule as it stands. `device_name` for one device's; `quarantined_at`: since when it is put aside, and why."""

    id: int
    state: RuleState
    version: int
    device_name: str | None
    changed_at: str
    changed_by: str
    quarantined_at: str | None
    quarantine_device: str
    quarantine_reason: str


class RuleVersionData(Schema):
    """A rule as it was after one change."""

    number: int
    at: str
    step: Step
    actor: str
    reason: str
    content: RuleBody


class ShippedRule(Schema):
    """A rule that ships: what holds where no stored rule stands. `parameters` are the kinds' defaults."""

    condition: Condition
    kinds: list[str]
    severity: int
    latching: bool
    parameters: dict[str, int]


class RuleLanguage(Schema):
    """What a definition may name: each kind's event types, each type's fields (true: a number), CEL's names, and the
    conditions that a rule may decide about beside its own. `faults`: the codes of what can be wrong with a rule. A
    polygon has at most `max_points` points, the first of each ring again at its end among them, a circle at most
    `max_radius_m` metres.
    """

    events: dict[str, list[str]]
    fields: dict[str, dict[str, bool]]
    variables: list[str]
    functions: list[str]
    conditions: list[Condition]
    faults: list[FaultCode]
    max_points: int
    max_radius_m: int


def rule_language() -> RuleLanguage:
    """As the checks know it."""
    return RuleLanguage(
        events={kind.value: sorted(known_events([kind])) for kind in Kind},
        fields={
            type_: {name: _is_number(value) for name, value in sample(type_).items()}
            for type_ in event_types()
        },
        variables=list(VARIABLES),
        functions=sorted(FUNCTIONS),
        conditions=sorted(MANAGED),
        faults=list(FaultCode),
        max_points=MAX_POINTS,
        max_radius_m=MAX_RADIUS_M,
    )


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def rule_data(rule: Rule) -> RuleData:
    """A row as the API shows it."""
    quarantined = rule.quarantined_at is not None
    state: RuleState = "on" if rule.enabled else "off"
    return RuleData(
        **{**Draft.of(rule).to_json(), "code": rule.place},
        id=rule.pk,
        state="quarantined" if quarantined and rule.enabled else state,
        version=rule.version,
        device_name=rule.device.name if rule.device is not None else None,
        changed_at=iso(rule.changed_at),
        changed_by=rule.changed_by_name,
        quarantined_at=iso(rule.quarantined_at) if rule.quarantined_at else None,
        quarantine_device=rule.quarantine_device,
        quarantine_reason=rule.quarantine_reason,
    )


def version_data(version: RuleVersion) -> RuleVersionData:
    """A version as the API shows it."""
    return RuleVersionData(
        number=version.number,
        at=iso(version.at),
        step=cast(Step, version.step),
        actor=version.actor_name,
        reason=version.reason,
        content=RuleBody(**version.content),
    )


def problem_of(error: RuleError) -> Problem:
    """What is wrong with a rule, with each place: `field` is a JSON pointer into the request."""
    problems = [
        FieldProblem(
            field=fault.pointer,
            message=f"line {fault.line}, column {fault.column}: {fault.message}"
            if fault.line is not None
            else fault.message,
            code=fault.code,
            facts=_facts(fault) or None,
        )
        for fault in error.faults
    ]
    text = ", ".join(problem.field for problem in problems)
    return Problem(ProblemCode.VALIDATION_ERROR, f"wrong: {text}", problems)


def _facts(fault: Fault) -> dict[str, str]:
    """What the words for a fault name: its own facts, and in expressions the place."""
    place = {} if fault.line is None else {"line": str(fault.line), "column": str(fault.column)}
    return {**fault.facts, **place}
