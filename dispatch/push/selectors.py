"""Questions about messages and their deliveries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime
from typing import TYPE_CHECKING

from django.db.models import QuerySet

from command_center.accounts.scope import Scope
from dispatch.push import ladder, ntfy
from dispatch.push.ladder import State
from dispatch.push.models import Delivery, Message, NtfyServer, Subscription, Webhook

if TYPE_CHECKING:
    from command_center.accounts.models import User

LOOK = 200
"""So many at a time; the next look takes the rest."""


def subscriptions_of(user_ids: Collection[int]) -> dict[int, list[Subscription]]:
    """The browsers of these people, by person."""
    found = defaultdict(list)
    for subscription in Subscription.objects.filter(user_id__in=user_ids).order_by("id"):
        found[subscription.user_id].append(subscription)
    return dict(found)


def topics_of(user: User) -> QuerySet[Subscription]:
    """The ntfy topics that a person's phones listen to, the newest first."""
    return Subscription.objects.filter(user=user, way=Subscription.Way.NTFY).order_by("-id")


def token_for(address: str) -> str:
    """The access token of a topic's ntfy server; empty if it wants none."""
    rows = NtfyServer.objects.filter(server=ntfy.server_of(address))
    return rows.values_list("token", flat=True).first() or ""


def messages_due(*, now: datetime) -> list[int]:
    """Messages about which the ladder is to be asked."""
    rows = Message.objects.filter(ended_at__isnull=True, next_at__lte=now).order_by("next_at")
    return list(rows.values_list("pk", flat=True)[:LOOK])


def standing_of(message: Message) -> ladder.Standing:
    """What the ladder has to know of a message."""
    states = message.deliveries.values_list("state", flat=True)
    return ladder.Standing(
        created_at=message.created_at,
        wants_word=message.wants_word,
        confirmed_at=message.confirmed_at,
        climbed=message.climbed_at is not None,
        states=tuple(State(state) for state in states),
    )


def deliveries_due(*, now: datetime, without_hosts: Collection[str]) -> list[Delivery]:
    """Deliveries to try now, the longest due first, with all that trying them takes."""
    rows = Delivery.objects.filter(
        state=State.WAITING, due_at__lte=now, message__ended_at__isnull=True
    ).exclude(host__in=without_hosts)
    rows = rows.select_related("message", "subscription", "webhook")
    return list(rows.order_by("due_at", "id")[:LOOK])


def webhooks_for(code: str) -> list[Webhook]:
    """The webhooks nearest to a jurisdiction: its own, else those of the lowest one above that has any."""
    rows = Webhook.objects.filter(in_use=True)
    codes = set(rows.values_list("jurisdiction_id", flat=True))
    lowest = ladder.nearest(codes, code)
    return [] if lowest is None else list(rows.filter(jurisdiction_id=lowest).order_by("id"))


def deliveries_of(task_id: int, scope: Scope) -> QuerySet[Delivery] | None:
    """How the messages of a task were delivered, oldest first; None if it has none in scope."""
    messages = Message.objects.filter(scope.condition("code"), task_id=task_id)
    if not messages.exists():
        return None
    return Delivery.objects.filter(message__in=messages).order_by("message_id", "id")


def deliveries_of_message(message_id: int) -> QuerySet[Delivery]:
    """How one message was delivered, oldest first. Who may know that, the caller decides."""
    return Delivery.objects.filter(message_id=message_id).order_by("id")
