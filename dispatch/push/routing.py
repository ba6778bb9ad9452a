"""WebSocket routes of the patrol's app."""

from django.urls import path

from dispatch.push.consumer import PatrolConsumer

websocket_urlpatterns = [path("ws/patrol", PatrolConsumer.as_asgi())]
