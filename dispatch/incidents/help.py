"""求助: who is responsible for a case, or was sent to it, asks the level above for help, and is answered.

Asking changes nothing of who is responsible; to hand a case over there is the transfer up.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from command_center.accounts.policy import Permission
from command_center.accounts.scope import Scope
from command_center.audit import services as audit
from command_center.feed import services as feed
from command_center.jurisdictions.codes import level_of, parent_of
from dispatch.incidents.errors import ConflictError, NotAllowedError
from dispatch.incidents.lifecycle import COMMANDERS, OFFICERS, TOP_LEVELS, Actor
from dispatch.incidents.locking import lock, lock_where
from dispatch.incidents.models import Incident
from dispatch.incidents.moving import HELPABLE
from dispatch.incidents.selectors import actor_of, handlers_of, reach
from dispatch.incidents.writing import save, write

if TYPE_CHECKING:
    from command_center.accounts.models import User


def may_ask(incident: Incident, actor: Actor) -> bool:
    """Whether a person may ask for help now."""
    return incident.stage in HELPABLE and not incident.help_from and _asked(incident, actor) != ""


def may_answer(incident: Incident, actor: Actor) -> bool:
    """Whether help is asked of a level that this person commands at, or above."""
    return incident.help_from != "" and any(
        role in COMMANDERS and incident.help_from.startswith(code) for role, code in actor.posts
    )


def _asked(incident: Incident, actor: Actor) -> str:
    """The code of the level that this person's wish goes to; empty if there is none.

    Who is responsible asks the level above, who was sent asks who is responsible.
    """
    if any(role in OFFICERS and code == incident.owner for role, code in actor.posts):
        if level_of(incident.owner) in TOP_LEVELS:
            return ""
        return parent_of(incident.owner) or ""
    return incident.owner if actor.user_id in handlers_of(incident) else ""


def ask(*, incident_id: int, user: User, text: str) -> Incident:
    """Ask the level above for help. Raises NotAllowedError, or ConflictError while another wish is open."""
    with feed.transaction() as publication:
        incident = lock_where(incident_id, reach(user, Permission.INCIDENTS_HANDLE))
        if incident.help_from:
            raise ConflictError(f"help is asked for {incident.number} already")
        actor = actor_of(user)
        if not may_ask(incident, actor):
            raise NotAllowedError("only who is responsible or was sent asks the level above")
        incident.help_from = _asked(incident, actor)
        write(incident, "help_asked", user=user, text=text, detail={"code": incident.help_from})
        save(publication, incident)
        _record(incident, user, "asked")
    return incident


def answer(*, incident_id: int, scope: Scope, user: User, text: str) -> Incident:
    """Say what help there is. Raises NotAllowedError, or ConflictError where none is asked for."""
    with feed.transaction() as publication:
        incident = lock(incident_id, scope)
        if not incident.help_from:
            raise ConflictError(f"no help is asked for {incident.number}")
        if not may_answer(incident, actor_of(user)):
            raise NotAllowedError("only the level that was asked, or one above it, answers")
        detail = {"code": incident.help_from}
        incident.help_from = ""
        write(incident, "help_answered", user=user, text=text, detail=detail)
        save(publication, incident)
        _record(incident, user, "answered")
    return incident


def _record(incident: Incident, user: User, what: str) -> None:
    audit.record(
        action=audit.Action.INCIDENT_CHANGED,
        actor=user,
        subject=incident.number,
        code=incident.code,
        detail={"help": what},
    )
