"""Admin pages of outages, and of the bridges that are listened to."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from command_center.accounts.policy import Permission
from command_center.administration.filters import SubtreeFilter
from command_center.administration.installation import InstallationAdmin
from command_center.administration.scoped import ReadOnlyModelAdmin
from iot_bridge.outages import services
from iot_bridge.outages.models import Listening, Outage


@admin.register(Outage)
class OutageAdmin(ReadOnlyModelAdmin):
    """When nothing was heard from where."""

    view_permission = Permission.DEVICES_VIEW
    list_display = ("since", "until", "cause", "code", "site", "devices", "process")
    list_filter = (SubtreeFilter, "cause", "since")
    search_fields = ("site", "bridge")
    fields = (*list_display, "members")
    readonly_fields = fields

    @admin.display(description=_("bridge"), ordering="bridge")
    def process(self, outage: Outage) -> str:
        """The bridge that heard nothing, by the name it has among the processes."""
        return f"bridge/{outage.bridge}"


@admin.register(Listening)
class ListeningAdmin(InstallationAdmin):
    """Bridges: one that is not there and is not to come back is deleted here, which ends its outages."""

    view_permission = Permission.DEVICES_MANAGE
    manage_permission = Permission.DEVICES_MANAGE
    can_add = False
    list_display = ("bridge", "until", "codes")
    readonly_fields = ("bridge", "until", "codes")
    fields = readonly_fields

    def has_change_permission(self, request: HttpRequest, obj: Any | None = None) -> bool:
        """There is nothing to change."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any | None = None) -> bool:
        """For whoever may decide."""
        return super().has_change_permission(request, obj)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """Through the service."""
        services.forget_bridge(bridge=obj)
