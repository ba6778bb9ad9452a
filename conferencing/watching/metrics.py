"""The media nodes on `/metrics`."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client.core import GaugeMetricFamily

from conferencing.watching.states import trunks_of, watched


def families() -> Iterator[GaugeMetricFamily]:
    """The metric families; of a node that does not answer only that."""
    nodes = watched()
    up = _gauge("up", "1 if a media node answers")
    peers = _gauge("peers", "people connected to a media node")
    places = _gauge("places", "people that a media node takes")
    rooms = _gauge("rooms", "rooms on a media node")
    cpu = _gauge("cpu_share", "of one core, over the last seconds")
    for node in nodes:
        up.add_metric([node.name], float(node.state is not None))
        if node.state is not None:
            peers.add_metric([node.name], node.state.peers)
            places.add_metric([node.name], node.state.max_peers)
            rooms.add_metric([node.name], len(node.state.rooms))
            cpu.add_metric([node.name], node.state.cpu_share)
    yield from (up, peers, places, rooms, cpu)
    alive = _gauge("trunk_alive", "1 if the other end was heard lately", "other")
    sent = _gauge("trunk_sent_bitrate", "bits per second to the other node", "other")
    lost = _gauge("trunk_lost_share", "share of what was sent that the other node misses", "other")
    for trunk in trunks_of(nodes):
        labels = [trunk.node, trunk.other]
        alive.add_metric(labels, float(trunk.stats.alive))
        sent.add_metric(labels, trunk.stats.sent_bitrate)
        lost.add_metric(labels, trunk.stats.lost)
    yield from (alive, sent, lost)


def _gauge(name: str, text: str, *more: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"lingdun_media_{name}", text, labels=["node", *more])
