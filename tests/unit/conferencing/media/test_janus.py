"""What Janus is asked for so that slots show what they are to show; its configuration."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from conferencing.engines.messages import Assignment, SetSlots, SourceKind
from conferencing.media.janus.peer import (
    JanusPeer,
    Shown,
    Slots,
    changed,
    layer_for,
    slot_lines,
    targets,
)
from conferencing.media.janus.program import configuration
from conferencing.media.janus.statistics import peer_stats
from conferencing.media.janus.words import Heard
from conferencing.media.settings import Control, JanusSettings, MediaSettings

MIDS = ("0", "1", "2")
shown = st.none() | st.builds(
    Shown, st.integers(1, 2), st.sampled_from("ab"), st.none() | st.integers(0, 2)
)
slots = st.fixed_dictionaries(dict.fromkeys(MIDS, shown))


def peer(name: str, **more: object) -> JanusPeer:
    kinds = {"0": SourceKind.CAMERA, "1": SourceKind.MICROPHONE}
    made = JanusPeer(name, handle=1, feed=7, fingerprint=("", ""), offered_at=0.0, kinds=kinds)
    for key, value in more.items():
        setattr(made, key, value)
    return made


@given(slots, slots)
def test_what_is_asked_for_is_the_difference(
    before: dict[str, Shown | None], wanted: dict[str, Shown | None]
) -> None:
    lines, layers = changed(before, wanted)
    now = dict(before)
    for mid in lines:
        one = wanted[mid]
        now[mid] = None if one is None else Shown(one.feed, one.mid)
    for mid in layers:
        now[mid] = wanted[mid]
    for mid in MIDS:
        one, other = now[mid], wanted[mid]
        assert (one is None) is (other is None)
        if one is not None and other is not None:
            assert (one.feed, one.mid) == (other.feed, other.mid)
            assert other.layer is None or one.layer == other.layer
    assert changed(wanted, wanted) == ([], [])


def test_a_source_that_is_not_there_leaves_its_slot_empty() -> None:
    receiver = peer("r", slots=Slots(2, slot_lines(["0", "1"]), slot_lines(["2"])), heard=["a"])
    receiver.want(
        SetSlots(video=[Assignment(slot=0, peer="a", height=400), Assignment(slot=1, peer="b")])
    )
    assert targets(receiver, {"r": receiver}) == dict.fromkeys(MIDS)
    sender = peer("a", up=True, layered=frozenset({"0"}))
    assert targets(receiver, {"a": sender}) == {
        "0": Shown(7, "0", 1),
        "1": None,
        "2": Shown(7, "1"),
    }
    sender.up = False
    assert targets(receiver, {"a": sender}) == dict.fromkeys(MIDS)


def test_a_layer_is_the_smallest_that_is_large_enough() -> None:
    assert [layer_for(height) for height in (90, 257, 258, 514, 515, 2160)] == [0, 0, 1, 1, 2, 2]


def test_muted_sources_do_not_flow() -> None:
    sender = peer("a", receiving={("0", 0), ("0", 2), ("1", 0)})
    assert sender.flows() == (SourceKind.CAMERA, SourceKind.MICROPHONE)
    sender.muted = frozenset({SourceKind.CAMERA})
    assert sender.flows() == (SourceKind.MICROPHONE,)


def test_statistics_of_what_was_never_measured_are_nought() -> None:
    info = {"webrtc": {"media": {"0": {"stats": {"in": {"packets": 9}}, "rtcp": None}}}}
    told = peer_stats(peer("a"), info, {})
    assert (told.round_trip_ms, told.down_lost, told.sources[0].packets) == (None, 0.0, 9)


def test_what_janus_says_more_is_left_out() -> None:
    heard = Heard.model_validate_json(
        '{"janus":"event","sender":3,"plugindata":{"plugin":"x","data":{"videoroom":"talking",'
        '"id":5,"audio-level-dBov-avg":31.5,"new":1}},"other":2}'
    )
    assert (heard.sender, heard.plugindata.data.level) == (3, 31.5)


def test_janus_offers_the_address_that_browsers_are_told(tmp_path: Path) -> None:
    def files(host: str) -> str:
        settings = MediaSettings(host, 0, 9, Control(Path("unused")))
        return configuration(settings, JanusSettings(ports=(30000, 30099)), tmp_path)["janus.jcfg"]

    assert 'ice_enforce_list = "192.0.2.9"' in files("192.0.2.9")
    assert "ice_enforce_list" not in files("127.0.0.1")
    assert 'rtp_port_range = "30000-30099"' in files("127.0.0.1")
