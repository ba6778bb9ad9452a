"""Attached content as an HTTP answer that a browser keeps, runs nothing of, and asks about each time."""

from __future__ import annotations

from collections.abc import Callable

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.http import content_disposition_header
from django.views.decorators.http import condition

from command_center.attachments.pictures import PDF


def content_answer(
    request: HttpRequest, *, tag: str, name: str, type_: str, read: Callable[[], bytes]
) -> HttpResponse:
    """Pictures are shown, documents downloaded. `tag` names the content; `read` may raise FileNotFoundError."""

    @condition(etag_func=lambda _request: f'"{tag}"')
    def answer(_request: HttpRequest) -> HttpResponse:
        try:
            return HttpResponse(read(), content_type=type_)
        except FileNotFoundError as error:
            raise Http404 from error

    response: HttpResponse = answer(request)
    response["Content-Disposition"] = content_disposition_header(type_ == PDF, name) or "inline"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cache-Control"] = "private, no-cache"
    return response
