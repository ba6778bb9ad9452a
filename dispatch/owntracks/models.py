"""The logins with which teams' OwnTracks apps say where they are."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class TrackingLogin(models.Model):
    """A unit's login for OwnTracks. The position itself is the unit's; here is none."""

    unit = models.OneToOneField(
        "units.Unit", models.CASCADE, related_name="+", verbose_name=_("unit")
    )
    login = models.CharField(_("login"), max_length=32, unique=True, editable=False)
    password_hash = models.CharField(_("password hash"), max_length=200, editable=False)
    in_use = models.BooleanField(_("in use"), default=True)
    since = models.DateTimeField(_("password since"), editable=False)
    last_at = models.DateTimeField(_("last position"), null=True, blank=True, editable=False)
    battery = models.PositiveSmallIntegerField(
        _("battery, %"), null=True, blank=True, editable=False
    )

    class Meta:
        ordering = ["unit_id"]
        verbose_name = _("OwnTracks login")
        verbose_name_plural = _("OwnTracks logins")

    def __str__(self) -> str:
        return self.login
