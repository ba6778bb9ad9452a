"""Maintenance windows: which equipment is out of service, from when until when, and why."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class WindowState(models.TextChoices):
    """Where a window stands."""

    PLANNED = "planned", _("planned")
    RUNNING = "running", _("running")
    ENDED = "ended", _("ended")


class MaintenanceWindow(models.Model):
    """Out of service (ISA-18.2 clause 14) for one device, or for a subtree's devices, if need be of some kinds.

    `code` is the jurisdiction it is about, which is also who sees it: the device's own, or the subtree's.
    """

    id = models.BigAutoField(primary_key=True)
    code = models.CharField(_("jurisdiction"), max_length=15, db_index=True)
    device = models.ForeignKey(
        "devices.Device",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("device"),
    )
    kinds: models.JSONField[list[str]] = models.JSONField(
        _("kinds; none: all"), default=list, blank=True
    )
    begins_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("until"))
    reason = models.CharField(_("reason"), max_length=200)
    state = models.CharField(
        _("state"),
        max_length=8,
        choices=WindowState.choices,
        default=WindowState.PLANNED,
        db_index=True,
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("planned by")
    )
    by_name = models.CharField(_("name of who planned"), max_length=150)
    planned_at = models.DateTimeField(_("planned at"))
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    ended_by_name = models.CharField(_("name of who ended it early"), max_length=150, blank=True)

    class Meta:
        ordering = ["-id"]
        verbose_name = _("maintenance window")
        verbose_name_plural = _("maintenance windows")
        constraints = [
            models.CheckConstraint(
                name="window_begins_before_it_ends",
                condition=models.Q(begins_at__lt=models.F("ends_at")),
            ),
            models.CheckConstraint(
                name="window_ended_has_its_time",
                condition=models.Q(state="ended", ended_at__isnull=False)
                | models.Q(ended_at__isnull=True) & ~models.Q(state="ended"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.device_id or self.code} {self.begins_at:%F %H:%M}"
