"""One stream that a peer sends: what came, what is missing, what to ask for.

A source has one layer, or several where the browser sends simulcast (RFC 8853), each with its rid.
"""

from __future__ import annotations

from dataclasses import dataclass

from conferencing.media.wire.numbers import ahead, middle
from conferencing.media.wire.rtcp import ReportBlock, SenderReport
from conferencing.media.wire.rtp import Packet

HISTORY = 512
_MASK = HISTORY - 1
MAX_MISSING = 256
"""A longer gap is not repaired but answered by a key frame."""
REORDER_S = 0.01
"""A packet may come this much out of order before it counts as lost."""
NACK_TRIES = 8
KEYFRAME_EVERY_S = 0.5


@dataclass(slots=True)
class _Missing:
    tries: int
    due: float


class Layer:
    """State of one incoming stream. Times are in seconds of one steady clock."""

    def __init__(self, *, ssrc: int, clock_rate: int, repairs: bool, rid: str = "") -> None:
        self.ssrc = ssrc
        self.rid = rid
        self.clock_rate = clock_rate
        self.repairs = repairs
        """whether NACK and RTX were agreed on"""
        self.highest = -1
        self.packets = 0
        self.octets = 0
        self.keyframes = 0
        self.width: int | None = None
        self.height: int | None = None
        self.bitrate = 0
        self.last_at = 0.0
        self.first_at = 0.0
        self._first = 0
        self._history: list[Packet | None] = [None] * HISTORY
        self._missing: dict[int, _Missing] = {}
        self._key: Packet | None = None
        self._keyframe_wanted = False
        self._keyframe_asked = -1e9
        self._jitter = 0.0
        self._transit: float | None = None
        self._report: SenderReport | None = None
        self._report_at = 0.0
        self._reported = (0, 0)
        self._rated = (0, 0.0)

    # -- what comes --------------------------------------------------------------------------------

    def receive(self, packet: Packet, now: float) -> bool:
        """Take in a packet and set its index. False if it is here already, or too old to matter."""
        highest = self.highest
        if highest < 0:
            # One round on, so that what came out of order before the first has an index too.
            packet.index = self._first = self.highest = packet.sequence + 0x10000
            self.first_at = now
        else:
            packet.index = index = highest + ahead(packet.sequence, highest & 0xFFFF)
            if index > highest:
                if index > highest + 1 and self.repairs:
                    self._note_gap(highest + 1, index, now)
                self.highest = index
            else:
                if index <= highest - HISTORY:
                    return False
                kept = self._history[index & _MASK]
                if kept is not None and kept.index == index:
                    return False
                self._missing.pop(index, None)
                if index < self._first:
                    self._first = index
        self._history[packet.index & _MASK] = packet
        self.packets += 1
        self.octets += packet.end - packet.start
        self.last_at = now
        if packet.keyframe:
            self._note_keyframe(packet)
        return True

    def _note_keyframe(self, packet: Packet) -> None:
        self._keyframe_wanted = False
        # Of H.264 the parameter sets and the picture both say so.
        if self._key is None or self._key.timestamp != packet.timestamp:
            self._key = packet
            self.keyframes += 1

    def since_keyframe(self) -> list[Packet]:
        """The packets from the last key picture on; none if one of them is missing or no longer kept."""
        if self._key is None or self.highest - self._key.index >= HISTORY:
            return []
        kept = [self.packet(index) for index in range(self._key.index, self.highest + 1)]
        return [] if None in kept else [one for one in kept if one is not None]

    def note_arrival(self, packet: Packet, now: float) -> None:
        """Interarrival jitter (RFC 3550, appendix A.8); for packets that came the first time."""
        transit = now * self.clock_rate - packet.timestamp
        if self._transit is not None:
            change = abs(transit - self._transit)
            if change < 10 * self.clock_rate:
                self._jitter += (change - self._jitter) / 16
        self._transit = transit

    def packet(self, index: int) -> Packet | None:
        """A packet of the last 512, by index."""
        kept = self._history[index & _MASK]
        return kept if kept is not None and kept.index == index else None

    def note_report(self, report: SenderReport, now: float) -> None:
        """Keep a sender report, for the receiver report that answers it."""
        self._report, self._report_at = report, now

    # -- what to ask for -----------------------------------------------------------------------------

    def _note_gap(self, first: int, end: int, now: float) -> None:
        if end - first > MAX_MISSING or len(self._missing) > MAX_MISSING:
            self._missing.clear()
            self._keyframe_wanted = True
            return
        for index in range(first, end):
            self._missing[index] = _Missing(0, now + REORDER_S)

    def nacks(self, now: float, round_trip: float) -> list[int]:
        """Sequence numbers to ask for now; each at most eight times, a round trip apart."""
        if not self._missing:
            return []
        wanted, given_up = [], []
        for index, entry in self._missing.items():
            if entry.due > now:
                continue
            if entry.tries >= NACK_TRIES or index <= self.highest - HISTORY:
                given_up.append(index)
                continue
            entry.tries += 1
            entry.due = now + max(0.04, 1.25 * round_trip)
            wanted.append(index & 0xFFFF)
        for index in given_up:
            del self._missing[index]
        if given_up:
            self._keyframe_wanted = True
        return wanted

    def want_keyframe(self) -> None:
        """Somebody new looks, or a receiver's picture is broken."""
        self._keyframe_wanted = True

    def keyframe_due(self, now: float) -> bool:
        """Whether to send a PLI now: at most every half a second, until a key frame has come."""
        if not self._keyframe_wanted or now - self._keyframe_asked < KEYFRAME_EVERY_S:
            return False
        self._keyframe_asked = now
        return True

    # -- what to report ------------------------------------------------------------------------------

    @property
    def lost(self) -> int:
        """How many packets never came, so far."""
        if self.highest < 0:
            return 0
        return max(0, self.highest - self._first + 1 - self.packets)

    def report(self, now: float) -> ReportBlock | None:
        """The block of the next receiver report (RFC 3550, appendix A.3); None before the first packet."""
        if self.highest < 0:
            return None
        expected = self.highest - self._first + 1
        lost = expected - self.packets
        expected_before, packets_before = self._reported
        self._reported = (expected, self.packets)
        span = expected - expected_before
        missed = span - (self.packets - packets_before)
        fraction = min(255, 256 * missed // span) if span > 0 and missed > 0 else 0
        last_sr, delay = 0, 0
        if self._report is not None:
            last_sr = middle(self._report.ntp)
            delay = int((now - self._report_at) * 65536)
        return ReportBlock(
            self.ssrc, fraction, lost, self.highest, int(self._jitter), last_sr, delay
        )

    def measure(self, now: float) -> int:
        """The bit rate since the call before, in bits per second of payload."""
        octets, before = self._rated
        self._rated = (self.octets, now)
        if before and now > before:
            self.bitrate = int(8 * (self.octets - octets) / (now - before))
        return self.bitrate

    def flows(self, now: float, *, within: float) -> bool:
        """Whether it has sent anything within so many seconds."""
        return self.highest >= 0 and now - self.last_at < within
