"""Routes of the pages."""

from django.urls import path
from django.views.generic import RedirectView

from command_center.pages import views

urlpatterns = [
    path("", views.console, name="console"),
    path("favicon.ico", RedirectView.as_view(url="/static/pages/icon.svg"), name="favicon"),
]
