"""WebSocket routes of the conferences."""

from django.urls import path

from conferencing.signalling.consumer import ConferenceConsumer
from conferencing.signalling.guest import GuestConsumer
from conferencing.signalling.invitations import InvitationsConsumer

websocket_urlpatterns = [
    path("ws/conference/<int:conference_id>", ConferenceConsumer.as_asgi()),
    path("ws/guest", GuestConsumer.as_asgi()),
    path("ws/invitations", InvitationsConsumer.as_asgi()),
]
