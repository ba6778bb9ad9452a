"""Expressions of rules, in CEL (the Common Expression Language), by its Rust interpreter. Never `eval`.

CEL has no loops, no assignments and no way out: it is a function of what it is given. Its macros over lists
(`all`, `exists`, `map`, `filter`) are refused, for a message's data are flat and nested macros can be made to
run for hours; so an expression's time is bounded by its length.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import cel

from iot_bridge.protocol.messages import EVENTS, STATE, EventData, StateMessage
from iot_bridge.rules.engine.faults import FaultCode

VARIABLES = (
    "data",
    "type",
    "id",
    "kind",
    "code",
    "battery",
    "fault",
    "online",
    "hour",
    "minute",
    "weekday",
)
"""What an expression may name. `data` the message's, `type` its type; `id`, `kind`, `code` the device's; `battery`
% or null, `fault` text, `online`; `hour`, `minute`, `weekday` (1 Monday) local."""

FUNCTIONS = frozenset(
    {
        "size", "contains", "startsWith", "endsWith", "matches", "int", "double", "string", "bool", "has",
        "min", "max", "abs", "uint",
    }
)  # fmt: skip

_MACRO = re.compile(
    r"\.\s*(all|exists|exists_one|existsOne|map|filter|transformList|transformMap)\s*\("
)
_PARSE = re.compile(r"<input>:(\d+):(\d+): (.*)")
_DATA_FIELD = re.compile(r"(?<![\w.])data\.([A-Za-z_]\w*)")


class ExpressionError(ValueError):
    """An expression that is wrong. `line` and `column` count from 1."""

    def __init__(
        self, code: FaultCode, message: str, line: int = 1, column: int = 1, **facts: str
    ) -> None:
        super().__init__(message)
        self.code, self.message, self.line, self.column = code, message, line, column
        self.facts = facts


class ExpressionFailure(RuntimeError):  # noqa: N818 - it failed at run time, on one message
    """An expression that was right in form and could not be carried out on a message."""


@dataclass(frozen=True, slots=True)
class Program:
    """A compiled expression and which variables it wants."""

    source: str
    program: Any
    variables: tuple[str, ...]

    def holds(self, values: Mapping[str, Any]) -> bool:
        """Its truth. A field that the message lacks makes it false. Raises ExpressionFailure."""
        try:
            result = self.program.execute({name: values[name] for name in self.variables})
        except KeyError:
            return False
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException as error:  # a panic of the interpreter is no Exception
            raise ExpressionFailure(_short(error)) from error
        if result is True or result is False:
            return bool(result)
        raise ExpressionFailure(f"gave {type(result).__name__}, not true or false")


def compile_expression(source: str, events: list[str] | None = None) -> Program:
    """Compile, and try it on messages of the event types (every type, without). Raises ExpressionError."""
    program = _parse(source)
    if macro := _MACRO.search(source):
        line, column = _position(source, macro.start(1))
        name = macro.group(1)
        text = f"{name!r} is not allowed here"
        raise ExpressionError(FaultCode.EXPRESSION_MACRO, text, line, column, name=name)
    names = tuple(program.variables())
    for name in names:
        if name not in VARIABLES:
            text = f"unknown name {name!r}; known are {', '.join(VARIABLES)}"
            raise _at(source, name, FaultCode.EXPRESSION_NAME, text, VARIABLES)
    for name in program.functions():
        if name.isidentifier() and name not in FUNCTIONS:
            text = f"unknown function {name!r}; known are {', '.join(sorted(FUNCTIONS))}"
            raise _at(source, name, FaultCode.EXPRESSION_FUNCTION, text, sorted(FUNCTIONS))
    _check_fields(source, events)
    compiled = Program(source, program, names)
    _try(compiled, events)
    return compiled


def load_expression(source: str) -> Program:
    """Compile one that was checked when its rule was stored. Raises ExpressionError."""
    program = _parse(source)
    return Program(source, program, tuple(program.variables()))


def sample(type_: str) -> dict[str, Any]:
    """Plausible data of an event type, with every field that it can have."""
    found: dict[str, Any] = {}
    for model in _models(type_):
        for name, field in model.model_fields.items():
            text = str(field.annotation)
            if "bool" in text:
                found[name] = True
            elif "float" in text:
                found[name] = 1.5
            elif "int" in text:
                found[name] = 1
            elif "str" in text:
                found[name] = "x"
    return found


def fields_of(events: list[str] | None) -> set[str]:
    """The fields that messages of these types (of any type, without) can carry."""
    types = event_types() if events is None else events
    return {name for type_ in types for name in sample(type_)}


def event_types() -> list[str]:
    """Every type that a message can have when rules see it; `state` is the retained topic's."""
    return [*sorted({type_ for types in EVENTS.values() for type_ in types} - {"macs"}), STATE]


