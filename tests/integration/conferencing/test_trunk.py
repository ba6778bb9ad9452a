"""A room on two nodes, over real sockets: what crosses the trunk, what does not, and what a stranger can do to it."""

from __future__ import annotations

import asyncio
import secrets
import socket
from pathlib import Path

import pytest

from conferencing.engines.messages import AudioSlots, LayersWanted, SourceKind, Speaking
from conferencing.media.node import room as room_module
from conferencing.media.shell.datagrams import plain_address
from conferencing.media.wire import rtcp, rtp
from tests.support.lossy import Lossy
from tests.support.media_cascade import LOOPBACK, Pair, link, open_trunk, pair, trunks
from tests.support.media_guest import lines
from tests.support.media_room import ROOM, Hall, until


def show(place: Pair) -> None:
    """The chair is at the city's node, the village at the township's and looks at the chair."""
    place.town.look("village", ("chair", 360))


@pytest.mark.parametrize("protected", [False, True], ids=["plain", "srtp"])
async def test_picture_and_voice_cross_and_what_nobody_watches_does_not(protected: bool) -> None:
    async with pair(protected=protected) as place:
        await place.city.enter("chair")
        village = await place.town.enter("village")
        camera, microphone = place.city.camera("chair"), place.city.microphone("chair")
        own = place.town.camera("village")

        def sends() -> None:
            camera.frame()
            own.frame()
            microphone.say()

        voice = place.town.slot_ssrc("village", "audio")
        await until(lambda: voice in village.received, what="the voice", meanwhile=sends)
        stats = place.stats(place.town)
        assert (stats.imported, stats.exported) == (1, 0), "nobody looks yet, at neither end"
        show(place)
        picture = place.town.slot_ssrc("village", "video")
        await until(
            lambda: picture in village.received and village.received[picture].packets > 20,
            what="the picture",
            meanwhile=sends,
        )
        numbers = village.received[picture].sequences
        assert [(one - numbers[0]) & 0xFFFF for one in numbers] == list(range(len(numbers)))
        shown = next(one for one in village.packets if one.ssrc == picture)
        assert shown.data[: shown.end].endswith(camera._filler[: 300 - 14])
        stats = place.stats(place.town)
        assert (stats.imported, stats.exported, stats.protected) == (2, 0, protected)
        assert place.stats(place.city).exported == 2
        assert Speaking(room=ROOM, peers=["chair"]) in place.town.events
        assert AudioSlots(room=ROOM, peer="village", heard=["chair", None]) in place.town.events

        place.city.mute("chair", SourceKind.CAMERA, SourceKind.MICROPHONE)
        await until(lambda: place.stats(place.city).exported == 0, what="both to be held back")
        await asyncio.sleep(0.05)
        before = village.total
        for _ in range(20):
            sends()
            await asyncio.sleep(0.005)
        assert village.total == before, "a mute at one node holds at the other"
        place.city.mute("chair")
        await until(lambda: village.total > before + 10, what="both again", meanwhile=sends)
        place.town.look("village")
        await until(
            lambda: place.stats(place.city).exported == 1,
            what="the picture to stay away, since nobody looks any more",
            meanwhile=sends,
        )


