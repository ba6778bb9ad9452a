"""`GET /map`: where the console's map starts and which tiles, if any, lie under it."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest
from ninja import Router

from command_center.maps.settings import MapSettings, read_map_settings

router = Router(tags=["map"])


@router.get("/map", response=MapSettings, summary="Settings of the map")
def get_map(request: HttpRequest) -> MapSettings:
    """Settings of the map. Without configured layers the map is drawn from areas alone."""
    return read_map_settings(settings.LEAFLET_CONFIG, settings.ENVIRONMENT.map_tiles)
