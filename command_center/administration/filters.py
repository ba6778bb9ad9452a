"""List filters that keep to the scope of the person who asks."""

from __future__ import annotations

from typing import Any, cast

from django.contrib.admin import SimpleListFilter
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from command_center.accounts.scope import Scope
from command_center.administration.scoped import ScopedModelAdmin
from command_center.jurisdictions.selectors import branches


class SubtreeFilter(SimpleListFilter):
    """By city or township: what lies in its subtree."""

    title = _("jurisdiction")
    parameter_name = "under"

    def __init__(
        self, request: HttpRequest, params: dict[str, list[str]], model: Any, model_admin: Any
    ) -> None:
        self._pages = cast(ScopedModelAdmin, model_admin)
        super().__init__(request, params, model, model_admin)

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The cities and townships in scope."""
        return branches(self._pages.viewable(request))

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Rows in the chosen subtree."""
        chosen = self.value()
        if not chosen or chosen not in dict(self.lookup_choices):
            return queryset
        return queryset.filter(Scope((chosen,)).condition(self._pages.code_field))
