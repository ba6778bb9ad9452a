"""A recording of a room: what is written of whom. Nothing here waits for the disk.

A track is one stream of a source while it flows; another layer, or a browser that begins anew, is another track.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from conferencing.engines.cues import Cue, CueBegin, CueEnd, CueSpeaking
from conferencing.engines.messages import (
    EngineProblem,
    NodeEvent,
    RecordingFailed,
    RecordingStarted,
    RecordingStats,
    RecordingStopped,
    SourceKind,
)
from conferencing.engines.port import EngineError
from conferencing.media.node.forwarder import time_of_day
from conferencing.media.node.origin import Origin
from conferencing.media.node.source import Source, Stream
from conferencing.media.node.track import Track
from conferencing.media.shell.writing import Begun, Broken, Done, Finish, Line, News, Writer
from conferencing.media.streams import choosing
from conferencing.media.streams.assembling import DEPACKETISERS

HEIGHTS = {SourceKind.CAMERA: 540, SourceKind.SCREEN: 1080}
"""How tall a picture is wanted: of a simulcast the layer that suits it is recorded."""
REST_S = 5.0
"""A picture that rests for longer was switched off: its track ends, and another begins when it comes again."""
EMPTY_S = 60.0
"""A room that nobody has been in for so long is recorded no more, even if nobody closes it."""
LAST_WORDS_S = 5.0
"""How long a node that ends waits for what is yet to be written."""


class Recorder:
    """See the module. All methods belong to the node's loop; `soon` brings the thread's news there."""

    def __init__(
        self,
        *,
        room: str,
        name: str,
        folder: Path,
        now: float,
        tell: Callable[[NodeEvent], None],
        soon: Callable[[Callable[[], None]], None],
    ) -> None:
        self.room = room
        self.name = name
        self.wall = time_of_day()
        self.runs = True
        self.begun = False
        self._tell = tell
        self._began = now
        self._ended = now
        self._peopled = now
        self._tracks: list[Track] = []
        self._number = 0
        self._missing = 0
        self._dropped = 0
        self.writer = Writer(folder / name, lambda news: soon(lambda: self._hear(news)))
        self.cue(CueBegin(room=room, name=name, wall=self.wall))

    def at(self, now: float) -> float:
        """Seconds since it began."""
        return round(now - self._began, 4)

    def cue(self, cue: Cue) -> None:
        """A line of the cue file."""
        self.writer.give(Line(cue.model_dump_json()))

    # -- whom ----------------------------------------------------------------------------------------

    def follow(self, peers: Iterable[Origin], now: float) -> None:
        """Write what these peers send now, and end what nobody sends any more."""
        if not self.runs:
            return
        there = list(peers)
        self._peopled = now if any(one.is_somebody for one in there) else self._peopled
        if now - self._peopled > EMPTY_S:
            self.stop(now)
            return
        wanted = [
            stream
            for peer in there
            for source in peer.shown()
            if (stream := _recorded(source, now)) is not None
        ]
        for track in list(self._tracks):
            if track.stream not in wanted or track.stream.layer is not track.layer:
                self._end(track, now)
        for stream in wanted:
            if stream.track is None:
                self._number += 1
                stream.track = Track(self, stream, self._number)
                self._tracks.append(stream.track)

    def ideals(self, peers: Iterable[Origin]) -> Iterable[tuple[str, SourceKind, str]]:
        """Which layers are to be sent for it: peer, source, rid."""
        for peer in peers if self.runs else ():
            for source in peer.sources.values():
                if source.video and source.streams and not source.muted:
                    layers = source.ordered()
                    best = choosing.fitting(HEIGHTS[source.kind], layers)
                    yield peer.name, source.kind, layers[best].rid

    def wants(self, peers: Iterable[Origin]) -> Iterable[tuple[str, SourceKind, str]]:
        """What must come from elsewhere for it: the pictures of `ideals`, and every voice."""
        peers = list(peers) if self.runs else []
        yield from self.ideals(peers)
        for peer in peers:
            source = peer.source(SourceKind.MICROPHONE)
            if source is not None and not source.muted:
                for rid in source.streams:
                    yield peer.name, SourceKind.MICROPHONE, rid

    def tick(self, now: float) -> None:
        """What is due."""
        for track in self._tracks:
            track.tick(now)

    def spoke(self, peers: list[str], now: float) -> None:
        """Others speak."""
        if self.runs:
            self.cue(CueSpeaking(at=self.at(now), peers=peers))

    def _end(self, track: Track, now: float) -> None:
        track.end(now)
        self._tracks.remove(track)
        self._missing += track.missing
        self._dropped += track.dropped

    # -- the end -------------------------------------------------------------------------------------

    def stop(self, now: float) -> None:
        """Write no more; what waits is written."""
        if not self.runs:
            return
        self.runs, self._ended = False, now
        for track in list(self._tracks):
            track.tick(now + 60)  # nobody waits for repairs any more
            self._end(track, now)
        self.cue(CueEnd(at=self.at(now)))
        self.writer.give(Finish())

    def _hear(self, news: News) -> None:
        match news:
            case Begun():
                self.begun = True
                self._tell(RecordingStarted(room=self.room, name=self.name))
            case Broken():
                self.runs = False
                for track in self._tracks:
                    if track.stream.track is track:
                        track.stream.track = None
                self._tracks.clear()
                self._tell(
                    RecordingFailed(
                        room=self.room, name=self.name, trouble=news.trouble, detail=news.detail
                    )
                )
            case Done():
                self._tell(
                    RecordingStopped(
                        room=self.room,
                        name=self.name,
                        files=list(news.files),
                        seconds=round(self._ended - self._began, 3),
                        octets=news.octets,
                        dropped=self._dropped,
                    )
                )

    def stats(self, now: float) -> RecordingStats:
        """How it goes."""
        return RecordingStats(
            name=self.name,
            seconds=self.at(now),
            tracks=sum(track.opened for track in self._tracks),
            octets=self.writer.octets,
            missing=self._missing + sum(track.missing for track in self._tracks),
            dropped=self._dropped + sum(track.dropped for track in self._tracks),
        )


def _recorded(source: Source, now: float) -> Stream | None:
    """The stream of a source that is written. While it rests a moment, or is muted here, the one that was goes on."""
    if source.codec not in DEPACKETISERS:
        return None
    alive = () if source.muted else source.alive(now)
    layers = [layer for layer in source.ordered() if layer.rid in alive]
    if not layers:
        kept = next((one for one in source.streams.values() if one.track is not None), None)
        rests = kept is not None and source.video and not kept.layer.flows(now, within=REST_S)
        return None if rests else kept
    best = choosing.fitting(HEIGHTS[source.kind], layers) if source.video else 0
    return source.streams[layers[best].rid]


class Recordings:
    """The recordings of a node. `folder` None: it does not record."""

    def __init__(
        self,
        folder: Path | None,
        *,
        tell: Callable[[NodeEvent], None],
        soon: Callable[[Callable[[], None]], None],
    ) -> None:
        self._folder = folder
        self._tell = tell
        self._soon = soon
        self._writing: list[Recorder] = []

    def begin(self, room: str, name: str, now: float) -> Recorder:
        """A new one. Raises EngineError."""
        if self._folder is None:
            raise EngineError(
                EngineProblem.CANNOT_RECORD,
                "this node has no folder for recordings (RECORDINGS_DIR)",
            )
        self._writing = [one for one in self._writing if not one.writer.join(0)]
        recorder = Recorder(
            room=room, name=name, folder=self._folder, now=now, tell=self._tell, soon=self._soon
        )
        self._writing.append(recorder)
        return recorder

    def wait(self) -> None:
        """Until all is written, or it takes too long; blocks."""
        for recorder in self._writing:
            recorder.writer.join(LAST_WORDS_S)
