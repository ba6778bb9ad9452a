"""What is asked of senders, what receivers get, and who is heard."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from conferencing.media.streams.bandwidth import Downlink, Uplink
from conferencing.media.streams.choosing import (
    LayerFacts,
    Want,
    choose,
    hoped,
    wanted_bitrate,
)
from conferencing.media.streams.layer import HISTORY, NACK_TRIES, Layer
from conferencing.media.streams.speakers import Voice, fill, ranking
from conferencing.media.wire import rtp


def packet(sequence: int, *, timestamp: int = 0) -> rtp.Packet:
    return rtp.parse(
        rtp.build(
            payload_type=96, sequence=sequence & 0xFFFF, timestamp=timestamp, ssrc=1, payload=b"x"
        )
    )


def layer() -> Layer:
    return Layer(ssrc=1, clock_rate=90000, repairs=True)


# -- a layer -----------------------------------------------------------------------------------------


def test_a_gap_is_asked_for_after_a_moment_and_again_until_it_comes() -> None:
    one = layer()
    for number in (65534, 65535, 2):
        one.receive(packet(number), 0.0)
    assert one.nacks(0.005, 0.05) == []
    assert one.nacks(0.02, 0.05) == [0, 1]
    assert one.nacks(0.03, 0.05) == []
    assert one.receive(packet(0), 0.05)
    assert one.nacks(0.2, 0.05) == [1]
    assert (one.packets, one.lost) == (4, 1)


def test_what_never_comes_is_given_up_for_a_key_frame() -> None:
    one = layer()
    one.receive(packet(1), 0.0)
    one.receive(packet(3), 0.0)
    now = 0.0
    for _ in range(NACK_TRIES):
        now += 0.1
        assert one.nacks(now, 0.05) == [2]
    assert one.nacks(now + 0.1, 0.05) == []
    assert one.keyframe_due(now + 0.1)
    assert not one.keyframe_due(now + 0.3)
    assert one.keyframe_due(now + 0.7)


def test_the_same_packet_counts_once_and_an_old_one_not_at_all() -> None:
    one = layer()
    assert one.receive(packet(1000), 0.0)
    assert not one.receive(packet(1000), 0.0)
    one.receive(packet(1000 + HISTORY), 0.0)
    assert not one.receive(packet(1000), 0.0)
    assert one.packet(one.highest) is not None
    assert one.packet(one.highest - HISTORY) is None


def test_a_report_says_what_was_lost_since_the_last() -> None:
    one = layer()
    for number in (1, 2, 3, 5):
        one.receive(packet(number), 0.0)
    first = one.report(1.0)
    assert first is not None
    assert (first.fraction_lost, first.lost) == (256 // 5, 1)
    for number in range(6, 16):
        one.receive(packet(number), 1.5)
    second = one.report(2.0)
    assert second is not None
    assert (second.fraction_lost, second.lost) == (0, 1)


# -- choosing ----------------------------------------------------------------------------------------

SIMULCAST = (
    LayerFacts("q", 180, 150_000),
    LayerFacts("h", 360, 500_000),
    LayerFacts("f", 720, 2_000_000),
)


def test_a_tile_gets_the_smallest_layer_that_is_good_enough() -> None:
    heights = {90: "q", 180: "q", 240: "q", 270: "h", 360: "h", 600: "f", 1080: "f"}
    for height, rid in heights.items():
        assert choose([Want(height, SIMULCAST)], None) == [rid], height


def test_the_line_decides_and_nobody_goes_without() -> None:
    wants = [Want(1080, SIMULCAST), *[Want(180, SIMULCAST)] * 4]
    assert choose(wants, None)[0] == "f"
    assert choose(wants, 1_500_000) == ["h", "q", "q", "q", "q"]
    assert choose(wants, 50_000) == ["q"] * 5
    assert choose([Want(180, ())], 50_000) == [None]


def test_going_up_needs_more_room_than_staying() -> None:
    staying = Want(1080, SIMULCAST, current="f")
    going = Want(1080, SIMULCAST, current="h")
    assert choose([staying], 2_100_000) == ["f"]
    assert choose([going], 2_100_000) == ["h"]
    assert choose([going], 2_400_000) == ["f"]


def test_what_never_flowed_is_wanted_until_something_good_enough_does() -> None:
    small, middle = SIMULCAST[:1], SIMULCAST[:2]
    assert hoped(Want(650, small), ("h", "f")) == ("h", "f")
    assert hoped(Want(500, middle), ("f",)) == ()
    assert hoped(Want(100, small), ("h", "f")) == ()
    assert hoped(Want(100, ()), ("",)) == ("",)


@given(
    st.lists(st.tuples(st.integers(1, 2000), st.sampled_from([None, "q", "h", "f"])), max_size=9),
    st.integers(0, 20_000_000),
)
def test_what_is_chosen_fits_or_is_the_least(
    tiles: list[tuple[int, str | None]], limit: int
) -> None:
    wants = [Want(height, SIMULCAST, current) for height, current in tiles]
    chosen = choose(wants, limit)
    rates = {one.rid: one.bitrate for one in SIMULCAST}
    total = sum(rates[rid] for rid in chosen if rid is not None)
    assert total <= limit or set(chosen) <= {"q"}
    assert total <= wanted_bitrate(wants)


# -- bandwidth ---------------------------------------------------------------------------------------


def test_a_line_is_full_only_when_its_receiver_says_less_than_it_gets() -> None:
    line = Downlink()
    line.hear_remb(900_000, 800_000, 0.0)
    assert line.tick(2_000_000, 0.0) is None
    line.hear_remb(500_000, 800_000, 1.0)
    assert line.tick(2_000_000, 1.0) == 425_000
    assert line.tick(2_000_000, 6.0) == 425_000
    now = 7.0
    while line.tick(2_000_000, now) is not None:
        now += 1.0
    assert 12 < now < 30


def test_a_line_that_fails_again_is_left_alone_longer() -> None:
    line = Downlink()
    line.hear_remb(500_000, 800_000, 0.0)
    assert line.tick(2_000_000, 6.5) == 552_500
    line.hear_remb(400_000, 600_000, 7.0)
    assert line.tick(2_000_000, 18.0) == 340_000
    assert line.tick(2_000_000, 19.5) == 442_000


def test_loss_counts_when_it_lasts() -> None:
    line = Downlink()
    line.hear_loss(0.3, 1_000_000, 0.0)
    assert line.tick(2_000_000, 0.0) is None
    line.hear_loss(0.3, 1_000_000, 2.0)
    assert line.tick(2_000_000, 2.0) == 722_500


def test_a_sender_is_told_less_while_it_loses_and_more_after() -> None:
    line = Uplink(most=4_000_000)
    assert line.tick(0.0, 3_000_000) == 4_000_000
    assert line.tick(0.2, 3_000_000) == 2_700_000
    assert line.tick(0.05, 3_000_000) == 2_700_000
    assert line.tick(0.0, 2_700_000) == 2_917_000


# -- voices ------------------------------------------------------------------------------------------


def voices(now: float, **levels: int) -> dict[str, Voice]:
    found = {name: Voice() for name in levels}
    for name, level in levels.items():
        for _ in range(20):
            found[name].hear(level, now)
    return found


def test_who_speaks_is_heard_and_keeps_the_slot() -> None:
    now = 10.0
    heard = voices(now, a=100, b=90, c=20, d=95)
    ranked = ranking(heard, now)
    assert ranked == ["a", "d", "b", "c"]
    assert fill([None, None], ranked, heard, now) == ["a", "d"]
    assert fill(["b", None], ranked, heard, now) == ["b", "a"]
    # d is hardly louder than b, so b stays; c is silent and gives way.
    assert fill(["b", "c"], ranked, heard, now) == ["b", "a"]
    assert fill(["b", "d"], ranked, heard, now) == ["a", "d"]


def test_in_a_small_room_the_silent_have_their_slots_too() -> None:
    heard = voices(10.0, a=10, b=0)
    assert fill([None, None, None], ranking(heard, 10.0), heard, 10.0) == ["a", "b", None]
    assert fill(["a", "b", None], ["b"], heard, 10.0) == [None, "b", None]


@given(
    st.dictionaries(st.sampled_from("abcdefgh"), st.integers(0, 127)),
    st.lists(st.one_of(st.none(), st.sampled_from("abcdefgh")), min_size=3, max_size=3),
)
def test_nobody_is_heard_twice_nor_who_may_not(
    levels: dict[str, int], before: list[str | None]
) -> None:
    taken = list(dict.fromkeys(before))
    before = (taken + [None] * 3)[:3]
    heard = voices(5.0, **levels)
    after = fill(before, ranking(heard, 5.0), heard, 5.0)
    present = [one for one in after if one is not None]
    assert len(set(present)) == len(present)
    assert set(present) <= set(levels)
    assert len(present) == min(3, len(levels))
