"""Admin pages of units, their members and their roster."""

from __future__ import annotations

from typing import Any, ClassVar, cast

from django import forms
from django.contrib import admin
from django.contrib.auth import get_user_model
from django.db.models import ForeignKey
from django.forms import ModelChoiceField
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from command_center.accounts.policy import Permission
from command_center.administration.filters import SubtreeFilter
from command_center.administration.place import PlacedForm
from command_center.administration.scoped import ScopedModelAdmin, shown
from dispatch.units import duty, services
from dispatch.units.models import SKILLS, Shift, Unit, UnitMember


class UnitForm(PlacedForm):
    """A unit, what it can do, and where its post is."""

    skills = forms.MultipleChoiceField(
        label=_("skills"),
        choices=SKILLS,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    class Meta:
        model = Unit
        fields = ("name", "kind", "jurisdiction", "status", "skills")


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
    fields = ("name", "kind", "jurisdiction", "place", "status", "skills")

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


class _OfUnitAdmin(ScopedModelAdmin):
    """Pages of what belongs to a unit: where the unit is, there it is managed."""

    view_permission = Permission.UNITS_MANAGE
    manage_permission = Permission.UNITS_MANAGE
    code_field = "unit__jurisdiction_id"
    list_select_related: ClassVar[tuple[str, ...]] = ("unit",)
    search_fields = ("unit__name",)

    def code_of(self, obj: Any) -> str:
        """Its unit's."""
        return str(obj.unit.jurisdiction_id)

    def formfield_for_foreignkey(
        self, db_field: ForeignKey[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> ModelChoiceField[Any] | None:
        """Offer the units that one manages, and the people with a post there."""
        scope = self.manageable(request)
        if db_field.name == "unit":
            kwargs["queryset"] = Unit.objects.filter(scope.condition("jurisdiction_id"))
        elif db_field.name == "user":
            people = get_user_model().objects.filter(
                scope.condition("posts__jurisdiction_id"), is_active=True
            )
            kwargs["queryset"] = people.distinct().order_by("username")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


@admin.register(UnitMember)
class UnitMemberAdmin(_OfUnitAdmin):
    """Who belongs to a unit and so carries its tasks."""

    list_display = ("unit", "person", "is_on_duty")
    list_filter = ("unit__kind",)
    list_select_related = ("unit", "user")
    fields = ("unit", "user")

    def has_change_permission(self, request: HttpRequest, obj: Any | None = None) -> bool:
        """A membership is given or taken, not changed."""
        return obj is None and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any | None = None) -> bool:
        """Who manages the unit."""
        scope = self.manageable(request)
        return bool(scope) and (obj is None or scope.covers(self.code_of(obj)))

    @shown(_("account"), order="user__username")
    def person(self, membership: UnitMember) -> str:
        """The name that others see."""
        return membership.user.display_name

    @admin.display(description=_("on duty"), boolean=True)
    def is_on_duty(self, membership: UnitMember) -> bool:
        """Whether the person is on duty."""
        return membership.on_duty_since is not None

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Through the service."""
        made = duty.add_member(unit=obj.unit, user=obj.user, actor=cast(Any, request.user))
        obj.pk = made.pk

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """Through the service."""
        duty.remove_member(membership=obj, actor=cast(Any, request.user))


@admin.register(Shift)
class ShiftAdmin(_OfUnitAdmin):
    """When a unit is on the roster."""

    list_display = ("unit", "starts_at", "ends_at")
    list_filter = ("unit__kind",)
    date_hierarchy = "starts_at"
    fields = ("unit", "starts_at", "ends_at")

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Through the service."""
        duty.save_shift(shift=obj, actor=cast(Any, request.user))

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """Through the service."""
        duty.remove_shift(shift=obj, actor=cast(Any, request.user))
