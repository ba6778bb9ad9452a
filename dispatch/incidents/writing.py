"""What a changed case leaves behind: a line of its timeline, its next version, an event of the feed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils import timezone
from django.utils.module_loading import import_string

from command_center.feed import services as feed
from command_center.feed.sections import RemovedById
from dispatch.incidents import selectors
from dispatch.incidents.feed import incident_data
from dispatch.incidents.models import Entry, Incident, Participant

if TYPE_CHECKING:
    from command_center.accounts.models import User


def named(incident: Incident) -> dict[str, Any]:
    """Another case, as a line of the timeline names it: by the id, it is shown to whom that exists."""
    return {"incident": incident.pk, "number": incident.number}


def write(
    incident: Incident,
    kind: str,
    *,
    user: User | None = None,
    text: str = "",
    detail: Mapping[str, Any] | None = None,
    now: datetime | None = None,
) -> Entry:
    """A line of the timeline. `user` None is the system; who reports or was sent takes part already.

    Who links takes part by that in neither case: one that is hidden from somebody leaves no trace there.
    """
    if user is not None and kind not in _NO_PART | selectors.LINKING:
        _take_part(incident, user, kind)
    return Entry.objects.create(
        incident=incident,
        at=now or timezone.now(),
        kind=str(kind),
        stage=incident.stage,
        actor=user,
        actor_name=user.display_name if user else "",
        text=text,
        detail=dict(detail or {}),
    )


_NO_PART = frozenset({"report", "notice_seen"})
"""By what nobody comes to take part: who reports does so already, and who was told has only read it."""

_SAID = frozenset({"comment", "attached", "extension_asked", "help_asked"})
"""What who reported or was sent does without being an officer of the case."""


def _take_part(incident: Incident, user: User, kind: str) -> None:
    mine = Participant.objects.filter(incident=incident, user=user)
    parts = set(mine.values_list("part", flat=True))
    if Participant.Part.HANDLER in parts or (kind in _SAID and parts):
        return
    mine.get_or_create(incident=incident, user=user, part=Participant.Part.OFFICER)


def save(
    publication: feed.Publication,
    incident: Incident,
    *,
    was: str | None = None,
    came_back: bool = False,
) -> None:
    """Save a changed case as its next version and publish it.

    `was` is the code it had; `came_back` that it is on the consoles again, after it had left them.
    """
    incident.version += 1
    incident.save()
    if was is not None and was != incident.code:
        publication.emit("incident.removed", code=was, data=RemovedById(id=incident.id))
    publication.emit("incident.changed", code=incident.code, data=incident_data(incident))
    for follow in _followers():
        follow(publication, incident, was, came_back)


def tell(publication: feed.Publication, incident: Incident) -> None:
    """Publish what came to a case without changing what others act on: it is no new version."""
    publication.emit("incident.changed", code=incident.code, data=incident_data(incident))


@cache
def _followers() -> tuple[Callable[[feed.Publication, Incident, str | None, bool], None], ...]:
    """What belongs to a case in layers above this one, and must go where the case goes."""
    return tuple(import_string(path) for path in settings.INCIDENT_FOLLOWERS)
