"""What the processes say of themselves, and who of several may act."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class ProcessHeartbeat(models.Model):
    """The last word of one process (bridge, worker …)."""

    name = models.CharField(_("process"), max_length=32)
    instance = models.CharField(_("instance"), max_length=64)
    pid = models.PositiveIntegerField(_("process id"))
    started_at = models.DateTimeField(_("started"))
    at = models.DateTimeField(_("last heartbeat"))
    ready = models.BooleanField(_("ready"), default=False)
    detail = models.CharField(_("detail"), max_length=200, blank=True)
    counters = models.JSONField(_("counters"), default=dict)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["name", "instance"], name="heartbeat_once")]
        verbose_name = _("process heartbeat")
        verbose_name_plural = _("process heartbeats")

    def __str__(self) -> str:
        return f"{self.name}/{self.instance}"


class Lease(models.Model):
    """The right of one process of several to act, until it runs out."""

    name = models.CharField(_("lease"), max_length=32, primary_key=True)
    holder = models.CharField(_("holder"), max_length=64)
    until = models.DateTimeField(_("until"))

    class Meta:
        verbose_name = _("lease")
        verbose_name_plural = _("leases")

    def __str__(self) -> str:
        return f"{self.name}: {self.holder}"
