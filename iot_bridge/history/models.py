"""What the history keeps beside the events and alarms themselves: counts by the hour, and how long."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from iot_bridge.history.keeping import DAYS_AT_MOST, Keeping


class HourlyCount(models.Model):
    """How many events of a type, or alarms of a severity, came in an hour from a subtree.

    For prefectures, cities and townships; below them the rows themselves are few enough to count.
    """

    id = models.BigAutoField(primary_key=True)
    code = models.CharField(_("jurisdiction"), max_length=9)
    what = models.CharField(
        _("what"), max_length=8, choices=[("event", _("events")), ("alarm", _("alarms"))]
    )
    hour = models.DateTimeField(_("hour"))
    name = models.CharField(_("type or severity"), max_length=24)
    count = models.PositiveIntegerField(_("count"))

    class Meta:
        verbose_name = _("hourly count")
        verbose_name_plural = _("hourly counts")
        constraints = [
            models.UniqueConstraint(
                fields=["code", "what", "hour", "name"], name="one_hourly_count"
            )
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.hour:%Y-%m-%d %H} {self.what} {self.name}: {self.count}"


class Counted(models.Model):
    """Up to which row the hourly counts go."""

    what = models.CharField(_("what"), max_length=8, primary_key=True)
    through = models.BigIntegerField(_("last row counted"), default=0)

    class Meta:
        verbose_name = _("mark of the hourly counts")
        verbose_name_plural = _("marks of the hourly counts")

    def __str__(self) -> str:
        return f"{self.what} ≤ {self.through}"


class Retention(models.Model):
    """For how many days something is kept, where it is not as delivered (`keeping.DAYS`)."""

    what = models.CharField(_("what"), max_length=24, unique=True, choices=Keeping.choices)
    days = models.PositiveIntegerField(
        _("kept for so many days"),
        validators=[MinValueValidator(1), MaxValueValidator(DAYS_AT_MOST)],
    )

    class Meta:
        ordering = ["what"]
        verbose_name = _("retention")
        verbose_name_plural = _("retentions")

    def __str__(self) -> str:
        return f"{self.get_what_display()}: {self.days}"
