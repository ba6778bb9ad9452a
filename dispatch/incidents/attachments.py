"""Pictures and documents of a case: kept under their digest in DATA_DIR, listed in the database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.utils import timezone

from command_center.accounts.policy import Permission
from command_center.attachments import pictures
from command_center.attachments.store import Store, named
from command_center.feed import services as feed
from dispatch.incidents.errors import ConflictError
from dispatch.incidents.lifecycle import GONE
from dispatch.incidents.locking import lock_where
from dispatch.incidents.models import Attachment, Incident
from dispatch.incidents.selectors import reach
from dispatch.incidents.writing import tell, write
from dispatch.units.selectors import person_on_duty

if TYPE_CHECKING:
    from command_center.accounts.models import User

MOST_OF_A_CASE = 100
_STORE = Store("attachments")
_OLDEST = timedelta(days=36_500)


@dataclass(frozen=True, slots=True)
class Taken:
    """When and where a picture was taken, as who sends it says; the position is longitude, latitude.

    `ago_ms` is how long ago, None where nobody says; `on_spot` whether the page's camera has just taken it.
    """

    ago_ms: int | None = None
    position: tuple[float, float] | None = None
    on_spot: bool | None = None

    def at(self, now: datetime) -> datetime | None:
        """When, if it is told. A picture from a collection may be older than any queue."""
        if self.ago_ms is None:
            return None
        return now - timedelta(milliseconds=min(self.ago_ms, _OLDEST // timedelta(milliseconds=1)))


@dataclass(frozen=True, slots=True)
class Attached:
    """An attachment; `new` unless the same person had attached the same content already."""

    row: Attachment
    new: bool


def attach(
    *, incident_id: int, user: User, data: bytes, name: str, text: str = "", taken: Taken = Taken()
) -> Attached:
    """Attach a picture or document. Sent twice, it is there once, so that an outbox may send again.

    Who handles cases there may, who was sent, and who reported it. Where it was taken is kept of people on duty
    and of one's own report only. Raises BadAttachmentError,
    Incident.DoesNotExist, and ConflictError once the case is archived or merged.
    """
    content = pictures.read(data)
    digest = _STORE.keep(content.data)
    with feed.transaction() as publication:
        incident = lock_where(incident_id, reach(user, Permission.INCIDENTS_HANDLE))
        known = incident.attachments.filter(sha256=digest, by=user).first()
        if known is not None:
            return Attached(known, new=False)
        if incident.stage in GONE:
            raise ConflictError(f"{incident.number} is {incident.stage}")
        if incident.attachments.count() >= MOST_OF_A_CASE:
            raise ConflictError(f"{incident.number} has {MOST_OF_A_CASE} attachments already")
        now = timezone.now()
        longitude, latitude = _place(incident, user, taken) or (None, None)
        row = Attachment.objects.create(
            incident=incident,
            entry=write(incident, "attached", user=user, text=text, now=now),
            name=named(name, pictures.SUFFIXES[content.type]),
            type=content.type,
            size=len(content.data),
            sha256=digest,
            at=now,
            taken_at=taken.at(now),
            on_spot=taken.on_spot,
            longitude=longitude,
            latitude=latitude,
            by=user,
        )
        tell(publication, incident)
    return Attached(row, new=True)


def _place(incident: Incident, user: User, taken: Taken) -> tuple[float, float] | None:
    """Where a picture was taken tells where its person was: kept on duty, and of one's own report."""
    if incident.reported_by_id == user.pk or person_on_duty(user):
        return taken.position
    return None


def content_of(row: Attachment) -> bytes:
    """The bytes of an attachment. Raises FileNotFoundError if the folder was not restored with the database."""
    return _STORE.read(row.sha256)
