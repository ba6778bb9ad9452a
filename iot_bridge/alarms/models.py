"""Alarms and their history, after ISA-18.2: active/cleared × unacknowledged/acknowledged."""

from __future__ import annotations

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from iot_bridge.alarms.words import condition_word, severity_word
from iot_bridge.devices.models import KINDS
from iot_bridge.protocol.topics import Kind

SEVERITY_CHOICES = [(1, _("red")), (2, _("orange")), (3, _("yellow")), (4, _("blue"))]


class CorrelationRule(models.Model):
    """Which alarms at one place and within a window are one event; see `rules.correlating`."""

    id = models.BigAutoField(primary_key=True)
    code = models.SlugField(_("code"), max_length=32, unique=True)
    name = models.CharField(_("name"), max_length=60)
    enabled = models.BooleanField(_("in use"), default=True)
    order = models.PositiveSmallIntegerField(
        _("order"), default=100, help_text=_("The first rule that fits names the group.")
    )
    conditions = models.JSONField(
        _("conditions"),
        default=list,
        blank=True,
        help_text=_("All of these must be there; none: any alarm that is grave enough counts."),
    )
    devices = models.PositiveSmallIntegerField(
        _("devices"),
        default=2,
        validators=[MinValueValidator(2), MaxValueValidator(100)],
        help_text=_("From so many different devices on."),
    )
    least_severity = models.PositiveSmallIntegerField(
        _("least severity"),
        default=4,
        choices=SEVERITY_CHOICES,
        help_text=_("Alarms less grave do not count."),
    )
    window_s = models.PositiveIntegerField(
        _("window in seconds"),
        default=60,
        validators=[MinValueValidator(1), MaxValueValidator(3600)],
    )
    radius_m = models.PositiveIntegerField(
        _("radius in metres"),
        default=30,
        validators=[MaxValueValidator(1000)],
        help_text=_("For devices without a site: so near are they at one place."),
    )
    raise_by = models.PositiveSmallIntegerField(
        _("raise severity by"),
        default=0,
        validators=[MaxValueValidator(3)],
        help_text=_("So many steps graver than its gravest alarm is the group."),
    )

    class Meta:
        ordering = ["order", "code"]
        verbose_name = _("correlation rule")
        verbose_name_plural = _("correlation rules")

    def __str__(self) -> str:
        return self.name


class AlarmGroup(models.Model):
    """Alarms of several devices that are one event. Its members are kept after they have closed.

    It ends when all have. The rule's code and name are those of then.
    """

    id = models.BigAutoField(primary_key=True)
    rule = models.CharField(_("rule then"), max_length=32)
    name = models.CharField(_("rule's name then"), max_length=60)
    severity = models.PositiveSmallIntegerField(_("severity"))
    code = models.CharField(_("jurisdiction"), max_length=15, db_index=True)
    site = models.CharField(_("site"), max_length=120, blank=True)
    raised_at = models.DateTimeField(_("raised"))
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        verbose_name = _("alarm group")
        verbose_name_plural = _("alarm groups")

    def __str__(self) -> str:
        return f"{self.id} {self.rule}"


