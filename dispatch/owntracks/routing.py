"""HTTP routes of the OwnTracks positions."""

from __future__ import annotations

from django.urls import path

from dispatch.owntracks.views import owntracks

urlpatterns = [path("owntracks", owntracks), path("owntracks/", owntracks)]
