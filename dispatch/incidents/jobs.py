"""What the worker does for incidents. Each job is idempotent and short."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from command_center.health.worker import Job
from dispatch.incidents import moving, selectors, supervision


def _supervise_overdue() -> str:
    count = supervision.supervise_overdue(now=timezone.now())
    return f"{count} overdue incidents put under supervision" if count else ""


def _escalate_late_orders() -> str:
    count = supervision.escalate_late_orders(now=timezone.now())
    return f"{count} orders that were not kept escalated" if count else ""


def _resume_suspended() -> str:
    count = moving.resume_due(now=timezone.now())
    return f"{count} suspended incidents taken up again" if count else ""


def _archive_closed() -> str:
    kept = timedelta(days=selectors.rules().archive_after_days)
    count = moving.archive_old(before=timezone.now() - kept)
    return f"{count} closed incidents archived" if count else ""


supervise_overdue = Job(name="supervise_overdue", every_s=5, run=_supervise_overdue)
escalate_late_orders = Job(name="escalate_late_orders", every_s=5, run=_escalate_late_orders)
resume_suspended = Job(name="resume_suspended", every_s=5, run=_resume_suspended)
archive_closed = Job(name="archive_closed", every_s=600, run=_archive_closed)
