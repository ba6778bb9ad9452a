"""RTCP: what peers report and ask for, and what they are told."""

from __future__ import annotations

from collections.abc import Iterable

from conferencing.media.description.answer import CNAME
from conferencing.media.node.forwarder import Forwarder, time_of_day
from conferencing.media.node.origin import Origin, Partner
from conferencing.media.node.peer import OWN_SSRC, Peer
from conferencing.media.node.source import Stream
from conferencing.media.wire import rtcp
from conferencing.media.wire.numbers import middle, ntp_from, seconds_from

_DRIFT_S = 0.0005
"""How much a peer's clock may gain on ours between two reports."""


class Feedback:
    """Answers RTCP at once, and sends the regular reports when told to."""

    def __init__(self, forwarder: Forwarder) -> None:
        self._forwarder = forwarder

    def arrive(self, peer: Partner, data: bytes, now: float) -> None:
        """A compound packet of a partner, its keys checked."""
        self.hear(peer, rtcp.parse(data), now)

    def hear(self, peer: Partner, messages: Iterable[rtcp.Message], now: float) -> None:
        """What a partner says."""
        for message in messages:
            match message:
                case rtcp.SenderReport():
                    self._sender_report(peer, message, now)
                    self._blocks(peer, message.blocks, now)
                case rtcp.ReceiverReport():
                    self._blocks(peer, message.blocks, now)
                case rtcp.Nack():
                    outlet = peer.outlets.get(message.media)
                    if outlet is not None:
                        self._forwarder.repeat(outlet, message.lost, now)
                case rtcp.KeyframeRequest():
                    outlet = peer.outlets.get(message.media)
                    if outlet is not None and outlet.stream is not None:
                        outlet.stream.layer.want_keyframe()
                        self.ask_keyframe(outlet.stream, now)
                case rtcp.Remb():
                    peer.downlink.hear_remb(message.bitrate, peer.down_steady, now)
                case rtcp.Bye() | rtcp.Application():
                    pass  # the source says itself whether it flows

    def _sender_report(self, peer: Partner, report: rtcp.SenderReport, now: float) -> None:
        stream = peer.stream_of(report.ssrc)
        if stream is None:
            return
        stream.layer.note_report(report, now)
        theirs = seconds_from(report.ntp)
        offset = time_of_day() - theirs
        known = peer.clock_offset
        # The quickest report says most about the difference; a clock that was set says it at once.
        if known is None or abs(offset - known) > 5:
            peer.clock_offset = offset
        else:
            peer.clock_offset = min(offset, known + _DRIFT_S)
        stream.report, stream.report_at = report, theirs + peer.clock_offset
        for outlet in stream.forwards:
            self._forwarder.send_report(outlet, stream)

    def _blocks(self, peer: Partner, blocks: tuple[rtcp.ReportBlock, ...], now: float) -> None:
        losses = []
        for block in blocks:
            outlet = peer.outlets.get(block.ssrc)
            if outlet is None:
                continue
            losses.append(block.fraction_lost / 256)
            if block.last_sr:
                passed = (
                    middle(ntp_from(time_of_day())) - block.last_sr - block.delay
                ) & 0xFFFFFFFF
                if passed < 0x80000:
                    peer.round_trip = passed / 65536
        if losses:
            peer.down_lost = sum(losses) / len(losses)
            peer.downlink.hear_loss(peer.down_lost, peer.down_steady, now)

    # -- what peers are told -----------------------------------------------------------------------

    def ask_keyframe(self, stream: Stream, now: float) -> None:
        """Ask for one, unless that was done just now or nobody wants one."""
        if stream.source.video and stream.layer.keyframe_due(now):
            stream.source.peer.ask_keyframe(stream.layer)

    def repair(self, peer: Origin, now: float) -> None:
        """NACKs and key frame requests that are due."""
        for stream in peer.streams.values():
            if not stream.source.video:
                continue
            lost = stream.layer.nacks(now, peer.round_trip or 0.05)
            if lost:
                peer.ask_again(stream.layer, lost)
            self.ask_keyframe(stream, now)

    def report(self, peer: Peer, now: float) -> None:
        """Receiver report and REMB over all that the peer sends; once a second."""
        layers = [stream.layer for stream in peer.streams.values()]
        if not layers:
            return
        blocks = [block for layer in layers if (block := layer.report(now)) is not None]
        arriving = sum(layer.measure(now) for layer in layers)
        loss = max((block.fraction_lost / 256 for block in blocks), default=0.0)
        allowed = peer.uplink.tick(loss, arriving)
        data = rtcp.receiver_report(OWN_SSRC, blocks) + rtcp.description(OWN_SSRC, CNAME)
        data += rtcp.remb(OWN_SSRC, allowed, [layer.ssrc for layer in layers])
        self._forwarder.send_rtcp(peer, data)

    def repair_room(self, peers: Iterable[Origin], now: float) -> None:
        """`repair` for each."""
        for peer in peers:
            self.repair(peer, now)
