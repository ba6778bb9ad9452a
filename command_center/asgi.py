"""The ASGI application: HTTP to Django, WebSockets to the consumers."""

import os

from command_center.sqlite import use_bundled_sqlite

use_bundled_sqlite()
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "command_center.settings")

from channels.auth import AuthMiddlewareStack  # noqa: E402  # Django first
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from channels.security.websocket import AllowedHostsOriginValidator  # noqa: E402
from django.conf import settings  # noqa: E402
from django.core.asgi import get_asgi_application  # noqa: E402
from django.utils.module_loading import import_string  # noqa: E402

django_application = get_asgi_application()
websocket_urlpatterns = [
    route for dotted in settings.WEBSOCKET_ROUTES for route in import_string(dotted)
]

application = ProtocolTypeRouter(
    {
        "http": django_application,
        "websocket": AllowedHostsOriginValidator(
            AuthMiddlewareStack(URLRouter(websocket_urlpatterns))
        ),
    }
)
