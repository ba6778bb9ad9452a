"""The jurisdiction tree, keyed by division code."""

from __future__ import annotations

from contextlib import suppress

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from command_center.jurisdictions.codes import MAX_LENGTH, BadCodeError, Level, level_of, parent_of


def validate_code(value: str) -> None:
    """Refuse a text that is not a division code."""
    try:
        level_of(value)
    except BadCodeError as error:
        raise ValidationError(str(error), code="bad_code") from error


class Jurisdiction(models.Model):
    """A node of the tree city → township → village → grid."""

    code = models.CharField(
        _("code"), max_length=MAX_LENGTH, primary_key=True, validators=[validate_code]
    )
    name = models.CharField(_("name"), max_length=80)
    level = models.CharField(
        _("level"),
        max_length=12,
        editable=False,
        choices=[
            (Level.PREFECTURE, _("prefecture")),
            (Level.CITY, _("city")),
            (Level.TOWNSHIP, _("township")),
            (Level.VILLAGE, _("village")),
            (Level.GRID, _("grid")),
        ],
    )
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, editable=False, related_name="children"
    )
    area = models.JSONField(
        _("area"), null=True, blank=True, help_text=_("GeoJSON Polygon or MultiPolygon, WGS-84")
    )
    illustrative = models.BooleanField(
        _("illustrative area"), default=False, help_text=_("The area is not an official boundary.")
    )
    longitude = models.FloatField(_("longitude of the centre"), null=True, blank=True)
    latitude = models.FloatField(_("latitude of the centre"), null=True, blank=True)

    class Meta:
        ordering = ["code"]
        verbose_name = _("jurisdiction")
        verbose_name_plural = _("jurisdictions")

    def __str__(self) -> str:
        return f"{self.name} {self.code}"

    def clean(self) -> None:
        """Derive level and parent from the code; a parent that is not imported is refused below the top."""
        super().clean()
        with suppress(BadCodeError):  # the field's own validator says what is wrong
            self.derive()

    def derive(self) -> None:
        """Set level and parent from the code. The parent is the nearest ancestor that exists."""
        self.level = level_of(self.code)
        parent = parent_of(self.code)
        while parent and not Jurisdiction.objects.filter(code=parent).exists():
            parent = parent_of(parent)
        self.parent_id = parent

    @property
    def centre(self) -> tuple[float, float] | None:
        """Longitude and latitude in degrees, or None."""
        if self.longitude is None or self.latitude is None:
            return None
        return self.longitude, self.latitude
