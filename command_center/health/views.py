"""`/healthz`, `/readyz`, `/metrics`: for proxies, operators and Prometheus. No personal or place data."""

from __future__ import annotations

from collections.abc import Iterator

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.module_loading import import_string
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

from command_center.feed.hub import hub
from command_center.health import selectors
from command_center.health.models import ProcessHeartbeat

REQUIRED = ("bridge", "worker")


def healthz(_request: HttpRequest) -> HttpResponse:
    """This process answers."""
    return HttpResponse("ok\n", content_type="text/plain")


def readyz(_request: HttpRequest) -> JsonResponse:
    """200 when every process is ready, else 503, with the state of each."""
    database = selectors.database_answers()
    states = selectors.process_states() if database else []
    present = {state.name.split("/")[0] for state in states}
    missing = [name for name in REQUIRED if name not in present]
    ready = database and not missing and all(state.ready for state in states)
    body = {
        "ready": ready,
        "database": database,
        "processes": {
            **{
                state.name: {"ready": state.ready, "detail": state.detail, "age_s": state.age_s}
                for state in states
            },
            **{name: {"ready": False, "detail": "not started", "age_s": None} for name in missing},
        },
    }
    return JsonResponse(body, status=200 if ready else 503)


class _Collector:
    """Turns heartbeats into metrics at the moment of the scrape; `settings.METRICS` names what else there is."""

    def collect(self) -> Iterator[GaugeMetricFamily | CounterMetricFamily]:
        """The metric families."""
        yield from self._processes()
        for name in settings.METRICS:
            yield from import_string(name)()

    def _processes(self) -> list[GaugeMetricFamily | CounterMetricFamily]:
        ready = GaugeMetricFamily(
            "lingdun_process_ready", "1 if a process is ready", labels=["process"]
        )
        for state in selectors.process_states():
            ready.add_metric([state.name], float(state.ready))
        sockets = GaugeMetricFamily(
            "lingdun_console_sockets", "consoles connected to this web process"
        )
        sockets.add_metric([], float(hub().sockets))
        counters: dict[str, CounterMetricFamily] = {}
        for row in ProcessHeartbeat.objects.all():
            for key, value in row.counters.items():
                name, _, label = key.partition(":")
                family = counters.setdefault(
                    name,
                    CounterMetricFamily(
                        f"lingdun_{name}",
                        f"{name} since the process began",
                        labels=["process", "instance", "what"],
                    ),
                )
                family.add_metric([row.name, row.instance, label], float(value))
        return [ready, sockets, *counters.values()]


def metrics(_request: HttpRequest) -> HttpResponse:
    """Metrics in Prometheus' text format."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Collector())
    return HttpResponse(generate_latest(registry), content_type="text/plain; version=0.0.4")
