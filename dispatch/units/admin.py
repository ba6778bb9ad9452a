"""Admin pages of units."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from command_center.accounts.policy import Permission
from command_center.administration.filters import SubtreeFilter
from command_center.administration.place import PlacedForm
from command_center.administration.scoped import ScopedModelAdmin, shown
from dispatch.units import services
from dispatch.units.models import Unit


class UnitForm(PlacedForm):
    """A unit, and where its post is."""

    class Meta:
        model = Unit
        fields = ("name", "kind", "jurisdiction", "status")


@admin.register(Unit)
class UnitAdmin(ScopedModelAdmin):
    """Patrol teams, village centres, departments."""

    view_permission = Permission.UNITS_VIEW
    manage_permission = Permission.UNITS_MANAGE
    code_field = "jurisdiction_id"
    form = UnitForm
    list_display = ("name", "kind", "place_name", "status", "updated_at")
    list_filter = (SubtreeFilter, "kind", "status")
    list_select_related = ("jurisdiction",)
    search_fields = ("name",)
    autocomplete_fields = ("jurisdiction",)
    fields = ("name", "kind", "jurisdiction", "place", "status")

    def code_of(self, obj: Unit) -> str:
        """Its jurisdiction's."""
        return obj.jurisdiction_id

    @shown(_("jurisdiction"), order="jurisdiction")
    def place_name(self, unit: Unit) -> str:
        """The name of its jurisdiction."""
        return str(unit.jurisdiction.name)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Through the service; a new status is as of now."""
        if not change or "status" in form.changed_data:
            obj.updated_at = timezone.now()
        services.save_unit(unit=obj)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """Through the service."""
        services.remove_unit(unit=obj)
