"""Admin pages of the tree."""

from __future__ import annotations

import json
from typing import Any, cast

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from command_center.accounts.models import User
from command_center.accounts.policy import Permission
from command_center.accounts.scope import NOWHERE, Scope
from command_center.administration.filters import SubtreeFilter
from command_center.administration.place import PlacedForm
from command_center.administration.scoped import ScopedModelAdmin, asking_admin, shown
from command_center.jurisdictions import import_page, services
from command_center.jurisdictions.geometry import BadAreaError, centre_of, read_area, to_geojson
from command_center.jurisdictions.importing import code_problem
from command_center.jurisdictions.models import Jurisdiction


class CompactJSON(json.JSONEncoder):
    """GeoJSON without a line per coordinate."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{**kwargs, "separators": (",", ":"), "indent": None})


class JurisdictionForm(PlacedForm):
    """The area is checked as geometry; a jurisdiction with an area and no centre gets one inside."""

    scope = NOWHERE

    area = forms.JSONField(
        label=_("area"),
        required=False,
        help_text=_("GeoJSON Polygon or MultiPolygon, WGS-84; a Feature is taken as well"),
        encoder=CompactJSON,
        widget=forms.Textarea(attrs={"rows": 4, "cols": 80, "spellcheck": "false"}),
    )

    class Meta:
        model = Jurisdiction
        fields = ("code", "name", "area", "illustrative")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "place" in self.fields:
            self.fields["place"].label = capfirst(str(_("centre")))

    def clean_code(self) -> str:
        """Only codes where the person may add jurisdictions."""
        code = str(self.cleaned_data["code"])
        problem = code_problem(code)
        if problem:
            raise ValidationError(problem, code="bad_code")
        if not self.scope.covers(code):
            raise ValidationError(
                _("%(code)s lies outside the jurisdictions that you manage."),
                code="outside",
                params={"code": code},
            )
        return code

    def clean_area(self) -> dict[str, Any] | None:
        """Valid, and rounded to a metre."""
        value = self.cleaned_data["area"]
        if not value:
            return None
        if isinstance(value, dict) and value.get("type") == "Feature":
            value = value.get("geometry")
        if value == self.initial.get("area"):
            return cast(dict[str, Any], value)
        try:
            area = read_area(value)
        except BadAreaError as error:
            raise ValidationError(str(error), code="bad_area") from error
        self._centre = centre_of(area)
        return to_geojson(area)

    _centre: tuple[float, float] | None = None

    def clean(self) -> dict[str, Any]:
        """Put the centre inside a new area."""
        cleaned = super().clean() or self.cleaned_data
        if self._centre and not cleaned.get("place"):
            cleaned["place"] = self._centre
        return cleaned


@admin.register(Jurisdiction)
class JurisdictionAdmin(ScopedModelAdmin):
    """City, townships, villages, grids."""

    view_permission = Permission.DEVICES_VIEW
    manage_permission = Permission.JURISDICTIONS_MANAGE
    form = JurisdictionForm
    list_display = ("code", "name", "level", "parent_name", "area_state")
    list_display_links = ("code", "name")
    list_filter = (SubtreeFilter, "level", "illustrative")
    list_select_related = ("parent",)
    list_per_page = 120
    search_fields = ("name", "code__startswith")
    search_help_text = _("name, or the beginning of a code")
    ordering = ("code",)
    fields = ("code", "name", "level", "parent_name", "place", "area", "illustrative")
    readonly_fields = ("level", "parent_name")

    change_list_template = "jurisdictions/change_list.html"

    def get_urls(self) -> list[URLPattern]:
        """With the import."""
        view = self.admin_site.admin_view(self.import_view)
        return [
            path("import/", view, name="jurisdictions_jurisdiction_import"),
            *super().get_urls(),
        ]

    def import_view(self, request: HttpRequest) -> HttpResponse:
        """Import a list."""
        return import_page.page(self.admin_site, request, self.manageable(request))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Jurisdiction]:
        """Lists don't load the areas."""
        rows = super().get_queryset(request)
        match = request.resolver_match
        return rows.defer("area") if match and match.url_name == "autocomplete" else rows

    def get_readonly_fields(self, request: HttpRequest, obj: Any | None = None) -> Any:
        """A code never changes."""
        return ("code", *self.readonly_fields) if obj else self.readonly_fields

    def get_fields(self, request: HttpRequest, obj: Any | None = None) -> Any:
        """Level and parent follow from the code, once there is one."""
        if obj is None:
            return ("code", "name", "place", "area", "illustrative")
        if not self.has_change_permission(request, obj):
            return ("code", "name", "level", "parent_name", "illustrative")
        return self.fields

    def get_form(
        self, request: HttpRequest, obj: Any | None = None, change: bool = False, **kwargs: Any
    ) -> type[forms.ModelForm[Any]]:
        """A form that knows the scope."""
        form = super().get_form(request, obj, change=change, **kwargs)
        return type(form.__name__, (form,), {"scope": self.manageable(request)})

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """When another page asks for choices, only those where one may change things there."""
        asking = asking_admin(self.admin_site, request)
        if asking is not None and not isinstance(asking, JurisdictionAdmin):
            scope: Scope = asking.manageable(request)
            queryset = queryset.filter(scope.condition())
        return super().get_search_results(request, queryset, search_term)

    @shown(_("parent"), order="parent")
    def parent_name(self, row: Jurisdiction) -> SafeString | str:
        """The name one level up."""
        mark = format_html('<span data-place-code="{}"></span>', row.code)
        return format_html("{}{}", row.parent.name if row.parent else "—", mark)

    @shown(_("area"))
    def area_state(self, row: Jurisdiction) -> str:
        """Whether it has an area, and of what sort."""
        if row.area is None:
            return "—"
        return str(_("illustrative") if row.illustrative else _("boundary"))

    def code_of(self, obj: Jurisdiction) -> str:
        """Its own."""
        return obj.code

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Through the service."""
        services.save_jurisdiction(jurisdiction=obj, actor=cast(User, request.user))

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """Through the service."""
        services.remove_jurisdiction(jurisdiction=obj, actor=cast(User, request.user))
