"""Sharing a file in the room, and forgetting it in time."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils import timezone

from command_center.attachments import pictures
from command_center.attachments.store import Store, named
from command_center.audit import services as audit
from command_center.feed import services as feed
from conferencing.conferences import services as conferences
from conferencing.conferences.models import ChatMessage
from conferencing.files.models import SharedFile
from conferencing.policy.commands import Say

if TYPE_CHECKING:
    from command_center.accounts.models import User

STORE = Store("conference-files")
MOST_OF_A_CONFERENCE = 200
BATCH = 500


class TooManyError(Exception):
    """The conference has as many files as one may have."""


def share(*, conference_id: int, user: User, data: bytes, name: str) -> SharedFile:
    """Say a file in the room: its message and the file come together.

    Raises BadAttachmentError, TooManyError, and what saying something raises.
    """
    content = pictures.read(data)
    digest = STORE.keep(content.data)
    shown = named(name, pictures.SUFFIXES[content.type])
    now = timezone.now()
    with feed.transaction():
        # The conference's row is locked by it: files are counted one after the other.
        row = conferences.act(conference_id=conference_id, user=user, command=Say(text=shown))
        if SharedFile.objects.filter(message__conference=row).count() >= MOST_OF_A_CONFERENCE:
            raise TooManyError(str(conference_id))
        shared = SharedFile.objects.create(
            message=ChatMessage.objects.filter(conference=row).latest("id"),
            at=now,
            name=shown,
            type=content.type,
            size=len(content.data),
            sha256=digest,
        )
        audit.record(
            action=audit.Action.CONFERENCE_FILE,
            actor=user,
            subject=row.number,
            code=row.code,
            detail={"file": shared.pk, "type": shared.type, "bytes": shared.size},
        )
    return shared


def content_of(row: SharedFile) -> bytes:
    """The bytes. Raises FileNotFoundError."""
    return STORE.read(row.sha256)


def forget_old(*, now: datetime) -> int:
    """Forget files past `settings.CONFERENCE_FILES_KEPT`, a bounded number at once; what was written stays."""
    old = SharedFile.objects.filter(at__lt=now - settings.CONFERENCE_FILES_KEPT).order_by("at")
    gone = list(old.values_list("pk", "sha256")[:BATCH])
    SharedFile.objects.filter(pk__in=[pk for pk, _ in gone]).delete()
    digests = {digest for _, digest in gone}
    named_still = set(
        SharedFile.objects.filter(sha256__in=digests).values_list("sha256", flat=True)
    )
    for digest in digests - named_still:
        STORE.forget(digest)
    return len(gone)
