"""WebSocket routes of the live feed."""

from django.urls import path

from command_center.feed.consumer import ConsoleConsumer

websocket_urlpatterns = [path("ws/console", ConsoleConsumer.as_asgi())]
