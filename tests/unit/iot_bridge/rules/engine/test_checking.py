"""A wrong definition is refused with the place of its fault."""

from typing import Any

import pytest

from iot_bridge.rules.engine.checking import DefinitionError, parse
from iot_bridge.rules.engine.faults import Fault


def faults(when: Any, *kinds: str) -> list[Fault]:
    with pytest.raises(DefinitionError) as caught:
        parse({"when": when}, kinds)
    return caught.value.faults


@pytest.mark.parametrize(
    ("when", "pointer"),
    [
        ({"type": "threshold", "field": "count", "raise_at": "many"}, "/when/raise_at"),
        ({"type": "threshold", "field": "count", "raise_at": 5, "clear_at": 9}, "/when/clear_at"),
        ({"type": "threshold", "field": "heads", "raise_at": 5}, "/when/field"),
        ({"type": "threshold", "field": "active", "raise_at": 5}, "/when/field"),
        ({"type": "event", "events": ["pressed", "kicked"]}, "/when/events/1"),
        ({"type": "nothing"}, "/when"),
        ({"type": "not", "of": {"type": "absence", "for_s": 0}}, "/when/of/for_s"),
        ({"type": "all", "of": [{"type": "absence", "for_s": 9, "x": 1}]}, "/when/of/0/x"),
        ({"type": "schedule", "from": "25:00", "until": "06:00"}, "/when/from"),
        ({"type": "schedule", "from": "22:00"}, "/when/until"),
        ({"type": "schedule", "until": "22:00"}, "/when/from"),
        (
            {"type": "area", "polygon": {"type": "Polygon", "coordinates": [[[0, 0], [1, 1]]]}},
            "/when/polygon",
        ),
        ({"type": "area"}, "/when"),
        ({"type": "count", "events": ["denied"], "at_least": 1, "within_s": 60}, "/when/at_least"),
    ],
)
def test_structure_is_refused_with_a_json_pointer(when: Any, pointer: str) -> None:
    assert [fault.pointer for fault in faults(when)] == [pointer]


@pytest.mark.parametrize(
    ("when", "code", "facts"),
    [
        ({"type": "absence"}, "missing", {}),
        ({"type": "absence", "for_s": "long"}, "not_whole", {}),
        ({"type": "absence", "for_s": 1.5}, "not_whole", {}),
        ({"type": "absence", "for_s": 0}, "too_small", {"limit": "1"}),
        ({"type": "rate", "field": "count", "by": 0, "within_s": 9}, "not_above", {"limit": "0"}),
        ({"type": "absence", "for_s": 10**9}, "too_large", {"limit": "31536000"}),
        ({"type": "absence", "for_s": 9, "x": 1}, "unknown_key", {}),
        ({"type": "moon"}, "unknown_type", {}),
        ({"for_s": 9}, "unknown_type", {}),
        ({"type": "event", "events": "pass"}, "wrong_shape", {}),
        ({"type": "event", "events": []}, "too_few", {"limit": "1"}),
        ({"type": "jurisdiction", "codes": ["x"]}, "bad_form", {}),
        ({"type": "expression", "expr": "true" * 101}, "too_long", {"limit": "400"}),
        ({"type": "expression", "expr": ""}, "missing", {"limit": "1"}),
        ({"type": "schedule", "days": "never"}, "not_a_choice", {"expected": "'all', 'workdays' or 'holidays'"}),
        ({"type": "threshold", "field": "count", "raise_at": "many"}, "not_a_number", {}),
        ({"type": "threshold", "field": "count", "raise_at": 5, "clear_at": 9}, "clear_beyond_raise", {}),
        ({"type": "threshold", "field": "active", "raise_at": 5}, "field_is_no_number", {"name": "active"}),
        ({"type": "area"}, "one_area", {}),
        ({"type": "area", "polygon": {"type": "Point"}}, "bad_polygon", {"detail": "must be a GeoJSON Polygon or MultiPolygon"}),
        ({"type": "any", "of": [{"type": "absence", "for_s": 9}] * 13}, "too_many", {"limit": "12"}),
    ],
)  # fmt: skip
def test_every_fault_has_a_code_of_its_own_and_what_its_words_name(
    when: Any, code: str, facts: dict[str, str]
) -> None:
    (fault,) = faults(when)
    assert (fault.code, dict(fault.facts)) == (code, facts)


@pytest.mark.parametrize(
    ("expr", "code", "facts"),
    [
        ("data.count >", "expression_syntax", {}),
        ("heads > 1", "expression_name", {"name": "heads"}),
        ("true && launch(1)", "expression_function", {"name": "launch"}),
        ("[1].all(x, x > 0)", "expression_macro", {"name": "all"}),
        ("data.cuont > 2", "expression_field", {"name": "cuont"}),
        ("battery < 20", "expression_fails", {"event": "count"}),
    ],
)
def test_a_wrong_expression_says_what_is_wrong(expr: str, code: str, facts: dict[str, str]) -> None:
    (fault,) = faults({"type": "expression", "events": ["count"], "expr": expr})
    assert fault.code == code
    assert facts.items() <= dict(fault.facts).items()


@pytest.mark.parametrize(
    ("expr", "place"),
    [
        ("data.count >", (1, 13)),
        ("data.count > 1 &&\n data.cuont > 2", (2, 7)),
        ("heads > 1", (1, 1)),
        ("true && launch(1)", (1, 9)),
        ("[1].all(x, x > 0)", None),
        ("data.count + 'a' == 'b'", (1, 1)),
        ("battery < 20", (1, 1)),
        ("data.count", (1, 1)),
        ("(" * 150 + "true" + ")" * 150, None),
    ],
)
def test_an_expression_is_refused_with_line_and_column(
    expr: str, place: tuple[int, int] | None
) -> None:
    (fault,) = faults({"type": "expression", "events": ["count"], "expr": expr})
    assert fault.pointer == "/when/expr"
    assert fault.line is not None
    assert place is None or (fault.line, fault.column) == place


def test_an_event_that_the_kind_does_not_report_is_refused() -> None:
    when = {"type": "event", "events": ["pressed"]}
    parse({"when": when}, ["panic_button"])
    assert "smoke" not in str(faults(when, "smoke")[0].pointer)


def test_what_would_nest_for_ever_is_refused_before_it_is_read() -> None:
    when: dict[str, Any] = {"type": "absence", "for_s": 5}
    for _ in range(5_000):
        when = {"type": "not", "of": when}
    (fault,) = faults(when)
    assert fault.code == "too_deep"
