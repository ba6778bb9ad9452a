"""Routes of the pages."""

from django.urls import path
from django.views.generic import RedirectView

from command_center.pages import views

urlpatterns = [
    path("", views.console, name="console"),
    path("sw.js", views.console_worker, name="console-worker"),
    path("village/", views.village, name="village"),
    path("village/sw.js", views.village_worker, name="village-worker"),
    path("guest/", views.guest, name="guest"),
    path("patrol/", views.patrol, name="patrol"),
    path("patrol/sw.js", views.patrol_worker, name="patrol-worker"),
    path("patrol/manifest.webmanifest", views.patrol_manifest, name="patrol-manifest"),
    path("favicon.ico", RedirectView.as_view(url="/static/pages/icon.svg"), name="favicon"),
]
