"""Requests that may come again: a phone's queue that never heard the answer sends the same once more.

Whoever makes a key gives it to one request. The same request with it is answered as the first time, and
changes nothing; another request with it is a mistake, and told so.
"""

from __future__ import annotations

import hashlib
import json
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from dispatch.incidents.services import ConflictError
from dispatch.tasks.models import Reply

if TYPE_CHECKING:
    from command_center.accounts.models import User

KEPT = timedelta(days=7)


def fingerprint(*facts: object) -> str:
    """What was asked, short."""
    text = json.dumps([str(fact) for fact in facts], ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


def recall(*, user: User, key: str, request: str) -> Any:
    """What was answered to this key; None if it is new. Raises ConflictError if it was given to another."""
    reply = Reply.objects.filter(user_id=user.pk, key=key).first() if key else None
    if reply is None:
        return None
    if reply.request != request:
        raise ConflictError(f"the key {key} was given to another request")
    return reply.answer


def remember(*, user: User, key: str, request: str, answer: Any) -> None:
    """Keep an answer under its key, if it has one; in the transaction that it tells of."""
    if not key:
        return
    try:
        with transaction.atomic():
            Reply.objects.create(
                user=user, key=key, request=request, answer=answer, at=timezone.now()
            )
    except IntegrityError as error:
        raise ConflictError(f"the key {key} is being used by another request") from error


def forget_old(*, now: datetime) -> int:
    """Forget what nobody will ask again; how many."""
    count, _ = Reply.objects.filter(at__lt=now - KEPT).delete()
    return count
