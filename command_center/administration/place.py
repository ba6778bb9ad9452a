"""A position on a map: a form field of longitude and latitude with a Leaflet map beside it."""

from __future__ import annotations

import math
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from command_center.administration.bases import AnyModelForm, capitalise_labels

DECIMALS = 6  # about a decimetre


class PlaceWidget(forms.MultiWidget):
    """Two numbers and a map; a click places, a drag moves. Needs no GDAL and no outside request."""

    template_name = "administration/place.html"

    class Media:
        css = {"all": ["leaflet/leaflet.css", "administration/place.css"]}
        js = ["leaflet/leaflet.js", "administration/place.js"]

    def __init__(self) -> None:
        number = {"step": "any", "class": "vTextField place-number", "inputmode": "decimal"}
        super().__init__(
            widgets={
                "lng": forms.NumberInput(attrs={**number, "min": -180, "max": 180}),
                "lat": forms.NumberInput(attrs={**number, "min": -90, "max": 90}),
            }
        )

    def decompress(self, value: tuple[float, float] | None) -> list[float | None]:
        """Longitude, latitude."""
        return [None, None] if value is None else list(value)

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """With what the map needs to know."""
        context = super().get_context(name, value, attrs)
        west, south, east, north = settings.LEAFLET_CONFIG["SPATIAL_EXTENT"]
        context["map"] = {
            "areas": str(reverse_lazy("admin:map_areas")),
            "layers": str(reverse_lazy("admin:map_layers")),
            "bounds": [[south, west], [north, east]],
            "maxZoom": settings.LEAFLET_CONFIG["MAX_ZOOM"],
        }
        return context


class PlaceField(forms.MultiValueField):
    """Longitude and latitude in degrees WGS-84, or None."""

    widget = PlaceWidget

    def __init__(self, **kwargs: Any) -> None:
        fields = (
            forms.FloatField(min_value=-180, max_value=180),
            forms.FloatField(min_value=-90, max_value=90),
        )
        super().__init__(fields=fields, require_all_fields=False, **kwargs)

    def compress(self, data_list: list[float | None]) -> tuple[float, float] | None:
        """Both, or neither."""
        given = [value for value in data_list if value is not None]
        if not given:
            return None
        if len(given) < 2 or not all(math.isfinite(value) for value in given):
            raise ValidationError(_("Give both longitude and latitude, or neither."), "incomplete")
        return round(given[0], DECIMALS), round(given[1], DECIMALS)


class PlacedForm(AnyModelForm):
    """A form of a model with `longitude` and `latitude`, entered as one place."""

    place = PlaceField(
        label=_("place"),
        required=False,
        help_text=_("Longitude and latitude, WGS-84. Click on the map or drag the mark."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        capitalise_labels(self)
        row = self.instance
        if row.longitude is not None and row.latitude is not None:
            self.initial.setdefault("place", (row.longitude, row.latitude))

    def _post_clean(self) -> None:
        if "place" in self.cleaned_data:
            place = self.cleaned_data["place"] or (None, None)
            self.instance.longitude, self.instance.latitude = place
        super()._post_clean()  # type: ignore[misc]  # the stubs leave this hook out
