"""The bridge: batches what arrives, has it committed, then acknowledges. One thread, one loop."""

from __future__ import annotations

import logging
import queue
import secrets
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import orjson
from django.db import DatabaseError, InterfaceError, OperationalError, connection
from django.utils import timezone

from command_center.health import services as health
from iot_bridge.codecs.probe_counter import ProbeCounter
from iot_bridge.codecs.registry import REGISTRY
from iot_bridge.intake import replay, services
from iot_bridge.intake.decoding import (
    Addressed,
    Answered,
    Decoder,
    Received,
    Rejected,
    Shown,
    Stranger,
    counted,
)
from iot_bridge.intake.registry import DeviceEntry, DeviceRegistry, Shard
from iot_bridge.intake.silences import restless
from iot_bridge.intake.work import Taken, Work
from iot_bridge.protocol.decoded import Request
from iot_bridge.protocol.reasons import DeadLetterReason
from iot_bridge.protocol.topics import Channel, TopicError, parse_topic, subscription_filters
from iot_bridge.runner.broker import BrokerLogin
from iot_bridge.runner.ear import Ear
from iot_bridge.runner.link import BrokerLink, Delivery
from iot_bridge.runner.orders import OrderDesk
from iot_bridge.snapshots.pictures import PictureTaker

logger = logging.getLogger(__name__)

BATCH_MESSAGES = 500
BATCH_S = 0.020
LULL_S = 0.003
TICK_S = 0.25
WEIGH_S = 1.0
REFRESH_S = 0.5
REFUSED_MS = 60_000
RETRY_S = (0.1, 0.5, 1.0, 2.0, 5.0)
LOCAL = timezone.get_default_timezone


class EndingError(RuntimeError):
    """Told to stop while the database is away; what is not committed will be delivered again."""


class LineDeadError(RuntimeError):
    """paho's thread has ended; nothing would ever arrive again."""


@dataclass(slots=True)
class Batch:
    """What one commit takes in, and the deliveries to acknowledge after it, in order of arrival."""

    deliveries: list[Delivery] = field(default_factory=list)
    messages: list[Addressed] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    strangers: list[Stranger] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    answers: list[Answered] = field(default_factory=list)
    shown: list[Shown] = field(default_factory=list)
    stripped: Counter[str] = field(default_factory=Counter)


def topic_filters(shard: Shard) -> list[str]:
    """What a bridge subscribes to: its townships of the canonical topics, all of the foreign ones."""
    foreign = [topic for topic in REGISTRY.filters if not topic.startswith("sc/")]
    prefixes = shard.include or ("",)
    return [topic for prefix in prefixes for topic in subscription_filters(prefix)] + foreign


