"""Pages: the shells that the front end fills. What a page may show is decided by the API and the feed."""

from __future__ import annotations

import json
from pathlib import Path

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_safe

PATROL_WORKER = "src/patrol/worker/worker.ts"
DESK_WORKER = "src/push/worker.ts"


@require_safe
@never_cache
@ensure_csrf_cookie
def console(request: HttpRequest) -> HttpResponse:
    """The dispatchers' console. Signing in happens in the page, so anybody may fetch the shell."""
    return render(request, "pages/console.html")


@require_safe
@never_cache
@ensure_csrf_cookie
def village(request: HttpRequest) -> HttpResponse:
    """The page of villages and communities: big buttons, one task at a time. Signing in happens in it."""
    return render(request, "pages/village.html")


@require_safe
@never_cache
def guest(request: HttpRequest) -> HttpResponse:
    """The page of a conference's guest, who has no account. What the link carries stays in the browser."""
    return render(request, "pages/guest.html")


@require_safe
@never_cache
@ensure_csrf_cookie
def patrol(request: HttpRequest) -> HttpResponse:
    """The patrol's page on the phone. Its service worker keeps it: nothing of a person may be in it."""
    return render(request, "pages/patrol.html")


@require_safe
@never_cache
def patrol_worker(_request: HttpRequest) -> HttpResponse:
    """The service worker of the patrol's page: here, because its path is the reach that it has."""
    return _worker(PATROL_WORKER, reverse("patrol"))


@require_safe
@never_cache
def console_worker(_request: HttpRequest) -> HttpResponse:
    """The service worker that shows what is pushed to the console."""
    return _worker(DESK_WORKER, reverse("console"))


@require_safe
@never_cache
def village_worker(_request: HttpRequest) -> HttpResponse:
    """The same for the village's page."""
    return _worker(DESK_WORKER, reverse("village"))


def _worker(source: str, reach: str) -> HttpResponse:
    dist = Path(settings.FRONTEND_DIST)
    try:
        built = json.loads((dist / ".vite" / "manifest.json").read_text("utf-8"))
        script = (dist / built[source]["file"]).read_bytes()
    except (FileNotFoundError, KeyError) as error:
        raise Http404("the front end is not built") from error
    headers = {"Service-Worker-Allowed": reach}
    return HttpResponse(script, content_type="text/javascript; charset=utf-8", headers=headers)


@require_safe
@never_cache
def patrol_manifest(_request: HttpRequest) -> JsonResponse:
    """What a phone needs to know to install the patrol's page (W3C Web Application Manifest)."""
    icons = [
        {"src": static("pages/icon.svg"), "type": "image/svg+xml", "sizes": "any"},
        *(
            {
                "src": static(f"pages/icon-{size}.png"),
                "type": "image/png",
                "sizes": f"{size}x{size}",
            }
            for size in (192, 512)
        ),
        {
            "src": static("pages/icon-maskable-512.png"),
            "type": "image/png",
            "sizes": "512x512",
            "purpose": "maskable",
        },
    ]
    manifest = {
        "id": reverse("patrol"),
        "name": "灵盾任务",
        "short_name": "灵盾任务",
        "lang": "zh-Hans",
        "start_url": reverse("patrol"),
        "scope": reverse("patrol"),
        "display": "standalone",
        "orientation": "portrait",
        "background_color": "#f5f6f8",
        "theme_color": "#1667c7",
        "icons": icons,
    }
    return JsonResponse(manifest, content_type="application/manifest+json")
