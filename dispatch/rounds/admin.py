"""Admin pages of routes, their checkpoints and schedules, and of the rounds that were walked."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db.models import Count, ForeignKey, Q, QuerySet
from django.forms import ModelChoiceField
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.timezone import localtime
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from command_center.accounts.policy import Permission
from command_center.administration.bases import AnyModelForm, capitalise_labels
from command_center.administration.filters import SubtreeFilter
from command_center.administration.place import PlacedForm
from command_center.administration.scoped import ReadOnlyModelAdmin, ScopedModelAdmin, shown
from command_center.api.auth import user_of
from dispatch.rounds import services
from dispatch.rounds.checking import readable
from dispatch.rounds.codes import picture_of
from dispatch.rounds.models import WEEKDAYS, Checkpoint, Round, Route, Schedule
from dispatch.units.models import Unit


@admin.register(Route)
class RouteAdmin(ScopedModelAdmin):
    """The ways that units walk; each with a page of QR codes to print."""

    view_permission = Permission.UNITS_VIEW
    manage_permission = Permission.UNITS_MANAGE
    code_field = "jurisdiction_id"
    list_display = ("name", "unit", "place_name", "checkpoints", "is_ordered", "in_use", "codes")
    list_filter = (SubtreeFilter, "in_use")
    list_select_related = ("jurisdiction", "unit")
    search_fields = ("name", "unit__name")
    autocomplete_fields = ("jurisdiction",)
    fields = ("name", "jurisdiction", "unit", "is_ordered", "in_use")

    def get_urls(self) -> list[URLPattern]:
        """With the codes."""
        view = self.admin_site.admin_view(self.codes_view)
        return [path("<int:key>/codes/", view, name="rounds_route_codes"), *super().get_urls()]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """With how many checkpoints there are."""
        used = Count("checkpoints", filter=Q(checkpoints__in_use=True))
        rows: QuerySet[Any] = super().get_queryset(request).annotate(used=used)
        return rows

    def get_fields(self, request: HttpRequest, obj: Any | None = None) -> Any:
        """With the way to its codes, once it exists."""
        return (*self.fields, "codes") if obj and self._may_print(request) else self.fields

    def get_readonly_fields(self, request: HttpRequest, obj: Any | None = None) -> Any:
        """The way to its codes."""
        return ("codes",)

    def get_list_display(self, request: HttpRequest) -> Any:
        """Without the codes for who only looks."""
        shown_all = self._may_print(request)
        return [name for name in self.list_display if shown_all or name != "codes"]

    def _may_print(self, request: HttpRequest) -> bool:
        return bool(self.manageable(request))

    def code_of(self, obj: Route) -> str:
        """Its jurisdiction's."""
        return obj.jurisdiction_id

    def formfield_for_foreignkey(
        self, db_field: ForeignKey[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> ModelChoiceField[Any] | None:
        """Offer the units that one manages."""
        if db_field.name == "unit":
            scope = self.manageable(request)
            kwargs["queryset"] = Unit.objects.filter(scope.condition("jurisdiction_id"))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    @shown(_("jurisdiction"), order="jurisdiction")
    def place_name(self, route: Route) -> str:
        """The name of its jurisdiction."""
        return str(route.jurisdiction.name)

    @shown(_("checkpoints"), order="used")
    def checkpoints(self, route: Route) -> int:
        """How many are in use."""
        return int(getattr(route, "used", 0))

    @shown(_("QR codes"))
    def codes(self, route: Route) -> SafeString:
        """The way to the page to print."""
        address = reverse("admin:rounds_route_codes", args=[route.pk])
        return format_html('<a href="{}">{}</a>', address, gettext("Print"))

    def codes_view(self, request: HttpRequest, key: int) -> HttpResponse:
        """The codes of a route's checkpoints, to be cut out and put up. For who manages the route."""
        rows = Route.objects.filter(self.manageable(request).condition(self.code_field))
        route = get_object_or_404(rows.select_related("unit"), pk=key)
        points = route.checkpoints.filter(in_use=True).order_by("position", "id")
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("QR codes of %(route)s") % {"route": route.name},
            "route": route,
            "opts": self.opts,
            "signs": [(row, picture_of(row.token), readable(row.token)) for row in points],
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, "rounds/codes.html", context)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Through the service."""
        services.save_route(route=obj, actor=user_of(request))

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """Through the service."""
        services.remove_route(route=obj, actor=user_of(request))


class _OfRouteAdmin(ScopedModelAdmin):
    """Pages of what belongs to a route: where the route is, there it is managed."""

    view_permission = Permission.UNITS_MANAGE
    manage_permission = Permission.UNITS_MANAGE
    code_field = "route__jurisdiction_id"
    list_select_related: ClassVar[tuple[str, ...]] = ("route",)
    search_fields: ClassVar[tuple[str, ...]] = ("route__name",)
    list_filter: ClassVar[tuple[Any, ...]] = (SubtreeFilter,)

    def code_of(self, obj: Any) -> str:
        """Its route's."""
        return str(obj.route.jurisdiction_id)

    def formfield_for_foreignkey(
        self, db_field: ForeignKey[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> ModelChoiceField[Any] | None:
        """Offer the routes that one manages."""
        if db_field.name == "route":
            scope = self.manageable(request)
            kwargs["queryset"] = Route.objects.filter(scope.condition("jurisdiction_id"))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


class CheckpointForm(PlacedForm):
    """A checkpoint, placed on the map."""

    class Meta:
        model = Checkpoint
        fields = ("route", "position", "name", "radius_m", "in_use")


@admin.register(Checkpoint)
class CheckpointAdmin(_OfRouteAdmin):
    """The places of a route."""

    form = CheckpointForm
    list_display = ("name", "route", "position", "radius_m", "in_use")
    search_fields = ("name", "route__name")
    ordering = ("route", "position", "id")
    fields = ("route", "position", "name", "place", "radius_m", "in_use")
    actions = ("renew",)

    @admin.action(description=_("Give new codes (the old signs no longer count)"))
    def renew(self, request: HttpRequest, queryset: QuerySet[Checkpoint]) -> None:
        """For signs that were lost or copied."""
        for checkpoint in queryset.select_related("route"):
            services.renew_token(checkpoint=checkpoint, actor=user_of(request))
        self.message_user(
            request, gettext("New codes are ready to be printed on the route's page.")
        )

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Through the service."""
        services.save_checkpoint(checkpoint=obj, actor=user_of(request))

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """Through the service."""
        services.remove_checkpoint(checkpoint=obj, actor=user_of(request))


class ScheduleForm(AnyModelForm):
    """On which days, from when, for how long."""

    weekdays = forms.TypedMultipleChoiceField(
        label=_("weekdays"), choices=WEEKDAYS, coerce=int, widget=forms.CheckboxSelectMultiple
    )

    class Meta:
        model = Schedule
        fields = ("route", "weekdays", "starts_at", "minutes")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        capitalise_labels(self)


@admin.register(Schedule)
class ScheduleAdmin(_OfRouteAdmin):
    """When routes are walked."""

    form = ScheduleForm
    list_display = ("route", "days", "starts_at", "minutes")
    list_display_links = ("route", "days")
    fields = ("route", "weekdays", "starts_at", "minutes")

    @shown(_("weekdays"))
    def days(self, schedule: Schedule) -> str:
        """Their names."""
        if len(schedule.weekdays) == len(WEEKDAYS):
            return gettext("every day")
        names = dict(WEEKDAYS)
        return gettext(", ").join(str(names[day]) for day in schedule.weekdays)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Through the service."""
        services.save_schedule(schedule=obj, actor=user_of(request))

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """Through the service."""
        services.remove_schedule(schedule=obj, actor=user_of(request))


@admin.register(Round)
class RoundAdmin(ReadOnlyModelAdmin):
    """The record of what was walked."""

    view_permission = Permission.UNITS_VIEW
    code_field = "route__jurisdiction_id"
    list_display = ("route", "unit", "due_from", "due_until", "state", "done", "total")
    list_filter = (SubtreeFilter, "state")
    list_select_related = ("route", "unit")
    search_fields = ("route__name", "unit__name")
    date_hierarchy = "due_from"
    fields = ("route", "unit", "due_from", "due_until", "state", "done", "total", "visited")
    readonly_fields = ("visited",)

    def code_of(self, obj: Round) -> str:
        """Its route's."""
        return obj.route.jurisdiction_id

    @shown(_("visits"))
    def visited(self, row: Round) -> SafeString | str:
        """Which checkpoint was confirmed when and how; oldest first."""
        visits = row.visits.select_related("checkpoint").order_by("at", "id")
        lines = [
            (_moment(visit.at), visit.checkpoint.name, visit.get_method_display())
            for visit in visits
        ]
        return format_html_join("", "<div>{} · {} · {}</div>", lines) or "—"


def _moment(at: datetime) -> str:
    return date_format(localtime(at), "DATETIME_FORMAT")
