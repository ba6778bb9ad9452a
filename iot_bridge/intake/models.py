"""What arrived: decoded device events, and what could not be decoded."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class DeviceEvent(models.Model):
    """One decoded message of a device, in the order of arrival (`id`)."""

    id = models.BigAutoField(primary_key=True)
    device = models.ForeignKey(
        "devices.Device",
        models.CASCADE,
        related_name="events",
        db_index=False,
        verbose_name=_("device"),
    )
    event_id = models.CharField(_("event id"), max_length=64)
    code = models.CharField(_("jurisdiction"), max_length=15)
    kind = models.CharField(_("device's kind then"), max_length=16)
    type = models.CharField(_("type"), max_length=24)
    at = models.DateTimeField(_("received"), db_index=True)
    device_at = models.DateTimeField(_("device's time"), null=True, blank=True)
    data = models.JSONField(_("data"), default=dict)

    class Meta:
        ordering = ["-id"]
        verbose_name = _("device event")
        verbose_name_plural = _("device events")
        constraints = [
            models.UniqueConstraint(fields=["device", "event_id"], name="device_event_once")
        ]
        indexes = [
            models.Index(fields=["device", "type", "id"], name="device_event_by_device"),
            models.Index(fields=["code", "kind", "type", "id"], name="device_event_by_code"),
        ]

    def __str__(self) -> str:
        return f"{self.device_id} {self.event_id} {self.type}"


class DeadLetter(models.Model):
    """A message that could not be taken, with its reason and its bytes (personal fields stripped).

    Identical letters fold into one row with a count, so that a broken device cannot fill the disk.
    """

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField(_("first received"))
    last_at = models.DateTimeField(_("last received"), db_index=True)
    count = models.PositiveIntegerField(_("count"), default=1)
    topic = models.CharField(_("topic"), max_length=400)
    device_id = models.CharField(
        _("device id in the topic"), max_length=64, blank=True, db_index=True
    )
    code = models.CharField(
        _("jurisdiction"),
        max_length=15,
        blank=True,
        db_index=True,
        help_text=_(
            "that of the registered device, else that of the topic; empty when neither is known"
        ),
    )
    reason = models.CharField(_("reason"), max_length=24, db_index=True)
    detail = models.CharField(_("detail"), max_length=400, blank=True)
    payload = models.BinaryField(_("payload, stripped"), max_length=65536)
    size = models.PositiveIntegerField(_("size received, bytes"))
    digest = models.CharField(_("digest of reason, topic and stripped payload"), max_length=64)
    state = models.CharField(
        _("state"),
        max_length=12,
        default="open",
        choices=[
            ("open", _("open")),
            ("queued", _("waiting for its bridge")),
            ("replayed", _("replayed")),
            ("discarded", _("discarded")),
        ],
    )
    closed_by = models.CharField(_("closed by"), max_length=150, blank=True)
    closed_reason = models.CharField(_("why discarded"), max_length=200, blank=True)

    class Meta:
        ordering = ["-last_at", "-id"]
        verbose_name = _("dead letter")
        verbose_name_plural = _("dead letters")
        constraints = [
            models.UniqueConstraint(
                fields=["digest"], condition=models.Q(state="open"), name="open_dead_letter_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.reason}: {self.topic}"
