"""Other systems with a key each, and what they have reported."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

PER_MINUTE = 120


class ExternalSystem(models.Model):
    """A system that reports by itself, within a jurisdiction. Of its key only prefix and hash are kept."""

    name = models.CharField(_("name"), max_length=60)
    jurisdiction = models.ForeignKey(
        "jurisdictions.Jurisdiction",
        models.PROTECT,
        related_name="+",
        verbose_name=_("jurisdiction"),
    )
    category = models.ForeignKey(
        "incidents.Category",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("incident category"),
        help_text=_("What it may report: one category, or a group. Empty: any."),
    )
    in_use = models.BooleanField(_("in use"), default=True)
    per_minute = models.PositiveIntegerField(
        _("requests a minute"),
        default=PER_MINUTE,
        validators=[MinValueValidator(1), MaxValueValidator(6000)],
    )
    key_prefix = models.CharField(
        _("beginning of its key"), max_length=16, unique=True, editable=False
    )
    key_digest = models.CharField(_("hash of its key"), max_length=64, editable=False)
    key_since = models.DateTimeField(_("key since"), editable=False)
    created_at = models.DateTimeField(_("registered at"), editable=False)
    last_used_at = models.DateTimeField(_("last used"), null=True, blank=True, editable=False)
    minute = models.DateTimeField(_("minute counted"), null=True, blank=True, editable=False)
    asked = models.PositiveIntegerField(_("requests in it"), default=0, editable=False)

    class Meta:
        ordering = ["jurisdiction_id", "name"]
        verbose_name = _("other system")
        verbose_name_plural = _("other systems")
        constraints = [
            models.UniqueConstraint(fields=["name", "jurisdiction"], name="external_system_once")
        ]

    def __str__(self) -> str:
        return self.name


class ExternalReport(models.Model):
    """What a system reported under a number of its own, and the case that came of it."""

    system = models.ForeignKey(
        ExternalSystem, models.PROTECT, related_name="reports", verbose_name=_("other system")
    )
    reference = models.CharField(_("its own number"), max_length=64)
    incident = models.OneToOneField(
        "incidents.Incident", models.CASCADE, related_name="+", verbose_name=_("incident")
    )
    occurred_at = models.DateTimeField(_("occurred at"), null=True, blank=True)
    at = models.DateTimeField(_("time"))

    class Meta:
        ordering = ["id"]
        verbose_name = _("report of another system")
        verbose_name_plural = _("reports of other systems")
        constraints = [
            models.UniqueConstraint(fields=["system", "reference"], name="external_reference_once")
        ]

    def __str__(self) -> str:
        return f"{self.system_id} {self.reference}"