def _models(type_: str) -> list[type[EventData] | type[StateMessage]]:
    if type_ == STATE:
        return [StateMessage]
    return [types[type_] for types in EVENTS.values() if type_ in types]


def _parse(source: str) -> Any:
    try:
        return cel.compile(source)
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:
        found = _PARSE.search(str(error))
        if found is None:
            text = _short(error)
            raise ExpressionError(FaultCode.EXPRESSION_SYNTAX, text, detail=text) from error
        text, line, column = found[3].partition(" expecting {")[0], int(found[1]), int(found[2])
        raise ExpressionError(
            FaultCode.EXPRESSION_SYNTAX, text, line, column, detail=text
        ) from error


def _check_fields(source: str, events: list[str] | None) -> None:
    known = fields_of(events)
    for found in _DATA_FIELD.finditer(source):
        if found[1] not in known:
            line, column = _position(source, found.start(1))
            names = sorted(known)
            text = f"no such field {found[1]!r} in these events; there are {', '.join(names) or 'none'}"
            raise ExpressionError(
                FaultCode.EXPRESSION_FIELD,
                text,
                line,
                column,
                name=found[1],
                known=" ".join(names),
            )


def _try(program: Program, events: list[str] | None) -> None:
    for type_ in event_types() if events is None else events:
        for battery in (50, None):
            values = {
                "data": sample(type_), "type": type_, "id": "D-1", "kind": "smoke", "code": "640181001003",
                "battery": battery, "fault": "", "online": True, "hour": 12, "minute": 30, "weekday": 1,
            }  # fmt: skip
            try:
                program.holds(values)
            except ExpressionFailure as failure:
                if "ivision by zero" in str(failure) or "verflow" in str(failure):
                    continue  # a matter of values, which these are not
                hint = (
                    " (battery is null until it is reported: battery != null && …)"
                    if battery is None
                    else ""
                )
                raise ExpressionError(
                    FaultCode.EXPRESSION_FAILS,
                    f"on an event of type {type_!r}: {failure}{hint}",
                    event=type_,
                    detail=f"{failure}{hint}",
                ) from failure


def _at(
    source: str, name: str, code: FaultCode, message: str, known: Sequence[str]
) -> ExpressionError:
    found = re.search(rf"(?<![\w.]){re.escape(name)}(?!\w)", source) or re.search(
        re.escape(name), source
    )
    line, column = _position(source, found.start()) if found else (1, 1)
    return ExpressionError(code, message, line, column, name=name, known=" ".join(known))


def _position(source: str, offset: int) -> tuple[int, int]:
    before = source[:offset]
    return before.count("\n") + 1, offset - (before.rfind("\n") + 1) + 1


def _short(error: BaseException) -> str:
    """The first sentence: the interpreter adds advice that is about its Python interface."""
    text = str(error).partition(". Check ")[0].partition(". CEL does not")[0]
    return f"{type(error).__name__}: {text}"[:200]
