"""The admin page of the media nodes: which answer, how full they are, and the trunks between them."""

from __future__ import annotations

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from command_center.accounts.policy import Permission
from command_center.administration.extra import AdminPage
from command_center.administration.installation import at_the_top
from command_center.jurisdictions.selectors import names_of
from conferencing.watching.states import trunks_of, watched


def _may(request: HttpRequest) -> bool:
    return bool(at_the_top(request, Permission.JURISDICTIONS_MANAGE))


def _show(request: HttpRequest) -> HttpResponse:
    if not _may(request):
        raise PermissionDenied
    nodes = watched()
    names = names_of([one.code for one in nodes if one.code])
    context = {
        **admin.site.each_context(request),
        "title": PAGE.title,
        "nodes": [(one, names.get(one.code, one.code)) for one in nodes],
        "trunks": trunks_of(nodes),
    }
    return render(request, "conferencing/nodes.html", context)


PAGE = AdminPage(name="media_nodes", title=_("Media nodes"), view=_show, may=_may)
