"""Pages: the shells that the front end fills. What a page may show is decided by the API and the feed."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_safe


@require_safe
@never_cache
@ensure_csrf_cookie
def console(request: HttpRequest) -> HttpResponse:
    """The dispatchers' console. Signing in happens in the page, so anybody may fetch the shell."""
    return render(request, "pages/console.html")