async def test_the_layer_that_is_needed_there_is_asked_for_here(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(room_module, "UNWANTED_AFTER_S", 0.2)
    async with pair() as place:
        await place.city.enter("chair", lines(video=1, audio=1, rids=("q", "f")))
        await place.town.enter("village")
        small = place.city.camera("chair", rid="q", height=180)
        large = place.city.camera("chair", rid="f", height=720)

        def sends() -> None:
            small.frame()
            large.frame()

        def crossing() -> set[str]:
            peer = place.city.node.rooms[ROOM].peers["chair"]
            return {rid for rid, one in peer.sources["0"].streams.items() if one.forwards}

        place.town.look("village", ("chair", 100))
        await until(lambda: crossing() == {"q"}, what="the small layer alone", meanwhile=sends)
        place.town.look("village", ("chair", 700))
        await until(lambda: crossing() == {"f"}, what="the large layer alone", meanwhile=sends)
        wanted = LayersWanted(room=ROOM, peer="chair", source=SourceKind.CAMERA, rids=["f"])
        await until(
            lambda: wanted in place.city.events, what="the page to be told", meanwhile=sends
        )


async def test_what_the_trunk_loses_is_repaired_and_lips_stay_in_time() -> None:
    async with pair(linked=False) as place:
        city, town = place.city.node, place.town.node
        relay = Lossy((LOOPBACK, trunks(town).end().port), 0.0)
        here = await relay.open()
        try:
            open_trunk(city, town, ports=(here, 9))
            await until(lambda: bool(relay._ways), what="the way through the relay")
            there = next(iter(relay._ways.values())).get_extra_info("sockname")[1]
            open_trunk(city, town, ports=(here, there))
            link(city, town)
            chair = await place.city.enter("chair")
            village = await place.town.enter("village")
            camera = place.city.camera("chair")
            show(place)
            picture = place.town.slot_ssrc("village", "video")
            await until(lambda: picture in village.received, what="it", meanwhile=camera.frame)
            # Media only, so that the test is about repair and not about what is told again anyway.
            relay.share = 0.08
            relay.passes = lambda data: is_control(data) or Lossy.passes(relay, data)  # type: ignore[method-assign]
            chair.send_rtcp(rtcp.sender_report(report_of(camera.ssrc, camera.timestamp)))
            began = len(village.received[picture].sequences)

            def whole() -> bool:
                got = sorted(set(map(unwrapped(village.received[picture].sequences), got_of())))
                return len(got) > 150 and got[-20] - got[0] <= len(got)

            def got_of() -> list[int]:
                return village.received[picture].sequences[began:]

            await until(whole, what="all of it", meanwhile=camera.frame, timeout_s=20)
            assert relay.lost > 5
            reports = [one for one in village.messages if isinstance(one, rtcp.SenderReport)]
            assert picture in {one.ssrc for one in reports}, "its clock came along"
        finally:
            relay.close()


def unwrapped(numbers: list[int]):  # type: ignore[no-untyped-def]
    first = numbers[0]
    return lambda number: ((number - first + 0x8000) & 0xFFFF) - 0x8000


def is_control(data: bytes) -> bool:
    return 192 <= data[1] <= 223


def report_of(ssrc: int, timestamp: int) -> rtcp.SenderReport:
    return rtcp.SenderReport(ssrc, 0xE8D4A51000000000, timestamp, 1, 1)


@pytest.mark.parametrize("protected", [False, True], ids=["plain", "srtp"])
async def test_a_strangers_datagrams_change_nothing(protected: bool) -> None:
    async with pair(protected=protected) as place:
        await place.city.enter("chair")
        village = await place.town.enter("village")
        camera = place.city.camera("chair")
        show(place)
        picture = place.town.slot_ssrc("village", "video")
        await until(lambda: picture in village.received, what="it", meanwhile=camera.frame)
        before, port = village.total, trunks(place.town.node).port
        trunk = next(iter(port.by_address.values()))
        stream = next(iter(trunk.streams))
        packets = [
            secrets.token_bytes(1 + secrets.randbelow(1500)),
            rtp.build(payload_type=96, sequence=7, timestamp=1, ssrc=stream, payload=b"\x10" * 50),
            rtcp.bye([stream, stream]),
            rtcp.picture_loss(1, stream),
        ]
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
            for data in packets * 50:
                stranger.sendto(data, (LOOPBACK, trunks(place.town.node).end().port))
            strange = port.strange
            await until(lambda: port.strange >= strange + 200, what="all to be dropped")
        # From the right address, too: without the seal nothing is looked at.
        _host, here = plain_address(trunk.way.name)
        assert here == trunks(place.city.node).end().port
        forged = port.forged
        for data in packets[1:] * 50:
            trunks(place.city.node)._socket.sendto(data, (LOOPBACK, trunks(place.town.node).end().port))  # fmt: skip
        await until(lambda: port.forged >= forged + 150, what="all to be dropped")
        await asyncio.sleep(0.03)
        assert village.total == before
        await until(lambda: village.total > before + 20, what="more of it", meanwhile=camera.frame)


async def test_a_trunk_that_is_closed_leaves_nothing_of_the_others_behind() -> None:
    async with pair() as place:
        await place.city.enter("chair")
        await place.town.enter("village")
        camera = place.town.camera("village")
        place.city.look("chair", ("village", 360))
        chair = place.city.guests["chair"]
        await until(lambda: chair.total > 5, what="a picture", meanwhile=camera.frame)
        room = place.city.node.rooms[ROOM]
        place.city.node.close_trunk(place.town.node.boot)
        assert not room.imports
        assert all(one.stream is None for one in room.peers["chair"].video)
        assert all(one.pending is None for one in room.peers["chair"].video)


async def test_what_is_recorded_crosses_though_nobody_looks(tmp_path: Path) -> None:
    async with pair(recordings=tmp_path) as place:
        await place.town.enter("village")
        camera, microphone = place.town.camera("village"), place.town.microphone("village")

        def sends() -> None:
            camera.frame()
            microphone.say()

        room = place.city.node.rooms[ROOM]
        await until(lambda: "village" in room.imports, what="it to be told", meanwhile=sends)
        assert place.stats(place.city).imported == 0
        place.city.node.start_recording(ROOM, "tape")

        def tracks() -> int:
            found = place.city.node.stats(ROOM).recording
            return found.tracks if found is not None else 0

        await until(lambda: tracks() == 2, what="picture and voice", meanwhile=sends)
        place.city.node.stop_recording(ROOM)
        await until(
            lambda: place.stats(place.town).exported == 0,
            what="both to stay away again",
            meanwhile=sends,
        )


async def test_three_nodes_in_a_star_pass_on_but_never_back() -> None:
    async with pair() as place, pair(linked=False) as more:
        city, east, south = place.city.node, place.town.node, more.town.node
        open_trunk(city, south)
        link(city, south)
        await place.town.enter("east")
        south_guest = await more.town.enter("south")
        camera = place.town.camera("east")
        more.town.look("south", ("east", 360))
        await until(lambda: south_guest.total > 20, what="a picture", meanwhile=camera.frame)
        assert {one.imported for one in trunks(city).stats(city.now())} == {1, 0}
        assert all(one.exported == 0 for one in trunks(south).stats(south.now())), (
            "what came from the city does not go back there"
        )
        assert [one.exported for one in trunks(east).stats(east.now())] == [1]
        assert not names(place.city) & names(place.town)


def names(hall: Hall) -> set[str]:
    """Who is in a node's room in person."""
    return set(hall.node.rooms[ROOM].peers)
