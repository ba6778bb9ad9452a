"""`POST /owntracks`: the HTTP mode of the OwnTracks app."""

from __future__ import annotations

import base64
import binascii

from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from dispatch.owntracks import services
from dispatch.owntracks.models import TrackingLogin
from dispatch.owntracks.payload import BadPayloadError, read


@csrf_exempt
@require_POST
def owntracks(request: HttpRequest) -> HttpResponseBase:
    """Take a location. `[]` is what the app expects, whether it was taken or not; 400 says what is wrong."""
    row = _login(request.headers.get("Authorization", ""))
    if row is None:
        return HttpResponse(
            "unknown login\n",
            status=401,
            content_type="text/plain",
            headers={"WWW-Authenticate": 'Basic realm="OwnTracks"'},
        )
    try:
        fix = read(request.body)
    except BadPayloadError as error:
        return HttpResponse(f"{error}\n", status=400, content_type="text/plain; charset=utf-8")
    if fix is not None:
        services.take(row=row, fix=fix)
    return JsonResponse([], safe=False)


def _login(header: str) -> TrackingLogin | None:
    """Whose request it is (RFC 7617)."""
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        text = base64.b64decode(encoded.strip(), validate=True).decode()
    except (binascii.Error, ValueError):
        return None
    name, _, password = text.partition(":")
    if "\0" in name:
        return None
    return services.authenticate(name=name, password=password)
