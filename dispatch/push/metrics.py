"""The push on `/metrics`: what waits, and how the deliveries of the last day ended."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from django.db.models import Count
from django.utils import timezone
from prometheus_client.core import GaugeMetricFamily

from dispatch.push.ladder import Rung, State
from dispatch.push.models import Delivery, Message

DAY = timedelta(hours=24)


def families() -> Iterator[GaugeMetricFamily]:
    """The metric families. Gauges: rows are forgotten in time, so a sum over all would fall."""
    now = timezone.now()
    waiting = GaugeMetricFamily(
        "lingdun_push_messages_waiting", "messages that nobody has confirmed yet and still can"
    )
    waiting.add_metric([], float(Message.objects.filter(ended_at__isnull=True).count()))
    yield waiting
    rows = Delivery.objects.filter(at__gte=now - DAY).order_by().values_list("rung", "state")
    counts = {(rung, state): count for rung, state, count in rows.annotate(Count("id"))}
    deliveries = GaugeMetricFamily(
        "lingdun_push_deliveries",
        "deliveries of the last 24 hours by way and where they stand",
        labels=["rung", "state"],
    )
    for rung in Rung:
        for state in State:
            deliveries.add_metric([rung, state], float(counts.get((rung, state), 0)))
    yield deliveries
