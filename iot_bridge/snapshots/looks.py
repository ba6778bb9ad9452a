"""An address of a picture for one person, one session and less than a minute."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from urllib.parse import quote

from django.core import signing

VALID_FOR = timedelta(seconds=60)
_SALT = "iot_bridge.snapshots.looks"


def ticket_of(*, snapshot_id: int, user_id: int, session: str) -> str:
    """What the address bears."""
    return signing.dumps([snapshot_id, user_id, _digest(session)], salt=_SALT)


def address_of(*, snapshot_id: int, user_id: int, session: str) -> str:
    """Where the picture is, for who asked."""
    ticket = ticket_of(snapshot_id=snapshot_id, user_id=user_id, session=session)
    return f"/api/v1/snapshots/{snapshot_id}/picture?ticket={quote(ticket)}"


def is_valid(ticket: str, *, snapshot_id: int, user_id: int, session: str) -> bool:
    """Whether this address was given to this person in this session, for this picture, a moment ago."""
    try:
        found = signing.loads(ticket, salt=_SALT, max_age=VALID_FOR)
    except signing.BadSignature:
        return False
    return bool(found == [snapshot_id, user_id, _digest(session)])


def until(now: datetime) -> datetime:
    """When an address given now ends."""
    return now + VALID_FOR


def _digest(session: str) -> str:
    """A session's key is a password: only its digest leaves, even signed."""
    return hashlib.sha256(session.encode()).hexdigest()[:24]
