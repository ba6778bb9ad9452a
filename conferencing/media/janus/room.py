"""A room at Janus: what each slot shows is compared with what it is to show, and the difference is asked for.

Empty slots are subscribed to a placeholder (Janus's `dummy_publisher`), so that who receives negotiates once and a
slot changes its source by `switch`, unnoticed by the browser. A slot whose publisher goes is inactive, and Janus
negotiates again when it is switched; since nothing of that differs for the browser, its answer is given to Janus once
more.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from conferencing.engines.messages import (
    AudioSlots,
    EngineProblem,
    NodeEvent,
    SetAudiences,
    SourceKind,
    SourcesFlow,
    Speaking,
)
from conferencing.engines.port import EngineError
from conferencing.media.janus.link import JanusError, JanusLink
from conferencing.media.janus.peer import JanusPeer, Shown, Slots, changed, targets
from conferencing.media.janus.words import Feed, Heard, Jsep
from conferencing.media.streams import speakers
from conferencing.media.streams.audiences import Audiences

DESCRIPTION = "lingdun "
"""Rooms of this system are known by it, also those that an earlier process has left."""
TALKING_PACKETS = 10
"""So many packets of 20 ms decide whether somebody talks."""
TALKING_LEVEL = 55
"""Below silence (127) and above 0, the loudest: as of this system's own node."""
MOST_BITS_PER_S = 4_000_000
"""Of one publisher: all layers of a camera, and a screen."""

logger = logging.getLogger(__name__)


