"""Snapshots come with events, are looked at for a reason, and are forgotten in time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from django.conf import settings

from command_center.audit.services import Action, record
from command_center.feed import services as feed
from iot_bridge.alarms.services import Subject
from iot_bridge.protocol.decoded import KeptPicture
from iot_bridge.snapshots.models import Snapshot
from iot_bridge.snapshots.pictures import STORE

if TYPE_CHECKING:
    from command_center.accounts.models import User

BATCH = 500


class LookReason(StrEnum):
    """Why somebody looks."""

    VERIFY = "verify"
    DISPATCH = "dispatch"
    REVIEW = "review"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Sent:
    """A picture that is on the disk, and the event that it came with."""

    subject: Subject
    event_id: str
    type: str
    at: datetime
    picture: KeptPicture


def add(sent: Sequence[Sent]) -> None:
    """Note what came with new events, inside the caller's transaction."""
    Snapshot.objects.bulk_create(
        (
            Snapshot(
                device_id=one.subject.id,
                device_name=one.subject.name,
                code=one.subject.code,
                site=one.subject.site,
                event_id=one.event_id,
                type=one.type,
                at=one.at,
                sha256=one.picture.sha256,
                media_type=one.picture.media_type,
                size=one.picture.size,
                width=one.picture.width,
                height=one.picture.height,
            )
            for one in sent
        ),
        ignore_conflicts=True,
    )


def seen(
    *, snapshot: Snapshot, user: User, reason: LookReason, text: str, address: str | None
) -> None:
    """Put a look on record: who, when, at what, why."""
    with feed.transaction():
        record(
            action=Action.SNAPSHOT_SEEN,
            actor=user,
            subject=snapshot.device_id,
            code=snapshot.code,
            detail={
                "snapshot": snapshot.pk,
                "event": snapshot.type,
                "reason": reason.value,
                **({"text": text} if text else {}),
            },
            address=address,
        )


def forget_old(*, now: datetime) -> int:
    """Delete the snapshots whose time is over, and the files that nobody refers to any more; how many went."""
    old = Snapshot.objects.filter(at__lt=now - settings.SNAPSHOTS_KEPT).order_by("id")
    rows = list(old.values_list("pk", "sha256")[:BATCH])
    if not rows:
        return 0
    with feed.transaction():
        Snapshot.objects.filter(pk__in=[pk for pk, _ in rows]).delete()
        record(action=Action.SNAPSHOTS_FORGOTTEN, detail={"snapshots": len(rows)})
    digests = {sha256 for _, sha256 in rows}
    still = Snapshot.objects.filter(sha256__in=digests).values_list("sha256", flat=True)
    for digest in digests - set(still):
        STORE.forget(digest)
    return len(rows)


def forget_strays(*, before: datetime) -> int:
    """Delete files that no row has named since a time: of a device taken off, or of a commit that failed."""
    strays = 0
    for digest, changed_at in STORE.files():
        if changed_at < before.timestamp() and not Snapshot.objects.filter(sha256=digest).exists():
            STORE.forget(digest)
            strays += 1
    return strays
