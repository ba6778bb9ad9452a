"""Which cameras can be fetched, and how: what conferences ask for (`settings.CONFERENCE_CAMERAS`)."""

from __future__ import annotations

import json
import logging
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict

from command_center.accounts.scope import Scope
from command_center.sealed import UnsealError, seal, unseal
from conferencing.conferences.equipment import Camera, Way
from dispatch.cameras.models import CameraAddress

KIND = "camera"
_PURPOSE = "camera address"

logger = logging.getLogger(__name__)


class Registered:
    """The cameras of the registry that have an address."""

    def cameras(self, *, prefixes: Iterable[str]) -> list[Camera]:
        """Those under any of these codes, in the order of their ids."""
        rows = CameraAddress.objects.select_related("device").filter(
            Scope(tuple(prefixes)).condition("device__jurisdiction_id"), device__kind=KIND
        )
        return [
            Camera(
                id=row.device.id,
                name=row.device.name,
                site=row.device.site,
                code=row.device.jurisdiction_id,
                latitude=row.device.latitude,
                longitude=row.device.longitude,
            )
            for row in rows
        ]

    def ways(self, ids: Collection[str]) -> Mapping[str, Way]:
        """How to fetch these."""
        rows = CameraAddress.objects.filter(pk__in=ids, device__kind=KIND)
        found = ((row.pk, way_of(row)) for row in rows)
        return {id_: way for id_, way in found if way is not None}


EQUIPMENT = Registered()


def sealed_way(way: Way) -> str:
    """A way for the database."""
    return seal(json.dumps(asdict(way)), purpose=_PURPOSE)


def way_of(row: CameraAddress) -> Way | None:
    """How to fetch a camera; None where it was sealed under another SECRET_KEY."""
    if not row.sealed:
        return None
    try:
        return Way(**json.loads(unseal(row.sealed, purpose=_PURPOSE)))
    except UnsealError:
        logger.warning("camera %s: sealed under another SECRET_KEY; enter it anew", row.pk)
        return None
