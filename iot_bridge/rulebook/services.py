"""Changing rules. Admin and API come through here; each change is a new version and a new revision of the book."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from django.db.models import F
from django.utils import timezone

from command_center.accounts.scope import Scope
from command_center.audit.services import Action, record
from command_center.feed import services as feed
from command_center.jurisdictions.selectors import root_code
from iot_bridge.alarms.anchors import first_device, subjects
from iot_bridge.alarms.services import Subject, Verdict, apply_verdicts
from iot_bridge.rulebook.drafts import Draft, check
from iot_bridge.rulebook.models import Book, Rule, RuleVersion
from iot_bridge.rules.conditions import Condition
from iot_bridge.rules.engine.running import Failure
from iot_bridge.rules.evaluate import Clear, Raise, RuleRef

if TYPE_CHECKING:
    from command_center.accounts.models import User

logger = logging.getLogger(__name__)


class StaleError(Exception):
    """The rule has another version than the one that was seen. `version` is the present one."""

    def __init__(self, version: int) -> None:
        super().__init__(f"the rule is at version {version} now; look at it again")
        self.version = version


def create(*, draft: Draft, scope: Scope, actor: User, reason: str) -> Rule:
    """A new rule, in force on every bridge within a second if it is enabled. Raises RuleError."""
    with feed.transaction():
        check(draft, scope)
        rule = Rule(version=0)
        return _write(rule, draft, actor=actor, reason=reason, step="created")


def change(
    *, rule_id: int, draft: Draft, seen: int, scope: Scope, actor: User, reason: str
) -> Rule:
    """The rule's next version, which also ends its quarantine. Raises RuleError and StaleError."""
    with feed.transaction():
        rule = _lock(rule_id, seen)
        check(draft, scope, known=rule.pk)
        return _write(rule, draft, actor=actor, reason=reason, step="changed")


def switch(*, rule_id: int, on: bool, seen: int, scope: Scope, actor: User, reason: str) -> Rule:
    """Put a rule in force, or out of it, as it stands. Raises RuleError and StaleError."""
    with feed.transaction():
        rule = _lock(rule_id, seen)
        draft = replace(Draft.of(rule), enabled=on)
        if on:
            check(draft, scope, known=rule.pk)
        return _write(rule, draft, actor=actor, reason=reason, step="changed")


def restore(
    *, rule_id: int, number: int, seen: int, scope: Scope, actor: User, reason: str
) -> Rule:
    """Bring an earlier version back, as a new one. Raises RuleError, StaleError, RuleVersion.DoesNotExist."""
    with feed.transaction():
        rule = _lock(rule_id, seen)
        content = RuleVersion.objects.get(rule=rule, number=number).content
        draft = Draft.from_json(content)
        check(draft, scope, known=rule.pk)
        return _write(rule, draft, actor=actor, reason=reason, step="restored")


def remove(*, rule_id: int, seen: int, actor: User, reason: str) -> None:
    """Take a rule out for good; its versions stay readable. Raises StaleError."""
    with feed.transaction():
        rule = _lock(rule_id, seen)
        rule.removed, rule.enabled = True, False
        draft = Draft.of(rule)
        _write(rule, draft, actor=actor, reason=reason, step="removed")


def wake(*, rule_id: int, actor: User, reason: str) -> Rule:
    """End a rule's quarantine without changing it; what it failed on has been mended elsewhere."""
    with feed.transaction():
        rule = Rule.objects.select_for_update(of=("self",)).get(pk=rule_id)
        if rule.quarantined_at is not None:
            _end_alarm(rule)
            _free(rule)
            rule.revision = next_revision()
            rule.save()
            record(
                action=Action.RULE_WOKEN,
                actor=actor,
                subject=str(rule),
                code=rule.place,
                detail={"reason": reason},
            )
    return rule


def quarantine(failures: Iterable[Failure]) -> list[Verdict]:
    """Put rules that failed aside, in the transaction of the messages they failed on. Each once per version.

    The caller applies the verdicts with its own: an alarm says so until the rule is mended, on the device it failed
    on, under the rule's name and jurisdiction.
    """
    first: dict[int, Failure] = {}
    for failure in failures:
        first.setdefault(failure.rule, failure)
    found = [_put_aside(rule_id, failure) for rule_id, failure in sorted(first.items())]
    return [verdict for verdict in found if verdict is not None]


