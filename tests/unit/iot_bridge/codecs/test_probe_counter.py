"""Counts of stations: distinct, within a window, random ones told apart, and no address kept."""

import gc
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iot_bridge.codecs.probe_counter import MAX_STATIONS, ProbeCounter
from iot_bridge.protocol.decoded import TransientMacs
from iot_bridge.protocol.messages import Count

KEY = b"k" * 32
PHONE, TABLET, RANDOM = (bytes.fromhex(x) for x in ("5ccf7f102030", "a4d1d2000001", "da1234567890"))


def heard(*addresses: bytes) -> TransientMacs:
    return TransientMacs(addresses)


def test_a_station_counts_once_while_it_is_heard() -> None:
    counter = ProbeCounter(KEY)
    counter.observe("p", heard(PHONE, TABLET), 0)
    assert counter.observe("p", heard(PHONE, RANDOM), 60_000) == {
        "count": 3,
        "window_s": 300,
        "randomised": 1,
    }


def test_a_station_leaves_when_the_window_has_passed() -> None:
    counter = ProbeCounter(KEY, window_s=100)
    counter.observe("p", heard(PHONE, TABLET), 0)
    counter.observe("p", heard(PHONE), 50_000)
    assert counter.data("p", 99_999)["count"] == 2
    assert counter.data("p", 100_000)["count"] == 1
    assert counter.data("p", 150_000)["count"] == 0


def test_probes_do_not_share_stations() -> None:
    counter = ProbeCounter(KEY)
    counter.observe("p", heard(PHONE), 0)
    assert counter.observe("q", heard(PHONE), 0)["count"] == 1
    counter.forget("p")
    assert counter.data("p", 0)["count"] == 0


def test_a_new_key_begins_anew() -> None:
    counter = ProbeCounter(KEY)
    counter.observe("p", heard(PHONE), 0)
    counter.rotate(b"n" * 32)
    assert counter.data("p", 0)["count"] == 0
    assert counter.observe("p", heard(PHONE), 1)["count"] == 1


def test_a_short_key_is_refused() -> None:
    with pytest.raises(ValueError, match="bytes"):
        ProbeCounter(b"short")


def test_a_digest_is_an_hmac_of_the_days_key() -> None:
    counter = ProbeCounter(KEY)
    counter.observe("p", heard(PHONE), 0)
    [(digest, is_random)] = counter._stations["p"]
    assert digest == hmac.new(KEY, PHONE, "sha256").digest()[:8]
    assert not is_random


def test_no_address_is_kept_or_shown() -> None:
    counter = ProbeCounter(KEY)
    counter.observe("p", heard(PHONE, RANDOM), 0)
    held: list[object] = [counter]
    for _ in range(6):
        held = [*held, *gc.get_referents(*held)]
        assert PHONE not in [item for item in held if isinstance(item, bytes)]
    assert "5ccf7f" not in repr(counter)


def test_a_hostile_probe_fills_no_memory() -> None:
    counter = ProbeCounter(KEY)
    many = tuple(i.to_bytes(6, "big") for i in range(1, MAX_STATIONS + 5))
    assert counter.observe("p", heard(*many), 0)["count"] == MAX_STATIONS


@given(st.lists(st.tuples(st.integers(0, 120_000), st.sets(st.integers(1, 6))), max_size=20))
def test_the_count_is_that_of_a_plain_model(batches: list[tuple[int, set[int]]]) -> None:
    counter, now, last = ProbeCounter(KEY), 0, dict[int, int]()
    for gap, stations in batches:
        now += gap
        last |= dict.fromkeys(stations, now)
        macs = heard(*(bytes([2 if s % 2 else 0, 0, 0, 0, 0, s]) for s in stations))
        data = Count.model_validate(counter.observe("p", macs, now))
        present = [s for s, at in last.items() if at > now - 300_000]
        assert (data.count, data.randomised) == (len(present), sum(s % 2 for s in present))
