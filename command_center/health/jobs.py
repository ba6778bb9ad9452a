"""What the worker does for the command centre itself. Each job is idempotent and short."""

from __future__ import annotations

from datetime import timedelta

from django.contrib.sessions.models import Session
from django.db.models import Max
from django.utils import timezone

from command_center.feed.models import ConsoleCount, FeedEvent, FeedHead
from command_center.health.models import ProcessHeartbeat
from command_center.health.worker import Job

FEED_KEPT = timedelta(hours=24)
FEED_BATCH = 20_000
CONSOLES_KEPT = timedelta(days=400)


def _trim_feed() -> str:
    """Forget feed events that no console will ask for again; who is further behind takes a snapshot."""
    before = timezone.now() - FEED_KEPT
    last = FeedEvent.objects.filter(at__lt=before).aggregate(last=Max("seq"))["last"]
    if last is None:
        return ""
    trimmed = FeedHead.objects.values_list("trimmed", flat=True).get(id=1)
    last = min(last, trimmed + FEED_BATCH)
    FeedHead.objects.filter(id=1).update(trimmed=last)
    count, _ = FeedEvent.objects.filter(seq__lte=last).delete()
    return f"{count} feed events trimmed"


def _forget_dead_processes() -> str:
    before = timezone.now() - timedelta(hours=1)
    count, _ = ProcessHeartbeat.objects.filter(at__lt=before).delete()
    return f"{count} silent processes forgotten" if count else ""


def _forget_consoles() -> str:
    before = timezone.now() - CONSOLES_KEPT
    count, _ = ConsoleCount.objects.filter(at__lt=before).delete()
    return f"{count} old counts of consoles forgotten" if count else ""


def _clear_sessions() -> str:
    count, _ = Session.objects.filter(expire_date__lt=timezone.now()).delete()
    return f"{count} ended sessions cleared" if count else ""


trim_feed = Job(name="trim_feed", every_s=300, run=_trim_feed)
forget_dead_processes = Job(name="forget_dead_processes", every_s=600, run=_forget_dead_processes)
clear_sessions = Job(name="clear_sessions", every_s=3600, run=_clear_sessions)
forget_consoles = Job(name="forget_consoles", every_s=3600, run=_forget_consoles)
