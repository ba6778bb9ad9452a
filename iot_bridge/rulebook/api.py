"""REST: rules."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Router, Status

from command_center.accounts.policy import Permission
from command_center.accounts.scope import Scope
from command_center.api.auth import require, user_of
from command_center.api.pagination import CursorText, Limit, Page, page
from command_center.api.parameters import CodePrefix, Id, under
from command_center.api.problems import Problem, ProblemCode
from iot_bridge.protocol.topics import Kind
from iot_bridge.rulebook import selectors, services
from iot_bridge.rulebook.drafts import RuleError
from iot_bridge.rulebook.models import Rule, RuleVersion
from iot_bridge.rulebook.shapes import (
    ChangedRule,
    NewRule,
    Restored,
    RuleData,
    RuleLanguage,
    RuleState,
    RuleVersionData,
    ShippedRule,
    Why,
    problem_of,
    rule_data,
    rule_language,
    version_data,
)
from iot_bridge.rulebook.shipped import shipped_rules

router = Router(tags=["rules"])


@router.get("/rules", response=Page[RuleData])
def list_rules(
    request: HttpRequest,
    code: CodePrefix = None,
    kind: Kind | None = None,
    condition: str | None = None,
    state: RuleState | None = None,
    limit: Limit = 50,
    cursor: CursorText = None,
) -> dict[str, Any]:
    """The stored rules of one's scope, the newest first. `kind`: those that may mean such a device."""
    rows = selectors.rules_in(require(request, Permission.RULES_VIEW))
    if code:
        rows = rows.filter(under(code))
    if kind is not None:
        rows = selectors.meaning_kind(rows, kind)
    if condition:
        rows = rows.filter(condition=condition)
    if state is not None:
        rows = rows.filter(
            enabled=state != "off",
            **({} if state == "off" else {"quarantined_at__isnull": state == "on"}),
        )
    return page(rows, show=rule_data, limit=limit, cursor=cursor, descending=True)


@router.get("/rules/shipped", response=list[ShippedRule])
def list_shipped(request: HttpRequest) -> list[ShippedRule]:
    """What holds where no stored rule stands."""
    require(request, Permission.RULES_VIEW)
    return shipped_rules()


@router.get("/rules/language", response=RuleLanguage)
def get_language(request: HttpRequest) -> RuleLanguage:
    """What a definition may name."""
    require(request, Permission.RULES_VIEW)
    return rule_language()


def _find(request: HttpRequest, rule_id: int, permission: Permission) -> Rule:
    """404 where it does not exist for whoever asks; 403 where they may look and not change."""
    rule = get_object_or_404(
        selectors.rules_in(require(request, Permission.RULES_VIEW)), pk=rule_id
    )
    if permission is not Permission.RULES_VIEW:
        _may(require(request, permission), rule)
    return rule


def _may(scope: Scope, rule: Rule) -> None:
    if not scope.covers(rule.place):
        raise Problem(ProblemCode.FORBIDDEN, "your posts let you look at this rule, not change it")


@router.get("/rules/{int:rule_id}", response=RuleData)
def get_rule(request: HttpRequest, rule_id: Id) -> RuleData:
    """One rule."""
    return rule_data(_find(request, rule_id, Permission.RULES_VIEW))


@router.get("/rules/{int:rule_id}/versions", response=list[RuleVersionData])
def rule_versions(request: HttpRequest, rule_id: Id) -> list[RuleVersionData]:
    """A rule's versions, the newest first (the last 200)."""
    rule = _find(request, rule_id, Permission.RULES_VIEW)
    return [version_data(row) for row in RuleVersion.objects.filter(rule=rule)[:200]]


@router.post("/rules", response={201: RuleData})
def create_rule(request: HttpRequest, wanted: NewRule) -> Status[RuleData]:
    """Store a rule. 422 with a JSON pointer for each fault, in expressions with line and column."""
    scope = require(request, Permission.RULES_MANAGE)
    try:
        rule = services.create(
            draft=wanted.draft(), scope=scope, actor=user_of(request), reason=wanted.reason
        )
    except RuleError as error:
        raise problem_of(error) from error
    return Status(201, rule_data(rule))


@router.put("/rules/{int:rule_id}", response=RuleData)
def change_rule(request: HttpRequest, rule_id: Id, wanted: ChangedRule) -> RuleData:
    """Store a rule's next version. 409 if somebody else was first."""
    _find(request, rule_id, Permission.RULES_MANAGE)
    try:
        rule = services.change(
            rule_id=rule_id,
            draft=wanted.draft(),
            seen=wanted.version,
            scope=require(request, Permission.RULES_MANAGE),
            actor=user_of(request),
            reason=wanted.reason,
        )
    except RuleError as error:
        raise problem_of(error) from error
    except services.StaleError as error:
        raise Problem(ProblemCode.CONFLICT, str(error)) from error
    return rule_data(rule)


@router.post("/rules/{int:rule_id}/restore", response=RuleData)
def restore_rule(request: HttpRequest, rule_id: Id, wanted: Restored) -> RuleData:
    """Bring an earlier version back."""
    _find(request, rule_id, Permission.RULES_MANAGE)
    try:
        rule = services.restore(
            rule_id=rule_id,
            number=wanted.number,
            seen=wanted.version,
            scope=require(request, Permission.RULES_MANAGE),
            actor=user_of(request),
            reason=wanted.reason,
        )
    except RuleVersion.DoesNotExist as error:
        raise Problem(ProblemCode.NOT_FOUND, "the rule has no such version") from error
    except RuleError as error:
        raise problem_of(error) from error
    except services.StaleError as error:
        raise Problem(ProblemCode.CONFLICT, str(error)) from error
    return rule_data(rule)


@router.post("/rules/{int:rule_id}/wake", response=RuleData)
def wake_rule(request: HttpRequest, rule_id: Id, wanted: Why) -> RuleData:
    """End a rule's quarantine as it stands."""
    _find(request, rule_id, Permission.RULES_MANAGE)
    return rule_data(services.wake(rule_id=rule_id, actor=user_of(request), reason=wanted.reason))


@router.delete("/rules/{int:rule_id}", response={204: None})
def remove_rule(request: HttpRequest, rule_id: Id, version: int, reason: str) -> Status[None]:
    """Take a rule out; alarms of a condition of its own end. `version` is the one that was seen."""
    _find(request, rule_id, Permission.RULES_MANAGE)
    if not 0 < len(reason.strip()) <= 300:
        raise Problem(ProblemCode.VALIDATION_ERROR, "give a reason of 1 to 300 characters")
    try:
        services.remove(
            rule_id=rule_id, seen=version, actor=user_of(request), reason=reason.strip()
        )
    except services.StaleError as error:
        raise Problem(ProblemCode.CONFLICT, str(error)) from error
    return Status(204, None)
