"""Commands change here and nowhere else: given by people, sent by bridges, answered by devices, ended by time."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from django.db.models import Q
from django.utils import timezone

from command_center.audit.services import Action, record
from command_center.feed import services as feed
from iot_bridge.commands import commanding, selectors
from iot_bridge.commands.commanding import PENDING, CommandState, Life, ReplyFault
from iot_bridge.commands.feed import CommandRemoved, command_data
from iot_bridge.commands.models import Command
from iot_bridge.devices.models import Device
from iot_bridge.devices.selectors import actions_of, lock_devices
from iot_bridge.protocol.actions import TERMS, CommandResult, DeviceAction
from iot_bridge.protocol.decoded import Reply

if TYPE_CHECKING:
    from command_center.accounts.models import User

SHOWN_FOR = timedelta(hours=1)
KEPT_FOR = timedelta(days=400)
BATCH = 500
AT_ONCE = 10
"""Fewer than the 20 unacknowledged messages that brokers allow a client by default (MQTT 5, 3.2.2.3.3)."""


class CommandRefusedError(ValueError):
    """A command that is not given. `code` is stable; `retry_after_s` when waiting helps."""

    def __init__(self, code: str, message: str, *, retry_after_s: int | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.retry_after_s = retry_after_s


def give(*, device: Device, action: DeviceAction, reason: str, actor: User) -> Command:
    """Queue a command for the bridge that owns the device. Raises CommandRefusedError.

    One at a time for a device: whoever presses twice, or after somebody else, is told what is on its way.
    """
    terms = TERMS[action]
    if terms.needs_reason and not reason.strip():
        raise CommandRefusedError("reason_missing", "say why: it is put on record")
    with feed.transaction() as publication:
        rows = lock_devices([device.pk])
        now = timezone.now()
        if not rows or action not in actions_of(rows[0]):
            raise CommandRefusedError("not_carried", f"this device cannot be told to {action}")
        _check_pace(device.pk, now)
        _hide_previous(publication, rows[0])
        row = Command.objects.create(
            command_id=uuid.uuid4().hex,
            nonce=secrets.token_hex(16),
            device=rows[0],
            device_name=rows[0].name,
            code=rows[0].jurisdiction_id,
            action=action,
            reason=reason.strip(),
            actor=actor,
            actor_name=actor.display_name,
            issued_at=now,
            expires_at=now + timedelta(seconds=terms.valid_s),
        )
        publication.emit("command.changed", code=row.code, data=command_data(row))
        record(
            action=Action.DEVICE_COMMANDED,
            actor=actor,
            subject=row.device_id,
            code=row.code,
            detail={"action": row.action, "reason": row.reason, "command": row.pk},
        )
    return row


def _hide_previous(publication: feed.Publication, device: Device) -> None:
    """The consoles keep one command of a device; where it has moved away from they keep none."""
    for row in Command.objects.filter(device=device, shown=True):
        row.shown = False
        row.save(update_fields=["shown"])
        if row.code != device.jurisdiction_id:
            gone = CommandRemoved(device_id=device.pk)
            publication.emit("command.removed", code=row.code, data=gone)


def _check_pace(device_id: str, now: datetime) -> None:
    pending = selectors.pending_of(device_id)
    if pending is not None:
        left = max(1, int((pending.expires_at - now).total_seconds()) + 1)
        raise CommandRefusedError(
            "pending",
            f"{pending.actor_name} has told it to {pending.action}; wait for what becomes of that",
            retry_after_s=left,
        )
    wait_s = selectors.wait_s(device_id, now)
    if wait_s:
        raise CommandRefusedError(
            "too_many",
            f"at most {selectors.IN_A_MINUTE} commands a minute for one device",
            retry_after_s=wait_s,
        )


def take_to_send(condition: Q, *, now_ms: int) -> list[Command]:
    """Mark what waits under a condition on `code` as sent; publish what this returns, once, after it returns.

    The mark is committed first. Whoever dies before publishing leaves a command that ends as unknown.
    """
    waiting = Command.objects.filter(condition, state=CommandState.QUEUED).order_by("id")
    if not waiting.exists():
        return []
    taken: list[Command] = []
    with feed.transaction() as publication:
        for row in waiting.select_for_update()[:AT_ONCE]:
            life = commanding.send(selectors.life_of(row), now_ms=now_ms)
            if life.state is CommandState.SENT:
                row.sent_at = _moment(now_ms)
                taken.append(row)
            _become(publication, row, life, now_ms)
    return taken


def could_not_be_sent(*, command: Command, detail: str, now_ms: int) -> None:
    """A command that its codec cannot put in words: nothing left, and nothing was carried out."""
    with feed.transaction() as publication:
        row = Command.objects.select_for_update().get(pk=command.pk)
        if row.state != CommandState.SENT:
            return
        row.detail, row.sent_at = detail[:64], None
        life = selectors.life_of(row)
        failed = Life(CommandState.FAILED, life.nonce, life.expires_ms)
        _become(publication, row, failed, now_ms)


@dataclass(frozen=True, slots=True)
class Answer:
    """A reply, of the registered device whose own topic it came on."""

    device_id: str
    reply: Reply


def take_answers(
    publication: feed.Publication, answers: Sequence[Answer], *, now_ms: int
) -> list[ReplyFault | None]:
    """Apply replies in order, inside the caller's transaction; for each why it was not taken, or None."""
    if not answers:
        return []
    ids = {answer.reply.command_id for answer in answers}
    rows = {
        (row.device_id, row.command_id): row
        for row in Command.objects.select_for_update().filter(command_id__in=ids).order_by("id")
    }
    faults: list[ReplyFault | None] = []
    for answer in answers:
        reply = answer.reply
        row = rows.get((answer.device_id, reply.command_id))
        if row is None:
            faults.append(ReplyFault.NO_SUCH_COMMAND)
            continue
        before = selectors.life_of(row)
        after = commanding.answer(before, nonce=reply.nonce, result=reply.result, now_ms=now_ms)
        if isinstance(after, ReplyFault):
            faults.append(after)
            continue
        faults.append(None)
        if after != before:
            row.detail = reply.detail[:64]
            _become(publication, row, after, now_ms)
    return faults


