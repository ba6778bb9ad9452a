"""Rows on the page of what they belong to."""

from __future__ import annotations

from typing import Any, ClassVar

from django.http import HttpRequest

from command_center.accounts.policy import Permission
from command_center.accounts.scope import Scope
from command_center.administration.bases import AnyTabularInline
from command_center.administration.scoped import plain_choice, scope_in


class ScopedInline(AnyTabularInline):
    """For who holds a permission anywhere: whether the page itself is theirs, the page has decided."""

    manage_permission: ClassVar[Permission]

    def manageable(self, request: HttpRequest) -> Scope:
        """Where the person who asks may change such rows."""
        return scope_in(request, self.manage_permission)

    def has_view_permission(self, request: HttpRequest, obj: Any | None = None) -> bool:
        """Who may change them."""
        return bool(self.manageable(request))

    has_add_permission = has_view_permission
    has_change_permission = has_view_permission
    has_delete_permission = has_view_permission

    def formfield_for_dbfield(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        """Without the buttons that edit what is chosen."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        plain_choice(field)
        return field
