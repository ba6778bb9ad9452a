"""How long devices may say nothing, by kind and codec. What is changed holds on every bridge within a second."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from command_center.audit.services import Action, record
from command_center.feed import services as feed
from command_center.feed.sections import FeedModel
from command_center.jurisdictions.selectors import root_code
from iot_bridge.codecs.registry import REGISTRY
from iot_bridge.devices.models import KindTiming
from iot_bridge.protocol.topics import Kind
from iot_bridge.rules.thresholds import Timing, timing_of

if TYPE_CHECKING:
    from command_center.accounts.models import User

TIMING_CHANGED = "timing.changed"

Timings = Mapping[tuple[str, str], Timing]


class TimingChanged(FeedModel):
    """For the bridges: devices of this kind and codec are to be looked at anew."""

    kind: Kind
    codec: str


def timings() -> Timings:
    """What this installation has set, by kind and codec."""
    return {
        (row.kind, row.codec): Timing(row.degraded_after_s, row.offline_after_s)
        for row in KindTiming.objects.all()
    }


def shipped() -> Mapping[str, Timing]:
    """The timings that the codecs bring, by codec."""
    makers = [REGISTRY.by_name(name) for name in REGISTRY.names]
    return {m.name: timing_of(m.silence_s, getattr(m, "late_s", None)) for m in makers}


def timing_for(kind: Kind, codec: str, known: Timings) -> Timing | None:
    """The timing of a sort of device: the installation's, else its codec's; None for an unknown codec."""
    own = known.get((kind, codec))
    if own is not None:
        return own
    try:
        maker = REGISTRY.by_name(codec)
    except KeyError:
        return None
    return timing_of(maker.silence_s, getattr(maker, "late_s", None))


def save_timing(*, row: KindTiming, actor: User | None) -> KindTiming:
    """Add a timing or change it. Raises ValidationError naming the wrong field."""
    if row.codec not in REGISTRY.names:
        raise ValidationError({"codec": _("there is no such codec")})
    row.full_clean()
    late = row.degraded_after_s
    if late is not None and late >= row.offline_after_s:
        raise ValidationError({"degraded_after_s": _("must be less than what makes it offline")})
    with feed.transaction() as publication:
        before = KindTiming.objects.filter(pk=row.pk).first()
        row.save()
        for changed in (row, before):
            if changed is not None:
                _tell(publication, changed)
        _record(row, actor)
    return row


def remove_timing(*, row: KindTiming, actor: User | None) -> None:
    """Take a timing away: what ships holds again."""
    with feed.transaction() as publication:
        _record(row, actor, removed=True)
        _tell(publication, row)
        row.delete()


def _tell(publication: feed.Publication, row: KindTiming) -> None:
    publication.hint(TIMING_CHANGED, TimingChanged(kind=Kind(row.kind), codec=row.codec))


def _record(row: KindTiming, actor: User | None, **detail: bool) -> None:
    record(
        action=Action.DEVICE_TIMING,
        actor=actor,
        subject=f"{row.kind} {row.codec}",
        code=root_code(),
        detail={**detail, "now": str(row)},
    )
