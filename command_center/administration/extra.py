"""Admin pages that are about no table, as other packages bring them (`settings.ADMIN_PAGES`)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _


@dataclass(frozen=True, slots=True)
class AdminPage:
    """`name` is its route's name and its path; `may` whether the overview leads there, and the view itself asks again."""

    name: str
    title: str | Promise
    view: Callable[[HttpRequest], HttpResponse]
    may: Callable[[HttpRequest], bool]


def admin_pages() -> list[AdminPage]:
    """All of them."""
    return [import_string(name) for name in settings.ADMIN_PAGES]


def group_of(request: HttpRequest) -> dict[str, Any] | None:
    """Those that somebody may see, as a group of the overview."""
    models: list[dict[str, Any]] = [
        {
            "name": page.title,
            "object_name": page.name,
            "admin_url": reverse(f"admin:{page.name}"),
            "add_url": None,
            "view_only": True,
            "perms": {},
        }
        for page in admin_pages()
        if page.may(request)
    ]
    if not models:
        return None
    return {
        "name": _("Installation"),
        "app_label": "installation",
        "app_url": reverse("admin:index"),
        "models": models,
        "has_module_perms": True,
    }
