"""A recording of a room: what is written of whom. Nothing here waits for the disk.

A track is one stream of a source while it flows; another layer, or a browser that begins anew, is another track.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from pathlib import Path

from conferencing.engines.cues import (
    Cue,
    CueBegin,
    CueEnd,
    CueSpeaking,
    CueSync,
    CueTrack,
    CueTrackEnd,
)
from conferencing.engines.messages import (
    NodeEvent,
    RecordingFailed,
    RecordingStarted,
    RecordingStats,
    RecordingStopped,
    SourceKind,
)
from conferencing.media.node.forwarder import time_of_day
from conferencing.media.node.peer import Peer
from conferencing.media.node.source import Source, Stream
from conferencing.media.shell.tracks import TrackFacts, suffix_of
from conferencing.media.shell.writing import (
    Begun,
    Broken,
    Done,
    Ended,
    Finish,
    Line,
    News,
    Opened,
    Writer,
    Written,
)
from conferencing.media.streams import choosing
from conferencing.media.streams.assembling import DEPACKETISERS, Assembler, Frame
from conferencing.media.wire.rtp import Packet

HEIGHTS = {SourceKind.CAMERA: 540, SourceKind.SCREEN: 1080}
"""How tall a picture is wanted: of a simulcast the layer that suits it is recorded."""
PATIENCE_S = {True: 0.7, False: 0.15}
"""How long a track waits for repairs: pictures are asked for again (`layer.NACK_TRIES`), voices are not."""
SYNC_AFTER_S = 0.01
REST_S = 5.0
"""A picture that rests for longer was switched off: its track ends, and another begins when it comes again."""
_UNFIT = re.compile(r"[^A-Za-z0-9_-]")


class Track:
    """What is written of one stream."""

    def __init__(self, recorder: Recorder, stream: Stream, number: int) -> None:
        self.stream = stream
        self.number = number
        self.layer = stream.layer
        self.frames = 0
        self.dropped = 0
        self.opened = False
        self._recorder = recorder
        self._video = stream.source.video
        self._assembler = Assembler(stream.source.codec, patience_s=PATIENCE_S[self._video])
        self._began_at = 0.0
        self._synced: float | None = None
        self.want()

    @property
    def missing(self) -> int:
        """Packets that never came."""
        return self._assembler.missing

    def take(self, packet: Packet, now: float) -> None:
        """A packet of the stream, in the order in which they come."""
        for frame in self._assembler.push(packet, now):
            self._put(frame, now)

    def tick(self, now: float) -> None:
        """What has waited long enough; and where the track lies by its sender's clock."""
        for frame in self._assembler.overdue(now):
            self._put(frame, now)
        self.want()
        self._sync()

    def want(self) -> None:
        """Ask for a key frame, if nothing can be written before one."""
        if self._assembler.needs_keyframe:
            self.layer.want_keyframe()

    def _put(self, frame: Frame, now: float) -> None:
        self.opened = self.opened or self._open(frame, now)
        if not self.opened:
            self._assembler.drop()
            return
        written = Written(self.number, frame.timestamp, frame.data, frame.keyframe)
        if self._recorder.writer.give(written):
            self.frames += 1
        else:
            self.dropped += 1
            self._assembler.drop()

    def _open(self, frame: Frame, now: float) -> bool:
        if self._video and frame.size is None:
            return False  # H.264 without its parameter sets: the next key frame may have them
        source = self.stream.source
        name = f"{self.number:03d}-{_UNFIT.sub('_', source.peer.name)}-{source.kind}"
        facts = TrackFacts(
            file=f"{name}.{suffix_of(source.codec)}",
            codec=source.codec,
            clock_rate=source.clock_rate,
            size=frame.size,
            first=frame.data,
        )
        self._began_at = self._recorder.at(now)
        width, height = frame.size or (None, None)
        self._recorder.writer.give(Opened(self.number, facts))
        self._recorder.cue(
            CueTrack(
                track=self.number,
                file=facts.file,
                peer=source.peer.name,
                source=source.kind,
                codec=source.codec,
                at=self._began_at,
                width=width,
                height=height,
            )
        )
        return True

    def _sync(self) -> None:
        """Where timestamp 0 lies by the sender's reports (RFC 3550, section 6.4.1), if that is not known yet."""
        report = self.stream.report
        if not self.opened or report is None or self.stream.layer is not self.layer:
            return
        ticks = self._assembler.ticks_of(report.timestamp & 0xFFFFFFFF)
        if ticks is None:
            return
        at = self.stream.report_at - self._recorder.wall - ticks / self.layer.clock_rate
        if self._synced is None or abs(at - self._synced) > SYNC_AFTER_S:
            self._synced = at
            self._recorder.cue(CueSync(track=self.number, at=round(at, 4)))

    def end(self, now: float) -> None:
        """Nothing more of it."""
        if self.stream.track is self:
            self.stream.track = None
        if not self.opened:
            return
        self._recorder.writer.give(Ended(self.number))
        self._recorder.cue(
            CueTrackEnd(
                track=self.number,
                at=self._recorder.at(now),
                frames=self.frames,
                missing=self.missing,
                dropped=self.dropped,
            )
        )


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

    def follow(self, peers: Iterable[Peer], now: float) -> None:
        """Write what these peers send now, and end what nobody sends any more."""
        if not self.runs:
            return
        wanted = [
            stream
            for peer in peers
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

    def ideals(self, peers: Iterable[Peer]) -> Iterable[tuple[str, SourceKind, str]]:
        """Which layers are to be sent for it: peer, source, rid."""
        for peer in peers if self.runs else ():
            for source in peer.sources.values():
                if source.video and source.streams and not source.muted:
                    layers = source.ordered()
                    best = choosing.fitting(HEIGHTS[source.kind], layers)
                    yield peer.name, source.kind, layers[best].rid

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
