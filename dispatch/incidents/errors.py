"""Why a change of a case is not made. Each says what is so instead, and what happened last."""

from __future__ import annotations

from dispatch.incidents import selectors
from dispatch.incidents.lifecycle import Action, Refusal, Refused
from dispatch.incidents.models import Entry, Incident


class IncidentError(Exception):
    """A change of a case that cannot be made; nothing has been changed."""


class ConflictError(IncidentError):
    """The case is not as it would have to be; somebody else may have been first."""


class StaleError(ConflictError):
    """Somebody else was first. `entry` is what they did."""

    def __init__(self, incident: Incident) -> None:
        self.entry = selectors.last_entry(incident)
        super().__init__(f"{incident.number} is at version {incident.version}{_lately(self.entry)}")
        self.incident = incident


class RefusedError(IncidentError):
    """The table of transitions does not allow it."""

    def __init__(self, incident: Incident, action: Action, refused: Refused) -> None:
        missing = f": {', '.join(refused.missing)}" if refused.missing else ""
        wrong = refused.refusal is Refusal.WRONG_STAGE
        lately = _lately(selectors.last_entry(incident)) if wrong else ""
        super().__init__(
            f"{action} of {incident.number} in {incident.stage}: {refused.refusal}{missing}{lately}"
        )
        self.refusal = refused.refusal
        self.missing = refused.missing


def _lately(entry: Entry | None) -> str:
    """What happened last, and who did it."""
    return f" ({entry.actor_name or 'system'}: {entry.kind})" if entry else ""


class UnknownError(IncidentError):
    """A thing that a change names does not exist for this person. `field` is where it was named."""

    def __init__(self, field_name: str, message: str) -> None:
        super().__init__(message)
        self.field = field_name


class NotAllowedError(IncidentError):
    """This person's posts do not allow it here."""
