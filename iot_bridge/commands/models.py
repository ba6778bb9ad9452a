"""Commands that people gave to devices, and what became of them."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from iot_bridge.commands.commanding import CommandState
from iot_bridge.protocol.actions import DeviceAction

STATES = [
    (CommandState.QUEUED, _("waiting for its bridge")),
    (CommandState.SENT, _("sent")),
    (CommandState.SUCCEEDED, _("done")),
    (CommandState.REFUSED, _("refused by the device")),
    (CommandState.FAILED, _("failed")),
    (CommandState.EXPIRED, _("expired, never sent")),
    (CommandState.UNKNOWN, _("sent, not answered")),
]
ACTIONS = [
    (DeviceAction.OPEN, _("open the gate")),
    (DeviceAction.RESET, _("reset the sensor")),
    (DeviceAction.REQUEST_STATE, _("request the state")),
    (DeviceAction.SNAPSHOT, _("take a picture")),
]


class Command(models.Model):
    """One command to one device. `shown`: it is the last of its device and still on the consoles' feed.

    Name and jurisdiction are the device's at the time: a record does not change with the registry.
    """

    id = models.BigAutoField(primary_key=True)
    command_id = models.CharField(_("command id"), max_length=64, unique=True)
    nonce = models.CharField(_("nonce"), max_length=32)
    device = models.ForeignKey(
        "devices.Device",
        models.PROTECT,
        related_name="commands",
        db_index=False,
        verbose_name=_("device"),
    )
    device_name = models.CharField(_("device's name then"), max_length=80)
    code = models.CharField(_("jurisdiction"), max_length=15)
    action = models.CharField(_("action"), max_length=16, choices=ACTIONS)
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("given by"),
    )
    actor_name = models.CharField(_("name of who gave it"), max_length=150)
    state = models.CharField(_("state"), max_length=10, choices=STATES, default=CommandState.QUEUED)
    issued_at = models.DateTimeField(_("given"))
    expires_at = models.DateTimeField(_("to be carried out before"))
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    result = models.CharField(_("device's answer"), max_length=8, blank=True)
    detail = models.CharField(_("device's own word"), max_length=64, blank=True)
    late = models.BooleanField(_("answered late"), default=False)
    shown = models.BooleanField(_("on the feed"), default=True)

    class Meta:
        ordering = ["-id"]
        verbose_name = _("command to a device")
        verbose_name_plural = _("commands to devices")
        constraints = [
            models.UniqueConstraint(
                fields=["device"], condition=models.Q(shown=True), name="one_shown_command"
            )
        ]
        indexes = [
            models.Index(fields=["device", "-id"], name="command_by_device"),
            models.Index(fields=["code"], condition=models.Q(shown=True), name="shown_command_by_code"),
            models.Index(
                fields=["state"],
                condition=models.Q(state__in=["queued", "sent"]),
                name="pending_command",
            ),
            models.Index(fields=["issued_at"], name="command_by_time"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.device_id} {self.action} {self.state}"
