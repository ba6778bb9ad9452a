"""What is wrong with a rule, in the words of the administration, and where in the text it stands."""

import json

import pytest
from django.utils import translation

from iot_bridge.rulebook.locating import line_of
from iot_bridge.rulebook.words import FAULTS, fault_word
from iot_bridge.rules.engine.checking import DefinitionError, parse
from iot_bridge.rules.engine.faults import Fault, FaultCode

TEXT = json.dumps(
    {"when": {"type": "all", "of": [{"a/b": '"}'}, {"type": "expression", "expr": "("}]}}, indent=2
)


def test_every_code_has_words() -> None:
    assert set(FAULTS) == set(FaultCode)


@pytest.mark.parametrize(
    ("pointer", "line"),
    [("", 1), ("/when", 2), ("/when/of/0/a~1b", 6), ("/when/of/1/expr", 10), ("/when/of/1/x", 8)],
)
def test_a_pointer_has_a_line(pointer: str, line: int) -> None:
    assert line_of(TEXT, pointer) == line


def test_a_fault_is_told_with_its_line_and_in_the_language_of_the_page() -> None:
    with pytest.raises(DefinitionError) as caught:
        parse({"when": {"type": "count", "events": ["denied"], "at_least": 1, "within_s": 9}})
    (fault,) = caught.value.faults
    at_field = Fault(f"/definition{fault.pointer}", "", fault.code, facts=fault.facts)
    with translation.override("en"):
        assert fault_word(at_field, line=3) == "line 3, /when/at_least: too small; the limit is 2"
    with translation.override("zh-hans"):
        assert fault_word(at_field, line=3) == "第 3 行，/when/at_least：太小，界限为 2"