@dataclass(frozen=True, slots=True)
class Sign:
    """What a registered device of a maker reported, and when; `tells` says what that shows of a command."""

    device_id: str
    at_ms: int
    tells: Callable[[DeviceAction], CommandResult | None]


def take_signs(publication: feed.Publication, signs: Sequence[Sign], *, now_ms: int) -> None:
    """End commands by what their devices reported since they were sent, inside the caller's transaction."""
    if not signs:
        return
    pending = Command.objects.filter(
        state=CommandState.SENT, device_id__in={sign.device_id for sign in signs}
    )
    if not pending.exists():
        return
    for row in pending.select_for_update().order_by("id"):
        sent_ms = selectors.to_ms(row.sent_at) if row.sent_at else 0
        results = (
            sign.tells(DeviceAction(row.action))
            for sign in signs
            if sign.device_id == row.device_id and sign.at_ms >= sent_ms
        )
        result = next((result for result in results if result is not None), None)
        if result is None:
            continue
        before = selectors.life_of(row)
        after = commanding.seen(before, result=result, now_ms=now_ms)
        if after != before:
            _become(publication, row, after, now_ms)


def settle(*, now: datetime) -> int:
    """End what is overdue; returns how many ended."""
    overdue = Command.objects.filter(state__in=PENDING, expires_at__lte=now)
    if not overdue.exists():
        return 0
    ended = 0
    now_ms = selectors.to_ms(now)
    with feed.transaction() as publication:
        for row in overdue.select_for_update().order_by("id")[:BATCH]:
            before = selectors.life_of(row)
            after = commanding.settle(before, now_ms=now_ms)
            if after != before:
                _become(publication, row, after, now_ms)
                ended += 1
    return ended


def forget(*, now: datetime) -> int:
    """Take commands that ended an hour ago off the feed, and those of long ago off the record."""
    with feed.transaction() as publication:
        old = Command.objects.filter(shown=True, ended_at__lte=now - SHOWN_FOR)
        for row in old.select_for_update().order_by("id")[:BATCH]:
            row.shown = False
            row.save(update_fields=["shown"])
            publication.emit(
                "command.removed", code=row.code, data=CommandRemoved(device_id=row.device_id)
            )
        past = Command.objects.filter(issued_at__lt=now - KEPT_FOR, shown=False)
        ids = list(past.order_by("id").values_list("pk", flat=True)[:BATCH])
        deleted, _ = Command.objects.filter(pk__in=ids).exclude(state__in=PENDING).delete()
    return deleted


def _become(publication: feed.Publication, row: Command, life: Life, now_ms: int) -> None:
    """Write a step of a command's life, tell the consoles if it is the device's last, and put its end on record."""
    row.state, row.late, row.result = life.state, life.late, life.result or ""
    if not life.pending:
        row.ended_at = _moment(now_ms)
    row.save(
        update_fields=["state", "late", "result", "detail", "sent_at", "ended_at"],
    )
    if row.shown:
        publication.emit("command.changed", code=row.code, data=command_data(row))
    if not life.pending:
        record(
            action=Action.DEVICE_COMMAND_ENDED,
            subject=row.device_id,
            code=row.code,
            detail={
                "action": row.action,
                "command": row.pk,
                "result": row.state,
                "by": row.actor_name,
                **({"detail": row.detail} if row.detail else {}),
                **({"late": True} if row.late else {}),
            },
        )


def _moment(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC)
