"""The admin page that imports a list of jurisdictions, as the command does: all of it or nothing."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from command_center.accounts.scope import Scope
from command_center.api.auth import user_of
from command_center.jurisdictions.importing import (
    ImportRefusedError,
    Problem,
    read_boundaries,
    read_list,
)
from command_center.jurisdictions.models import Jurisdiction
from command_center.jurisdictions.selectors import known_codes
from command_center.jurisdictions.services import Imported, import_jurisdictions


class ImportForm(forms.Form):
    """A list, and perhaps boundaries."""

    table = forms.FileField(
        label=gettext_lazy("List (CSV)"),
        help_text=gettext_lazy("Columns code, name and, if you like, level and parent."),
    )
    boundary = forms.FileField(
        label=gettext_lazy("Boundaries (GeoJSON)"),
        required=False,
        help_text=gettext_lazy("Features with a property `code`; WGS-84."),
    )


def page(site: AdminSite, request: HttpRequest, scope: Scope) -> HttpResponse:
    """Take the files; say what is wrong by line, or what was done."""
    if not scope:
        raise PermissionDenied
    form = ImportForm(request.POST or None, request.FILES or None)
    problems: tuple[Problem, ...] = ()
    if request.method == "POST" and form.is_valid():
        try:
            done = _import(request, form.cleaned_data, scope)
        except ImportRefusedError as error:
            problems = error.problems
        else:
            text = _(
                "%(created)d jurisdictions created, %(changed)d changed, %(unchanged)d unchanged."
            )
            values = {"created": done.created, "changed": done.changed}
            messages.success(request, text % {**values, "unchanged": done.unchanged})
            return HttpResponseRedirect(reverse("admin:jurisdictions_jurisdiction_changelist"))
    context = {
        **site.each_context(request),
        "title": _("Import jurisdictions"),
        "opts": Jurisdiction._meta,  # noqa: SLF001 - Django's documented name
        "form": form,
        "problems": problems,
    }
    request.current_app = site.name
    return TemplateResponse(request, "jurisdictions/import.html", context)


def _import(request: HttpRequest, files: dict[str, Any], scope: Scope) -> Imported:
    known = known_codes()
    rows = read_list(files["table"].read(), known=known)
    areas = {}
    if files["boundary"]:
        codes = known | {row.code for row in rows}
        areas = read_boundaries(files["boundary"].read(), known=codes)
    text = _("%(code)s lies outside the jurisdictions that you manage.")
    outside = [
        Problem(text % {"code": row.code}, row.line) for row in rows if not scope.covers(row.code)
    ]
    outside += [Problem(text % {"code": code}) for code in areas if not scope.covers(code)]
    if outside:
        raise ImportRefusedError(outside)
    return import_jurisdictions(rows=rows, areas=areas, actor=user_of(request))
