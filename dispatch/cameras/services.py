"""Setting the addresses of cameras, and trying them. What is put on record names the host, and nothing secret."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import unquote

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables

from command_center.audit import services as audit
from command_center.feed import services as feed
from command_center.networks import Networks
from conferencing.conferences import services as conferences
from conferencing.conferences.equipment import Way
from conferencing.engines.messages import CameraFacts, Feed
from conferencing.engines.trying import look_at
from conferencing.media.wire.rtsp import BadRtspError, Location, read_address
from dispatch.cameras.models import CameraAddress
from dispatch.cameras.selectors import sealed_way, way_of

if TYPE_CHECKING:
    from command_center.accounts.models import User


def allowed() -> Networks:
    """Where cameras may be in this installation."""
    networks: Networks = settings.ENVIRONMENT.camera_networks
    return networks


@sensitive_variables()
def without_login(text: str) -> tuple[str, str, str]:
    """An address as it was pasted, taken apart: the address, the user, the password."""
    scheme, separator, rest = text.strip().partition("://")
    authority, slash, path = rest.partition("/")
    login, at, host = authority.rpartition("@")
    if not at:
        return text.strip(), "", ""
    user, _colon, password = login.partition(":")
    return f"{scheme}{separator}{host}{slash}{path}", unquote(user), unquote(password)


def checked_address(text: str) -> Location:
    """Where an address leads. Raises ValidationError in the words of whoever enters it."""
    try:
        location = read_address(text)
    except BadRtspError as error:
        raise ValidationError(
            _("An address is rtsp://host[:port]/path, such as rtsp://10.20.0.8/Streaming/101.")
        ) from error
    if not allowed().may_admit(location.host):
        raise ValidationError(
            _(
                "%(host)s is in no network that cameras may be in; see CAMERA_NETWORKS in the manual."
            )
            % {"host": location.host}
        )
    return location


@sensitive_variables()
def save_address(*, row: CameraAddress, way: Way, actor: User | None) -> CameraAddress:
    """Set where a camera's stream is. Raises ValidationError."""
    location = checked_address(way.address)
    if row.device.kind != "camera":
        raise ValidationError({"device": _("That is no camera.")})
    row.host = f"{location.host}:{location.port}"
    row.sealed, row.changed_at = sealed_way(way), timezone.now()
    with feed.transaction() as publication:
        row.save()
        _record(row, actor, login=bool(way.user))
        conferences.cameras_changed(publication, [row.pk])
    return row


def remove_address(*, row: CameraAddress, actor: User | None) -> None:
    """Take an address away: no conference shows the camera any more."""
    with feed.transaction() as publication:
        _record(row, actor, removed=True)
        key = row.pk
        row.delete()
        conferences.cameras_changed(publication, [key])


def try_address(*, row: CameraAddress, actor: User | None) -> CameraFacts:
    """What a camera sends, seen from a media node. Raises EngineError, and ValidationError where it cannot be read."""
    way = way_of(row)
    if way is None:
        raise ValidationError(_("This address cannot be read any more; enter it anew."))
    facts = look_at(Feed(address=way.address, user=way.user, password=way.password))
    audit.record(
        action=audit.Action.CAMERA_TRIED,
        actor=actor,
        subject=row.pk,
        code=row.device.jurisdiction_id,
        detail={"host": row.host, "result": facts.trouble or "plays"},
    )
    return facts


def _record(row: CameraAddress, actor: User | None, **detail: bool) -> None:
    audit.record(
        action=audit.Action.CAMERA_ADDRESS,
        actor=actor,
        subject=row.pk,
        code=row.device.jurisdiction_id,
        detail={"host": row.host, **detail},
    )
