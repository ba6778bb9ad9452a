"""HTTP routes: the API, the pages, the admin, health."""

from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import include, path, re_path
from django.utils.module_loading import import_string
from django.views.i18n import JavaScriptCatalog

from command_center.administration.pages import register_all
from command_center.api.assembly import build_api
from command_center.api.problems import ProblemCode, problem_response
from command_center.health import views as health


def no_such_route(_request: HttpRequest) -> HttpResponse:
    """An address under the API that is no route of it."""
    return problem_response(ProblemCode.NOT_FOUND, "no such route; see /api/v1/openapi.json")


register_all()
urlpatterns = [
    path("api/v1/", build_api().urls),
    re_path(r"^api/", no_such_route),
    path("admin/jsi18n/", JavaScriptCatalog.as_view(), name="javascript-catalog"),
    path("admin/", admin.site.urls),
    path("i18n/", include("django.conf.urls.i18n")),
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("metrics", health.metrics),
    *(path("", include(import_string(name))) for name in settings.HTTP_ROUTES),
    path("", include("command_center.pages.urls")),
]
