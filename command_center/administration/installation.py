"""Admin pages of what belongs to the whole installation and to no jurisdiction."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from command_center.accounts.policy import Permission
from command_center.accounts.scope import NOWHERE, Scope
from command_center.administration.inlines import ScopedInline
from command_center.administration.scoped import ScopedModelAdmin, scope_in
from command_center.jurisdictions.selectors import root_code


def at_the_top(request: HttpRequest, permission: Permission | None) -> Scope:
    """Where a person holds a permission, if that is the whole tree; else nowhere."""
    scope = scope_in(request, permission)
    return scope if scope.covers(root_code() or "-") else NOWHERE


class InstallationAdmin(ScopedModelAdmin):
    """Pages for who holds the permission at the top of the tree; for others there are none."""

    change_list_template = "administration/hinted_list.html"

    def list_hint(self) -> str:
        """What holds without any of the rows: shown above them, and where there are none."""
        return ""

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The list, with its hint."""
        context = {"list_hint": self.list_hint(), **(extra_context or {})}
        return super().changelist_view(request, context)

    def code_of(self, obj: Any) -> str:
        """What belongs to all belongs to the top."""
        return root_code()

    def viewable(self, request: HttpRequest) -> Scope:
        """The top or nothing."""
        return at_the_top(request, self.view_permission)

    def manageable(self, request: HttpRequest) -> Scope:
        """The top or nothing."""
        return at_the_top(request, self.manage_permission)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Everything or nothing."""
        rows = super(ScopedModelAdmin, self).get_queryset(request)
        return rows if self.viewable(request) else rows.none()


class SingleRowAdmin(InstallationAdmin):
    """The page of a table with one row at most: the list is that row, or the form that makes it."""

    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any | None = None) -> bool:
        """While there is none."""
        return super().has_add_permission(request, obj) and not self.get_queryset(request).exists()

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Straight to the row."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        row = self.get_queryset(request).first()
        name = f"admin:{self.opts.app_label}_{self.opts.model_name}"
        if row is None:
            return HttpResponseRedirect(reverse(f"{name}_add"))
        return HttpResponseRedirect(reverse(f"{name}_change", args=[row.pk]))

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: Any = None) -> Any:
        """Back to the overview: the list would lead here again."""
        return self._done(request, obj)

    def response_change(self, request: HttpRequest, obj: Any) -> Any:
        """The same."""
        return self._done(request, obj)

    def _done(self, request: HttpRequest, obj: Any) -> HttpResponse:
        text = _("%(name)s saved: %(row)s") % {"name": self.opts.verbose_name, "row": obj}
        self.message_user(request, text, messages.SUCCESS)
        return HttpResponseRedirect(reverse("admin:index"))


class InstallationInline(ScopedInline):
    """Rows on such a page, under the same permission."""

    def manageable(self, request: HttpRequest) -> Scope:
        """The top or nothing."""
        return at_the_top(request, self.manage_permission)
