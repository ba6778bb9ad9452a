"""The push on `/metrics`: what waits, and how the last day's deliveries went."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from dispatch.push.models import Delivery, Message

pytestmark = pytest.mark.django_db


def figures() -> dict[str, float]:
    text = Client().get("/metrics").content.decode()
    lines = (line for line in text.splitlines() if line.startswith("lingdun_push"))
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}


def message(*, is_over: bool = False) -> Message:
    now = timezone.now()
    return Message.objects.create(
        task_id=1, code="640181", title="x", created_at=now, ended_at=now if is_over else None
    )


def test_with_no_message_every_figure_is_there_and_nought() -> None:
    found = figures()
    assert len(found) == 1 + 4 * 4
    assert set(found.values()) == {0}


def test_messages_that_wait_and_deliveries_by_way_and_state() -> None:
    one, over = message(), message(is_over=True)
    now = timezone.now()
    for where, rung, state, at in (
        (one, "websocket", "waiting", now),
        (one, "webpush", "failed", now),
        (over, "webpush", "sent", now),
        (over, "webpush", "sent", now - timedelta(hours=23)),
        (over, "webhook", "sent", now - timedelta(hours=25)),
    ):
        Delivery.objects.create(message=where, rung=rung, state=state, at=at)
    assert {name: value for name, value in figures().items() if value} == {
        "lingdun_push_messages_waiting": 1,
        'lingdun_push_deliveries{rung="websocket",state="waiting"}': 1,
        'lingdun_push_deliveries{rung="webpush",state="failed"}': 1,
        'lingdun_push_deliveries{rung="webpush",state="sent"}': 2,
    }
