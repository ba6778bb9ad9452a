"""待改派: a unit that was sent did not come, and nobody was sent in its place yet.

The mark stays until somebody is sent, says that nobody has to be, or the case is no longer one to send to.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from command_center.accounts.scope import Scope
from command_center.feed import services as feed
from dispatch.incidents.errors import ConflictError, NotAllowedError
from dispatch.incidents.feed import incident_data
from dispatch.incidents.lifecycle import OFFICERS, Actor, Relation
from dispatch.incidents.locking import lock
from dispatch.incidents.models import Incident
from dispatch.incidents.moving import SENDABLE
from dispatch.incidents.selectors import actor_of, case_of
from dispatch.incidents.writing import write

if TYPE_CHECKING:
    from command_center.accounts.models import User

ENTRY_KIND = "redispatch_dismissed"


def mark(publication: feed.Publication, incident: Incident, *, now: datetime) -> None:
    """A unit of a locked case did not come. Whoever acts on the case acts on the same version as before."""
    if incident.stage in SENDABLE and incident.redispatch_since is None:
        incident.redispatch_since = now
        _publish(publication, incident)


def may_dismiss(incident: Incident, actor: Actor) -> bool:
    """Whether a person may say that nobody has to be sent: who may send."""
    over = actor.relations(case_of(incident), OFFICERS) & {Relation.OWNER, Relation.ABOVE}
    return incident.redispatch_since is not None and bool(over)


def dismiss(*, incident_id: int, scope: Scope, user: User) -> Incident:
    """Nobody has to be sent in its place. Raises NotAllowedError, or ConflictError where nothing is marked."""
    with feed.transaction() as publication:
        incident = lock(incident_id, scope)
        if incident.redispatch_since is None:
            raise ConflictError(f"nobody is missed for {incident.number}")
        if not may_dismiss(incident, actor_of(user)):
            raise NotAllowedError("only who sends units decides that none is sent")
        incident.redispatch_since = None
        write(incident, ENTRY_KIND, user=user)
        _publish(publication, incident)
    return incident


def _publish(publication: feed.Publication, incident: Incident) -> None:
    incident.save(update_fields=["redispatch_since"])
    publication.emit("incident.changed", code=incident.code, data=incident_data(incident))
