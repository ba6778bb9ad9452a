"""The REST API under `/api/v1`, put together from the routers that settings name."""

from __future__ import annotations

from functools import cache
from typing import Any

import orjson
from django.conf import settings
from django.http import HttpRequest
from django.utils.module_loading import import_string
from ninja import NinjaAPI
from ninja.renderers import BaseRenderer
from ninja.security import SessionAuth

from command_center.api import problems


class JsonRenderer(BaseRenderer):
    """JSON through orjson."""

    media_type = "application/json"

    def render(self, request: HttpRequest, data: Any, *, response_status: int) -> bytes:
        """The body of an answer."""
        return orjson.dumps(data, option=orjson.OPT_NON_STR_KEYS)


@cache
def build_api() -> NinjaAPI:
    """The one API of this installation."""
    api = NinjaAPI(
        title="Lingdun 灵盾",
        version=settings.VERSION,
        description=(
            "Command and dispatch over devices, alarms and units. Sign in with `POST /session`; "
            "send the `csrftoken` cookie as `X-CSRFToken` with every change. Other systems send a key of "
            "their own to `/external/…` instead: `Authorization: Bearer <key>`. "
            "What lies outside one's jurisdictions answers 404."
        ),
        urls_namespace="api",
        docs_url=None,
        auth=SessionAuth(),
        renderer=JsonRenderer(),
    )
    problems.install(api)
    for path in settings.API_ROUTERS:
        api.add_router("", import_string(path))
    return api
