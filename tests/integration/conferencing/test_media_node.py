"""The media node over a real socket: what goes in comes out where it should, and nowhere else."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from itertools import pairwise

import pytest

from conferencing.engines.messages import (
    Audience,
    AudioSlots,
    EngineProblem,
    LayersWanted,
    PeerConnected,
    SetAudiences,
    SourceKind,
    SourcesFlow,
    Speaking,
)
from conferencing.engines.port import EngineError
from conferencing.media.wire import rtcp
from conferencing.media.wire.numbers import ahead
from tests.support.media_guest import Guest, lines, offer_text
from tests.support.media_room import ROOM, Hall, hall, until


@pytest.fixture
async def place() -> AsyncIterator[Hall]:
    async with hall() as one:
        yield one


def steps_of(numbers: list[int]) -> set[int]:
    """By how much sequence numbers go on."""
    return {ahead(after, before) for before, after in pairwise(numbers)}


async def test_a_picture_and_a_voice_arrive_as_they_were_sent(place: Hall) -> None:
    await place.enter("chair")
    village = await place.enter("village")
    camera, microphone = place.camera("chair"), place.microphone("chair")
    place.look("village", ("chair", 360))

    def sends() -> None:
        camera.frame()
        microphone.say()

    video, audio = place.slot_ssrc("village", "video"), place.slot_ssrc("village", "audio")
    received = village.received
    await until(
        lambda: (
            {video, audio} <= set(received)
            and min(received[s].packets for s in (video, audio)) > 20
        ),
        what="both to arrive",
        meanwhile=sends,
    )
    assert set(received) == {video, audio}
    pictures = [one for one in village.packets if one.ssrc == video]
    assert (
        pictures[0].data[pictures[0].start : pictures[0].end].endswith(camera._filler[: 300 - 14])
    )
    assert steps_of(received[video].sequences) == {1}
    # Nobody gets their own.
    assert not place.guests["chair"].packets
    await until(
        lambda: any(isinstance(one, Speaking) and one.peers == ["chair"] for one in place.events),
        what="the chair to be said to speak",
        meanwhile=sends,
    )
    assert PeerConnected(room=ROOM, peer="village") in place.events
    heard = AudioSlots(room=ROOM, peer="village", heard=["chair", None])
    assert heard in place.events
    flows = SourcesFlow(room=ROOM, peer="chair", sources=[SourceKind.CAMERA, SourceKind.MICROPHONE])
    await until(lambda: flows in place.events, what="both to be said to flow", meanwhile=sends)


async def test_muting_silences_on_the_wire_and_a_key_frame_follows_when_it_ends(
    place: Hall,
) -> None:
    await place.enter("chair")
    village = await place.enter("village")
    camera, microphone = place.camera("chair"), place.microphone("chair")
    place.look("village", ("chair", 360))

    def sends() -> None:
        camera.frame()
        microphone.say()

    await until(lambda: len(village.received) == 2, what="both to arrive", meanwhile=sends)
    place.mute("chair", SourceKind.CAMERA, SourceKind.MICROPHONE)
    await asyncio.sleep(0.05)
    before = village.total
    for _ in range(20):
        sends()
        await asyncio.sleep(0.005)
    assert village.total == before
    place.mute("chair")
    await until(lambda: village.total > before + 10, what="both to come back", meanwhile=sends)
    video = place.slot_ssrc("village", "video")
    assert steps_of(village.received[video].sequences) == {1}


async def test_a_tile_that_grows_gets_the_larger_layer_from_its_key_frame_on(place: Hall) -> None:
    specs = lines(video=1, audio=1, rids=("q", "f"))
    await place.enter("chair", specs)
    village = await place.enter("village")
    small, large = (
        place.camera("chair", rid="q", height=180),
        place.camera("chair", rid="f", height=720),
    )

    def sends() -> None:
        small.frame()
        large.frame()

    place.look("village", ("chair", 100))
    video = place.slot_ssrc("village", "video")
    await until(lambda: video in village.received, what="a picture", meanwhile=sends)
    layer = next(iter(place.node.rooms[ROOM].peers["village"].video))
    await until(
        lambda: layer.stream is not None and layer.stream.layer.rid == "q",
        what="the small layer",
        meanwhile=sends,
    )
    place.look("village", ("chair", 700))
    await until(
        lambda: layer.stream is not None and layer.stream.layer.rid == "f",
        what="the large layer",
        meanwhile=sends,
    )
    await until(lambda: village.received[video].packets > 40, what="more of it", meanwhile=sends)
    assert steps_of(village.received[video].sequences) == {1}
    wanted = LayersWanted(room=ROOM, peer="chair", source=SourceKind.CAMERA, rids=["f"])
    await until(
        lambda: wanted in place.events, what="the small one to be unwanted", meanwhile=sends
    )


async def test_a_lost_packet_is_asked_for_at_the_source_and_repaired_at_the_receiver(
    place: Hall,
) -> None:
    chair, village = await place.enter("chair"), await place.enter("village")
    camera = place.camera("chair")
    place.look("village", ("chair", 360))
    video = place.slot_ssrc("village", "video")
    await until(lambda: video in village.received, what="a picture", meanwhile=camera.frame)
    lost = camera.sequence
    withheld = camera.packet(0, keyframe=False, last=False)
    camera.frame()
    await until(
        lambda: any(isinstance(one, rtcp.Nack) and lost in one.lost for one in chair.messages),
        what="the gap to be asked for",
    )
    chair.send(withheld)
    numbers = village.received[video].sequences
    await until(lambda: ahead(numbers[-1], numbers[-2]) < 0, what="the late packet")
    village.send_rtcp(rtcp.nack(7, video, [numbers[-1]]))
    remote = village.remote
    assert remote is not None
    repair = remote.ssrcs[place.joined["village"].video[0].mid][1]
    await until(lambda: repair in village.received, what="the repair")
    again = next(one for one in village.packets if one.ssrc == repair)
    assert again.data[again.start : again.start + 2] == numbers[-1].to_bytes(2, "big")


async def test_the_senders_line_is_reported(place: Hall) -> None:
    chair = await place.enter("chair")
    camera = place.camera("chair")
    await until(
        lambda: {type(one) for one in chair.messages} >= {rtcp.Remb, rtcp.ReceiverReport},
        what="a report",
        meanwhile=camera.frame,
    )
    remb = next(one for one in chair.messages if isinstance(one, rtcp.Remb))
    assert remb.bitrate > 2_000_000
    stats = place.node.stats(ROOM).peers[0]
    assert stats.connected
    assert (stats.sources[0].width, stats.sources[0].height) == (640, 360)


async def test_groups_get_nothing_of_each_other_but_who_is_brought_up(place: Hall) -> None:
    """On the wire: a village in its sub-room, the chair in the whole, and a moderator between them."""
    names = ("village", "chair", "moderator")
    sizes = {name: 60 + number for number, name in enumerate(names)}
    for name in names:
        await place.enter(name)
    cameras = [place.camera(name) for name in names]
    for camera in cameras:
        camera.size = sizes[camera.guest.name] + 240
    microphones = [place.microphone(name) for name in names]
    for name in names:
        place.look(name, *((other, 180) for other in names if other != name))

    def send() -> None:
        for camera, microphone in zip(cameras, microphones, strict=True):
            camera.frame()
            microphone.say(size=sizes[microphone.guest.name])

    def sources(name: str) -> set[tuple[str, str]]:
        """Whose pictures and voices came, told by their packets' sizes."""
        by_size = {size: (one, "voice") for one, size in sizes.items()}
        by_size |= {size + 240: (one, "picture") for one, size in sizes.items()}
        found = (by_size.get(one.end - one.start) for one in place.guests[name].packets)
        return {one for one in found if one is not None}

    async def hears(what: str, expected: dict[str, set[str]]) -> None:
        """Each gets the pictures and voices of just these, and goes on getting only them."""
        wanted = {
            name: {(one, kind) for one in others for kind in ("picture", "voice")}
            for name, others in expected.items()
        }
        for _again in range(2):  # what was on its way at the cut comes the first time
            for guest in place.guests.values():
                guest.packets.clear()
            await until(
                lambda: all(wanted[name] <= sources(name) for name in names),
                what=what,
                meanwhile=send,
            )
        assert {name: sources(name) for name in names} == wanted, what

    def divide(version: int, **reaches: list[str]) -> None:
        peers = {name: Audience(hears=to[0], reaches=to) for name, to in reaches.items()}
        place.node.set_audiences(ROOM, SetAudiences(version=version, peers=peers))

    everybody = {name: {one for one in names if one != name} for name in names}
    divided = {"village": {"moderator"}, "moderator": {"village"}, "chair": set[str]()}
    await hears("all together", everybody)
    divide(2, village=["east"], moderator=["east"])
    await hears("divided", divided)
    divide(1)  # said by who knows less
    await hears("still divided", divided)
    divide(3, village=["east"], moderator=["whole", "east"])
    await hears(
        "brought up", {"village": {"moderator"}, "moderator": {"chair"}, "chair": {"moderator"}}
    )
    divide(4)
    await hears("together again", everybody)


