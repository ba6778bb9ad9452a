"""Admin pages of the response plans."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import ForeignKey, QuerySet
from django.forms import ModelChoiceField
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from command_center.accounts.policy import Permission
from command_center.administration.bases import AnyInlineFormSet
from command_center.administration.filters import SubtreeFilter
from command_center.administration.inlines import ScopedInline
from command_center.administration.installation import at_the_top
from command_center.administration.scoped import ScopedModelAdmin, shown
from command_center.api.auth import user_of
from command_center.jurisdictions.selectors import root_code
from dispatch.plans import configuration
from dispatch.plans.models import PlanPost, PlanUnits, ResponsePlan


class _Rows(AnyInlineFormSet):
    """Rows that a plan is saved with."""

    def kept(self) -> list[dict[str, Any]]:
        """What each row that is to be there holds."""
        facts = (form.cleaned_data for form in self.forms if form.has_changed() or form.instance.pk)
        own = ("id", "plan", "DELETE")
        return [
            {name: value for name, value in row.items() if name not in own}
            for row in facts
            if row and not row.get("DELETE")
        ]


class _PlanInline(ScopedInline):
    """Rows on a plan's page, for who may change the plan."""

    manage_permission = Permission.INCIDENTS_CONFIGURE
    formset = _Rows
    extra = 1


class UnitsInline(_PlanInline):
    """Which units, and how many."""

    model = PlanUnits
    fields = ("kind", "skill", "count")


class PostsInline(_PlanInline):
    """Whom to tell."""

    model = PlanPost
    fields = ("role", "level")


@admin.register(ResponsePlan)
class ResponsePlanAdmin(ScopedModelAdmin):
    """Plans of the jurisdictions in scope; those for every jurisdiction belong to the top."""

    view_permission = Permission.INCIDENTS_CONFIGURE
    manage_permission = Permission.INCIDENTS_CONFIGURE
    code_field = "jurisdiction_id"
    inlines = (UnitsInline, PostsInline)
    list_display = ("name", "any_category", "severities", "place_name", "in_use")
    list_filter = (SubtreeFilter, "in_use", "conference")
    list_select_related = ("category", "jurisdiction")
    search_fields = ("name", "category__code__startswith", "category__name")
    autocomplete_fields = ("jurisdiction",)
    fields = (
        "name", "category", ("gravest", "least"), "jurisdiction", "in_use", "instructions",
        "conference",
    )  # fmt: skip

    def code_of(self, obj: ResponsePlan) -> str:
        """Its jurisdiction's; what holds everywhere belongs to the top."""
        return obj.jurisdiction_id or root_code()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Those in scope, and for the top those that hold everywhere."""
        if at_the_top(request, self.view_permission):
            return super(ScopedModelAdmin, self).get_queryset(request)
        return super().get_queryset(request)

    def formfield_for_foreignkey(
        self, db_field: ForeignKey[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> ModelChoiceField[Any] | None:
        """Only the top makes plans that hold everywhere."""
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if field is not None and db_field.name == "jurisdiction":
            field.required = not at_the_top(request, self.manage_permission)
        return field

    @shown(_("incident category"), order="category")
    def any_category(self, plan: ResponsePlan) -> Any:
        """A category or group, or any."""
        return plan.category or _("any")

    @shown(_("severity"), order="gravest")
    def severities(self, plan: ResponsePlan) -> str:
        """From the gravest to the least."""
        if plan.gravest == plan.least:
            return str(plan.get_gravest_display())
        return f"{plan.get_gravest_display()} – {plan.get_least_display()}"

    @shown(_("jurisdiction"), order="jurisdiction")
    def place_name(self, plan: ResponsePlan) -> Any:
        """The name of its jurisdiction, or everywhere."""
        return plan.jurisdiction.name if plan.jurisdiction else _("everywhere")

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Waits for its rows: one act, in save_related."""

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """The plan with its rows, through the service."""
        rows: dict[type, list[dict[str, Any]]] = {}
        for formset in formsets:
            formset.save(commit=False)  # tells the log what changed; the service writes
            rows[formset.model] = formset.kept()
        configuration.save_plan(
            plan=form.instance,
            units=[PlanUnits(**facts) for facts in rows[PlanUnits]],
            posts=[PlanPost(**facts) for facts in rows[PlanPost]],
            actor=user_of(request),
        )

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """Through the service."""
        configuration.remove_plan(plan=obj, actor=user_of(request))
