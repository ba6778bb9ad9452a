"""Whether a definition is right, and if not, where it is wrong: see `faults`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from pydantic import ValidationError

from iot_bridge.protocol.messages import EVENTS, STATE
from iot_bridge.protocol.topics import Kind
from iot_bridge.rules.engine.expressions import (
    ExpressionError,
    compile_expression,
    event_types,
    fields_of,
    sample,
)
from iot_bridge.rules.engine.faults import Fault, FaultCode, fault_of
from iot_bridge.rules.engine.language import (
    MAX_DEPTH,
    MAX_NODES,
    Definition,
    Node,
    Rate,
    Threshold,
    children,
    event_lists,
    expressions,
)


class DefinitionError(ValueError):
    """A definition that is wrong, with every fault that was found."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("; ".join(map(str, faults)))
        self.faults = faults


def parse(value: object, kinds: Iterable[str] = ()) -> Definition:
    """A definition from JSON, checked through and through for devices of these kinds (of all, if none is named).

    Raises DefinitionError.
    """
    if too_deep := _deep(value):
        raise DefinitionError([too_deep])
    try:
        definition = Definition.model_validate(value)
    except ValidationError as error:
        problems = error.errors(include_url=False, include_input=False)
        raise DefinitionError([fault_of(problem) for problem in problems]) from None
    wanted = [Kind(kind) for kind in kinds]
    nodes = list(walk(definition.when, "/when"))
    faults = [fault for pointer, node in nodes for fault in _faults(pointer, node, wanted)]
    if len(nodes) > MAX_NODES:
        facts = {"limit": str(MAX_NODES)}
        text = f"more than {MAX_NODES} conditions"
        faults.append(Fault("/when", text, FaultCode.TOO_MANY, facts=facts))
    if faults:
        raise DefinitionError(faults)
    return definition


def walk(node: Any, pointer: str = "") -> Iterator[tuple[str, Node]]:
    """A condition and all within it, each with its JSON pointer."""
    yield pointer, node
    for place, child in children(node):
        yield from walk(child, pointer + place)


def known_events(kinds: Iterable[Kind]) -> set[str]:
    """The types of event that these kinds report; every kind's, if none is named."""
    wanted = list(kinds)
    if not wanted:
        return set(event_types())
    return {type_ for kind in wanted for type_ in EVENTS[kind] if type_ != "macs"} | {STATE}


def _faults(pointer: str, node: Node, kinds: list[Kind]) -> Iterator[Fault]:
    known = known_events(kinds)
    for key, names in event_lists(node):
        for index, name in enumerate(names):
            if name not in known:
                place = f"{pointer}/{key}" if key == "event" else f"{pointer}/{key}/{index}"
                text = f"no event {name!r} here; there are {', '.join(sorted(known))}"
                facts = {"name": name, "known": " ".join(sorted(known))}
                yield Fault(place, text, FaultCode.UNKNOWN_EVENT, facts=facts)
    if isinstance(node, Threshold | Rate):
        yield from _number(pointer, node, known)
    for key, text, events in expressions(node):
        try:
            compile_expression(
                text, sorted(known) if events is None else [e for e in events if e in known]
            )
        except ExpressionError as error:
            yield Fault(
                f"{pointer}/{key}", error.message, error.code, error.line, error.column, error.facts
            )


def _number(pointer: str, node: Threshold | Rate, known: set[str]) -> Iterator[Fault]:
    types = sorted(known) if node.event is None else [node.event]
    values = [sample(type_)[node.field] for type_ in types if node.field in sample(type_)]
    place = f"{pointer}/field"
    if not values:
        names = sorted(fields_of(types))
        text = f"no such field in these events; there are {', '.join(names) or 'none'}"
        facts = {"name": node.field, "known": " ".join(names)}
        yield Fault(place, text, FaultCode.UNKNOWN_FIELD, facts=facts)
    elif not any(
        isinstance(value, int | float) and not isinstance(value, bool) for value in values
    ):
        facts = {"name": node.field}
        yield Fault(place, "this field is no number", FaultCode.FIELD_IS_NO_NUMBER, facts=facts)


def _deep(value: object) -> Fault | None:
    """The definition's JSON must end soon: so deep that reading it would fail is no rule."""
    pointer, here, depth = "/when", value.get("when") if isinstance(value, dict) else None, 0
    stack = [(pointer, here, depth)]
    while stack:
        pointer, here, depth = stack.pop()
        if depth > MAX_DEPTH:
            text, facts = f"conditions nested more than {MAX_DEPTH} deep", {"limit": str(MAX_DEPTH)}
            return Fault(pointer, text, FaultCode.TOO_DEEP, facts=facts)
        if isinstance(here, dict):
            inner = here.get("of")
            if isinstance(inner, list):
                stack += [
                    (f"{pointer}/of/{n}", each, depth + 1) for n, each in enumerate(inner[:100])
                ]
            elif inner is not None:
                stack.append((f"{pointer}/of", inner, depth + 1))
    return None
