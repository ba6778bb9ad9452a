"""What tests of push do to a system's database through its own services; see `deeds`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from django.core.management import call_command
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext

from command_center.accounts.models import User
from command_center.accounts.policy import Role
from command_center.feed import services as feed
from command_center.jurisdictions.models import Jurisdiction
from dispatch.incidents import services as incidents
from dispatch.notices import services as notices
from dispatch.push import configuration, keys, services
from dispatch.push.models import Delivery, Message, Webhook
from tests.support import city

_DUE = ("created_at", "next_at")


def push_key() -> str:
    """The public key that browsers subscribe with; made if there is none."""
    call_command("push_keys", verbosity=0)
    return keys.public_text(keys.load_key())


def enqueue(
    *, task: int, usernames: Sequence[str], code: str, wants_word: bool = True, title: str = "任务"
) -> int:
    """Have people hear of a task; returns how many statements that took."""
    ids = list(User.objects.filter(username__in=usernames).values_list("id", flat=True))
    with CaptureQueriesContext(connection) as queries, feed.transaction():
        services.enqueue(
            task_id=task, user_ids=ids, code=code, title=title, body="…", wants_word=wants_word
        )
    return len(queries)


def confirm(*, task: int) -> None:
    """As the app's word does."""
    services.confirm(task_id=task)


def let_pass(*, task: int, seconds: float) -> None:
    """As if so much time had passed since the messages of a task were written."""
    earlier = timedelta(seconds=seconds)
    Message.objects.filter(task_id=task).update(**{name: F(name) - earlier for name in _DUE})
    waiting = Delivery.objects.filter(message__task_id=task, due_at__isnull=False)
    waiting.update(due_at=F("due_at") - earlier)


def of_the_east(*, task: int, title: str, endpoint: str) -> None:
    """A browser, a message and a webhook of the eastern township; nobody listens at their addresses."""
    patrol = User.objects.get(username="patrol")
    browser = ec.generate_private_key(ec.SECP256R1())
    services.subscribe(
        user=patrol, endpoint=endpoint, p256dh=keys.public_text(browser), auth="A" * 22
    )
    enqueue(task=task, usernames=["patrol"], code=city.EAST.villages[0], title=title)
    if not Webhook.objects.filter(name=title).exists():
        url = "http://127.0.0.1:9/robot"
        webhook(name=title, kind="wecom", url=url, code=city.EAST.code)


def notice(*, incident: int, code: str) -> int:
    """Tell the officers of a township of a case, as a plan that the city confirms does."""
    people = User.objects.filter(posts__role=Role.TOWNSHIP_OFFICER, posts__jurisdiction_id=code)
    with feed.transaction() as publication:
        return notices.tell(
            publication,
            incident=incidents.lock_any(incident),
            to=notices.Addressee(
                Role.TOWNSHIP_OFFICER,
                code,
                Jurisdiction.objects.get(pk=code).name,
                list(people.values_list("id", flat=True)),
            ),
            plan="火情烟雾处置",
            title="已启动预案",
            body="…",
            sender=User.objects.get(username="city"),
        ).pk


def webhook(*, name: str, kind: str, url: str, code: str, secret: str = "", **more: Any) -> int:
    """Set up a webhook; returns its id."""
    row = Webhook(name=name, kind=kind, url=url, secret=secret, **more)
    row.jurisdiction = Jurisdiction.objects.get(pk=code)
    actor = User.objects.get(username="admin")
    return configuration.save_webhook(webhook=row, actor=actor).pk


def drop_webhooks() -> None:
    """Take them all away."""
    actor = User.objects.get(username="admin")
    for row in Webhook.objects.all():
        configuration.remove_webhook(webhook=row, actor=actor)
