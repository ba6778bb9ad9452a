"""Where a conference's media is, as its row has it, and what changes of it but the home (`services.place`)."""

from __future__ import annotations

from collections.abc import Callable

from command_center.feed import services as feed
from conferencing.conferences import recording
from conferencing.conferences.models import Conference
from conferencing.policy.placing import Branch, Place, Placement


def placement_of(row: Conference) -> Placement:
    """The home and the nodes beside."""
    branches = tuple(
        Branch(Place(one["node"], one["boot"], one["epoch"]), frozenset(one["seats"]))
        for one in row.branches
    )
    return Placement(Place(row.node, row.boot, row.epoch), branches)


def seat_at(*, conference_id: int, seat: int, node: str, boot: str) -> None:
    """Say that a seat's media is at this start of a node."""
    _replace(conference_id, lambda now: now.seated(seat, node, boot))


def drop_branch(*, conference_id: int, place: Place) -> None:
    """Say that a node beside the home is dead, unless that was said already: its seats are to be placed again."""
    _replace(conference_id, lambda now: now.without(place))


def _replace(conference_id: int, change: Callable[[Placement], Placement]) -> None:
    with feed.transaction() as publication:
        row = Conference.objects.select_for_update().filter(pk=conference_id, ended_at=None).first()
        if row is None:
            return
        before = placement_of(row)
        after = change(before)
        if after != before:
            row.branches = [
                {
                    "node": branch.place.node,
                    "boot": branch.place.boot,
                    "epoch": branch.place.epoch,
                    "seats": sorted(branch.seats),
                }
                for branch in after.branches
            ]
            row.save(update_fields=["branches"])
            recording.hint(publication, row)