async def test_who_leaves_is_gone_and_who_is_removed_hears_nothing_more(place: Hall) -> None:
    await place.enter("chair")
    for name in ("village", "guest"):
        await place.enter(name)
        place.look(name, ("chair", 360))
    camera = place.camera("chair")
    guest = place.guests["guest"]
    await until(lambda: guest.total > 10, what="a picture", meanwhile=camera.frame)
    place.node.leave(ROOM, "guest")
    assert place.gone("guest") == "removed"
    await asyncio.sleep(0.05)
    before = guest.total
    for _ in range(10):
        camera.frame()
        await asyncio.sleep(0.005)
    assert guest.total == before
    await place.guests.pop("village").close()
    await until(lambda: place.gone("village") == "left", what="the village to be gone")
    assert list(place.node.rooms[ROOM].peers) == ["chair"]


async def test_who_falls_silent_or_never_comes_is_given_up(place: Hall) -> None:
    village = await place.enter("village")
    village.vanish()
    place.guests.pop("village")
    place.node.join(ROOM, "shy", offer_text(lines()))
    place.node.pump.check_silence(place.node.now() + 14)
    assert place.gone("village") is None
    place.node.pump.check_silence(place.node.now() + 21)
    assert place.gone("village") == "silent"
    assert place.gone("shy") == "never_came"


