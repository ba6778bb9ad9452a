"""Notices: which post was told of a case, and when one of its holders had seen it."""

from __future__ import annotations

from enum import StrEnum

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class NoticeWhy(StrEnum):
    """What a notice tells."""

    PLAN = "plan"
    """a response plan was confirmed"""
    ORDERED = "ordered"
    """the case is under supervision"""
    LATE = "late"
    """an order from above was not kept"""


WHYS = [
    (NoticeWhy.PLAN, _("response plan confirmed")),
    (NoticeWhy.ORDERED, _("put under supervision")),
    (NoticeWhy.LATE, _("supervision order not kept")),
]


class Notice(models.Model):
    """What a post (a role at a jurisdiction) was told of a case. It stays until seen or of no use any more.

    `message` is the key of how it was delivered; opaque here. `place` is the jurisdiction's name as it was.
    `plan` names the plan that told, `due_at` the time of the order from above that did. Without a `sender`
    the system told.
    """

    id = models.BigAutoField(primary_key=True)
    incident = models.ForeignKey(
        "incidents.Incident", models.PROTECT, related_name="notices", verbose_name=_("incident")
    )
    role = models.CharField(_("role"), max_length=24)
    code = models.CharField(_("jurisdiction"), max_length=15)
    place = models.CharField(_("name of the jurisdiction"), max_length=80)
    why = models.CharField(_("what it tells"), max_length=8, choices=WHYS, default=NoticeWhy.PLAN)
    plan = models.CharField(_("response plan"), max_length=60, blank=True)
    due_at = models.DateTimeField(_("to be finished by"), null=True, blank=True)
    people = models.PositiveSmallIntegerField(_("people told"), default=0)
    message = models.BigIntegerField(_("message"), unique=True)
    sender = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("told by"),
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
