"""How a peer's line is, from what Janus's admin API tells of its two handles."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conferencing.engines.messages import PeerStats, SourceStats
from conferencing.media.janus.link import JanusAdmin
from conferencing.media.janus.peer import JanusPeer

Info = dict[str, Any]


async def measured(peer: JanusPeer, admin: JanusAdmin | None, session: int) -> PeerStats:
    """One peer's line. Raises EngineError where the admin API does not answer."""
    publisher: Info = {}
    receiver: Info = {}
    if admin is not None:
        publisher = await admin.handle(session, peer.handle)
        if peer.slots is not None:
            receiver = await admin.handle(session, peer.slots.handle)
    return peer_stats(peer, publisher, receiver)


def peer_stats(peer: JanusPeer, publisher: Info, receiver: Info) -> PeerStats:
    """Janus gives rates in octets of the last second, round trips in milliseconds, 0 for none yet."""
    slots = list(_lines(receiver))
    sent = sum(_number(line, "stats", "out", "packets") for _, line in slots)
    missed = sum(_number(line, "rtcp", "main", "lost-by-remote") for _, line in slots)
    lines = [line for _, line in (*_lines(publisher), *slots)]
    trips = [trip for line in lines if (trip := _number(line, "rtcp", "main", "rtt"))]
    return PeerStats(
        peer=peer.name,
        connected=peer.connected,
        join_ms=peer.join_ms,
        round_trip_ms=float(max(trips)) if trips else None,
        down_bitrate=8 * sum(_number(line, "stats", "out", "bytes_lastsec") for _, line in slots),
        down_estimate=None,
        down_lost=round(min(1.0, missed / sent), 4) if sent else 0.0,
        sources=[_source(peer, mid, line) for mid, line in _lines(publisher) if mid in peer.kinds],
    )


def _source(peer: JanusPeer, mid: str, line: Info) -> SourceStats:
    return SourceStats(
        source=peer.kinds[mid],
        packets=_number(line, "stats", "in", "packets"),
        lost=_number(line, "rtcp", "main", "lost"),
        bitrate=8 * _number(line, "stats", "in", "bytes_lastsec"),
        layers=sum(one == mid for one, _ in peer.receiving),
    )


def _lines(info: Info) -> Iterator[tuple[str, Info]]:
    media = info.get("webrtc", {}).get("media", {})
    for mid, line in media.items():
        if isinstance(line, dict):
            yield mid, line


def _number(line: Info, *path: str) -> int:
    found: Any = line
    for key in path:
        found = found.get(key) if isinstance(found, dict) else None
    return int(found) if isinstance(found, int | float) and found > 0 else 0
