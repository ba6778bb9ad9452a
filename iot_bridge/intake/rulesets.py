"""The stored rules in a bridge's memory: kept up with the rulebook, and handed out per device.

What a rule looks at is compiled once per device that it means, and shared between devices that stand alike: so a
thousand rules cost a message what the few cost that are for its device.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import replace

from iot_bridge.rulebook import selectors, services
from iot_bridge.rules.engine.compiling import (
    NONE,
    DeviceRules,
    StoredRule,
    Target,
    bind,
    depends_on_place,
)
from iot_bridge.rules.engine.expressions import ExpressionError
from iot_bridge.rules.engine.nodes import Facts
from iot_bridge.rules.engine.running import Failure
from iot_bridge.rules.engine.schedules import Days

DAYS_EVERY_S = 10.0


class RuleShelf:
    """See the module."""

    def __init__(self) -> None:
        self.days = Days()
        self._rules: dict[int, StoredRule] = {}
        self._revision = 0
        self._days_at = 0.0
        self._by_device: dict[str, list[StoredRule]] = {}
        self._by_prefix: dict[str, list[StoredRule]] = {}
        self._bound: dict[tuple[str, str], DeviceRules] = {}

    def __len__(self) -> int:
        return len(self._rules)

    def refresh(self) -> list[Target]:
        """Take over what changed: the targets whose devices are to be bound anew (the whole city's, for the calendar)."""
        targets = self._refresh_days()
        changes = selectors.changes_since(self._revision)
        self._revision = changes.revision
        for rule_id in (*changes.gone, *(rule.id for rule in changes.rules)):
            old = self._rules.pop(rule_id, None)
            if old is not None:
                targets.append(old.target)
        for rule in changes.rules:
            self._rules[rule.id] = rule
            targets.append(rule.target)
        if changes.unreadable:
            services.put_aside(changes.unreadable)
        if targets:
            self._index()
        return targets

    def for_device(self, facts: Facts) -> DeviceRules:
        """The rules that run for a device."""
        if not self._rules:
            return NONE
        own = self._by_device.get(facts.id)
        candidates = self._candidates(facts.code)
        if own is None and not any(_placed(rule) for rule in candidates):
            key = (facts.kind, facts.code)
            known = self._bound.get(key)
            if known is None:
                known = self._bound[key] = self._bind(candidates, facts)
            return known
        return self._bind([*candidates, *(own or ())], facts)

    def _candidates(self, code: str) -> list[StoredRule]:
        prefixes = [code[:length] for length in range(len(code) + 1)]
        return [rule for prefix in prefixes for rule in self._by_prefix.get(prefix, ())]

    def _bind(self, rules: Sequence[StoredRule], facts: Facts) -> DeviceRules:
        """A rule whose expression cannot be compiled any more sleeps; the others run."""
        while True:
            try:
                return bind(rules, facts)
            except ExpressionError as error:
                rules = self._without_broken(rules, facts, error)

    def _without_broken(
        self, rules: Sequence[StoredRule], facts: Facts, error: ExpressionError
    ) -> list[StoredRule]:
        kept: list[StoredRule] = []
        for rule in rules:
            try:
                bind([rule], facts)
            except ExpressionError:
                services.put_aside([Failure(rule.id, rule.version, facts.id, str(error))])
                kept.append(replace(rule, asleep=True))
            else:
                kept.append(rule)
        return kept

    def _index(self) -> None:
        self._by_device, self._by_prefix, self._bound = {}, {}, {}
        for rule in self._rules.values():
            target = rule.target
            index, key = (
                (self._by_prefix, target.prefix)
                if target.device is None
                else (self._by_device, target.device)
            )
            index.setdefault(key, []).append(rule)

    def _refresh_days(self) -> list[Target]:
        now = time.monotonic()
        if now < self._days_at:
            return []
        self._days_at = now + DAYS_EVERY_S
        days = selectors.working_days()
        if days == self.days:
            return []
        self.days = days
        return [Target()]


def meant(targets: Iterable[Target], facts: Facts) -> bool:
    """Whether any of some targets means a device."""
    return any(target.covers(facts) for target in targets)


def _placed(rule: StoredRule) -> bool:
    return rule.definition is not None and depends_on_place(rule.definition)
