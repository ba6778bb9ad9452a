"""The form of a device: thresholds as typed fields, the codec as a choice, the place on a map."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from command_center.administration.bases import AnyModelForm, capitalise_labels
from command_center.administration.place import PlacedForm
from iot_bridge.codecs.mapping import FIELDS
from iot_bridge.codecs.registry import REGISTRY
from iot_bridge.devices.models import Device, KindTiming
from iot_bridge.devices.validation import check_device, threshold_limits
from iot_bridge.rules.thresholds import Thresholds

PREFIX = "threshold_"
# Label and meaning of every field of Thresholds; a test holds that none is missing.
THRESHOLD_WORDS = {
    "lane_hold_s": (_("fire lane: hold time, s"), _("occupied for longer is an alarm")),
    "crowd_threshold": (_("Wi-Fi probe: crowd"), _("heads from which a place is crowded")),
    "denied_count": (_("face gate: refusals"), _("so many within the window are a burst")),
    "denied_window_s": (_("face gate: window, s"), _("in which refusals are counted")),
    "battery_low_percent": (_("battery, %"), _("below which it is low; 0: never an alarm")),
    "degraded_after_s": (_("late, s"), _("of silence after which the device reports late")),
    "offline_after_s": (_("silence, s"), _("after which the device counts as offline")),
    "chatter_count": (_("chattering: times"), _("so many beginnings within the window chatter")),
    "chatter_window_s": (_("chattering: window, s"), _("in which beginnings are counted")),
    "chatter_quiet_s": (_("chattering: quiet, s"), _("without change, until it is over")),
    "flap_changes": (_("flapping: changes"), _("between on and off line, beyond which it flaps")),
    "flap_window_s": (_("flapping: window, s"), _("in which those changes are counted")),
    "flap_steady_s": (_("flapping: steady, s"), _("without a change, and it flaps no more")),
}


def _threshold_field(name: str) -> forms.IntegerField:
    info = Thresholds.model_fields[name]
    label, meaning = THRESHOLD_WORDS[name]
    low, high = threshold_limits(name)
    return forms.IntegerField(
        label=label,
        help_text=meaning,
        required=False,
        min_value=low,
        max_value=high,
        widget=forms.NumberInput(attrs={"placeholder": info.default, "class": "vIntegerField"}),
    )


class RulesField(forms.JSONField):
    """JSON, of which nothing is shown as nothing."""

    def prepare_value(self, value: Any) -> Any:
        """Empty for no rules."""
        return super().prepare_value(value) if value else ""


class DeviceForm(PlacedForm):
    """A device. An empty threshold is the default."""

    codec = forms.ChoiceField(
        label=_("codec"), choices=lambda: [(name, name) for name in REGISTRY.names]
    )

    field_rules = RulesField(
        label=_("field mapping"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}),
        help_text=_(
            "where a maker's field has an unusual name or unusual values, as JSON, for example "
            '{"alarm": {"field": "contact", "is": [false]}}; '
            '{"opens": "POWER1"} names the output that opens a gate; see docs/codecs.md'
        ),
    )

    threshold_lane_hold_s = _threshold_field("lane_hold_s")
    threshold_crowd_threshold = _threshold_field("crowd_threshold")
    threshold_denied_count = _threshold_field("denied_count")
    threshold_denied_window_s = _threshold_field("denied_window_s")
    threshold_battery_low_percent = _threshold_field("battery_low_percent")
    threshold_degraded_after_s = _threshold_field("degraded_after_s")
    threshold_offline_after_s = _threshold_field("offline_after_s")
    threshold_chatter_count = _threshold_field("chatter_count")
    threshold_chatter_window_s = _threshold_field("chatter_window_s")
    threshold_chatter_quiet_s = _threshold_field("chatter_quiet_s")
    threshold_flap_changes = _threshold_field("flap_changes")
    threshold_flap_window_s = _threshold_field("flap_window_s")
    threshold_flap_steady_s = _threshold_field("flap_steady_s")

    class Meta:
        model = Device
        fields = (
            "id",
            "name",
            "kind",
            "jurisdiction",
            "site",
            "codec",
            "external_id",
            "maker",
            "model",
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, value in (self.instance.parameters or {}).items():
            self.initial.setdefault("field_rules" if name == FIELDS else PREFIX + name, value)

    def _post_clean(self) -> None:
        """The thresholds become the parameters; then the device is checked as a whole."""
        self._set_parameters()
        super()._post_clean()
        try:
            check_device(self.instance)
        except ValidationError as error:
            for name, found in error.update_error_dict({}).items():
                self._add(name, found)

    def _set_parameters(self) -> None:
        given: dict[str, Any] = {
            name: self.cleaned_data[PREFIX + name]
            for name in Thresholds.model_fields
            if self.cleaned_data.get(PREFIX + name) is not None
        }
        if self.cleaned_data.get("field_rules"):
            given[FIELDS] = self.cleaned_data["field_rules"]
        if any(PREFIX + name in self.fields for name in Thresholds.model_fields):
            self.instance.parameters = given

    def _add(self, name: str, found: Any) -> None:
        """Show an error where it can be mended."""
        if name in ("longitude", "latitude"):
            name = "place"
        for error in found if isinstance(found, list) else [found]:
            self.add_error(name if name in self.fields else None, error)


class TimingForm(AnyModelForm):
    """A timing; late comes before offline."""

    codec = forms.ChoiceField(
        label=_("codec"), choices=lambda: [(name, name) for name in REGISTRY.names]
    )

    class Meta:
        model = KindTiming
        fields = ("kind", "codec", "degraded_after_s", "offline_after_s")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        capitalise_labels(self)

    def clean(self) -> dict[str, Any]:
        """A device is late before it is offline."""
        cleaned = dict(super().clean() or {})
        late, offline = cleaned.get("degraded_after_s"), cleaned.get("offline_after_s")
        if late is not None and offline is not None and late >= offline:
            self.add_error("degraded_after_s", _("must be less than what makes it offline"))
        return cleaned
