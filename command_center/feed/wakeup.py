"""Hints that the feed has grown. Only hints: whoever waits reads the table from its own cursor.

Embedded shape: SQLite's `PRAGMA data_version`, looked at every few milliseconds.
With REDIS_URL: a publish on one Redis channel. Else: a timer.
"""

from __future__ import annotations

import logging
import threading
import time
from functools import cache
from typing import Protocol

import redis
from django.conf import settings
from django.db import connection

logger = logging.getLogger(__name__)

CHANNEL = "lingdun:feed"
LOOK_S = 0.01
POLL_S = 0.1
LONGEST_S = 1.0


class Wakeup(Protocol):
    """Something to wait on between two readings of the feed table."""

    def wait(self, stop: threading.Event) -> None:
        """Return when the feed may have grown, when `stop` is set, and at the latest after a second."""


class DataVersionWakeup:
    """SQLite counts the commits of other connections; looking costs a few microseconds."""

    def __init__(self) -> None:
        self._version = -1

    def wait(self, stop: threading.Event) -> None:
        deadline = time.monotonic() + LONGEST_S
        while time.monotonic() < deadline:
            version = self._look()
            if version != self._version:
                self._version = version
                return
            if stop.wait(LOOK_S):
                return

    def _look(self) -> int:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA data_version")
            return int(cursor.fetchone()[0])


class TimerWakeup:
    """Without any hint: read again after a tenth of a second."""

    def wait(self, stop: threading.Event) -> None:
        stop.wait(POLL_S)


class RedisWakeup:
    """A subscription to one Redis channel; falls back to the timer while Redis is away."""

    def __init__(self, url: str) -> None:
        self._client = redis.Redis.from_url(url, socket_timeout=5, socket_connect_timeout=2)
        self._subscription = self._client.pubsub(  # type: ignore[no-untyped-call]
            ignore_subscribe_messages=True
        )
        self._subscribed = False

    def wait(self, stop: threading.Event) -> None:
        try:
            if not self._subscribed:
                self._subscription.subscribe(CHANNEL)
                self._subscribed = True
                return
            if self._subscription.get_message(timeout=LONGEST_S / 2) is not None:
                while self._subscription.get_message(timeout=0) is not None:
                    pass
        except redis.RedisError as error:
            if self._subscribed:
                logger.warning("feed wake-ups through Redis are down, polling: %s", error)
            self._subscribed = False
            stop.wait(POLL_S)


def make_wakeup() -> Wakeup:
    """The wake-up that fits this installation."""
    if settings.REDIS_URL:
        return RedisWakeup(settings.REDIS_URL)
    if connection.vendor == "sqlite":
        return DataVersionWakeup()
    return TimerWakeup()


@cache
def _publisher() -> redis.Redis:
    return redis.Redis.from_url(str(settings.REDIS_URL), socket_timeout=1, socket_connect_timeout=1)


def notify() -> None:
    """Tell the readers, after a commit. A failure costs latency, never an event."""
    if not settings.REDIS_URL:
        return
    try:
        _publisher().publish(CHANNEL, b"1")
    except redis.RedisError as error:
        logger.warning("feed wake-up not sent: %s", error)
