"""Takes the locations that the apps publish over MQTT. A line of its own: it never holds up the bridge."""

from __future__ import annotations

import logging
import queue
import threading
import time

from django.db import DatabaseError, close_old_connections
from django.utils import timezone

from command_center.health import services as health
from dispatch.owntracks import services
from dispatch.owntracks.broker import FILTER
from dispatch.owntracks.payload import BadPayloadError, login_of, read
from iot_bridge.runner.broker import BrokerLogin
from iot_bridge.runner.link import BrokerLink, Delivery

logger = logging.getLogger(__name__)

NAME = "owntracks"
WAIT_S = 0.5


class LineDeadError(RuntimeError):
    """paho's thread has ended; nothing would ever arrive again."""


class Subscriber:
    """See the module. `run` returns when `stop` is set."""

    def __init__(self, *, login: BrokerLogin, stop: threading.Event) -> None:
        self._link = BrokerLink(login=login, client_id="lingdun-owntracks", filters=[FILTER])
        self._stop = stop
        self._started_at = timezone.now()
        self._counters = {"owntracks_total:taken": 0, "owntracks_total:left": 0}
        self._next_beat = 0.0

    def run(self) -> None:
        """Take locations until told to stop."""
        self._link.start()
        try:
            while not self._stop.is_set():
                if not self._link.alive():
                    raise LineDeadError("paho's network thread has died")
                self._beat()
                try:
                    delivery = self._link.arrivals.get(timeout=WAIT_S)
                except queue.Empty:
                    continue
                self._take(delivery)
                self._link.acknowledge([delivery])
            health.farewell(name=NAME, instance="main")
        finally:
            self._link.stop()

    def _take(self, delivery: Delivery) -> None:
        """A location that the database cannot take now is let go: the next one is newer."""
        try:
            taken = receive(delivery.received.topic, delivery.received.payload)
        except DatabaseError as error:
            logger.error("a location is lost: %s", error)
            close_old_connections()
            taken = False
        self._counters[f"owntracks_total:{'taken' if taken else 'left'}"] += 1

    def _beat(self) -> None:
        if time.monotonic() < self._next_beat:
            return
        self._next_beat = time.monotonic() + health.HEARTBEAT_S
        close_old_connections()
        health.heartbeat(
            name=NAME,
            instance="main",
            started_at=self._started_at,
            ready=not self._link.problem,
            detail=self._link.problem,
            counters=self._counters,
        )


def receive(topic: str, payload: bytes) -> bool:
    """Take what was published; whether it became a position. The broker has seen to it who writes where."""
    name = login_of(topic)
    row = services.login_in_use(name) if name else None
    if row is None:
        return False
    try:
        fix = read(payload)
    except BadPayloadError as error:
        logger.warning("%s sent what is no OwnTracks message: %s", topic[:80], error)
        return False
    return fix is not None and services.take(row=row, fix=fix)
