"""Locking alarms so that no two writers wait for each other.

The law: a transaction locks devices first, then every alarm that it may change, all at once and in the order of their
ids, then groups, and the head of the feed at its end. What a second look would have to lock is therefore asked for,
unlocked, before the first: see `groups.within_reach`.
"""

from __future__ import annotations

from django.db.models import QuerySet

from iot_bridge.alarms.models import Alarm


def lock(rows: QuerySet[Alarm], *, skip_busy: bool = False) -> list[Alarm]:
    """These alarms as they are now, unchanged by others until the transaction ends.

    `skip_busy`: without those that somebody else is changing, for who comes again anyway.
    """
    # Sorted by the outermost query only: a limit or another order would have to be taken before the locks.
    return list(rows.order_by("id").select_for_update(of=("self",), skip_locked=skip_busy))
