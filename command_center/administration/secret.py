"""Pages on which a secret is given out: asked for once more, and shown once."""

from __future__ import annotations

from collections.abc import Iterable

from django.contrib.admin import AdminSite
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.views.decorators.debug import sensitive_variables


@sensitive_variables("facts")
def secret_page(
    site: AdminSite,
    request: HttpRequest,
    *,
    title: object,
    facts: Iterable[tuple[object, str]],
    back: str,
) -> TemplateResponse:
    """What was given out, by name. It is in this answer only, in no session or message; no admin page is kept."""
    context = {"title": title, "facts": list(facts), "back": back}
    return _page(site, request, context)


def asking_page(
    site: AdminSite, request: HttpRequest, *, title: object, text: object, back: str
) -> TemplateResponse:
    """Whether a new one is really wanted: the one before ends."""
    return _page(site, request, {"title": title, "text": text, "back": back})


def _page(site: AdminSite, request: HttpRequest, context: dict[str, object]) -> TemplateResponse:
    request.current_app = site.name
    return TemplateResponse(
        request, "administration/secret.html", {**site.each_context(request), **context}
    )
