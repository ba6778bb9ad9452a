"""Admin pages of what belongs to the whole installation and to no jurisdiction."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest

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


class InstallationInline(ScopedInline):
    """Rows on such a page, under the same permission."""

    def manageable(self, request: HttpRequest) -> Scope:
        """The top or nothing."""
        return at_the_top(request, self.manage_permission)
