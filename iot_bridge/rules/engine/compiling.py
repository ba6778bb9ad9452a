"""From definitions to what runs for one device: only the rules in whose reach it is, indexed by event type.

A rule is compiled once, whatever the number of its devices; what a device's place decides (area, jurisdiction) is
decided when the rules are bound to it, and a rule that can then never hold is left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from iot_bridge.rules.conditions import is_own
from iot_bridge.rules.engine.expressions import Program, load_expression
from iot_bridge.rules.engine.language import (
    Absence,
    All,
    Any_,
    Area,
    Between,
    Condition,
    Count,
    Definition,
    Event,
    Expression,
    Held,
    Node,
    Not,
    Rate,
    Schedule,
    Threshold,
    Within,
)
from iot_bridge.rules.engine.nodes import (
    Constant,
    Facts,
    RunAbsence,
    RunAll,
    RunAny,
    RunBetween,
    RunCount,
    RunEvent,
    RunExpression,
    RunHeld,
    Running,
    RunNot,
    RunRate,
    RunSchedule,
    RunThreshold,
)
from iot_bridge.rules.engine.places import in_polygon, metres


@dataclass(frozen=True, slots=True)
class Target:
    """For which devices a rule is: one device, or the kinds (all, if empty) of a subtree (`prefix`, "" for all)."""

    prefix: str = ""
    kinds: frozenset[str] = frozenset()
    device: str | None = None

    def covers(self, facts: Facts) -> bool:
        """Whether a device is meant."""
        if self.device is not None:
            return facts.id == self.device
        return facts.code.startswith(self.prefix) and (not self.kinds or facts.kind in self.kinds)

    @property
    def nearness(self) -> tuple[int, int, int]:
        """What is nearer to a device is greater: the device itself, then the longer prefix, then fewer kinds."""
        return (self.device is not None, len(self.prefix), -len(self.kinds) if self.kinds else -99)


@dataclass(frozen=True, slots=True)
class StoredRule:
    """A rule as it stands. Without a definition it switches its condition off; `asleep`: in quarantine."""

    id: int
    version: int
    condition: str
    target: Target
    definition: Definition | None
    severity: int = 0
    latching: bool | None = None
    title_zh: str = ""
    title_en: str = ""
    asleep: bool = False


@dataclass(frozen=True, slots=True)
class BoundRule:
    """A rule, for a device or for many that stand alike. `types` None: every message is looked at. `key`: under
    which its memory lies."""

    rule: StoredRule
    root: Running
    types: frozenset[str] | None
    key: str


@dataclass(frozen=True, slots=True)
class DeviceRules:
    """The rules that run for a device. `replaced`: shipped conditions that shipped code must leave alone. `kept`: own
    conditions that nobody may clear now, for their rule is in quarantine.
    """

    rules: tuple[BoundRule, ...] = ()
    replaced: frozenset[str] = frozenset()
    kept: frozenset[str] = frozenset()
    by_type: Mapping[str, tuple[BoundRule, ...]] = field(default_factory=dict)
    otherwise: tuple[BoundRule, ...] = ()

    def listening(self, type_: str) -> tuple[BoundRule, ...]:
        """The rules that a message of this type can mean something to."""
        return self.by_type.get(type_, self.otherwise)


NONE = DeviceRules()


def choose(rules: Iterable[StoredRule], facts: Facts) -> dict[str, StoredRule]:
    """Of the rules that mean a device the nearest for each condition; of equals the newest. Pure of order."""
    chosen: dict[str, StoredRule] = {}
    for rule in rules:
        if rule.asleep or not rule.target.covers(facts):
            continue
        known = chosen.get(rule.condition)
        if known is None or _rank(rule) > _rank(known):
            chosen[rule.condition] = rule
    return chosen


def _rank(rule: StoredRule) -> tuple[tuple[int, int, int], int]:
    return rule.target.nearness, rule.id


def bind(rules: Sequence[StoredRule], facts: Facts) -> DeviceRules:
    """What runs for a device, of the rules that may mean it."""
    chosen = choose(rules, facts)
    kept = frozenset(
        rule.condition for rule in rules if rule.asleep and rule.target.covers(facts)
    ) - frozenset(chosen)
    bound = [
        BoundRule(rule, root, listens(rule.definition.when), str(rule.id))
        for rule in sorted(chosen.values(), key=lambda rule: rule.id)
        if rule.definition is not None
        for root in [compile_node(rule.definition.when, facts)]
        if not (isinstance(root, Constant) and not root.holds)
    ]
    if not chosen and not kept:
        return NONE
    types = {type_ for rule in bound for type_ in rule.types or ()}
    return DeviceRules(
        rules=tuple(bound),
        replaced=frozenset(name for name in chosen if not is_own(name)),
        kept=kept,
        by_type={
            type_: tuple(rule for rule in bound if rule.types is None or type_ in rule.types)
            for type_ in types
        },
        otherwise=tuple(rule for rule in bound if rule.types is None),
    )


def depends_on_place(definition: Definition) -> bool:
    """Whether two devices of one kind and jurisdiction may differ under it."""
    return any(isinstance(node, Area) for node in _all_nodes(definition.when))


def listens(node: Condition) -> frozenset[str] | None:
    """The types of event that can change a condition; None: any."""
    types: set[str] = set()
    for each in _all_nodes(node):
        match each:
            case Event() | Count():
                types.update(each.events)
            case Between():
                types.update(each.begin, each.end)
            case Absence() | Expression():
                if each.events is None:
                    return None
                types.update(each.events)
            case Threshold() | Rate():
                if each.event is None:
                    return None
                types.add(each.event)
            case _:
                pass
    return frozenset(types)


def _all_nodes(node: Node) -> Iterable[Node]:
    yield node
    if isinstance(node, Held | Not):
        yield from _all_nodes(node.of)
    elif isinstance(node, All | Any_):
        for child in node.of:
            yield from _all_nodes(child)


def compile_node(node: Node, facts: Facts, path: str = "0") -> Running:
    """A condition as it runs for a device."""
    key = f"{path}:{getattr(node, 'type', '')}"
    match node:
        case Threshold():
            sign = 1 if node.direction == "above" else -1
            clear = None if node.clear_at is None else node.clear_at * sign
            return RunThreshold(key, node.event, node.field, sign, node.raise_at * sign, clear)
        case Event():
            return RunEvent(key, frozenset(node.events), _program(node.where), node.lasts_s * 1000)
        case Between():
            return RunBetween(
                key,
                frozenset(node.begin),
                frozenset(node.end),
                _program(node.begin_where),
                _program(node.end_where),
            )
        case Held():
            return RunHeld(key, node.for_s * 1000, compile_node(node.of, facts, f"{path}.0"))
        case Count():
            where = _program(node.where)
            return RunCount(key, frozenset(node.events), where, node.at_least, node.within_s * 1000)
        case Rate():
            sign = 1 if node.direction == "rise" else -1
            return RunRate(key, node.event, node.field, sign, node.by, node.within_s * 1000)
        case Absence():
            events = None if node.events is None else frozenset(node.events)
            return RunAbsence(key, events, node.for_s * 1000)
        case Schedule():
            return RunSchedule(node)
        case Area():
            return Constant(_stands_in(node, facts))
        case Within():
            return Constant(facts.code.startswith(tuple(node.codes)))
        case Expression():
            events = None if node.events is None else frozenset(node.events)
            return RunExpression(key, events, _compiled(node.expr))
        case All() | Any_():
            return _several(node, facts, path)
        case Not():
            inner = compile_node(node.of, facts, f"{path}.0")
            return Constant(not inner.holds) if isinstance(inner, Constant) else RunNot(inner)
        case _:
            raise TypeError(f"no condition: {type(node).__name__}")


def _several(node: All | Any_, facts: Facts, path: str) -> Running:
    """What is certain drops out, or decides for all."""
    deciding = isinstance(node, Any_)
    parts = [compile_node(child, facts, f"{path}.{n}") for n, child in enumerate(node.of)]
    if any(isinstance(part, Constant) and part.holds is deciding for part in parts):
        return Constant(deciding)
    rest = tuple(part for part in parts if not isinstance(part, Constant))
    if not rest:
        return Constant(not deciding)
    return RunAny(rest) if deciding else RunAll(rest)


def _stands_in(area: Area, facts: Facts) -> bool:
    """A device without a position stands nowhere."""
    if facts.longitude is None or facts.latitude is None:
        return False
    if area.circle is not None:
        centre = (area.circle.lng, area.circle.lat)
        return metres(centre, (facts.longitude, facts.latitude)) <= area.circle.radius_m
    return area.polygon is not None and in_polygon(area.polygon, facts.longitude, facts.latitude)


def _program(source: str | None) -> Program | None:
    return None if source is None else _compiled(source)


_PROGRAMS: dict[str, Program] = {}


def _compiled(source: str) -> Program:
    """Compiled once per text; the check that it is right was made when it was stored."""
    known = _PROGRAMS.get(source)
    if known is None:
        if len(_PROGRAMS) > 10_000:
            _PROGRAMS.clear()
        known = _PROGRAMS[source] = load_expression(source)
    return known
