"""Pictures of places that cameras sent with an event. The bytes lie under DATA_DIR, by their digest."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Snapshot(models.Model):
    """One picture of one event. Name, site and jurisdiction are the camera's at the time."""

    id = models.BigAutoField(primary_key=True)
    device = models.ForeignKey(
        "devices.Device",
        models.CASCADE,
        related_name="snapshots",
        db_index=False,
        verbose_name=_("device"),
    )
    device_name = models.CharField(_("device's name then"), max_length=80)
    code = models.CharField(_("jurisdiction"), max_length=15)
    site = models.CharField(_("site"), max_length=120, blank=True)
    event_id = models.CharField(_("event id"), max_length=64)
    type = models.CharField(_("type"), max_length=24)
    at = models.DateTimeField(_("received"), db_index=True)
    sha256 = models.CharField(_("digest"), max_length=64, db_index=True)
    media_type = models.CharField(_("media type"), max_length=20)
    size = models.PositiveIntegerField(_("size, bytes"))
    width = models.PositiveIntegerField(_("width, pixels"))
    height = models.PositiveIntegerField(_("height, pixels"))

    class Meta:
        ordering = ["-id"]
        verbose_name = _("snapshot of a place")
        verbose_name_plural = _("snapshots of places")
        constraints = [
            models.UniqueConstraint(fields=["device", "event_id"], name="snapshot_once_an_event")
        ]
        indexes = [
            models.Index(fields=["device", "at"], name="snapshot_by_device"),
            models.Index(fields=["code", "site", "at"], name="snapshot_by_site"),
        ]

    def __str__(self) -> str:
        return f"{self.device_id} {self.at:%Y-%m-%d %H:%M:%S}"
