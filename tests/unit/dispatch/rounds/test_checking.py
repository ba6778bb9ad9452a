"""Whether a confirmation counts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.rounds.checking import (
    ALPHABET,
    TOKEN_LENGTH,
    VAGUE_M,
    Fix,
    Point,
    Refusal,
    by_code,
    by_place,
    content_of,
    in_order,
    in_time,
    is_token,
    new_token,
    readable,
    token_in,
)
from dispatch.rounds.schedule import HEARD_UNTIL, Window

GATE = Point(1, "东门", "K7QF3MXD", 50, (106.34, 38.1))
HALL = Point(2, "大厅", "0A1B2C3D", 20)
TOWER = Point(3, "塔楼", "ZZZZZZZZ", 100, (106.35, 38.1))
WAY = (GATE, HALL, TOWER)
NOW = datetime(2026, 11, 22, 22, tzinfo=UTC)
HOUR = timedelta(hours=1)
WINDOW = Window(NOW - HOUR, NOW + HOUR)
DEGREE_M = 111_195


def north_of(point: Point, metres: float, accuracy: float = 5) -> Fix:
    assert point.place is not None
    return Fix((point.place[0], point.place[1] + metres / DEGREE_M), accuracy)


def test_codes_are_random_and_free_of_what_is_misread() -> None:
    codes = {new_token() for _ in range(200)}
    assert len(codes) == 200
    assert all(len(code) == TOKEN_LENGTH and set(code) <= set(ALPHABET) for code in codes)
    assert not set(ALPHABET) & set("OILU")


@pytest.mark.parametrize(
    "given",
    ["K7QF3MXD", "k7qf-3mxd", " K7QF 3MXD ", content_of("K7QF3MXD"), readable("K7QF3MXD")],
)
def test_a_code_may_be_scanned_or_typed(given: str) -> None:
    assert is_token(GATE, given)
    assert by_code(WAY, given, None).point == GATE
    assert by_code(WAY, given, GATE.id).point == GATE


@given(st.text(ALPHABET, min_size=TOKEN_LENGTH, max_size=TOKEN_LENGTH))
def test_what_is_printed_is_what_is_read(token: str) -> None:
    assert token_in(readable(token)) == token_in(content_of(token)) == token


def test_what_is_easily_misread_is_read() -> None:
    assert is_token(HALL, "OAIB-2C3D")
    assert is_token(HALL, "oalb-2c3d")


@given(st.text(max_size=40))
def test_no_other_text_is_a_code(text: str) -> None:
    if token_in(text) not in {point.token for point in WAY}:
        assert by_code(WAY, text, None).refusal is Refusal.UNKNOWN_CODE


def test_the_code_of_another_checkpoint_is_told() -> None:
    verdict = by_code(WAY, "ZZZZ-ZZZZ", GATE.id)
    assert (verdict.point, verdict.refusal, verdict.value) == (
        None,
        Refusal.OTHER_CHECKPOINT,
        "塔楼",
    )


@pytest.mark.parametrize(
    ("metres", "accuracy", "counts"),
    [(0, 5, True), (49, 0, True), (52, 0, False), (60, 12, True), (60, 8, False), (99, 90, True),
     (102, 90, False)],
)  # fmt: skip
def test_within_the_radius_with_the_stated_accuracy(
    metres: float, accuracy: float, counts: bool
) -> None:
    verdict = by_place(GATE, north_of(GATE, metres, accuracy))
    assert (verdict.point is not None) == counts


def test_too_far_says_how_far() -> None:
    verdict = by_place(GATE, north_of(GATE, 340))
    assert (verdict.refusal, verdict.value) == (Refusal.TOO_FAR, "340")


def test_a_vague_position_proves_nothing() -> None:
    verdict = by_place(GATE, north_of(GATE, 0, VAGUE_M + 1))
    assert verdict.refusal is Refusal.VAGUE
    assert by_place(GATE, north_of(GATE, 0, VAGUE_M)).point == GATE


def test_a_checkpoint_without_a_position_wants_its_code() -> None:
    assert by_place(HALL, Fix((106.34, 38.1), 5)).refusal is Refusal.NO_PROOF


def test_in_order_only_the_next_counts() -> None:
    assert in_order(WAY, GATE, set()).point == GATE
    assert in_order(WAY, HALL, {1}).point == HALL
    refused = in_order(WAY, TOWER, {1})
    assert (refused.refusal, refused.value) == (Refusal.OUT_OF_ORDER, "大厅")
    assert in_order(WAY, HALL, {1, 3}).point == HALL


def test_it_counts_when_it_was_done_in_time_even_if_it_is_told_later() -> None:
    later = WINDOW.closes + HEARD_UNTIL - timedelta(seconds=1)
    assert in_time(WINDOW, NOW, NOW) is None
    assert in_time(WINDOW, NOW, later) is None
    assert in_time(WINDOW, NOW, later + timedelta(seconds=1)) is Refusal.TOO_LATE
    assert in_time(WINDOW, later, later) is Refusal.TOO_LATE
    assert in_time(WINDOW, WINDOW.closes, later) is Refusal.TOO_LATE
    assert in_time(WINDOW, WINDOW.opens, NOW) is None
    assert in_time(WINDOW, WINDOW.opens - timedelta(seconds=1), NOW) is Refusal.TOO_EARLY
