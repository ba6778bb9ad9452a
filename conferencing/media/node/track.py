"""What a recording writes of one stream: its frames, and where they lie in time."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from conferencing.engines.cues import CueSync, CueTrack, CueTrackEnd
from conferencing.media.node.source import Stream
from conferencing.media.shell.tracks import TrackFacts, suffix_of
from conferencing.media.shell.writing import Ended, Opened, Written
from conferencing.media.streams.assembling import Assembler, Frame
from conferencing.media.wire.rtp import Packet

if TYPE_CHECKING:
    from conferencing.media.node.recorder import Recorder

PATIENCE_S = {True: 0.7, False: 0.15}
"""How long a track waits for repairs: pictures are asked for again (`layer.NACK_TRIES`), voices are not."""
SYNC_AFTER_S = 0.01
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
