"""Units: who can be sent."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class UnitKind(models.TextChoices):
    """What sort of force a unit is."""

    PATROL = "patrol", _("patrol team")
    VILLAGE_CENTRE = "village_centre", _("village centre")
    DEPARTMENT = "department", _("department")


class UnitStatus(models.TextChoices):
    """What a unit is doing."""

    AVAILABLE = "available", _("available")
    COMMITTED = "committed", _("committed")
    EN_ROUTE = "en_route", _("en route")
    ON_SCENE = "on_scene", _("on scene")
    RETURNING = "returning", _("returning")
    OUT_OF_SERVICE = "out_of_service", _("out of service")


class Unit(models.Model):
    """A patrol team, a village centre or a department, with its status and post."""

    id = models.BigAutoField(primary_key=True)
    name = models.CharField(_("name"), max_length=80)
    kind = models.CharField(_("kind"), max_length=16, choices=UnitKind.choices)
    jurisdiction = models.ForeignKey(
        "jurisdictions.Jurisdiction",
        models.PROTECT,
        related_name="units",
        verbose_name=_("jurisdiction"),
    )
    status = models.CharField(
        _("status"), max_length=16, choices=UnitStatus.choices, default=UnitStatus.OUT_OF_SERVICE
    )
    longitude = models.FloatField(_("longitude of its post"), null=True, blank=True)
    latitude = models.FloatField(_("latitude of its post"), null=True, blank=True)
    updated_at = models.DateTimeField(_("status since"))

    class Meta:
        ordering = ["jurisdiction_id", "name"]
        verbose_name = _("unit")
        verbose_name_plural = _("units")

    def __str__(self) -> str:
        return self.name