def put_aside(failures: Iterable[Failure]) -> None:
    """Put rules aside that cannot be read or compiled any more, with their alarm."""
    with feed.transaction() as publication:
        apply_verdicts(publication, quarantine(failures))


def _put_aside(rule_id: int, failure: Failure) -> Verdict | None:
    rows = Rule.objects.filter(
        pk=rule_id, version=failure.version, quarantined_at=None, removed=False
    )
    now, reason = timezone.now(), failure.reason[:300]
    changed = rows.update(
        quarantined_at=now, quarantine_device=failure.device, quarantine_reason=reason
    )
    if not changed:
        return None
    rule = Rule.objects.select_related("device").get(pk=rule_id)
    Rule.objects.filter(pk=rule_id).update(revision=next_revision())
    logger.error("rule %s failed on %s: %s", rule, failure.device, failure.reason)
    record(
        action=Action.RULE_QUARANTINED,
        subject=str(rule),
        code=rule.place or root_code(),
        detail={"device": failure.device, "reason": reason},
    )
    subject = _subject(rule)
    if subject is None:
        return None
    members = [failure.device] if failure.device else []
    detail = {"reason": reason[:120], "members": members}
    ref = RuleRef(rule.pk, rule.version)
    return Verdict(subject, Raise(Condition.RULE_FAILED, detail, rule=ref), now)


def _subject(rule: Rule) -> Subject | None:
    """The device that the alarm about a failed rule stands on, under the rule's name and place."""
    place = rule.place or root_code()
    found = subjects([rule.quarantine_device]).get(rule.quarantine_device) or first_device([place])
    if found is None:
        return None
    return replace(found, name=str(rule)[:80], code=place, site="", longitude=None, latitude=None)


def _end_alarm(rule: Rule) -> None:
    """It is mended, or out of force. Other rules that failed on the same device keep the alarm."""
    subject = None if rule.quarantined_at is None else _subject(rule)
    if subject is None:
        return
    others = Rule.objects.filter(
        quarantined_at__isnull=False,
        quarantine_device=rule.quarantine_device,
        removed=False,
        enabled=True,
    )
    if not others.exclude(pk=rule.pk).exists():
        with feed.transaction() as publication:
            clear = Clear(Condition.RULE_FAILED, {"cause": "rule_mended"})
            apply_verdicts(publication, [Verdict(subject, clear, timezone.now())])


def next_revision() -> int:
    """The number of a change that is being made; the book stays locked until it is committed."""
    if not Book.objects.filter(pk=1).update(revision=F("revision") + 1):
        Book.objects.get_or_create(pk=1)
        Book.objects.filter(pk=1).update(revision=F("revision") + 1)
    return Book.objects.values_list("revision", flat=True).get(pk=1)


def _lock(rule_id: int, seen: int) -> Rule:
    rule = Rule.objects.select_for_update().get(pk=rule_id)
    if rule.version != seen or rule.removed:
        raise StaleError(rule.version)
    return rule


def _free(rule: Rule) -> None:
    rule.quarantined_at, rule.quarantine_device, rule.quarantine_reason = None, "", ""


def _write(rule: Rule, draft: Draft, *, actor: User, reason: str, step: str) -> Rule:
    rule.name, rule.code, rule.kinds = draft.name.strip(), draft.code, sorted(draft.kinds)
    rule.device_id, rule.condition = draft.device, draft.condition
    if rule.device is not None:
        rule.code = rule.device.jurisdiction_id
    rule.title_zh, rule.title_en = draft.title_zh.strip(), draft.title_en.strip()
    rule.severity, rule.latching = draft.severity, draft.latching
    rule.definition, rule.enabled = draft.definition, draft.enabled
    rule.version += 1
    rule.revision = next_revision()
    rule.changed_at, rule.changed_by_name = timezone.now(), actor.display_name
    _end_alarm(rule)
    _free(rule)
    rule.save()
    RuleVersion.objects.create(
        rule=rule,
        number=rule.version,
        at=rule.changed_at,
        step=step,
        actor=actor,
        actor_name=actor.display_name,
        reason=reason,
        content=Draft.of(rule).to_json(),
    )
    record(
        action=Action.RULE_REMOVED if step == "removed" else Action.RULE_CHANGED,
        actor=actor,
        subject=str(rule),
        code=rule.place,
        detail={"step": step, "version": rule.version, "reason": reason},
    )
    return rule
