"""Stretches of time from which events may be missing, and until when each bridge has listened."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class OutageCause(models.TextChoices):
    """Why nothing was heard."""

    SITE_SILENT = "site_silent", _("the devices of one place fell silent together")
    ALL_SILENT = "all_silent", _("the broker's line stands and brings nothing")
    BROKER_DOWN = "broker_down", _("no line to the broker")
    BRIDGE_DOWN = "bridge_down", _("the bridge did not run")


class Outage(models.Model):
    """Nothing was heard from a place between two moments; events of that time may be missing.

    `code` is a subtree; with the cause `site_silent` it is a village, and `site` one of its sites, or the
    devices that name none. `until` is null while it lasts.
    """

    id = models.BigAutoField(primary_key=True)
    cause = models.CharField(_("cause"), max_length=16, choices=OutageCause.choices)
    code = models.CharField(_("jurisdiction"), max_length=15, db_index=True)
    site = models.CharField(_("site"), max_length=120, blank=True)
    bridge = models.CharField(_("bridge"), max_length=64)
    since = models.DateTimeField(_("since"))
    until = models.DateTimeField(_("until"), null=True, blank=True, db_index=True)
    devices = models.PositiveIntegerField(_("devices concerned"), default=0)
    anchor = models.CharField(_("device that its alarm stands on"), max_length=64, blank=True)
    members: models.JSONField[list[str]] = models.JSONField(_("their ids"), default=list)

    class Meta:
        ordering = ["-id"]
        verbose_name = _("outage")
        verbose_name_plural = _("outages")
        constraints = [
            models.UniqueConstraint(
                fields=["bridge", "cause", "code", "site"],
                condition=models.Q(until=None),
                name="one_open_outage",
            )
        ]

    def __str__(self) -> str:
        return f"{self.cause} {self.code} {self.site}".rstrip()


class Listening(models.Model):
    """Until when a bridge has listened, and to which subtrees: what it was deaf to is told by this."""

    bridge = models.CharField(_("bridge"), max_length=64, primary_key=True)
    codes: models.JSONField[list[str]] = models.JSONField(_("jurisdictions"), default=list)
    until = models.DateTimeField(_("listened until"))

    class Meta:
        verbose_name = _("listening of a bridge")
        verbose_name_plural = _("listening of the bridges")

    def __str__(self) -> str:
        return self.bridge