class Alarm(models.Model):
    """A condition on a device that someone must see.

    An alarm is open while it is active, unacknowledged, latched or shelved (`rules.lifecycle`); one open alarm
    per device and condition. It is annunciated unless shelved, out of service or suppressed.
    Name, place and jurisdiction are the device's at the time: a record does not change with the registry.
    """

    id = models.BigAutoField(primary_key=True)
    device = models.ForeignKey(
        "devices.Device",
        models.PROTECT,
        related_name="alarms",
        db_index=False,
        verbose_name=_("device"),
    )
    device_name = models.CharField(_("device's name then"), max_length=80)
    kind = models.CharField(_("device's kind then"), max_length=16)
    site = models.CharField(_("device's site then"), max_length=120, blank=True)
    longitude = models.FloatField(_("longitude then"), null=True, blank=True)
    latitude = models.FloatField(_("latitude then"), null=True, blank=True)
    condition = models.CharField(_("condition"), max_length=24)
    severity = models.PositiveSmallIntegerField(_("severity"))
    code = models.CharField(_("jurisdiction"), max_length=15)
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
    level = models.CharField(_("level that has to see to it"), max_length=15, blank=True)
    level_since = models.DateTimeField(_("that level's since"), null=True, blank=True)
    level_reminders = models.PositiveIntegerField(_("reminders at that level"), default=0)
    reminders = models.PositiveIntegerField(_("reminders"), default=0)
    escalated_at = models.DateTimeField(_("escalated"), null=True, blank=True)
    due_at = models.DateTimeField(_("next reminder or level"), null=True, blank=True)
    chattering = models.BooleanField(_("chattering"), default=False)
    group = models.ForeignKey(
        AlarmGroup,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="alarms",
        verbose_name=_("group"),
    )
    group_rule = models.CharField(_("group's rule"), max_length=32, blank=True)
    group_name = models.CharField(_("group's name"), max_length=60, blank=True)
    group_severity = models.PositiveSmallIntegerField(_("group's severity"), null=True, blank=True)

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
            models.Index(
                fields=["code", "site", "last_at"],
                condition=models.Q(open=True),
                name="open_alarm_by_site",
            ),
            # All that the performance figures ask of an alarm: they read this index and no row.
            models.Index(
                fields=[
                    "raised_at",
                    "code",
                    "severity",
                    "device",
                    "condition",
                    "acknowledged_at",
                    "announced",  # SQLite asks the row for it, though all of the index have it
                ],
                condition=models.Q(announced=True),
                name="announced_alarm_by_raised",
            ),
            models.Index(
                fields=["due_at"],
                condition=models.Q(open=True, acknowledged=False),
                name="unseen_alarm_by_due",
            ),
            models.Index(fields=["id"], condition=models.Q(open=True), name="open_alarm_newest"),
            models.Index(fields=["device", "id"], name="alarm_by_device"),
            models.Index(fields=["condition", "severity", "id"], name="alarm_by_condition"),
            models.Index(fields=["code", "condition", "severity", "id"], name="alarm_by_code"),
            models.Index(fields=["raised_at"], name="alarm_by_time"),
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
            ("chattering", _("chattering")),
            ("settled", _("quiet again")),
            ("grouped", _("grouped")),
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
            ("reminded", _("reminded")),
            ("escalated", _("escalated")),
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
        indexes = [
            models.Index(fields=["change", "at"], name="alarm_change_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.alarm_id} {self.change}"


class AlarmEscalation(models.Model):
    """How long an alarm may wait for its acknowledgement. The row that names most of an alarm holds."""

    severity = models.PositiveSmallIntegerField(_("severity"), choices=SEVERITY_CHOICES)
    condition = models.CharField(
        _("condition"), max_length=24, blank=True, help_text=_("Empty: any.")
    )
    kind = models.CharField(_("kind"), max_length=16, blank=True, help_text=_("Empty: any."))
    remind_minutes = models.PositiveSmallIntegerField(
        _("minutes to the first reminder"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(1440)],
        help_text=_("Empty: no reminders."),
    )
    repeat_minutes = models.PositiveSmallIntegerField(
        _("minutes between reminders"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(1440)],
        help_text=_("Empty: one reminder at each level."),
    )
    escalate_minutes = models.PositiveSmallIntegerField(
        _("minutes until the level above"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(1440)],
        help_text=_("Empty: it stays where it is."),
    )

    class Meta:
        ordering = ["severity", "condition", "kind"]
        verbose_name = _("escalation of alarms")
        verbose_name_plural = _("escalation of alarms")
        constraints = [
            models.UniqueConstraint(
                fields=["severity", "condition", "kind"],
                name="escalation_once",
                violation_error_message=_("This escalation is given already."),
            )
        ]

    def __str__(self) -> str:
        kind = dict(KINDS).get(Kind(self.kind)) if self.kind else None
        parts = [
            severity_word(self.severity),
            self.condition and condition_word(self.condition),
            kind,
        ]
        return " · ".join(str(part) for part in parts if part)


class SuppressionRule(models.Model):
    """Suppression by design: while `cause` is active, `suppressed` of the same device or site is kept quiet."""

    id = models.BigAutoField(primary_key=True)
    cause = models.CharField(_("while this is active"), max_length=24)
    suppressed = models.CharField(_("this is not annunciated"), max_length=24)
    reach = models.CharField(
        _("of the same"),
        max_length=8,
        default="device",
        choices=[("device", _("device")), ("site", _("site"))],
    )
    enabled = models.BooleanField(_("in force"), default=True)
    why = models.CharField(_("why"), max_length=200, blank=True)

    class Meta:
        ordering = ["id"]
        verbose_name = _("suppression rule")
        verbose_name_plural = _("suppression rules")
        constraints = [
            models.UniqueConstraint(
                fields=["cause", "suppressed", "reach"], name="suppression_rule_once"
            )
        ]

    def __str__(self) -> str:
        return f"{condition_word(self.cause)} → {condition_word(self.suppressed)}"
