"""Outages begin and end here, with the one alarm that each is.

An alarm stands on a device. That of a place stands on one of its devices, its anchor, under the place's name
(ADR 23).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.utils import timezone

from command_center.feed import services as feed
from command_center.jurisdictions.codes import common_ancestor, within
from command_center.jurisdictions.selectors import children_of, names_of, top_codes
from iot_bridge.alarms.anchors import first_device, subjects
from iot_bridge.alarms.services import Subject, Verdict, apply_verdicts
from iot_bridge.outages.feed import outage_data
from iot_bridge.outages.models import Listening, Outage, OutageCause
from iot_bridge.rules.conditions import Condition
from iot_bridge.rules.evaluate import Clear, Raise

DEAF = timedelta(seconds=10)
"""A line lost for less is nothing: what devices said meanwhile waits at the broker."""
DEAD = timedelta(seconds=30)
"""A bridge that has said nothing for so long is not there."""
MEMBERS_KEPT = 200

WIDE = (OutageCause.ALL_SILENT, OutageCause.BROKER_DOWN, OutageCause.BRIDGE_DOWN)


@dataclass(frozen=True, slots=True)
class Place:
    """What fell silent: a site of a village, or with `site` None whole subtrees."""

    codes: tuple[str, ...]
    site: str | None = None


def begin(
    publication: feed.Publication,
    *,
    cause: OutageCause,
    place: Place,
    bridge: str,
    since: datetime,
    now: datetime,
    anchor: Subject | None,
    members: Sequence[str] = (),
    devices: int = 0,
) -> list[Outage]:
    """Note an outage, one row for each subtree, and raise its alarm on the anchor. Idempotent."""
    rows = []
    for code in place.codes:
        row, new = Outage.objects.get_or_create(
            bridge=bridge,
            cause=cause,
            code=code,
            site=place.site or "",
            until=None,
            defaults={
                "since": since,
                "devices": devices,
                "members": list(members[:MEMBERS_KEPT]),
                "anchor": anchor.id if anchor and code == place.codes[0] else "",
            },
        )
        rows.append(row)
        if new:
            publication.emit("outage.changed", code=code, data=outage_data(row))
    if anchor is not None and rows and rows[0].anchor == anchor.id:
        detail = {
            "cause": str(cause),
            "silent_since_ms": int(since.timestamp() * 1000),
            "devices": devices,
            **({"members": list(members[:MEMBERS_KEPT])} if members else {}),
        }
        raised = Raise(_condition(cause), detail)
        apply_verdicts(publication, [Verdict(_named(anchor, place), raised, now)])
    return rows


def grow(publication: feed.Publication, *, outage: int, members: Sequence[str]) -> None:
    """More devices of the place have gone off line."""
    row = Outage.objects.filter(pk=outage, until=None).first()
    if row is None or row.devices >= len(members):
        return
    row.devices, row.members = len(members), list(members[:MEMBERS_KEPT])
    row.save(update_fields=["devices", "members"])
    publication.emit("outage.changed", code=row.code, data=outage_data(row))


def end(
    publication: feed.Publication, *, outages: Iterable[Outage], until: datetime, now: datetime
) -> None:
    """They are over: the stretch of time stays on record, the alarms clear."""
    rows = list(outages)
    for row in rows:
        row.until = max(until, row.since)
        row.save(update_fields=["until"])
        publication.emit("outage.changed", code=row.code, data=outage_data(row))
    found = subjects([row.anchor for row in rows if row.anchor])
    verdicts = [
        Verdict(found[row.anchor], Clear(_condition(OutageCause(row.cause))), now)
        for row in rows
        if row.anchor in found
    ]
    apply_verdicts(publication, verdicts)


def lasting(*, bridge: str, causes: Iterable[OutageCause] | None = None) -> list[Outage]:
    """The outages of a bridge that have not ended, locked."""
    rows = Outage.objects.select_for_update().filter(bridge=bridge, until=None)
    return list((rows.filter(cause__in=list(causes)) if causes else rows).order_by("id"))


def covering(include: Iterable[str], exclude: Iterable[str]) -> tuple[str, ...]:
    """The subtrees that together are what a bridge listens to: the largest, without what it leaves to others."""
    left_out = tuple(exclude)

    def part(code: str) -> list[str]:
        if within(code, left_out):
            return []
        if not any(other.startswith(code) for other in left_out):
            return [code]
        return [found for child in children_of(code) for found in part(child)]

    return tuple(found for code in (tuple(include) or top_codes()) for found in part(code))


# -- what a bridge, and who watches it, tells ------------------------------------------------------


def hears(*, bridge: str, codes: Sequence[str], now: datetime) -> bool:
    """The bridge has its line and the database: what it was deaf to before is on record now.

    To be called when the line stands, and again and again while it does. True if that ended an outage.
    """
    with feed.transaction() as publication:
        before = Listening.objects.select_for_update().filter(pk=bridge).first()
        open_ones = lasting(
            bridge=bridge, causes=(OutageCause.BROKER_DOWN, OutageCause.BRIDGE_DOWN)
        )
        if open_ones:
            end(publication, outages=open_ones, until=now, now=now)
        elif before is not None and now - before.until > DEAF:
            _record_gap(publication, bridge, before, now)
        for other in Listening.objects.exclude(pk=bridge):
            if codes and all(within(code, codes) for code in other.codes):
                end(publication, outages=lasting(bridge=other.bridge), until=now, now=now)
                other.delete()
        Listening.objects.update_or_create(
            bridge=bridge, defaults={"codes": list(codes), "until": now}
        )
    return bool(open_ones)


def _record_gap(
    publication: feed.Publication, bridge: str, before: Listening, now: datetime
) -> None:
    for code in before.codes:
        row = Outage.objects.create(
            cause=OutageCause.BRIDGE_DOWN, code=code, bridge=bridge, since=before.until, until=now
        )
        publication.emit("outage.changed", code=code, data=outage_data(row))


def is_deaf(*, bridge: str, codes: Sequence[str], cause: OutageCause, now: datetime) -> bool:
    """The bridge does not listen: after a while that is an outage. True if one began by this."""
    with feed.transaction() as publication:
        known, _new = Listening.objects.get_or_create(
            bridge=bridge, defaults={"codes": list(codes), "until": now}
        )
        if now - known.until <= DEAF or lasting(bridge=bridge, causes=WIDE):
            return False
        place = Place(tuple(codes or known.codes))
        begin(
            publication,
            cause=cause,
            place=place,
            bridge=bridge,
            since=known.until,
            now=now,
            anchor=first_device(place.codes),
        )
    return True


def watch_bridges(*, now: datetime) -> int:
    """Note the bridges that are not there. How many are new."""
    silent = Listening.objects.filter(until__lt=now - DEAD).values_list("bridge", "codes")
    return sum(
        is_deaf(bridge=bridge, codes=codes, cause=OutageCause.BRIDGE_DOWN, now=now)
        for bridge, codes in list(silent)
    )


def forget_bridge(*, bridge: Listening) -> None:
    """It will not come back: another listens in its place, or nobody has to."""
    now = timezone.now()
    with feed.transaction() as publication:
        end(publication, outages=lasting(bridge=bridge.bridge), until=now, now=now)
        bridge.delete()


def _condition(cause: OutageCause) -> Condition:
    if cause is OutageCause.SITE_SILENT:
        return Condition.SITE_SILENT
    return Condition.REPORTS_STOPPED


def _named(anchor: Subject, place: Place) -> Subject:
    """The anchor under the name of its place."""
    code = common_ancestor(place.codes) or anchor.code
    name = place.site or names_of([code]).get(code, code)
    if place.site is None:
        return replace(anchor, name=name, code=code, site="", longitude=None, latitude=None)
    return replace(anchor, name=name[:80], code=code)
