"""Messages: writing them into the outbox, and what follows when they are tried, confirmed or too old.

Nothing here speaks to the network. What is written goes with the caller's transaction; `sending` takes it
from there.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from command_center.hosts import is_admitted, place_of
from dispatch.push import ladder, ntfy, selectors
from dispatch.push.ladder import Outcome, Rung, State, Step
from dispatch.push.models import Delivery, Message, Subscription

if TYPE_CHECKING:
    from command_center.accounts.models import User

CLAIM = timedelta(seconds=30)
"""So long does an attempt belong to who makes it; longer than any attempt takes."""
SUBSCRIPTIONS_EACH = 10
KEPT = timedelta(days=90)


class Why(StrEnum):
    """Why a delivery did not come about, where no service was asked."""

    NOT_SUBSCRIBED = "not_subscribed"
    NOT_CONNECTED = "not_connected"
    NO_WEBHOOK = "no_webhook"
    TOO_LATE = "too_late"
    HOST_NOT_ALLOWED = "host_not_allowed"
    NO_KEY = "no_key"
    REMOVED = "removed"


class HostNotAllowedError(Exception):
    """This system may not call that host; its text is the host."""


# -- into the outbox ---------------------------------------------------------------------------------


def enqueue(
    *,
    task_id: int,
    user_ids: Iterable[int],
    code: str,
    title: str,
    body: str = "",
    wants_word: bool = True,
) -> None:
    """Have these people hear of a task. Part of the caller's transaction; takes no longer for a slow service.

    `code` is the jurisdiction that decides who sees the deliveries and which webhooks are asked. With
    `wants_word` the ladder climbs until `confirm`; without (a task taken back) until a service has taken it.
    An earlier message of the same task ends: it is out of date. Put no caller's data into the texts.
    """
    now = timezone.now()
    with transaction.atomic():
        _end(Message.objects.filter(task_id=task_id, ended_at__isnull=True), now=now)
        message = Message.objects.create(
            task_id=task_id,
            code=code,
            title=title[:120],
            body=body[:2000],
            wants_word=wants_word,
            created_at=now,
            next_at=now + ladder.WEBHOOK_AFTER,
        )
        Delivery.objects.bulk_create(_deliveries(message, set(user_ids)))


def notify(
    *, incident_id: int, user_ids: Iterable[int], code: str, title: str, body: str = ""
) -> int:
    """Have these people hear of a case; the key of the message. Part of the caller's transaction, as `enqueue` is.

    Their open pages and Web Push at once, and the webhooks nearest to `code` if none of them has seen it in
    time (`confirm_message`). Put no caller's data into the texts.
    """
    now = timezone.now()
    with transaction.atomic():
        message = Message.objects.create(
            incident_id=incident_id,
            code=code,
            title=title[:120],
            body=body[:2000],
            created_at=now,
            next_at=now + ladder.WEBHOOK_AFTER,
        )
        Delivery.objects.bulk_create(_deliveries(message, set(user_ids)))
    return message.pk


def call(*, conference_id: int, user_id: int, code: str, title: str, body: str = "") -> None:
    """Have somebody's telephones ring for a conference. Part of the caller's transaction, as `enqueue` is.

    Web Push at once, and the webhooks nearest to `code` if they have not answered in time. Open pages ring by
    themselves. An earlier call of the same person there ends. `hang_up` ends it.
    """
    now = timezone.now()
    with transaction.atomic():
        hang_up(conference_id=conference_id, user_ids=[user_id])
        message = Message.objects.create(
            conference_id=conference_id,
            code=code,
            title=title[:120],
            body=body[:2000],
            created_at=now,
            next_at=now + ladder.WEBHOOK_AFTER,
        )
        Delivery.objects.bulk_create(_deliveries(message, {user_id}))


def remind(
    *, schedule_id: int, user_ids: Collection[int], code: str, title: str, body: str = ""
) -> None:
    """Have these people hear that a planned conference is near. Part of the caller's transaction, as `enqueue` is.

    It is enough that a service has taken it; if none has, the webhooks nearest to `code` are asked. An earlier
    reminder of the same one ends.
    """
    now = timezone.now()
    with transaction.atomic():
        _end(Message.objects.filter(schedule_id=schedule_id, ended_at__isnull=True), now=now)
        message = Message.objects.create(
            schedule_id=schedule_id,
            code=code,
            title=title[:120],
            body=body[:2000],
            wants_word=False,
            created_at=now,
            next_at=now + ladder.WEBHOOK_AFTER,
        )
        Delivery.objects.bulk_create(_deliveries(message, set(user_ids)))


def alert(
    *, alarm_id: int, user_ids: Collection[int], code: str, title: str, body: str = ""
) -> None:
    """Have these people hear of an alarm that nobody acknowledges. Part of the caller's transaction, as `enqueue` is.

    Their browsers and telephones at once, and the webhooks nearest to `code` if it still waits then
    (`withdraw_alert`). Open pages show it by themselves. An earlier message to the same level about it ends.
    """
    now = timezone.now()
    with transaction.atomic():
        _end(Message.objects.filter(alarm_id=alarm_id, code=code, ended_at__isnull=True), now=now)
        message = Message.objects.create(
            alarm_id=alarm_id,
            code=code,
            title=title[:120],
            body=body[:2000],
            created_at=now,
            next_at=now + ladder.WEBHOOK_AFTER,
        )
        Delivery.objects.bulk_create(_deliveries(message, user_ids))


def withdraw_alert(*, alarm_id: int) -> None:
    """Somebody has seen the alarm, or it is kept quiet: the ladder ends at every level."""
    with transaction.atomic():
        _end(Message.objects.filter(alarm_id=alarm_id, ended_at__isnull=True), now=timezone.now())


def hang_up(*, conference_id: int, user_ids: Collection[int]) -> None:
    """These people have answered the call, or it is over: their telephones need not ring any more."""
    theirs = Message.objects.filter(
        conference_id=conference_id, ended_at__isnull=True, deliveries__user_id__in=user_ids
    )
    ids = list(theirs.values_list("pk", flat=True).distinct())
    with transaction.atomic():
        _end(Message.objects.filter(pk__in=ids), now=timezone.now())


def _deliveries(message: Message, user_ids: Collection[int]) -> list[Delivery]:
    people = get_user_model().objects.filter(pk__in=user_ids, is_active=True).order_by("pk")
    subscriptions = selectors.subscriptions_of(user_ids)
    found = []
    for person in people:
        found.append(_delivery(message, Rung.WEBSOCKET, user=person, who=person.display_name))
        own = subscriptions.get(person.pk, [])
        found += [_pushed(message, person, subscription) for subscription in own]
        if not own:
            missing = _delivery(message, Rung.WEBPUSH, user=person, who=person.display_name)
            missing.state, missing.due_at, missing.detail = State.FAILED, None, Why.NOT_SUBSCRIBED
            found.append(missing)
    return found


def _pushed(message: Message, person: User, subscription: Subscription) -> Delivery:
    rung = Rung.NTFY if subscription.way == Subscription.Way.NTFY else Rung.WEBPUSH
    delivery = _delivery(message, rung, user=person, who=person.display_name)
    delivery.subscription = subscription
    delivery.host = str(place_of(subscription.endpoint) or "")
    return delivery


def _delivery(
    message: Message,
    rung: Rung,
    *,
    who: str,
    user: User | None = None,
    now: datetime | None = None,
) -> Delivery:
    begun = now or message.created_at
    course = ladder.opening(rung, now=begun)
    return Delivery(
        message=message,
        rung=rung,
        state=course.state,
        due_at=course.due_at,
        at=begun,
        user=user,
        who=who[:150],
    )


def confirm(*, task_id: int) -> None:
    """The app of somebody in the unit has the task: the ladder ends."""
    now = timezone.now()
    with transaction.atomic():
        rows = Message.objects.filter(task_id=task_id, ended_at__isnull=True)
        rows.filter(wants_word=True).update(confirmed_at=now)
        _end(rows.filter(wants_word=True), now=now)


def confirm_message(*, message_id: int) -> None:
    """One of those who were to hear of a case has seen it: the ladder ends."""
    now = timezone.now()
    with transaction.atomic():
        rows = Message.objects.filter(pk=message_id, ended_at__isnull=True)
        rows.update(confirmed_at=now)
        _end(rows, now=now)


def withdraw_message(*, message_id: int) -> None:
    """Nobody has to hear of this any more: the ladder ends."""
    with transaction.atomic():
        _end(Message.objects.filter(pk=message_id, ended_at__isnull=True), now=timezone.now())


def shown(*, message_id: int, user: User, now: datetime) -> None:
    """A page of this person shows what a message is about, maybe long after the ladder has ended."""
    theirs = Delivery.objects.filter(message_id=message_id, rung=Rung.WEBSOCKET, user=user)
    theirs.exclude(state=State.SENT).update(state=State.SENT, at=now, detail="")


def withdraw(*, task_id: int) -> None:
    """Nobody has to hear of this task any more: the ladder ends."""
    with transaction.atomic():
        _end(Message.objects.filter(task_id=task_id, ended_at__isnull=True), now=timezone.now())


def _end(messages: QuerySet[Message], *, now: datetime) -> None:
    """End messages; what was never tried leaves no trace, what was tried has failed."""
    ids = list(messages.values_list("pk", flat=True))
    if not ids:
        return
    Message.objects.filter(pk__in=ids).update(ended_at=now, next_at=None)
    waiting = Delivery.objects.filter(message_id__in=ids, state=State.WAITING)
    waiting.filter(tries=0).delete()
    waiting.update(state=State.FAILED, at=now, due_at=None)


def told(*, user_ids: Collection[int], now: datetime) -> int:
    """The open apps of these people were told to look at their tasks; how many deliveries that makes."""
    waiting = Delivery.objects.filter(
        rung=Rung.WEBSOCKET,
        state=State.WAITING,
        user_id__in=user_ids,
        message__task_id__isnull=False,
        message__ended_at__isnull=True,
    )
    ids = list(waiting.values_list("pk", flat=True))
    if not ids:
        return 0
    return Delivery.objects.filter(pk__in=ids, state=State.WAITING).update(state=State.SENT, at=now)


# -- climbing ----------------------------------------------------------------------------------------


def climb(*, now: datetime) -> int:
    """Ask the ladder about every message whose time has come; how many webhooks are to be asked."""
    raised = 0
    for key in selectors.messages_due(now=now):
        with transaction.atomic():
            message = (
                Message.objects.select_for_update()
                .filter(pk=key, ended_at__isnull=True, next_at__lte=now)
                .first()
            )
            if message is not None:
                raised += _climb(message, now)
    return raised


def _climb(message: Message, now: datetime) -> int:
    decision = ladder.climb(selectors.standing_of(message), now=now)
    raised: list[Delivery] = []
    match decision.step:
        case Step.END:
            _give_up(message, now)
            return 0
        case Step.WEBHOOK:
            raised = _asked(message, now)
            Delivery.objects.bulk_create(raised)
            message.climbed_at = now
        case Step.WAIT:
            pass
    message.next_at = decision.next_at
    message.save(update_fields=["climbed_at", "next_at"])
    return sum(delivery.state == State.WAITING for delivery in raised)


def _asked(message: Message, now: datetime) -> list[Delivery]:
    """A delivery to each webhook nearest to where it is; if there is none, that is on record."""
    found = []
    for webhook in selectors.webhooks_for(message.code):
        delivery = _delivery(message, Rung.WEBHOOK, who=webhook.name, now=now)
        delivery.webhook = webhook
        delivery.host = str(place_of(webhook.url) or "")
        found.append(delivery)
    if not found:
        missing = _delivery(message, Rung.WEBHOOK, who="", now=now)
        missing.state, missing.due_at, missing.detail = State.FAILED, None, Why.NO_WEBHOOK
        found.append(missing)
    return found


def _give_up(message: Message, now: datetime) -> None:
    """Its time is over: what still waits has failed, each for its reason."""
    Message.objects.filter(pk=message.pk).update(ended_at=now, next_at=None)
    waiting = message.deliveries.filter(state=State.WAITING)
    waiting.filter(rung=Rung.WEBSOCKET).update(state=State.FAILED, at=now, detail=Why.NOT_CONNECTED)
    waiting.filter(tries=0).update(state=State.FAILED, at=now, due_at=None, detail=Why.TOO_LATE)
    waiting.update(state=State.FAILED, at=now, due_at=None)


# -- attempts ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Result:
    """How an attempt went; `asked`: how long the service wants to be left alone."""

    outcome: Outcome
    detail: str = ""
    asked: timedelta = timedelta(0)


def claim(delivery: Delivery, *, now: datetime) -> bool:
    """Take a delivery for one attempt. False if somebody else was first, or it is no longer wanted."""
    wanted = Delivery.objects.filter(
        pk=delivery.pk,
        state=State.WAITING,
        due_at=delivery.due_at,
        message_id__in=Message.objects.filter(ended_at__isnull=True).values("pk"),
    )
    return bool(wanted.update(due_at=now + CLAIM, tries=F("tries") + 1))


def settle(*, delivery_id: int, result: Result, now: datetime) -> None:
    """Write down how an attempt went, and what follows."""
    with transaction.atomic():
        row = (
            Delivery.objects.select_for_update(of=("self",))
            .select_related("message")
            .filter(pk=delivery_id)
            .first()
        )
        if row is None:
            return
        course = ladder.after(
            result.outcome,
            tries=row.tries,
            created_at=row.message.created_at,
            now=now,
            is_over=row.message.ended_at is not None,
            asked=result.asked,
        )
        Delivery.objects.filter(pk=row.pk).update(
            state=course.state, due_at=course.due_at, at=now, detail=result.detail[:200]
        )
        if row.subscription_id is not None:
            _keep_account(row.subscription_id, result.outcome, now)


def _keep_account(subscription_id: int, outcome: Outcome, now: datetime) -> None:
    rows = Subscription.objects.filter(pk=subscription_id)
    match outcome:
        case Outcome.TAKEN:
            rows.update(last_ok_at=now, failures=0)
        case Outcome.GONE:
            rows.delete()
        case Outcome.PASSING | Outcome.REFUSED:
            rows.update(failures=F("failures") + 1)


# -- subscriptions -----------------------------------------------------------------------------------


def subscribe(*, user: User, endpoint: str, p256dh: str, auth: str) -> Subscription:
    """Have a browser be pushed to. Raises HostNotAllowedError.

    An address that is known already now belongs to this person: whoever holds the telephone knows it. Of
    too many the oldest goes.
    """
    place = place_of(endpoint)
    if place is None or not is_endpoint_allowed(endpoint):
        raise HostNotAllowedError(str(place or endpoint[:80]))
    with transaction.atomic():
        subscription, _is_new = Subscription.objects.update_or_create(
            endpoint=endpoint,
            defaults={"user": user, "p256dh": p256dh, "auth": auth, "failures": 0},
            create_defaults={
                "user": user,
                "p256dh": p256dh,
                "auth": auth,
                "created_at": timezone.now(),
            },
        )
        _keep_few(subscription)
    return subscription


def subscribe_topic(*, user: User, server: str, page: str) -> Subscription:
    """A new topic on an ntfy server of one's own, for a phone to listen to. `page` is what a tap opens.

    The name is made here and known to that phone alone. Raises HostNotAllowedError. Of too many subscriptions
    the oldest goes.
    """
    if server not in ntfy.servers(settings.PUSH_HOSTS):
        raise HostNotAllowedError(server[:80])
    with transaction.atomic():
        subscription = Subscription.objects.create(
            user=user,
            way=Subscription.Way.NTFY,
            endpoint=ntfy.new_topic(server),
            page=page[:300],
            created_at=timezone.now(),
        )
        _keep_few(subscription)
    return subscription


def _keep_few(newest: Subscription) -> None:
    own = Subscription.objects.filter(user_id=newest.user_id)
    ids = {*own.order_by("-id")[:SUBSCRIPTIONS_EACH].values_list("pk", flat=True), newest.pk}
    own.exclude(pk__in=ids).delete()


def unsubscribe(*, user: User, endpoint: str) -> None:
    """Push to this browser of theirs no more. One that is not known changes nothing."""
    Subscription.objects.filter(user=user, endpoint=endpoint).delete()


def is_endpoint_allowed(endpoint: str) -> bool:
    """Whether a push service is on the list; unencrypted on this machine only, even where listed."""
    place = place_of(endpoint)
    if place is None or (place.scheme == "http" and not place.is_here):
        return False
    return is_admitted(endpoint, settings.PUSH_HOSTS)


# -- keeping -----------------------------------------------------------------------------------------


def forget_old(*, now: datetime) -> int:
    """Messages and their deliveries are kept for 90 days; how many went."""
    count, _ = Message.objects.filter(created_at__lt=now - KEPT).delete()
    return count
