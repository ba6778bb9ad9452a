"""What can be wrong with a rule: a stable code for each, with its place and what its words need to name. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Any, get_args

from iot_bridge.rules.engine import language


class FaultCode(StrEnum):
    """What is wrong, for programs; pages have words for each."""

    MISSING = "missing"
    UNKNOWN_KEY = "unknown_key"
    UNKNOWN_TYPE = "unknown_type"
    WRONG_SHAPE = "wrong_shape"
    NOT_A_NUMBER = "not_a_number"
    NOT_WHOLE = "not_whole"
    TOO_SMALL = "too_small"
    NOT_ABOVE = "not_above"
    TOO_LARGE = "too_large"
    TOO_FEW = "too_few"
    TOO_MANY = "too_many"
    TOO_LONG = "too_long"
    BAD_FORM = "bad_form"
    NOT_A_CHOICE = "not_a_choice"
    CLEAR_BEYOND_RAISE = "clear_beyond_raise"
    HALF_HOURS = "half_hours"
    ONE_AREA = "one_area"
    BAD_POLYGON = "bad_polygon"
    UNKNOWN_EVENT = "unknown_event"
    UNKNOWN_FIELD = "unknown_field"
    FIELD_IS_NO_NUMBER = "field_is_no_number"
    TOO_DEEP = "too_deep"
    EXPRESSION_SYNTAX = "expression_syntax"
    EXPRESSION_NAME = "expression_name"
    EXPRESSION_FUNCTION = "expression_function"
    EXPRESSION_MACRO = "expression_macro"
    EXPRESSION_FIELD = "expression_field"
    EXPRESSION_FAILS = "expression_fails"
    NEEDS_TITLE = "needs_title"
    NEEDS_DEFINITION = "needs_definition"
    NOTHING_TO_TRY = "nothing_to_try"
    UNKNOWN_CONDITION = "unknown_condition"
    UNKNOWN_DEVICE = "unknown_device"
    UNKNOWN_CODE = "unknown_code"
    UNKNOWN_KIND = "unknown_kind"
    BAD_SEVERITY = "bad_severity"
    TAKEN = "taken"
    NOT_JSON = "not_json"


NO_FACTS: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault. `pointer` is a JSON pointer (RFC 6901); line and column are within an expression.

    `facts`: what its words name, such as a limit.
    """

    pointer: str
    message: str
    code: FaultCode
    line: int | None = None
    column: int | None = None
    facts: Mapping[str, str] = field(default_factory=lambda: NO_FACTS)

    def __str__(self) -> str:
        place = f" line {self.line}, column {self.column}" if self.line is not None else ""
        return f"{self.pointer or '/'}{place}: {self.message}"


_C = FaultCode
_CODES: dict[str, FaultCode] = {
    "missing": _C.MISSING,
    "extra_forbidden": _C.UNKNOWN_KEY,
    "union_tag_not_found": _C.UNKNOWN_TYPE,
    "union_tag_invalid": _C.UNKNOWN_TYPE,
    "float_type": _C.NOT_A_NUMBER,
    "float_parsing": _C.NOT_A_NUMBER,
    "finite_number": _C.NOT_A_NUMBER,
    "int_type": _C.NOT_WHOLE,
    "int_parsing": _C.NOT_WHOLE,
    "int_parsing_size": _C.NOT_WHOLE,
    "int_from_float": _C.NOT_WHOLE,
    "greater_than": _C.NOT_ABOVE,
    "greater_than_equal": _C.TOO_SMALL,
    "less_than": _C.TOO_LARGE,
    "less_than_equal": _C.TOO_LARGE,
    "too_short": _C.TOO_FEW,
    "too_long": _C.TOO_MANY,
    "string_too_short": _C.MISSING,
    "string_too_long": _C.TOO_LONG,
    "string_pattern_mismatch": _C.BAD_FORM,
    "literal_error": _C.NOT_A_CHOICE,
}
"""Of pydantic's types of error; one that is not here says that a value has another shape."""

_OWN = frozenset({_C.CLEAR_BEYOND_RAISE, _C.HALF_HOURS, _C.ONE_AREA, _C.BAD_POLYGON})
"""Those that the language's own validators raise."""

_LIMITS = ("ge", "gt", "le", "lt", "min_length", "max_length")


def fault_of(problem: Mapping[str, Any]) -> Fault:
    """A fault, from one of pydantic's errors of a definition."""
    type_ = str(problem["type"])
    code = _CODES.get(type_) or (_C(type_) if type_ in _OWN else _C.WRONG_SHAPE)
    context: Mapping[str, Any] = problem.get("ctx", {})
    facts = {name: str(context[name]) for name in ("detail", "expected") if name in context}
    limit = next((context[name] for name in _LIMITS if name in context), None)
    if limit is not None:
        facts["limit"] = f"{limit:.10g}"
    pointer = _pointer(problem["loc"]) + (f"/{context['key']}" if "key" in context else "")
    return Fault(pointer, str(problem["msg"]), code, facts=facts)


_TAGS = frozenset(
    name
    for node in get_args(get_args(language.Condition)[0])
    for name in get_args(node.model_fields["type"].annotation)
)


def _pointer(location: tuple[int | str, ...]) -> str:
    """Pydantic's location without the names of union members, which are no part of the document."""
    parts: list[str] = []
    for index, part in enumerate(location):
        before = location[index - 1] if index else None
        is_tag = part in _TAGS and (before in {"when", "of"} or isinstance(before, int))
        if not is_tag:
            parts.append(str(part).replace("~", "~0").replace("/", "~1"))
    return "".join(f"/{part}" for part in parts)
