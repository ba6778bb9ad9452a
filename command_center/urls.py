"""HTTP routes: the API, the pages, the admin, health."""

from django.contrib import admin
from django.urls import include, path
from django.views.i18n import JavaScriptCatalog

from command_center.api.assembly import build_api
from command_center.health import views as health

urlpatterns = [
    path("api/v1/", build_api().urls),
    path("admin/jsi18n/", JavaScriptCatalog.as_view(), name="javascript-catalog"),
    path("admin/", admin.site.urls),
    path("i18n/", include("django.conf.urls.i18n")),
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("metrics", health.metrics),
    path("", include("command_center.pages.urls")),
]
