"""The registry of devices: what may report, from where, in which shape."""

from __future__ import annotations

from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from iot_bridge.protocol.topics import Kind

DEVICE_ID = RegexValidator(
    r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}\Z",
    _("1 to 64 letters, digits, '_', '.' or '-', beginning with a letter or digit"),
)


KINDS = [
    (Kind.FACE_GATE, _("face gate")),
    (Kind.WIFI_PROBE, _("Wi-Fi probe")),
    (Kind.FIRE_LANE, _("fire-lane sensor")),
    (Kind.PANIC_BUTTON, _("panic button")),
    (Kind.SMOKE, _("smoke detector")),
    (Kind.CAMERA, _("camera")),
    (Kind.PATROL_TERMINAL, _("patrol terminal")),
]


class Status(models.TextChoices):
    """Whether a device reports."""

    UNKNOWN = "unknown", _("never reported")
    ONLINE = "online", _("online")
    DEGRADED = "degraded", _("reports late")
    OFFLINE = "offline", _("offline")


class Device(models.Model):
    """Registered equipment. `id` is the id in its topic."""

    id = models.CharField(_("device id"), max_length=64, primary_key=True, validators=[DEVICE_ID])
    name = models.CharField(_("name"), max_length=80)
    kind = models.CharField(
        _("kind"),
        max_length=16,
        db_index=True,
        choices=KINDS,
    )
    jurisdiction = models.ForeignKey(
        "jurisdictions.Jurisdiction",
        models.PROTECT,
        related_name="devices",
        verbose_name=_("jurisdiction"),
        help_text=_("village or grid"),
    )
    site = models.CharField(_("site"), max_length=120, blank=True)
    longitude = models.FloatField(
        _("longitude"),
        null=True,
        blank=True,
        validators=[MinValueValidator(-180), MaxValueValidator(180)],
    )
    latitude = models.FloatField(
        _("latitude"),
        null=True,
        blank=True,
        validators=[MinValueValidator(-90), MaxValueValidator(90)],
    )
    codec = models.CharField(_("codec"), max_length=32, default="canonical")
    external_id = models.CharField(
        _("id in the maker's messages"),
        max_length=64,
        blank=True,
        db_index=True,
        help_text=_("DevEUI, serial number …; empty for devices that speak the canonical protocol"),
    )
    maker = models.CharField(_("maker"), max_length=60, blank=True)
    model = models.CharField(_("model"), max_length=60, blank=True)
    parameters = models.JSONField(_("parameters"), default=dict, blank=True)
    out_of_service_until = models.DateTimeField(
        _("out of service until"), null=True, blank=True, editable=False
    )
    out_of_service_reason = models.CharField(
        _("why out of service"), max_length=200, blank=True, editable=False
    )
    broker_hash = models.CharField(_("credential hash"), max_length=200, blank=True, editable=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        ordering = ["id"]
        verbose_name = _("device")
        verbose_name_plural = _("devices")
        constraints = [
            models.UniqueConstraint(
                fields=["codec", "external_id"],
                condition=~models.Q(external_id=""),
                name="external_id_once_per_codec",
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.id}"


class KindTiming(models.Model):
    """How long devices of one kind and codec may say nothing, where an installation differs from what ships."""

    id = models.BigAutoField(primary_key=True)
    kind = models.CharField(_("kind"), max_length=16, choices=KINDS)
    codec = models.CharField(_("codec"), max_length=32, default="canonical")
    degraded_after_s = models.PositiveIntegerField(
        _("late after, s"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(604_800)],
        help_text=_("empty: such devices report so seldom that they are never late"),
    )
    offline_after_s = models.PositiveIntegerField(
        _("offline after, s"), validators=[MinValueValidator(1), MaxValueValidator(604_800)]
    )

    class Meta:
        ordering = ["kind", "codec"]
        verbose_name = _("timing of a kind")
        verbose_name_plural = _("timings of kinds")
        constraints = [
            models.UniqueConstraint(fields=["kind", "codec"], name="one_timing_per_kind_and_codec")
        ]

    def __str__(self) -> str:
        return " · ".join(part for part in (self.get_kind_display(), self.codec) if part)


class DeviceStatus(models.Model):
    """What the bridge last knew of a device. One writer: the bridge that owns the device."""

    device = models.OneToOneField(
        Device, models.CASCADE, primary_key=True, related_name="status", verbose_name=_("device")
    )
    status = models.CharField(
        _("status"), max_length=8, choices=Status.choices, default=Status.UNKNOWN, db_index=True
    )
    last_seen = models.DateTimeField(_("last seen"), null=True, blank=True)
    battery = models.PositiveSmallIntegerField(_("battery, %"), null=True, blank=True)
    fault = models.CharField(_("fault"), max_length=80, blank=True)
    rule_state: models.JSONField[dict[str, Any]] = models.JSONField(
        _("timed state of the rules"), default=dict
    )
    due_at = models.DateTimeField(
        _("next deadline of the rules"), null=True, blank=True, db_index=True
    )

    class Meta:
        verbose_name = _("device status")
        verbose_name_plural = _("device statuses")

    def __str__(self) -> str:
        return f"{self.device_id}: {self.get_status_display()}"


class PendingDevice(models.Model):
    """A device that nobody has registered: heard, or announced. It waits for an officer to say what it is.

    The list is bounded (`intake.waiting`): so many may wait, and whoever falls silent is forgotten.
    """

    id = models.BigAutoField(primary_key=True)
    codec = models.CharField(_("codec"), max_length=32)
    external_id = models.CharField(_("id in the maker's messages"), max_length=64)
    kind = models.CharField(_("proposed kind"), max_length=16, blank=True)
    code = models.CharField(
        _("jurisdiction"),
        max_length=15,
        help_text=_("that of its topic; the root where the topic names none"),
    )
    maker = models.CharField(_("maker"), max_length=60, blank=True)
    model = models.CharField(_("model"), max_length=60, blank=True)
    fields: models.JSONField[dict[str, Any]] = models.JSONField(
        _("proposed rules for fields"), default=dict, blank=True
    )
    announced = models.BooleanField(_("announced by discovery"), default=False)
    topic = models.CharField(_("last topic"), max_length=400)
    sample = models.TextField(_("last message, decoded and stripped"), blank=True)
    first_seen = models.DateTimeField(_("first heard"))
    last_seen = models.DateTimeField(_("last heard"), db_index=True)
    count = models.PositiveIntegerField(_("messages"), default=0)
    state = models.CharField(
        _("state"),
        max_length=12,
        default="waiting",
        choices=[
            ("waiting", pgettext_lazy("device", "waiting")),
            ("refused", _("refused")),
            ("registered", _("registered")),
        ],
    )
    closed_by = models.CharField(_("decided by"), max_length=150, blank=True)
    closed_reason = models.CharField(_("why refused"), max_length=200, blank=True)

    class Meta:
        ordering = ["-id"]
        verbose_name = _("waiting device")
        verbose_name_plural = _("waiting devices")
        constraints = [
            models.UniqueConstraint(fields=["codec", "external_id"], name="pending_device_once")
        ]

    def __str__(self) -> str:
        return f"{self.codec} {self.external_id}"