class JanusRoom:
    """Peers by name. Everything that asks Janus for something holds `turn`, so that the last word is last."""

    def __init__(
        self,
        name: str,
        number: int,
        link: JanusLink,
        tell: Callable[[NodeEvent], None],
        now: Callable[[], float],
    ) -> None:
        self.name = name
        self.number = number
        self.peers: dict[str, JanusPeer] = {}
        self.turn = asyncio.Lock()
        self.ear = 0
        """the handle that hears what happens in the room"""
        self.speaking: list[str] = []
        self._audiences = Audiences()
        self._link = link
        self._tell = tell
        self._now = now
        self._empty: dict[str, tuple[int, str]] = {}
        """the placeholder's feed and line, by kind"""
        self._tending = False
        self._dirty = False
        self._task: asyncio.Task[None] | None = None

    # -- the room ----------------------------------------------------------------------------------

    async def open(self, most: int) -> None:
        """Make it, with its placeholder, and listen. Raises JanusError, EngineError."""
        self.ear = await self._link.attach()
        settings: dict[str, Any] = {
            "description": DESCRIPTION + self.name,
            "publishers": most,
            "bitrate": MOST_BITS_PER_S,
            "audiocodec": "opus",
            "videocodec": "vp8",
            "opus_dtx": True,
            "audiolevel_event": True,
            "audio_active_packets": TALKING_PACKETS,
            "audio_level_average": TALKING_LEVEL,
            "dummy_publisher": True,
            "dummy_streams": [{"codec": "opus"}, {"codec": "vp8"}],
        }
        await self._ask(self.ear, "create", **settings)
        joined = await self._ask(self.ear, "join", ptype="publisher")
        feeds = joined.plugindata.data.publishers
        placeholder = next((feed for feed in feeds if feed.dummy), Feed(id=0))
        self._empty = {one.type: (placeholder.id, one.mid) for one in placeholder.streams}

    async def close(self) -> None:
        """End it."""
        await self._ask(self.ear, "destroy")
        await self._link.detach(self.ear)

    def placeholders(self, video: int, audio: int) -> list[dict[str, Any]]:
        """The streams of a subscription whose slots show nothing yet."""
        return [self._stream("video")] * video + [self._stream("audio")] * audio

    def _stream(self, kind: str) -> dict[str, Any]:
        feed, mid = self._empty[kind]
        return {"feed": feed, "mid": mid}

    async def _ask(self, handle: int, request: str, jsep: Jsep | None = None, **more: Any) -> Heard:
        return await self._link.ask(handle, {"request": request, "room": self.number, **more}, jsep)

    async def moderate(self, peer: JanusPeer) -> None:
        """Have Janus drop what is muted, and nothing else."""
        for mid, kind in peer.kinds.items():
            mute = kind in peer.muted
            await self._ask(self.ear, "moderate", id=peer.feed, mid=mid, mute=mute)

    # -- what happens ------------------------------------------------------------------------------

    def talks(self, feed: int, level: float | None) -> None:
        """Somebody begins to talk, at this level below silence's 127; None: is silent again."""
        peer = self._of(feed)
        if peer is None:
            return
        now = self._now()
        peer.voice.level = 0.0 if level is None else 127.0 - level
        peer.voice.last_at = now if level is None else float("inf")
        peer.voice.spoke_at = now if level is None else float("inf")
        self.tend()
        if level is None:
            asyncio.get_running_loop().call_later(speakers.KEEP_S, self.tend)

    def arrives(self, peer: JanusPeer, mid: str, layer: int, *, receiving: bool) -> None:
        """A layer begins to arrive, or ends."""
        (peer.receiving.add if receiving else peer.receiving.discard)((mid, layer))
        self.tell_flows(peer)

    def tell_flows(self, peer: JanusPeer) -> None:
        """Tell what flows of a peer, if that is another."""
        flowing = peer.flows()
        if flowing != peer.flowing:
            peer.flowing = flowing
            self._tell(SourcesFlow(room=self.name, peer=peer.name, sources=list(flowing)))
            self.tend()

    def _of(self, feed: int) -> JanusPeer | None:
        return next((peer for peer in self.peers.values() if peer.feed == feed), None)

    # -- slots -------------------------------------------------------------------------------------

    def tend(self) -> None:
        """Something is to be shown otherwise: soon, and once however often it is said."""
        self._dirty = True
        if not self._tending:
            self._tending = True
            self._task = asyncio.get_running_loop().create_task(self._tend())

    async def _tend(self) -> None:
        try:
            while self._dirty:
                self._dirty = False
                self._assign_voices()
                async with self.turn:
                    for peer in list(self.peers.values()):
                        await self.show(peer)
        except EngineError as error:
            logger.warning("room %s: %s", self.name, error)
        except Exception:  # what comes next must be tended to
            logger.exception("room %s could not be tended", self.name)
        finally:
            self._tending = False

    async def show(self, peer: JanusPeer) -> None:
        """Have a receiver's slots show what they are to show, now; `turn` is held. Raises EngineError."""
        slots = peer.slots
        if slots is None or slots.answer is None:
            return
        try:
            reached = {
                name: other
                for name, other in self.peers.items()
                if self._audiences.gets(peer.name, name)
            }
            await self._switch(slots, targets(peer, reached))
        except JanusError as error:
            # Who has just gone can't be shown; what is so then is tended to when Janus says so.
            logger.info("slots of %s in %s: %s", peer.name, self.name, error)

    async def negotiate(self, slots: Slots, heard: Heard) -> None:
        """Answer Janus if it offers again, as the browser answered; `turn` is held. Raises JanusError, EngineError."""
        if heard.jsep is None or slots.answer is None:
            return
        await self._ask(slots.handle, "start", Jsep(type="answer", sdp=slots.answer))
        # What came before the answer was dropped, a key picture with it; who is sent to asks for another.
        again = [line.mid for line in slots.video if line.mid not in slots.paused]
        if again:
            streams = [{"mid": mid, "send": True} for mid in again]
            await self._ask(slots.handle, "configure", streams=streams)

    async def _switch(self, slots: Slots, wanted: dict[str, Shown | None]) -> None:
        lines, layers = changed(slots.shown, wanted)
        if lines:
            await self._turn_to(slots, {mid: wanted[mid] for mid in lines})
        for mid in layers:
            one = wanted[mid]
            if one is not None:
                await self._ask(slots.handle, "configure", mid=mid, substream=one.layer)
        slots.shown = dict(wanted)

    async def _turn_to(self, slots: Slots, wanted: Mapping[str, Shown | None]) -> None:
        """Have slots show other lines. An empty one is paused, for only so are the numbers of its packets without
        a gap when it shows the same source again: nothing could fill that, and some browsers wait for it."""
        video = {line.mid for line in slots.video}
        streams = []
        for mid, one in wanted.items():
            kind = "video" if mid in video else "audio"
            feed, source = self._empty[kind] if one is None else (one.feed, one.mid)
            streams.append({"feed": feed, "mid": source, "sub_mid": mid})
        await self._pause(slots, [m for m, one in wanted.items() if one is not None], send=True)
        await self.negotiate(slots, await self._ask(slots.handle, "switch", streams=streams))
        await self._pause(slots, [m for m, one in wanted.items() if one is None], send=False)

    async def _pause(self, slots: Slots, mids: Sequence[str], *, send: bool) -> None:
        changed = [mid for mid in mids if (mid in slots.paused) is send]
        if not changed:
            return
        streams = [{"mid": mid, "send": send} for mid in changed]
        await self._ask(slots.handle, "configure", streams=streams)
        (slots.paused.difference_update if send else slots.paused.update)(changed)

    async def divide(self, wanted: SetAudiences) -> None:
        """Who gets whose media at all; what one is not to get any more has stopped when this returns.

        Raises EngineError.
        """
        if wanted.version < self._audiences.version:
            return
        self._audiences = Audiences.of(wanted)
        self._assign_voices()
        async with self.turn:
            for peer in list(self.peers.values()):
                await self._part(peer)
        self.tend()

    async def _part(self, peer: JanusPeer) -> None:
        """Take from a receiver what it is not to get any more, also while its answer is waited for."""
        slots = peer.slots
        if slots is None:
            return
        others = {
            other.feed
            for name, other in self.peers.items()
            if not self._audiences.gets(peer.name, name)
        }
        away: dict[str, Shown | None] = {
            mid: None for mid, one in slots.shown.items() if one is not None and one.feed in others
        }
        if not away:
            return
        try:
            await self._turn_to(slots, away)
        except JanusError as error:
            raise EngineError(EngineProblem.UNAVAILABLE, f"Janus: {error}") from error
        slots.shown.update(away)

    # -- voices ------------------------------------------------------------------------------------

    def _assign_voices(self) -> None:
        """As this system's own node does: who speaks, the loudest first; free slots are given to the silent too."""
        now = self._now()
        voices = {
            name: peer.voice
            for name, peer in self.peers.items()
            if SourceKind.MICROPHONE in peer.flowing
        }
        ranked = speakers.ranking(voices, now)
        for peer in self.peers.values():
            candidates = [
                one for one in ranked if one != peer.name and self._audiences.gets(peer.name, one)
            ]
            heard = speakers.fill(peer.heard, candidates, voices, now)
            if heard != peer.heard:
                peer.heard = heard
                self._tell(AudioSlots(room=self.name, peer=peer.name, heard=heard))
        loud = [one for one in ranked if voices[one].speaks(now)]
        speaking = speakers.steady(self.speaking, loud, voices, now)
        if speaking != self.speaking:
            self.speaking = speaking
            self._tell(Speaking(room=self.name, peers=speaking))
