"""Division codes: prefix arithmetic, held against the plain definition of a prefix."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from command_center.jurisdictions.codes import (
    LENGTHS,
    Level,
    common_ancestor,
    level_of,
    minimal,
    parent_of,
    successor,
    within,
)

codes = st.sampled_from(sorted(LENGTHS.values())).flatmap(
    lambda length: st.text(alphabet="0123456789", min_size=length, max_size=length).filter(
        lambda text: not text.startswith("9" * 4)
    )
)
near = st.builds(
    lambda tail: ("640181100001001" + tail)[: len(tail) % 4 * 3 + 6], st.text("01", max_size=9)
)


@pytest.mark.parametrize(
    ("code", "level"),
    [
        ("6401", Level.PREFECTURE),
        ("640181", Level.CITY),
        ("640181100", Level.TOWNSHIP),
        ("640181100001", Level.VILLAGE),
        ("640181100001001", Level.GRID),
    ],
)
def test_the_length_names_the_level(code: str, level: Level) -> None:
    assert level_of(code) is level


@pytest.mark.parametrize(
    "text", ["", "64018", "64018110000", "６４０１８１", "64o181", "640181 ", "-40181"]
)
def test_what_is_no_code_is_refused_in_words(text: str) -> None:
    with pytest.raises(ValueError, match=r"digits"):
        level_of(text)


@given(codes)
def test_parents_lead_to_the_top(code: str) -> None:
    steps = 0
    while (above := parent_of(code)) is not None:
        assert code.startswith(above)
        assert above != code
        code, steps = above, steps + 1
    assert len(code) == LENGTHS[Level.PREFECTURE]
    assert steps <= 4


@given(codes, codes)
def test_the_range_of_a_prefix_is_the_prefix_test(prefix: str, code: str) -> None:
    assert (prefix <= code < successor(prefix)) == code.startswith(prefix)


@given(codes, st.text("0123456789", max_size=11))
def test_everything_below_lies_in_the_range(prefix: str, tail: str) -> None:
    assert prefix <= prefix + tail < successor(prefix)


@given(st.lists(codes | near))
def test_minimal_prefixes_cover_the_same_codes(prefixes: list[str]) -> None:
    kept = minimal(prefixes)
    assert all(within(prefix, kept) for prefix in prefixes)
    assert all(not a.startswith(b) for a in kept for b in kept if a != b)
    assert set(kept) <= set(prefixes)


@given(st.lists(codes | near, min_size=1))
def test_the_common_ancestor_stands_above_all(given_codes: list[str]) -> None:
    above = common_ancestor(given_codes)
    assert all(code.startswith(above) for code in given_codes)
    assert above == "" or len(above) in LENGTHS.values()
