"""Admin page of the retentions: for how long what is kept, where it is not as delivered."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from command_center.accounts.policy import Permission
from command_center.administration.installation import InstallationAdmin
from command_center.administration.scoped import shown
from command_center.api.auth import user_of
from iot_bridge.history import services
from iot_bridge.history.keeping import DAYS, Keeping
from iot_bridge.history.models import Retention


@admin.register(Retention)
class RetentionAdmin(InstallationAdmin):
    """A row for each sort that is kept longer or shorter than as delivered."""

    view_permission = Permission.DEVICES_MANAGE
    manage_permission = Permission.DEVICES_MANAGE
    list_display = ("what", "days", "delivered")
    fields = ("what", "days")

    def list_hint(self) -> str:
        """The days as delivered."""
        values = "; ".join(f"{what.label} {days}" for what, days in DAYS.items())
        return gettext("Where nothing is set here, what ships holds, in days: %(values)s.") % {
            "values": values
        }

    @shown(_("days as delivered"))
    def delivered(self, row: Retention) -> int:
        """What holds without this row."""
        return DAYS[Keeping(row.what)]

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Through the service."""
        services.save_retention(row=obj, actor=user_of(request))

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """Through the service."""
        services.remove_retention(row=obj, actor=user_of(request))
