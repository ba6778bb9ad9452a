"""The addresses of cameras' streams."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class CameraAddress(models.Model):
    """Where a camera's stream is, and the login it wants: sealed, as a whole (`command_center.sealed`).

    By itself, not a part of the device: what shows, exports or publishes devices cannot show it by mistake.
    The path is sealed too, since some makers want the login in it.
    """

    device = models.OneToOneField(
        "devices.Device",
        models.CASCADE,
        primary_key=True,
        related_name="+",
        verbose_name=_("camera"),
    )
    host = models.CharField(_("host"), max_length=300, editable=False)
    sealed = models.TextField(editable=False)
    changed_at = models.DateTimeField(_("changed at"), editable=False)

    class Meta:
        ordering = ["device_id"]
        verbose_name = _("camera address")
        verbose_name_plural = _("camera addresses")

    def __str__(self) -> str:
        return str(self.device_id)
