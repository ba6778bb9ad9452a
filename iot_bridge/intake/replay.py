"""Dead letters given another chance, or put aside by somebody with a reason."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from command_center.accounts.scope import Scope
from command_center.audit.services import Action, record
from command_center.feed import services as feed
from command_center.jurisdictions.codes import common_ancestor
from iot_bridge.intake.decoding import Decoder, Received, Rejected
from iot_bridge.intake.models import DeadLetter
from iot_bridge.intake.registry import DeviceRegistry, Shard
from iot_bridge.protocol.reasons import DeadLetterReason

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from command_center.accounts.models import User


@dataclass(frozen=True, slots=True)
class ReplayResult:
    """Whether the letter was taken this time, else why not."""

    accepted: bool
    reason: str = ""
    detail: str = ""


def replay(*, letter: DeadLetter, actor: User) -> ReplayResult:
    """Try a letter with today's codecs and registry; one that passes is queued for its device's bridge.

    The bridge, the one writer of a device's state, takes it in within a second or two as if it had just
    arrived. The stored payload lacks what was stripped and what lay beyond the size limit; a letter that
    fails again stays open with its new reason.
    """
    registry = DeviceRegistry(Shard())
    decoded = Decoder(registry).decode(as_received(letter, at_ms=int(time.time() * 1000)))
    with feed.transaction():
        current = DeadLetter.objects.select_for_update().get(pk=letter.pk)
        if current.state != "open":
            return ReplayResult(accepted=False, reason="closed", detail=current.state)
        rejected = decoded.rejected
        if rejected is not None and rejected.reason is DeadLetterReason.NO_BIRTH:
            # What births said is in the memory of the bridge, which alone can tell.
            current.state, current.closed_by = "queued", actor.display_name
            current.code = rejected.code or current.code
            result = ReplayResult(True)
        elif rejected is not None or not decoded.messages:
            if rejected is not None:
                current.reason = rejected.reason
            current.detail = rejected.detail[:400] if rejected else "it says nothing"
            result = ReplayResult(
                False, str(rejected.reason) if rejected else "empty", current.detail
            )
        else:
            current.state, current.closed_by = "queued", actor.display_name
            # The letter goes where the device is known to be now: its bridge takes it from there.
            current.code = decoded.messages[0].entry.subject.code
            result = ReplayResult(True)
        current.save(update_fields=["reason", "detail", "state", "closed_by", "code"])
        record(
            action=Action.DEAD_LETTER_REPLAYED,
            actor=actor,
            subject=f"#{letter.pk} {letter.topic}"[:120],
            code=letter.code,
            detail={"accepted": result.accepted, "reason": result.reason},
        )
    return result


def as_received(letter: DeadLetter, *, at_ms: int) -> Received:
    """A letter as if it had arrived now."""
    return Received(topic=letter.topic, payload=bytes(letter.payload), at_ms=at_ms)


def queued(shard: Shard) -> list[DeadLetter]:
    """The letters that wait for this bridge."""
    rows = DeadLetter.objects.filter(state="queued").exclude(Scope(shard.exclude).condition())
    if shard.include:
        rows = rows.filter(Scope(shard.include).condition())
    return list(rows.order_by("id")[:50])


def finish(letter: DeadLetter, *, rejected: Rejected | None) -> None:
    """Close a queued letter that was taken in; open it again if it failed after all."""
    if rejected is None:
        DeadLetter.objects.filter(pk=letter.pk).update(state="replayed")
        return
    twin = DeadLetter.objects.filter(digest=letter.digest, state="open").exists()
    DeadLetter.objects.filter(pk=letter.pk).update(
        state="discarded" if twin else "open",
        reason=rejected.reason,
        detail=rejected.detail[:400],
        closed_by="",
    )


def discard_many(*, letters: QuerySet[DeadLetter], device: str, actor: User, reason: str) -> int:
    """Put open letters of a device aside, with one audit entry; returns how many."""
    with feed.transaction():
        codes = list(letters.values_list("code", flat=True).distinct())
        changed = letters.update(
            state="discarded", closed_by=actor.display_name, closed_reason=reason
        )
        if changed:
            record(
                action=Action.DEAD_LETTER_DISCARDED,
                actor=actor,
                subject=device or "—",
                code=common_ancestor(codes),
                detail={"reason": reason, "letters": changed},
            )
    return changed


def discard(*, letter: DeadLetter, actor: User, reason: str) -> bool:
    """Put a letter aside; False if somebody was first."""
    with feed.transaction():
        changed = DeadLetter.objects.filter(pk=letter.pk, state="open").update(
            state="discarded", closed_by=actor.display_name, closed_reason=reason
        )
        if changed:
            record(
                action=Action.DEAD_LETTER_DISCARDED,
                actor=actor,
                subject=f"#{letter.pk} {letter.topic}"[:120],
                code=letter.code,
                detail={"reason": reason},
            )
    return bool(changed)