class Bridge:
    """See the module. `run` returns when `stop` is set, and raises if it cannot go on."""

    def __init__(self, *, shard: Shard, login: BrokerLogin, stop: threading.Event) -> None:
        self._shard = shard
        self._stop = stop
        self._devices = DeviceRegistry(shard)
        self._decoder = Decoder(self._devices)
        self._counter = ProbeCounter(secrets.token_bytes(32))
        self._counter_day = self._today()
        self._pictures = PictureTaker()
        self._link = BrokerLink(
            login=login, client_id=f"lingdun-bridge-{shard.name}", filters=topic_filters(shard)
        )
        self._orders = OrderDesk(shard, self._devices, self._link)
        # With its window full the broker sends nothing more: waiting on would be idle.
        self._batch_messages = min(BATCH_MESSAGES, self._link.window)
        self._started_at = timezone.now()
        self._counters: Counter[str] = Counter()
        self._problem = ""
        self._connected_since_ms: int | None = None
        self._ear = Ear(shard.name)
        self._next_refresh = self._next_tick = self._next_beat = self._next_weigh = 0.0

    def run(self) -> None:
        """Take messages in until told to stop."""
        try:
            self._load()
            self._link.start()
            while not self._stop.is_set():
                if not self._link.alive():
                    raise LineDeadError("paho's network thread has died")
                deliveries = self._collect()
                if deliveries:
                    self._take(deliveries)
                self._housekeep()
        except EndingError:
            logger.warning("ended while the database was away")
        else:
            health.farewell(name="bridge", instance=self._shard.name)
        finally:
            self._link.stop()

    def _load(self) -> None:
        attempt = 0
        while True:
            try:
                self._devices.load()
            except (OperationalError, InterfaceError) as error:
                self._wait_for_database(error, attempt)
                attempt += 1
            else:
                self._problem = ""
                logger.info("bridge %s owns %d devices", self._shard.name, len(self._devices))
                return

    # -- batches ------------------------------------------------------------------------------

    def _collect(self) -> list[Delivery]:
        """Wait for a message, then take what comes within 20 ms, fewer at a lull or when full.

        Looks into the queue now and then instead of waiting on it: woken for each message, this thread
        and paho's would hand the interpreter to and fro.
        """
        arrivals = self._link.arrivals
        try:
            deliveries = [arrivals.get(timeout=TICK_S)]
        except queue.Empty:
            return []
        deadline = time.monotonic() + BATCH_S
        while True:
            arrived = min(arrivals.qsize(), self._batch_messages - len(deliveries))
            deliveries += [arrivals.get_nowait() for _ in range(arrived)]
            full = len(deliveries) >= self._batch_messages
            if full or time.monotonic() >= deadline:
                return deliveries
            time.sleep(LULL_S)
            if not arrivals.qsize():
                return deliveries

    def _take(self, deliveries: list[Delivery]) -> None:
        batch = self._decode(deliveries)
        now_ms = time.time_ns() // 1_000_000
        self._commit(batch, now_ms)
        self._link.acknowledge(deliveries)
        self._acknowledge_events(batch)
        self._link.publish((request.topic, request.payload) for request in batch.requests)
        self._count(batch)

    def _decode(self, deliveries: list[Delivery]) -> Batch:
        batch = Batch(deliveries=deliveries)
        for delivery in deliveries:
            decoded = self._decoder.decode(delivery.received)
            batch.stripped.update(decoded.stripped)
            batch.messages += [self._without_addresses(item) for item in decoded.messages]
            batch.strangers += decoded.strangers
            batch.requests += decoded.requests
            batch.answers += decoded.answers
            batch.shown += decoded.shown
            if decoded.rejected is not None:
                batch.rejected.append(decoded.rejected)
        return batch

    def _without_addresses(self, addressed: Addressed) -> Addressed:
        """Count the addresses that a probe heard, keep the picture that a camera sent, and let go of both."""
        macs = addressed.message.macs
        if addressed.message.picture is not None:
            return self._with_picture(addressed)
        if macs is None:
            return addressed
        data = self._counter.observe(addressed.entry.subject.id, macs, addressed.received.at_ms)
        return counted(addressed, data)

    def _with_picture(self, addressed: Addressed) -> Addressed:
        message = self._pictures.take(
            addressed.message,
            device_id=addressed.entry.subject.id,
            at_ms=addressed.received.at_ms,
        )
        return replace(addressed, message=message)

    def _commit(self, batch: Batch, now_ms: int) -> None:
        """Commit a batch, however long the database is away; what the database refuses becomes a letter."""
        attempt = 0
        while True:
            try:
                work = self._work(batch.messages, batch.rejected, now_ms)
                work.strangers, work.answers = batch.strangers, batch.answers
                work.shown = batch.shown
                taken = services.commit(work)
            except (OperationalError, InterfaceError) as error:
                self._wait_for_database(error, attempt)
                attempt += 1
            except DatabaseError as error:
                logger.warning("a batch was refused, trying its messages one by one: %s", error)
                self._commit_singly(batch, now_ms)
                return
            else:
                self._adopt(taken)
                self._problem = ""
                return

    def _commit_singly(self, batch: Batch, now_ms: int) -> None:
        self._devices.reload({item.entry.subject.id for item in batch.messages})
        for addressed in batch.messages:
            rejected = list(self._try_one(addressed, now_ms))
            if rejected:
                batch.rejected += rejected
        rest = Batch(
            rejected=batch.rejected,
            strangers=batch.strangers,
            answers=batch.answers,
            shown=batch.shown,
        )
        self._commit(rest, now_ms)

    def _try_one(self, addressed: Addressed, now_ms: int) -> Sequence[Rejected]:
        entry = self._devices.by_id(addressed.entry.subject.id)
        received, device_id = addressed.received, addressed.entry.subject.id
        if entry is None:
            reason, detail = DeadLetterReason.UNKNOWN_DEVICE, "removed a moment ago"
            return [Rejected(received, reason, detail, device_id, addressed.entry.subject.code)]
        attempt = 0
        while True:
            try:
                self._adopt(
                    services.commit(self._work([replace(addressed, entry=entry)], [], now_ms))
                )
            except (OperationalError, InterfaceError) as error:
                self._wait_for_database(error, attempt)
                attempt += 1
            except DatabaseError as error:
                logger.error("the database refuses a message of %s: %s", device_id, error)
                reason, detail = DeadLetterReason.STORAGE_ERROR, type(error).__name__
                return [Rejected(received, reason, detail, device_id, entry.subject.code)]
            else:
                return []

    def _wait_for_database(self, error: Exception, attempt: int) -> None:
        """Nothing is acknowledged meanwhile: the broker keeps what is on its way."""
        if self._stop.is_set():
            raise EndingError from error
        self._problem = "the database is away"
        if attempt == 0:
            logger.error("the database is away, waiting: %s", error)
        connection.close()
        if self._stop.wait(RETRY_S[min(attempt, len(RETRY_S) - 1)]):
            raise EndingError from error

    def _work(
        self, messages: Sequence[Addressed], rejected: Sequence[Rejected], now_ms: int
    ) -> Work:
        return Work(
            messages=messages,
            rejected=rejected,
            now_ms=now_ms,
            silence_from_ms=self._devices.silence_from_ms,
            places=self._devices.places,
            codes=self._devices.codes,
            days=self._devices.shelf.days,
        )

    def _adopt(self, taken: Taken) -> None:
        services.adopt(taken, silence_from_ms=self._devices.silence_from_ms)
        if taken.failures:
            self._next_refresh = 0.0  # so that a rule that failed is put aside now
        self._counters["events_total"] += taken.events
        self._counters["duplicates_total"] += taken.duplicates
        self._counters["verdicts_total"] += taken.verdicts
        self._counters["turned_away_total"] += taken.turned_away
        for category, count in taken.stripped.items():
            self._counters[f"stripped_total:{category}"] += count

    # -- words back to the devices ----------------------------------------------------------------

    def _acknowledge_events(self, batch: Batch) -> None:
        """On each device's `ack` topic: these event ids are in the database."""
        done: dict[str, list[str]] = {}
        for addressed in batch.messages:
            message = addressed.message
            if message.topic is not None and message.ack_id is not None:
                topic = f"{message.topic.base}/{Channel.ACK}"
                done.setdefault(topic, []).append(message.ack_id)
        for rejected in batch.rejected:
            found = _rejected_event(rejected.received)
            if found is not None:
                done.setdefault(found[0], []).append(found[1])
        self._link.publish(
            (topic, orjson.dumps({"event_ids": event_ids})) for topic, event_ids in done.items()
        )

    # -- housekeeping ---------------------------------------------------------------------------

    def _count(self, batch: Batch) -> None:
        self._counters["messages_total"] += len(batch.deliveries)
        self._counters["batches_total"] += 1
        for rejected in batch.rejected:
            self._counters[f"dead_letters_total:{rejected.reason}"] += 1
        for category, count in batch.stripped.items():
            self._counters[f"stripped_total:{category}"] += count

    def _housekeep(self) -> None:
        now = time.monotonic()
        try:
            if now >= self._next_tick:
                self._next_tick = now + TICK_S
                self._tick()
            if now >= self._next_refresh:
                self._next_refresh = now + REFRESH_S
                self._devices.refresh()
                self._replay_queued()
                self._orders.send_queued()
            if now >= self._next_beat:
                self._next_beat = now + health.HEARTBEAT_S
                self._beat()
                self._ear.beat(
                    connected=self._connected_since_ms is not None, codes=self._devices.codes
                )
        except (OperationalError, InterfaceError) as error:
            self._wait_for_database(error, 0)

    def _tick(self) -> None:
        """Timers and silences that are due; a new day's key for the probe counts."""
        now_ms = time.time_ns() // 1_000_000
        self._note_line(now_ms)
        due = [entry for entry in self._devices.entries() if entry.due_ms <= now_ms]
        for start in range(0, len(due), BATCH_MESSAGES):
            self._look_at(due[start : start + BATCH_MESSAGES], now_ms)
        self._weigh_places(now_ms)
        if self._today() != self._counter_day:
            self._counter_day = self._today()
            self._counter.rotate(secrets.token_bytes(32))

    def _weigh_places(self, now_ms: int) -> None:
        """Places that are silent, or a line that brings nothing: time alone changes what is to be told."""
        now = time.monotonic()
        if self._connected_since_ms is None or now < self._next_weigh:
            return
        self._next_weigh = now + WEIGH_S
        places, from_ms = self._devices.places, self._devices.silence_from_ms
        if restless(places, now_ms=now_ms, from_ms=from_ms):
            self._adopt(services.commit(self._work([], [], now_ms)))

    def _look_at(self, due: Sequence[DeviceEntry], now_ms: int) -> None:
        """Have timers and silences applied; one that the database refuses holds up no other."""
        work = self._work([], [], now_ms)
        work.due = due
        try:
            self._adopt(services.commit(work))
        except (OperationalError, InterfaceError):
            raise
        except DatabaseError as error:
            if len(due) > 1:
                for entry in due:
                    self._look_at([entry], now_ms)
                return
            device_id = due[0].subject.id
            logger.warning("the database refuses a deadline of %s: %s", device_id, error)
            self._devices.reload([device_id])  # forgets one that was removed a moment ago
            due[0].due_ms = now_ms + REFUSED_MS

    def _note_line(self, now_ms: int) -> None:
        """Silence counts from the moment the line stood: a bridge that was deaf knows nothing of it."""
        since = self._link.connected_since_ms
        if since is None:
            self._devices.silence_from_ms = now_ms
        elif since != self._connected_since_ms:
            self._devices.silence_from_ms = since
            for entry in self._devices.entries():
                entry.reckon(silence_from_ms=since)
        self._connected_since_ms = since

    def _replay_queued(self) -> None:
        for letter in replay.queued(self._shard):
            now_ms = time.time_ns() // 1_000_000
            received = replay.as_received(letter, at_ms=now_ms)
            decoded = self._decoder.decode(received)
            messages = [self._without_addresses(item) for item in decoded.messages]
            rejected = decoded.rejected
            for message in messages:
                rejected = next(iter(self._try_one(message, now_ms)), rejected)
            replay.finish(letter, rejected=rejected)

    def _beat(self) -> None:
        problem = self._problem or self._link.problem
        health.heartbeat(
            name="bridge",
            instance=self._shard.name,
            started_at=self._started_at,
            ready=not problem,
            detail="; ".join(
                (problem or f"{len(self._devices)} devices", *map(str, REGISTRY.refused))
            ),
            counters=dict(self._counters),
        )

    @staticmethod
    def _today() -> datetime:
        """The local day; it begins at four in the morning, the quietest hour."""
        return (datetime.now(UTC).astimezone(LOCAL()) - timedelta(hours=4)).replace(
            hour=0, minute=0, second=0, microsecond=0
        )


def _rejected_event(received: Received) -> tuple[str, str] | None:
    """Where and what to acknowledge of a letter, when its topic and event id can be read at all."""
    try:
        topic = parse_topic(received.topic)
        event_id = orjson.loads(received.payload)["event_id"]
    except (TopicError, ValueError, TypeError, KeyError, IndexError):
        return None
    if topic.channel is not Channel.EVENT or not isinstance(event_id, str) or len(event_id) > 64:
        return None
    return f"{topic.base}/{Channel.ACK}", event_id
