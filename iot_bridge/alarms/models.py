"""Alarms and their history, after ISA-18.2: active/cleared × unacknowledged/acknowledged."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Alarm(models.Model):
    """A condition on a device that someone must see.

    An alarm is open while it is active, unacknowledged, latched or shelved (`rules.lifecycle`); one open alarm
    per device and condition. It is annunciated unless shelved, out of service or suppressed.
    Name, place and jurisdiction are the device's at the time: a record does not change with the registry.
    """

    id = models.BigAutoField(primary_key=True)
    device = models.ForeignKey(
        "devices.Device", models.PROTECT, related_name="alarms", verbose_name=_("device")
    )
    device_name = models.CharField(_("device's name then"), max_length=80)
    kind = models.CharField(_("device's kind then"), max_length=16)
    site = models.CharField(_("device's site then"), max_length=120, blank=True)
    longitude = models.FloatField(_("longitude then"), null=True, blank=True)
    latitude = models.FloatField(_("latitude then"), null=True, blank=True)
    condition = models.CharField(_("condition"), max_length=24)
    severity = models.PositiveSmallIntegerField(_("severity"))
    code = models.CharField(_("jurisdiction"), max_length=15, db_index=True)
    open = models.BooleanField(_("open"), default=True)
    active = models.BooleanField(_("active"), default=True)
    acknowledged = models.BooleanField(_("acknowledged"), default=False)
    count = models.PositiveIntegerField(_("occurrences"), default=1)
    raised_at = models.DateTimeField(_("raised"))
    last_at = models.DateTimeField(_("last occurrence"))
    cleared_at = models.DateTimeField(_("cleared"), null=True, blank=True)
    acknowledged_at = models.DateTimeField(_("acknowledged"), null=True, blank=True)
    acknowledged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("acknowledged by"),
    )
    acknowledged_by_name = models.CharField(
        _("name of who acknowledged"), max_length=150, blank=True
    )
    note = models.CharField(_("note"), max_length=500, blank=True)
    detail = models.JSONField(_("detail"), default=dict)
    title_zh = models.CharField(_("title of an own condition, Chinese"), max_length=60, blank=True)
    title_en = models.CharField(_("title of an own condition, English"), max_length=60, blank=True)
    rule = models.PositiveBigIntegerField(_("stored rule that raised it"), null=True, blank=True)
    rule_version = models.PositiveIntegerField(_("version of that rule"), null=True, blank=True)
    latching = models.BooleanField(_("wants a reset once it has cleared"), default=False)
    latched = models.BooleanField(_("cleared, waits for its reset"), default=False)
    announced = models.BooleanField(_("was annunciated"), default=True)
    shelved_until = models.DateTimeField(_("shelved until"), null=True, blank=True)
    shelved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("shelved by"),
    )
    shelved_by_name = models.CharField(_("name of who shelved"), max_length=150, blank=True)
    shelve_reason = models.CharField(_("why shelved"), max_length=500, blank=True)
    out_of_service = models.BooleanField(_("device out of service"), default=False)
    suppressed_by = models.CharField(_("suppressed by this condition"), max_length=24, blank=True)
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("assigned to"),
    )
    assignee_name = models.CharField(_("name of who has it"), max_length=150, blank=True)
    comments = models.PositiveIntegerField(_("comments"), default=0)

    class Meta:
        ordering = ["-id"]
        verbose_name = _("alarm")
        verbose_name_plural = _("alarms")
        constraints = [
            models.UniqueConstraint(
                fields=["device", "condition"], condition=models.Q(open=True), name="one_open_alarm"
            ),
            models.CheckConstraint(
                name="open_while_something_keeps_it",
                condition=models.Q(open=True)
                & (
                    models.Q(active=True)
                    | models.Q(acknowledged=False)
                    | models.Q(latched=True)
                    | models.Q(shelved_until__isnull=False)
                )
                | models.Q(
                    open=False,
                    active=False,
                    acknowledged=True,
                    latched=False,
                    shelved_until__isnull=True,
                ),
            ),
            models.CheckConstraint(
                name="latched_is_not_active",
                condition=~models.Q(active=True, latched=True),
            ),
        ]
        indexes = [
            models.Index(fields=["code"], condition=models.Q(open=True), name="open_alarm_by_code"),
            models.Index(
                fields=["shelved_until"],
                condition=models.Q(shelved_until__isnull=False),
                name="shelved_alarm",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.id} {self.condition} {self.device_id}"


class AlarmChange(models.Model):
    """One step of an alarm's life: what, when, by whom, why."""

    id = models.BigAutoField(primary_key=True)
    alarm = models.ForeignKey(
        Alarm, models.CASCADE, related_name="changes", verbose_name=_("alarm")
    )
    at = models.DateTimeField(_("time"))
    change = models.CharField(
        _("change"),
        max_length=16,
        choices=[
            ("raised", _("raised")),
            ("reactivated", _("active again")),
            ("cleared", _("cleared")),
            ("acknowledged", _("acknowledged")),
            ("reset", _("reset")),
            ("shelved", _("shelved")),
            ("unshelved", _("taken off the shelf")),
            ("out_of_service", _("out of service")),
            ("in_service", _("back in service")),
            ("suppressed", _("suppressed by design")),
            ("unsuppressed", _("no longer suppressed")),
            ("assigned", _("assigned")),
            ("unassigned", _("assignment taken back")),
            ("commented", _("commented")),
            ("closed", _("closed")),
        ],
    )
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("actor"),
    )
    actor_name = models.CharField(_("actor's name then"), max_length=150, blank=True)
    note = models.CharField(_("note"), max_length=500, blank=True)
    detail = models.JSONField(_("detail"), default=dict)

    class Meta:
        ordering = ["id"]
        verbose_name = _("alarm change")
        verbose_name_plural = _("alarm changes")

    def __str__(self) -> str:
        return f"{self.alarm_id} {self.change}"
