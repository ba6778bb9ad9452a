"""Stored rules with all their versions. Rules are read by every bridge, and changed by the services only."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

SEVERITIES = [(1, _("I red")), (2, _("II orange")), (3, _("III yellow")), (4, _("IV blue"))]


class Book(models.Model):
    """One row: the number of the last change to any rule. Its lock is held to the commit, so no change overtakes."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    revision = models.PositiveBigIntegerField(default=0)

    class Meta:
        verbose_name = _("rulebook")
        verbose_name_plural = _("rulebooks")

    def __str__(self) -> str:
        return str(self.revision)


class Rule(models.Model):
    """A rule as it stands now. Removed ones stay for the alarms that name them.

    It is for one device, or for the kinds (all, if empty) of the subtree under `code`.
    """

    id = models.BigAutoField(primary_key=True)
    name = models.CharField(_("name"), max_length=60)
    code = models.CharField(_("jurisdiction"), max_length=15, db_index=True)
    kinds: models.JSONField[list[str]] = models.JSONField(_("kinds"), default=list, blank=True)
    device = models.ForeignKey(
        "devices.Device",
        models.CASCADE,
        null=True,
        blank=True,
        related_name="rules",
        verbose_name=_("device"),
    )
    condition = models.CharField(_("condition"), max_length=24)
    title_zh = models.CharField(_("title, Chinese"), max_length=60, blank=True)
    title_en = models.CharField(_("title, English"), max_length=60, blank=True)
    severity = models.PositiveSmallIntegerField(
        _("severity"), choices=SEVERITIES, null=True, blank=True
    )
    latching = models.BooleanField(_("wants a reset by hand"), null=True, blank=True)
    definition: models.JSONField[dict[str, Any] | None] = models.JSONField(
        _("definition"), null=True, blank=True
    )
    enabled = models.BooleanField(_("in force"), default=True)
    version = models.PositiveIntegerField(_("version"), default=1)
    revision = models.PositiveBigIntegerField(_("change"), default=0, db_index=True)
    removed = models.BooleanField(_("removed"), default=False)
    changed_at = models.DateTimeField(_("last change"))
    changed_by_name = models.CharField(_("changed by"), max_length=150)
    quarantined_at = models.DateTimeField(_("in quarantine since"), null=True, blank=True)
    quarantine_device = models.CharField(_("device it failed on"), max_length=64, blank=True)
    quarantine_reason = models.CharField(_("why it failed"), max_length=300, blank=True)

    class Meta:
        ordering = ["-id"]
        verbose_name = _("alarm rule")
        verbose_name_plural = _("alarm rules")
        indexes = [
            models.Index(
                fields=["quarantined_at"],
                condition=models.Q(quarantined_at__isnull=False),
                name="rule_in_quarantine",
            )
        ]

    def __str__(self) -> str:
        return f"#{self.pk} {self.name}"

    @property
    def place(self) -> str:
        """The code it belongs to now: a device's rule moves with the device."""
        return self.device.jurisdiction_id if self.device is not None else self.code


class RuleVersion(models.Model):
    """A rule as it was after one change: who, when, why."""

    id = models.BigAutoField(primary_key=True)
    rule = models.ForeignKey(
        Rule, models.CASCADE, related_name="versions", verbose_name=_("alarm rule")
    )
    number = models.PositiveIntegerField(_("version"))
    at = models.DateTimeField(_("time"))
    step = models.CharField(
        _("change"),
        max_length=12,
        choices=[
            ("created", _("created")),
            ("changed", _("changed")),
            ("restored", _("brought back")),
            ("removed", _("removed")),
        ],
    )
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("changed by"),
    )
    actor_name = models.CharField(_("name then"), max_length=150)
    reason = models.CharField(_("reason"), max_length=300)
    content: models.JSONField[dict[str, Any]] = models.JSONField(_("content"))

    class Meta:
        ordering = ["-number"]
        verbose_name = _("version of a rule")
        verbose_name_plural = _("versions of rules")
        constraints = [models.UniqueConstraint(fields=["rule", "number"], name="rule_version_once")]

    def __str__(self) -> str:
        return f"#{self.rule_id} v{self.number}"
