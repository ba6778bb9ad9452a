"""Changing incidents, as other packages may: every transition, comment and correction.

A change locks the row (`locking`), asks the table of transitions (`moving`, `merging`, `correcting`), saves, writes the
timeline and publishes (`writing`), in one transaction. Who acts on an older version than the present one is told what
happened meanwhile (`errors`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from command_center.accounts.policy import Permission
from command_center.accounts.scope import Scope
from command_center.feed import services as feed
from dispatch.incidents import selectors
from dispatch.incidents.errors import ConflictError, IncidentError, RefusedError, UnknownError
from dispatch.incidents.lifecycle import GONE, Action
from dispatch.incidents.locking import check_version, lock, lock_any, lock_where
from dispatch.incidents.merging import merge
from dispatch.incidents.models import Incident
from dispatch.incidents.moving import NOTHING_SAID, Words, move
from dispatch.incidents.writing import save, tell, write

if TYPE_CHECKING:
    from command_center.accounts.models import User

__all__ = [
    "ConflictError",
    "IncidentError",
    "RefusedError",
    "UnknownError",
    "Words",
    "act",
    "check_version",
    "comment",
    "lock",
    "lock_any",
    "move",
    "save",
    "write",
]


def act(
    *,
    incident_id: int,
    scope: Scope,
    user: User,
    action: Action,
    version: int,
    words: Words = NOTHING_SAID,
) -> Incident:
    """One transition by a person. Raises StaleError, RefusedError, UnknownError, Incident.DoesNotExist."""
    if action is Action.MERGE and words.into is not None:
        return merge(
            incident_id=incident_id,
            into_id=words.into,
            scope=scope,
            user=user,
            version=version,
            words=words,
        )
    with feed.transaction() as publication:
        incident = lock(incident_id, scope)
        check_version(incident, version)
        move(publication, incident, selectors.actor_of(user), action, words, user=user)
    return incident


def comment(*, incident_id: int, user: User, text: str) -> Incident:
    """Say something about a case; this makes no new version of what others act on.

    Raises Incident.DoesNotExist, and ConflictError of a case that is in the records.
    """
    with feed.transaction() as publication:
        incident = lock_where(incident_id, selectors.reach(user, Permission.INCIDENTS_HANDLE))
        if incident.stage in GONE:
            raise ConflictError(f"{incident.number} is {incident.stage}")
        write(incident, "comment", user=user, text=text)
        tell(publication, incident)
    return incident
