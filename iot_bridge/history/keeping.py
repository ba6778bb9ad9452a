"""What is kept for how long, unless the administration says otherwise."""

from __future__ import annotations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from iot_bridge.protocol.topics import Kind

DAYS_AT_MOST = 36_500


class Keeping(TextChoices):
    """What a number of days can be set for: the events of each kind, and the rest of the history."""

    FACE_GATE = Kind.FACE_GATE, _("events of face gates")
    WIFI_PROBE = Kind.WIFI_PROBE, _("events of Wi-Fi probes")
    FIRE_LANE = Kind.FIRE_LANE, _("events of fire-lane sensors")
    PANIC_BUTTON = Kind.PANIC_BUTTON, _("events of panic buttons")
    SMOKE = Kind.SMOKE, _("events of smoke detectors")
    CAMERA = Kind.CAMERA, _("events of cameras")
    PATROL_TERMINAL = Kind.PATROL_TERMINAL, _("events of patrol terminals")
    ALARMS = "alarms", _("closed alarms, from their closing")
    DEAD_LETTERS = "dead_letters", _("dead letters that are settled")
    COUNTS = "counts", _("counts by the hour")


DAYS: dict[Keeping, int] = {
    **{Keeping(kind): 90 for kind in Kind},
    Keeping.ALARMS: 730,
    Keeping.DEAD_LETTERS: 180,
    Keeping.COUNTS: 1095,
}
