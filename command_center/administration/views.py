"""What the maps on admin pages ask for."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse

from command_center.accounts.policy import Permission
from command_center.administration.scoped import scope_in
from command_center.jurisdictions.selectors import areas_in
from command_center.maps.tiles import Crs, LayerRole


def map_areas(request: HttpRequest) -> HttpResponse:
    """The areas that one may see, as GeoJSON."""
    return JsonResponse(areas_in(scope_in(request, Permission.DEVICES_VIEW)))


def map_layers(_request: HttpRequest) -> HttpResponse:
    """The tile layers on which a click gives true coordinates; those in shifted ones would mislead."""
    layers = [
        {
            "url": layer.template,
            "attribution": layer.attribution,
            "subdomains": layer.subdomains,
            "max_zoom": layer.max_zoom,
        }
        for layer in settings.ENVIRONMENT.map_tiles
        if layer.crs is Crs.WGS84 and layer.role is LayerRole.BASE
    ]
    return JsonResponse({"layers": layers[:1]})
