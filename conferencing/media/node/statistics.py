"""How a peer's line is."""

from __future__ import annotations

from conferencing.engines.messages import PeerStats, SourceStats
from conferencing.media.node.peer import Peer
from conferencing.media.node.source import Source


def measure(peer: Peer) -> None:
    """The rate at which a peer is sent; called once a second."""
    octets = sum(outlet.slot.octets for outlet in peer.outlets.values())
    bitrate = 8 * (octets - peer.sent_octets)
    peer.down_steady = min(bitrate, peer.down_bitrate)
    peer.down_bitrate, peer.sent_octets = bitrate, octets


def peer_stats(peer: Peer, now: float) -> PeerStats:
    """One peer's connection as the control API tells it."""
    return PeerStats(
        peer=peer.name,
        connected=peer.connection.keys is not None,
        join_ms=peer.join_ms,
        round_trip_ms=None if peer.round_trip is None else round(1000 * peer.round_trip, 1),
        down_bitrate=peer.down_bitrate,
        down_estimate=peer.downlink.remb,
        down_lost=round(peer.down_lost, 4),
        sources=[_source_stats(one, now) for one in peer.sources.values() if one.streams],
    )


def _source_stats(source: Source, now: float) -> SourceStats:
    layers = [stream.layer for stream in source.streams.values()]
    alive = [layer for layer in layers if layer.flows(now, within=3.0)]
    largest = max(alive, key=lambda layer: layer.height or 0, default=None)
    return SourceStats(
        source=source.kind,
        packets=sum(layer.packets for layer in layers),
        lost=sum(layer.lost for layer in layers),
        bitrate=sum(layer.bitrate for layer in alive),
        width=largest.width if largest is not None else None,
        height=largest.height if largest is not None else None,
        keyframes=sum(layer.keyframes for layer in layers),
        layers=len(alive),
    )
