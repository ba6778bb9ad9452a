"""Commands in random walks, and what tests do to them in another process."""

from __future__ import annotations

from datetime import timedelta
from random import Random

from django.db.models import Q
from django.utils import timezone

from command_center.accounts.models import User
from command_center.feed import services as feed
from iot_bridge.commands import services
from iot_bridge.commands.models import Command
from iot_bridge.commands.selectors import to_ms
from iot_bridge.devices.models import Device
from iot_bridge.devices.selectors import actions_of
from iot_bridge.protocol.actions import CommandResult
from iot_bridge.protocol.decoded import Reply

REFUSALS = (services.CommandRefusedError,)


def work(rng: Random, user: User, *, shared: bool) -> None:
    """One step in the life of some command; beside others, of a walk's own devices only."""
    mine = Q(device__id__startswith="walk-") if shared else Q()
    now = timezone.now()
    match rng.randint(0, 4):
        case 0 | 1:
            rows = Device.objects.filter(pk__startswith="walk-") if shared else Device.objects.all()
            offers = [(row, action) for row in rows.order_by("id") for action in actions_of(row)]
            if offers:
                row, action = rng.choice(offers)
                services.give(device=row, action=action, reason=rng.choice(("", "看")), actor=user)
        case 2:
            services.take_to_send(mine, now_ms=to_ms(now))
        case 3:
            _answer(rng, mine, now_ms=to_ms(now))
        case _:
            later = now + timedelta(seconds=rng.choice((1, 30, 120, 7200)))
            if not shared:
                services.settle(now=later)
                services.forget(now=later)


def _answer(rng: Random, mine: Q, *, now_ms: int) -> None:
    rows = list(Command.objects.filter(mine).order_by("-id")[:10])
    if not rows:
        return
    row = rng.choice(rows)
    nonce = row.nonce if rng.random() < 0.8 else "f" * 32
    reply = Reply(row.device_id, row.command_id, nonce, rng.choice(list(CommandResult)))
    with feed.transaction() as publication:
        services.take_answers(publication, [services.Answer(row.device_id, reply)], now_ms=now_ms)


def give_up(*, device: str) -> None:
    """As if the device had failed to do it, and an hour had gone by."""
    row = Command.objects.get(device_id=device, shown=True)
    services.could_not_be_sent(command=row, detail="", now_ms=to_ms(timezone.now()))
    services.forget(now=timezone.now() + services.SHOWN_FOR)
