"""The base of every admin page: posts decide what exists and what may be done, services write.

Django's own model permissions and the superuser flag mean nothing here. What lies outside a
person's jurisdictions is not found: in lists, pages, searches, filters and choices.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from typing import Any, ClassVar, cast
from urllib.parse import urlsplit

from django.contrib import admin, messages
from django.contrib.admin.utils import NestedObjects
from django.contrib.admin.widgets import RelatedFieldWidgetWrapper
from django.core.exceptions import ValidationError
from django.db import router
from django.db.models import ForeignKey, Model, QuerySet
from django.db.models.expressions import Combinable
from django.forms import ModelChoiceField
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import Resolver404, resolve
from django.utils.html import format_html
from django.utils.safestring import SafeString

from command_center.accounts.models import User
from command_center.accounts.policy import Permission
from command_center.accounts.scope import NOWHERE, Scope, scopes_of, visible_to
from command_center.administration.bases import AnyModelAdmin

_CACHE = "_lingdun_scopes"


def scope_in(request: HttpRequest, permission: Permission | None) -> Scope:
    """Where the person who asks holds a permission; asked of the database once per request."""
    if permission is None:
        return NOWHERE
    known: dict[Permission, Scope] | None = getattr(request, _CACHE, None)
    if known is None:
        known = scopes_of(request.user)
        setattr(request, _CACHE, known)
    return known.get(permission, NOWHERE)


class ScopedModelAdmin(AnyModelAdmin):
    """Pages of a model whose rows belong to jurisdictions.

    `code_field` is the lookup of a row's code; `code_of` the same in Python. Without
    `manage_permission` the pages only show. Subclasses write in `save_model` and `delete_model`,
    through services, whose ValidationError becomes a message.
    """

    view_permission: ClassVar[Permission]
    manage_permission: ClassVar[Permission | None] = None
    code_field: ClassVar[str] = "code"
    can_add: ClassVar[bool] = True
    can_delete: ClassVar[bool] = True

    show_full_result_count = False
    list_per_page = 50
    save_on_top = False

    def code_of(self, obj: Any) -> str:
        """The jurisdiction code of a row."""
        return str(obj.code)

    def viewable(self, request: HttpRequest) -> Scope:
        """Where one may look."""
        return scope_in(request, self.view_permission)

    def manageable(self, request: HttpRequest) -> Scope:
        """Where one may change things."""
        return scope_in(request, self.manage_permission)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Only what exists for the person who asks."""
        return visible_to(
            super().get_queryset(request),
            cast(User, request.user),
            self.view_permission,
            field=self.code_field,
        )

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Whether these pages appear at all."""
        return bool(self.viewable(request))

    def has_view_permission(self, request: HttpRequest, obj: Any | None = None) -> bool:
        """Whether one may look, at this row if one is given."""
        scope = self.viewable(request)
        return bool(scope) and (obj is None or scope.covers(self.code_of(obj)))

    def has_add_permission(self, request: HttpRequest, obj: Any | None = None) -> bool:
        """Whether one may add something somewhere."""
        return self.can_add and bool(self.manageable(request))

    def has_change_permission(self, request: HttpRequest, obj: Any | None = None) -> bool:
        """Whether one may change, this row if one is given."""
        scope = self.manageable(request)
        return bool(scope) and (obj is None or scope.covers(self.code_of(obj)))

    def has_delete_permission(self, request: HttpRequest, obj: Any | None = None) -> bool:
        """Whether one may delete, this row if one is given."""
        return self.can_delete and self.has_change_permission(request, obj)

    def formfield_for_foreignkey(
        self, db_field: ForeignKey[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> ModelChoiceField[Any] | None:
        """Offer only the jurisdictions where one may change things."""
        if db_field.name == "jurisdiction" and "queryset" not in kwargs:
            related = db_field.remote_field.model
            kwargs["queryset"] = related._default_manager.filter(  # noqa: SLF001 - Django's name
                self.manageable(request).condition("code")
            )
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Without the buttons that edit what is chosen: its own pages do."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        plain_choice(field)
        return field

    def get_deleted_objects(
        self, objs: Any, request: HttpRequest
    ) -> tuple[list[Any], dict[str, int], set[str], list[Any]]:
        """What goes, who may not, and what stands in the way: kinds and numbers, not endless lists."""
        collector = NestedObjects(using=router.db_for_write(self.model))
        collector.collect(objs)
        blocking = Counter(str(_plural(thing)) for thing in collector.protected)
        kind = str(self.opts.verbose_name_plural)
        denied = {kind for obj in objs if not self.has_delete_permission(request, obj)}
        return (
            [str(obj) for obj in objs],
            {kind: len(objs)},
            denied,
            [f"{name} {count}" for name, count in sorted(blocking.items())],
        )

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Never past the services."""
        raise NotImplementedError(f"{type(self).__name__} must save through its services")

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """Never past the services."""
        raise NotImplementedError(f"{type(self).__name__} must delete through its services")

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """Delete each through the services."""
        for obj in queryset:
            self.delete_model(request, obj)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """As Django's; a service's refusal becomes a message."""
        return self._or_message(
            request,
            lambda: super(ScopedModelAdmin, self).changeform_view(
                request, object_id, form_url, extra_context
            ),
        )

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """As Django's; a service's refusal becomes a message."""
        return self._or_message(
            request,
            lambda: super(ScopedModelAdmin, self).delete_view(request, object_id, extra_context),
        )

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """As Django's; a service's refusal becomes a message."""
        return self._or_message(
            request,
            lambda: super(ScopedModelAdmin, self).changelist_view(request, extra_context),
        )

    def _or_message(self, request: HttpRequest, answer: Callable[[], HttpResponse]) -> HttpResponse:
        try:
            return answer()
        except ValidationError as error:
            for text in error.messages:
                messages.error(request, text)
            return HttpResponseRedirect(request.get_full_path())


class ReadOnlyModelAdmin(ScopedModelAdmin):
    """Pages of records that nobody changes by hand."""

    can_add = False
    can_delete = False
    manage_permission = None

    def has_change_permission(self, request: HttpRequest, obj: Any | None = None) -> bool:
        """Never."""
        return False

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """None."""
        return {}


def plain_choice(field: Any) -> None:
    """Take the buttons beside a choice away."""
    if field is not None and isinstance(field.widget, RelatedFieldWidgetWrapper):
        field.widget.can_add_related = field.widget.can_change_related = False
        field.widget.can_delete_related = field.widget.can_view_related = False


def _plural(thing: Model) -> object:
    return type(thing)._meta.verbose_name_plural  # noqa: SLF001 - Django's documented name


def asking_admin(site: admin.AdminSite, request: HttpRequest) -> ScopedModelAdmin | None:
    """The pages on whose behalf an autocomplete request comes, if any."""
    try:
        if resolve(urlsplit(request.path).path).url_name != "autocomplete":
            return None
    except Resolver404:
        return None
    asked = request.GET.get("app_label"), request.GET.get("model_name")
    for model, model_admin in site._registry.items():  # noqa: SLF001 - there is no public way
        meta = model._meta  # noqa: SLF001 - Django's documented name
        if (meta.app_label, meta.model_name) == asked and isinstance(model_admin, ScopedModelAdmin):
            return model_admin
    return None


def as_json(value: Any) -> SafeString:
    """A JSON value, readable, for a page."""
    text = json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True, default=str)
    return format_html('<pre class="record">{}</pre>', text)


def shown(
    description: Any, *, order: str | Combinable | None = None
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Describe a method that a list or page shows."""
    return admin.display(description=description, ordering=order)
