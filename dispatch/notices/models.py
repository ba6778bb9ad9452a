"""Notices: which post was told of a case, and when one of its holders had seen it."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Notice(models.Model):
    """What a post (a role at a jurisdiction) was told of a case. It stays until seen or of no use any more.

    `message` is the key of how it was delivered; opaque here. `place` is the jurisdiction's name as it was.
    """

    id = models.BigAutoField(primary_key=True)
    incident = models.ForeignKey(
        "incidents.Incident", models.PROTECT, related_name="notices", verbose_name=_("incident")
    )
    role = models.CharField(_("role"), max_length=24)
    code = models.CharField(_("jurisdiction"), max_length=15)
    place = models.CharField(_("name of the jurisdiction"), max_length=80)
    plan = models.CharField(_("response plan"), max_length=60)
    people = models.PositiveSmallIntegerField(_("people told"), default=0)
    message = models.BigIntegerField(_("message"), unique=True)
    sender = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        verbose_name=_("confirmed by"),
    )
    at = models.DateTimeField(_("time"))
    seen_at = models.DateTimeField(_("seen at"), null=True, blank=True)
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True, blank=True)

    class Meta:
        ordering = ["id"]
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        indexes = [
            models.Index(
                fields=["code"],
                condition=models.Q(seen_at__isnull=True, withdrawn_at__isnull=True),
                name="notice_open_by_code",
            )
        ]

    def __str__(self) -> str:
        return f"{self.incident_id} → {self.role} {self.code}"
