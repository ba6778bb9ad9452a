"""What is sent to the app fits, whatever the texts are."""

import json

from hypothesis import given
from hypothesis import strategies as st

from dispatch.push.payload import LIMIT, cut, encode

AT = "2026-01-02T03:04:05.678Z"
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=3000)


def test_the_shape_of_the_payload() -> None:
    text = encode(task_id=12, title="消防通道占用", body="东塔镇\n第1村", at=AT)
    assert json.loads(text) == {
        "type": "task",
        "task": 12,
        "title": "消防通道占用",
        "body": "东塔镇\n第1村",
        "at": AT,
    }
    assert "消防".encode() in text


@given(title=TEXT, body=TEXT)
def test_it_always_fits_and_cuts_only_what_does_not(title: str, body: str) -> None:
    text = encode(task_id=2**63 - 1, title=title, body=body, at=AT)
    assert len(text) <= LIMIT
    content = json.loads(text)
    assert content["task"] == 2**63 - 1
    assert content["body"] == body or content["body"].endswith("…")
    assert content["title"] == title or content["title"].endswith("…")


@given(text=TEXT, limit=st.integers(3, 4000))
def test_a_cut_text_is_the_beginning_of_it(text: str, limit: int) -> None:
    shorter = cut(text, limit)
    assert len(shorter.encode()) <= limit
    assert text.startswith(shorter.removesuffix("…")) or shorter == text
