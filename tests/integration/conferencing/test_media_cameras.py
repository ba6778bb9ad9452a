"""Cameras in a room of the media node: a real RTSP connection in, real pictures decoded by who watches."""

from __future__ import annotations

import asyncio

import av
from aiortc import RTCPeerConnection, RTCRtpReceiver, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError, MediaStreamTrack

from command_center.networks import NOWHERE, parse_networks
from conferencing.engines.messages import Feed, SourceKind, SourcesFlow
from conferencing.engines.troubles import CameraTrouble
from conferencing.media.node.feeder import Feeder
from tests.support.media_room import ROOM, Hall, hall, until
from tests.support.rtsp_camera import PASSWORD, USER, Camera, camera, clip

HERE = parse_networks(["127.0.0.0/8"])


def feed_of(one: Camera, password: str = PASSWORD) -> Feed:
    return Feed(address=one.address, user=USER, password=password)


class Viewer:
    """A browser in short: aiortc, with one slot."""

    def __init__(self, *codecs: str) -> None:
        self.peer = RTCPeerConnection()
        slot = self.peer.addTransceiver("video", direction="recvonly")
        known = RTCRtpReceiver.getCapabilities("video")
        assert known is not None
        slot.setCodecPreferences(
            [
                one
                for one in known.codecs
                if one.mimeType.lower() in {f"video/{c}" for c in (*codecs, "rtx")}
            ]
        )
        self.frames: list[av.VideoFrame] = []
        self.peer.on("track", self._watch)
        self._task: asyncio.Task[None] | None = None

    def _watch(self, track: MediaStreamTrack) -> None:
        self._task = asyncio.create_task(self._count(track))

    async def _count(self, track: MediaStreamTrack) -> None:
        try:
            while True:
                frame = await track.recv()
                assert isinstance(frame, av.VideoFrame)
                self.frames.append(frame)
        except MediaStreamError:
            pass

    async def enter(self, place: Hall, name: str, shows: str) -> None:
        await self.peer.setLocalDescription(await self.peer.createOffer())
        answer = place.node.join(ROOM, name, self.peer.localDescription.sdp).answer
        await self.peer.setRemoteDescription(RTCSessionDescription(answer, "answer"))
        place.look(name, (shows, 360))


def feeder_of(place: Hall, name: str = "gate") -> Feeder:
    found = place.node.rooms[ROOM].peers[name]
    assert isinstance(found, Feeder)
    return found


async def test_h264_is_passed_on_and_encoded_anew_only_for_who_cannot_take_it() -> None:
    with camera(clip(profile="baseline", key_every=100, seconds=4)) as one:
        async with hall(networks=HERE) as place:
            place.node.feed(ROOM, "gate", feed_of(one))
            feeder = feeder_of(place)
            plain, old = Viewer("h264", "vp8"), Viewer("vp8")
            assert not one.asked, "nobody is in the room"
            await plain.enter(place, "plain", "gate")
            await until(lambda: feeder.state.playing, what="the camera plays")
            assert SourcesFlow(room=ROOM, peer="gate", sources=[SourceKind.CAMERA]) in place.events
            await until(lambda: len(plain.frames) > 10, what="pictures as they are")
            assert feeder.made is not None
            assert not feeder.made.streams, "nobody needs another encoding"
            await old.enter(place, "old", "gate")
            await until(lambda: len(old.frames) > 10, what="pictures made anew")
            assert feeder.passed is not None
            assert {feeder.passed.key, feeder.made.key} == {"h264", "vp8"}
            assert old.frames[0].width == plain.frames[0].width == 640
            place.node.leave(ROOM, "gate")
            assert place.gone("gate") == "removed"
            await plain.peer.close()
            await old.peer.close()
        await until(lambda: one.watchers == 0, what="nobody watches any more")


async def test_a_camera_that_starts_anew_is_found_again_in_the_same_slot() -> None:
    with camera(clip(profile="baseline")) as one:
        async with hall(networks=HERE) as place:
            place.node.feed(ROOM, "gate", feed_of(one))
            viewer = Viewer("h264")
            await viewer.enter(place, "viewer", "gate")
            await until(lambda: len(viewer.frames) > 5, what="pictures")
            one.hang_up()
            feeder = feeder_of(place)
            await until(lambda: not feeder.state.playing, what="the loss is seen")
            assert place.node.rooms[ROOM].peers["gate"].flowing == ()
            await until(lambda: feeder.state.playing, what="it plays again")
            before = len(viewer.frames)
            await until(lambda: len(viewer.frames) > before + 10, what="more pictures")
            await viewer.peer.close()


async def test_b_pictures_and_h265_are_encoded_anew_for_everybody() -> None:
    for shown in (clip(b_frames=2), clip(codec="libx265")):
        with camera(shown) as one:
            async with hall(networks=HERE) as place:
                place.node.feed(ROOM, "gate", feed_of(one))
                viewer = Viewer("h264", "vp8")
                await viewer.enter(place, "viewer", "gate")
                await until(lambda: len(viewer.frames) > 5, what="pictures")  # noqa: B023
                assert feeder_of(place).passed is None
                await viewer.peer.close()


async def test_a_trial_says_what_there_is_or_why_nothing_comes() -> None:
    with camera(clip(profile="high")) as one:
        async with hall(networks=HERE) as place:
            facts = await place.node.look_at(feed_of(one))
            assert (facts.codec, facts.width, facts.height, facts.rate) == ("h264", 640, 360, 25.0)
            assert facts.passes
            assert (await place.node.look_at(feed_of(one, "wrong"))).trouble is CameraTrouble.LOGIN
            closed = Feed(address="rtsp://127.0.0.1:9/")
            assert (await place.node.look_at(closed)).trouble is CameraTrouble.UNREACHABLE
            one.redirect = "rtsp://127.0.0.1:1/elsewhere"
            assert (await place.node.look_at(feed_of(one))).trouble is CameraTrouble.PROTOCOL
        asked = len(one.asked)
        async with hall(networks=NOWHERE) as place:
            facts = await place.node.look_at(feed_of(one))
            assert facts.trouble is CameraTrouble.NOT_ALLOWED
        async with hall(networks=parse_networks(["localhost"])) as place:
            named = Feed(address=one.address.replace("127.0.0.1", "localhost"))
            facts = await place.node.look_at(named)
            assert facts.trouble is CameraTrouble.NOT_ALLOWED, "a name opens no private network"
        assert len(one.asked) == asked
