"""The outbox at work: one thread that owns the database, and one more for each attempt under way.

A service that is slow or never answers holds its own attempts only: of one host no more than a few are under
way at once, the others go on, and whoever wrote the message has long since gone on too.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache

from django.conf import settings
from django.db import DatabaseError, close_old_connections, connection
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from command_center.feed import wakeup
from command_center.feed.messages import iso
from command_center.hosts import is_admitted
from dispatch.push import attempts, payload, selectors, services
from dispatch.push.attempts import Browser, Identity
from dispatch.push.keys import NoKeyError, load_key
from dispatch.push.ladder import Outcome, Rung
from dispatch.push.models import Delivery, Message
from dispatch.push.ntfy import Note
from dispatch.push.services import Result, Why
from dispatch.push.webhooks import Encoding, Hook, Kind, Word

logger = logging.getLogger(__name__)

AT_ONCE = 32
AT_ONCE_EACH = 4
"""Attempts under way: in all, and at one host."""
LOOK_S = 0.05
RETRY_S = 0.5
TENDED_S = 30.0

Attempt = Callable[[], Result]


@dataclass(slots=True)
class Tally:
    """What has been done since it was last told."""

    outcomes: Counter[Outcome] = field(default_factory=Counter)

    def tell(self) -> str:
        """One line, empty if nothing was done."""
        done, self.outcomes = self.outcomes, Counter()
        return ", ".join(f"{count} {outcome}" for outcome, count in sorted(done.items()))


class Outbox:
    """Sends what is due. `tend` every few seconds keeps it at work; untended it rests."""

    def __init__(self) -> None:
        self._thread: threading.Thread | None = None
        self._nudged = threading.Event()
        self._stopped = False
        self._tended = 0.0
        self._results: queue.SimpleQueue[tuple[Delivery, Result]] = queue.SimpleQueue()
        self._under_way: dict[int, str] = {}
        self._tally = Tally()

    def tend(self) -> str:
        """Keep it at work for the next half minute; says what was done since the last time."""
        self._tended = time.monotonic()
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(target=self._run, name="push-outbox", daemon=True)
            self._thread.start()
        return self._tally.tell()

    def stop(self) -> None:
        """End; attempts under way are left to themselves."""
        self._stopped = True
        self._nudged.set()
        if self._thread is not None:
            self._thread.join(timeout=5)

    def _run(self) -> None:
        waiter = wakeup.make_wakeup()
        while not self._stopped:
            try:
                self._nudged.clear()
                if time.monotonic() - self._tended < TENDED_S:
                    self.turn(now=timezone.now())
                waiter.wait(self._nudged)
                time.sleep(LOOK_S)  # the bridge's commits wake this too: not for each of them
            except DatabaseError:
                logger.exception("the outbox cannot be read; trying again")
                time.sleep(RETRY_S)
            except Exception:
                logger.exception("the outbox stumbled; trying again")
                time.sleep(RETRY_S)
            finally:
                close_old_connections()
        connection.close()

    def turn(self, *, now: datetime) -> None:
        """Write down what has come back, climb, and begin what is due."""
        self._settle(now)
        services.climb(now=now)
        busy = Counter(self._under_way.values())
        full = {host for host, count in busy.items() if count >= AT_ONCE_EACH}
        for delivery in selectors.deliveries_due(now=now, without_hosts=full):
            if len(self._under_way) >= AT_ONCE:
                return
            if busy[delivery.host] >= AT_ONCE_EACH or delivery.pk in self._under_way:
                continue
            if services.claim(delivery, now=now):
                busy[delivery.host] += 1
                self._begin(delivery)

    def _begin(self, delivery: Delivery) -> None:
        attempt = prepare(delivery)
        self._under_way[delivery.pk] = delivery.host
        threading.Thread(
            target=self._try, args=(delivery, attempt), name=f"push-{delivery.pk}", daemon=True
        ).start()

    def _try(self, delivery: Delivery, attempt: Attempt) -> None:
        try:
            result = attempt()
        except Exception as error:  # whatever it is, the outbox must hear of it
            logger.exception("push %d failed", delivery.pk)
            result = Result(Outcome.REFUSED, type(error).__name__)
        self._results.put((delivery, result))
        self._nudged.set()

    def _settle(self, now: datetime) -> None:
        while True:
            try:
                delivery, result = self._results.get_nowait()
            except queue.Empty:
                return
            self._under_way.pop(delivery.pk, None)
            self._tally.outcomes[result.outcome] += 1
            services.settle(delivery_id=delivery.pk, result=result, now=now)


def prepare(delivery: Delivery) -> Attempt:
    """Everything an attempt needs, read from the database now; the attempt itself speaks to the network only."""
    match Rung(delivery.rung):
        case Rung.WEBPUSH:
            return _pushing(delivery)
        case Rung.NTFY:
            return _publishing(delivery)
        case Rung.WEBHOOK:
            return _calling(delivery)
        case Rung.WEBSOCKET:
            return _refusing(Outcome.REFUSED, Why.NOT_CONNECTED)


def _refusing(outcome: Outcome, why: Why) -> Attempt:
    return lambda: Result(outcome, why)


def _pushing(delivery: Delivery) -> Attempt:
    subscription, message = delivery.subscription, delivery.message
    if subscription is None:
        return _refusing(Outcome.GONE, Why.REMOVED)
    if not services.is_endpoint_allowed(subscription.endpoint):
        return _refusing(Outcome.REFUSED, Why.HOST_NOT_ALLOWED)
    try:
        identity = Identity(load_key(), settings.PUSH_CONTACT)
    except NoKeyError as error:
        logger.error("%s", error)
        return _refusing(Outcome.REFUSED, Why.NO_KEY)
    browser = Browser(subscription.endpoint, subscription.p256dh, subscription.auth)
    text = payload.encode(
        task_id=message.task_id,
        incident_id=message.incident_id,
        conference_id=message.conference_id,
        schedule_id=message.schedule_id,
        alarm_id=message.alarm_id,
        title=message.title,
        body=message.body,
        at=iso(message.created_at),
    )
    topic = message.about
    return lambda: attempts.push(browser, text, topic=topic, identity=identity)


def _publishing(delivery: Delivery) -> Attempt:
    subscription, message = delivery.subscription, delivery.message
    if subscription is None:
        return _refusing(Outcome.GONE, Why.REMOVED)
    if not services.is_endpoint_allowed(subscription.endpoint):
        return _refusing(Outcome.REFUSED, Why.HOST_NOT_ALLOWED)
    address, note = subscription.endpoint, _note(message, subscription.page)
    token = selectors.token_for(address)
    return lambda: attempts.publish(address, note, token=token)


def _note(message: Message, page: str) -> Note:
    """Nothing of the task or the case but its key: whoever runs the server can read it."""
    with override(settings.LANGUAGE_CODE):
        if message.conference_id is not None:
            title = _("Called to a conference")
        elif message.alarm_id is not None:
            title = _("An alarm waits to be acknowledged")
        elif message.task_id is None:
            title = _("News of an incident")
        elif message.wants_word:
            title = _("New task")
        else:
            title = _("A task has changed")
        path = f"#/task/{message.task_id}" if message.task_id is not None else ""
        return Note(title, _("Open the page for tasks to see it."), page + path)


def _calling(delivery: Delivery) -> Attempt:
    webhook, message = delivery.webhook, delivery.message
    if webhook is None or not webhook.in_use:
        return _refusing(Outcome.GONE, Why.REMOVED)
    if not is_admitted(webhook.url, settings.WEBHOOK_HOSTS):
        return _refusing(Outcome.REFUSED, Why.HOST_NOT_ALLOWED)
    hook = Hook(
        kind=Kind(webhook.kind),
        url=webhook.url,
        secret=webhook.secret,
        body=webhook.body,
        headers=webhook.headers,
        expected=webhook.expected,
        encoding=Encoding(webhook.encoding),
        template=webhook.template,
        expected_text=webhook.expected_text,
    )
    word = Word(message.task_id, message.title, message.body, iso(message.created_at))
    return lambda: attempts.call(hook, word)


@cache
def outbox() -> Outbox:
    """The outbox of this process."""
    return Outbox()
