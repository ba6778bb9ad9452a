"""Keys of other systems: what is kept of them, and what is none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.external.keys import digest_of, make_key, matches, split


def test_of_a_key_only_prefix_and_hash_are_kept() -> None:
    key = make_key()
    prefix, secret = split(key.text)
    assert (prefix, digest_of(secret)) == (key.prefix, key.digest)
    assert matches(secret, key.digest)
    assert not matches(f"{secret}x", key.digest)
    assert secret not in (key.prefix, key.digest)
    assert len(secret) >= 43  # 256 bits in base64
    assert make_key().text != key.text


@pytest.mark.parametrize("text", ["", "x", ".", "x.", "é.é", "a." + "b" * 300])
def test_what_can_be_no_key(text: str) -> None:
    assert split(text) == ("", "")


@given(st.text())
def test_anything_can_be_sent_as_a_key(text: str) -> None:
    prefix, secret = split(text)
    assert not matches(secret, make_key().digest)
    assert bool(prefix) <= bool(secret)
