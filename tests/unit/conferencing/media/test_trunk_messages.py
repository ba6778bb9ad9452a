"""What two nodes tell each other: there and back, in parts, damaged, and out of order."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from conferencing.engines.messages import SourceKind
from conferencing.media.trunk import messages
from conferencing.media.trunk.messages import (
    LayerTold,
    Levels,
    Sources,
    SourceTold,
    Wants,
    read,
    write,
)
from conferencing.media.trunk.rounds import Rounds
from conferencing.media.wire import rtcp
from tests.support.media_star import Person, Star

names = st.sampled_from(["ann", "bai", "cui"])
ssrcs = st.integers(0, 2**32 - 1) | st.integers(16, 24)
layers = st.builds(
    LayerTold,
    rid=st.sampled_from(["", "q", "f"]),
    ssrc=ssrcs,
    rtx=ssrcs,
    height=st.integers(0, 65535),
    bitrate=st.integers(0, 10**8),
)
sources = st.builds(
    SourceTold,
    peer=names,
    source=st.sampled_from(list(SourceKind)),
    codec=st.sampled_from(["vp8", "h264", "opus"]),
    muted=st.booleans(),
    flows=st.booleans(),
    layers=st.lists(layers, max_size=3).map(tuple),
)
parts = st.integers(0, 3)
told = (
    st.builds(
        Sources,
        room=st.just("room"),
        round=st.integers(0, 10**6),
        part=parts,
        parts=st.integers(1, 3),
        whole=st.booleans(),
        sources=st.lists(sources, max_size=4).map(tuple),
    )
    | st.builds(
        Wants,
        room=st.just("room"),
        round=st.integers(0, 10**6),
        part=parts,
        parts=st.integers(1, 3),
        ssrcs=st.lists(ssrcs, max_size=6).map(tuple),
    )
    | st.builds(Levels, room=st.just("room"), levels=st.dictionaries(names, st.integers(0, 127)))
)


def parsed(data: bytes) -> list[Sources | Wants | Levels | None]:
    return [read(one) for one in rtcp.parse(data) if isinstance(one, rtcp.Application)]


@given(told)
def test_what_is_written_is_read_again(message: Sources | Wants | Levels) -> None:
    assert parsed(write(message, 1)) == [message]


@given(st.binary(max_size=300), told, st.integers(0, 10**4), st.integers(0, 255))
def test_what_is_damaged_is_nothing(
    noise: bytes, message: Sources | Wants | Levels, at: int, value: int
) -> None:
    parsed(noise)
    parsed(rtcp.application(1, messages.NAME, noise + bytes(-len(noise) % 4)))
    data = bytearray(write(message, 1))
    data[at % len(data)] = value
    for one in parsed(bytes(data)):
        assert one is None or isinstance(one, Sources | Wants | Levels)


@given(st.lists(sources, max_size=60), st.randoms(use_true_random=False))
def test_parts_are_put_together_in_any_order(all_of_it: list[SourceTold], shuffle: object) -> None:
    found = messages.sources("room", 7, all_of_it, whole=True)
    assert all(len(write(one, 1)) < 1500 for one in found if len(one.sources) > 1)
    shuffle.shuffle(found)  # type: ignore[attr-defined]  # a random.Random
    rounds: Rounds[SourceTold] = Rounds()
    results = [rounds.take(one.round, one.part, one.parts, one.sources) for one in found * 2]
    assert [one for one in results if one is not None] == [all_of_it]
    assert rounds.take(6, 0, 1, ()) is None, "what is older than what came does not count"


@settings(max_examples=50, deadline=None)
@given(st.lists(told, max_size=12))
def test_a_node_that_tells_nonsense_breaks_nothing(
    nonsense: list[Sources | Wants | Levels],
) -> None:
    watcher = Person("ann", looks=(("bai", SourceKind.CAMERA, 720),))
    star = Star.of([watcher], {"ann": "city"}, ("city", "east"))
    link = star.links["city", "east"]
    for message in nonsense:
        link.hear(message, star.now)
        star.step()
    assert link.room.origin("ann") is link.room.peers["ann"], (
        "nobody takes the place of who is here"
    )
    assert set(link.imports.origins) <= {"ann", "bai", "cui"}
    link.close(star.now)
    assert not link.room.imports
    assert not link.trunk.outlets
    assert not link.trunk.streams
    assert all(one.stream is None for one in link.room.peers["ann"].video)
