"""What the worker has added up of closed alarms, so that a report need not read them again (ADR 29).

A window is ten minutes and a day is UTC's, each by its number since 1970: integers are read ten times faster than times.
"""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class WindowCount(models.Model):
    """Annunciations in ten minutes in a subtree, from villages up, by severity."""

    id = models.BigAutoField(primary_key=True)
    code = models.CharField(_("jurisdiction"), max_length=12)
    window = models.PositiveIntegerField(_("window"))
    severity = models.PositiveSmallIntegerField(_("severity"))
    raised = models.PositiveIntegerField(_("alarms raised"), default=0)
    again = models.PositiveIntegerField(_("active again"), default=0)

    class Meta:
        verbose_name = _("count of ten minutes")
        verbose_name_plural = _("counts of ten minutes")
        constraints = [
            models.UniqueConstraint(fields=["code", "window", "severity"], name="one_window_count")
        ]
        indexes = [models.Index(fields=["window"], name="window_count_by_time")]

    def __str__(self) -> str:
        return f"{self.code} {self.window} {self.severity}: {self.raised} + {self.again}"


class AlarmSource(models.Model):
    """A condition of a device in a jurisdiction, of which there were alarms."""

    id = models.BigAutoField(primary_key=True)
    code = models.CharField(_("jurisdiction"), max_length=15)
    device = models.CharField(_("device"), max_length=64)
    condition = models.CharField(_("condition"), max_length=24)

    class Meta:
        verbose_name = _("source of alarms")
        verbose_name_plural = _("sources of alarms")
        constraints = [
            models.UniqueConstraint(fields=["code", "device", "condition"], name="one_alarm_source")
        ]

    def __str__(self) -> str:
        return f"{self.device} {self.condition}"


class SourceDay(models.Model):
    """Annunciations of a source in a day, and the occurrences, with all repeats, of its alarms raised then."""

    id = models.BigAutoField(primary_key=True)
    source = models.ForeignKey(
        AlarmSource, models.CASCADE, db_index=False, verbose_name=_("source of alarms")
    )
    day = models.PositiveIntegerField(_("day"))
    count = models.PositiveIntegerField(_("annunciations"), default=0)
    occurrences = models.PositiveIntegerField(_("occurrences"), default=0)

    class Meta:
        verbose_name = _("day of a source")
        verbose_name_plural = _("days of sources")
        constraints = [
            models.UniqueConstraint(fields=["source", "day"], name="one_day_of_a_source")
        ]
        indexes = [
            # A report sums up each source's stretch of this index and reads no row.
            models.Index(fields=["source", "day", "count", "occurrences"], name="day_of_source"),
            models.Index(fields=["day"], name="day_of_sources"),
        ]

    def __str__(self) -> str:
        return f"{self.source_id} {self.day}: {self.count}"


class SeenDay(models.Model):
    """After how many whole seconds each of the alarms raised in a day was acknowledged: percentiles want them all."""

    id = models.BigAutoField(primary_key=True)
    code = models.CharField(_("jurisdiction"), max_length=12)
    day = models.PositiveIntegerField(_("day"))
    severity = models.PositiveSmallIntegerField(_("severity"))
    seconds = models.BinaryField(_("seconds, four bytes each, the least first"))

    class Meta:
        verbose_name = _("acknowledgements of a day")
        verbose_name_plural = _("acknowledgements of days")
        constraints = [
            models.UniqueConstraint(fields=["code", "day", "severity"], name="one_seen_day")
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.day} {self.severity}: {len(self.seconds) // 4}"


class Chattered(models.Model):
    """A closed alarm that chattered, over all of its life (epoch s). It may itself be gone."""

    alarm = models.BigIntegerField(_("alarm"), primary_key=True)
    source = models.ForeignKey(
        AlarmSource, models.CASCADE, db_index=False, verbose_name=_("source of alarms")
    )
    first = models.FloatField(_("first active"))
    last = models.FloatField(_("last active again"))
    bursts = models.PositiveIntegerField(_("bursts"))
    per_minute = models.PositiveIntegerField(_("most in a minute"))

    class Meta:
        verbose_name = _("alarm that chattered")
        verbose_name_plural = _("alarms that chattered")
        indexes = [models.Index(fields=["last"], name="chattered_by_time")]

    def __str__(self) -> str:
        return f"{self.alarm}: {self.bursts}"


class SettledMark(models.Model):
    """Up to which step of alarms' lives the closed ones are added up."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    through = models.BigIntegerField(_("last step counted"), default=0)

    class Meta:
        verbose_name = _("mark of the performance figures")
        verbose_name_plural = _("marks of the performance figures")

    def __str__(self) -> str:
        return f"≤ {self.through}"
