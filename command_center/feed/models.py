"""The table that the live feed is: every change a console shows, numbered in commit order."""

from __future__ import annotations

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _


class FeedHead(models.Model):
    """One row: the number last given, under whose lock numbers are given out."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    epoch = models.UUIDField(_("epoch"), default=uuid.uuid4, editable=False)
    seq = models.BigIntegerField(_("last number"), default=0)
    trimmed = models.BigIntegerField(_("events up to here are gone"), default=0)

    class Meta:
        verbose_name = _("head of the feed")
        verbose_name_plural = _("head of the feed")

    def __str__(self) -> str:
        return f"{self.epoch}:{self.seq}"


class FeedEvent(models.Model):
    """One change. `code` is the jurisdiction that it belongs to."""

    seq = models.BigIntegerField(primary_key=True)
    kind = models.CharField(max_length=32)
    at = models.DateTimeField(db_index=True)
    code = models.CharField(max_length=15)
    data = models.TextField(help_text="JSON of the object after the change, as it is sent")

    class Meta:
        ordering = ["seq"]
        verbose_name = _("feed event")
        verbose_name_plural = _("feed events")

    def __str__(self) -> str:
        return f"{self.seq} {self.kind} {self.code}"


class ConsoleCount(models.Model):
    """How many people had a page open at which they can acknowledge alarms, at the most, in ten minutes.

    By the jurisdiction of their post and by web process; who they were is not kept.
    """

    at = models.DateTimeField(_("beginning of the ten minutes"))
    code = models.CharField(_("jurisdiction"), max_length=15)
    instance = models.CharField(_("instance"), max_length=80)
    consoles = models.PositiveIntegerField(_("consoles"))

    class Meta:
        verbose_name = _("count of consoles")
        verbose_name_plural = _("counts of consoles")
        constraints = [
            models.UniqueConstraint(fields=["code", "at", "instance"], name="consoles_once")
        ]
        indexes = [models.Index(fields=["at"], name="consoles_by_time")]

    def __str__(self) -> str:
        return f"{self.code} {self.at} {self.consoles}"
