"""What the worker does for the intake: retention."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from command_center.health.worker import Job
from iot_bridge.intake.models import DeadLetter, DeviceEvent

EVENTS_KEPT = timedelta(days=90)
LETTERS_KEPT = timedelta(days=180)
BATCH = 5_000


def _trim_events() -> str:
    """Forget events and closed letters past their time, a bounded number at once."""
    now = timezone.now()
    old = DeviceEvent.objects.filter(at__lt=now - EVENTS_KEPT).order_by("at")
    events, _ = DeviceEvent.objects.filter(
        pk__in=list(old.values_list("pk", flat=True)[:BATCH])
    ).delete()
    letters, _ = (
        DeadLetter.objects.exclude(state="open").filter(last_at__lt=now - LETTERS_KEPT).delete()
    )
    return f"{events} device events, {letters} dead letters trimmed" if events or letters else ""


trim_events = Job(name="trim_events", every_s=60, run=_trim_events)
