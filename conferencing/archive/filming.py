"""Making the film of a recording, from its files to its row. Only the process that does it loads the codecs."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import suppress

from conferencing.archive import folders, services
from conferencing.archive.composing import CannotComposeError, compose
from conferencing.archive.models import Recording
from conferencing.archive.naming import Names
from conferencing.archive.timeline import timeline_of
from conferencing.conferences.feed import value_of

logger = logging.getLogger(__name__)


def make_film(row: Recording, tell: Callable[[float], None]) -> None:
    """Make the film of a claimed recording. What fails is kept in the row; a killed process leaves it claimed."""
    target = folders.film_of(row.name)
    unfinished = target.with_name(f"{target.name}.part")
    try:
        timeline = timeline_of(folders.parts_of(row.name))
        film = compose(
            timeline, root=folders.root(), target=unfinished, names=_names(row), tell=tell
        )
        if film is not None:
            unfinished.replace(target)
    except (CannotComposeError, OSError, ValueError) as error:
        with suppress(OSError):
            unfinished.unlink(missing_ok=True)
        logger.warning("recording %s: no film could be made: %s", row.name, error)
        services.fail(row, str(error))
    else:
        services.finish(row, film)


def _names(row: Recording) -> Names:
    """As the recorder calls the seats; a place is named before who sat there."""
    seats = value_of(row.conference).seats
    return Names({f"seat-{seat.number}": seat.place or seat.name for seat in seats})