async def test_an_ice_restart_from_another_address_goes_on_where_it_was(place: Hall) -> None:
    await place.enter("chair")
    village = await place.enter("village")
    camera = place.camera("chair")
    place.look("village", ("chair", 360))
    await until(lambda: village.total > 10, what="a picture", meanwhile=camera.frame)
    moved = Guest("village", keep=True)
    moved.certificate = village.certificate
    answer = place.node.join(ROOM, "village", moved.describe(lines(video=2, audio=2))).answer
    old = village.remote
    assert old is not None
    assert "a=ice-ufrag:" + old.ufrag not in answer
    village._tasks[0].cancel()
    moved.keys = village.keys
    task = asyncio.create_task(moved.connect(answer))
    await until(lambda: moved.total > 10, what="a picture there", meanwhile=camera.frame)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    for one in moved._tasks:
        one.cancel()
    video = place.slot_ssrc("village", "video")
    assert ahead(moved.received[video].sequences[0], village.received[video].sequences[-1]) == 1
    place.guests["moved"] = moved


async def test_another_certificate_takes_the_place_of_the_peer(place: Hall) -> None:
    from conferencing.media.shell.private import make_certificate

    village = await place.enter("village")
    place.mute("village", SourceKind.MICROPHONE)
    again = Guest("village")
    again.certificate = make_certificate()
    place.guests["again"] = again
    await again.connect(place.node.join(ROOM, "village", again.describe(lines())).answer)
    assert place.gone("village") == "removed"
    assert place.node.rooms[ROOM].peers["village"].muted == {SourceKind.MICROPHONE}
    assert village.keys is not again.keys


@pytest.mark.parametrize(
    ("room", "offer", "problem"),
    [
        ("elsewhere", "v=0", EngineProblem.NO_ROOM),
        (ROOM, "hello", EngineProblem.BAD_OFFER),
        (ROOM, offer_text(lines(video=40)), EngineProblem.BAD_OFFER),
        (ROOM, offer_text(lines()).replace("opus", "speex"), EngineProblem.NO_CODEC),
    ],
)
async def test_what_is_refused_says_why(
    place: Hall, room: str, offer: str, problem: EngineProblem
) -> None:
    with pytest.raises(EngineError) as caught:
        place.node.join(room, "x", offer)
    assert caught.value.problem is problem
    assert str(caught.value)


async def test_a_full_node_says_so() -> None:
    async with hall(max_peers=1) as place:
        await place.enter("one")
        with pytest.raises(EngineError) as caught:
            place.node.join(ROOM, "two", offer_text(lines()))
        assert caught.value.problem is EngineProblem.NODE_FULL


async def test_a_camera_that_begins_anew_under_another_ssrc_goes_on_in_the_same_slot(
    place: Hall,
) -> None:
    await place.enter("chair")
    village = await place.enter("village")
    first, second = place.camera("chair"), place.camera("chair")
    place.look("village", ("chair", 360))
    await until(lambda: village.total > 10, what="a picture", meanwhile=first.frame)
    second.keyframe = False
    before = village.total
    second.frame()
    await until(lambda: village.total > before + 10, what="it to go on", meanwhile=second.frame)
    video = place.slot_ssrc("village", "video")
    assert set(village.received) == {video}
    assert steps_of(village.received[video].sequences) == {1}
