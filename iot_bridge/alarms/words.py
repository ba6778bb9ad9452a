"""What conditions and severities are called, for texts that leave the server: files and notices."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from iot_bridge.rules.conditions import Condition

CONDITION_NAMES: dict[str, Promise] = {
    Condition.FORCED_OPEN: _("gate forced open"),
    Condition.DOOR_HELD: _("door held open"),
    Condition.TAILGATING: _("tailgating"),
    Condition.TAMPER: _("tampering"),
    Condition.FAULT: _("device fault"),
    Condition.BATTERY_LOW: _("battery low"),
    Condition.DENIED_BURST: _("many refusals"),
    Condition.CROWD_HIGH: _("crowd"),
    Condition.LANE_BLOCKED: _("fire lane blocked"),
    Condition.DEVICE_OFFLINE: _("device offline"),
    Condition.DEVICE_FLAPPING: _("device flapping"),
    Condition.SITE_SILENT: _("no reports from a site"),
    Condition.REPORTS_STOPPED: _("no reports at all"),
    Condition.RULE_FAILED: _("alarm rule failed"),
    Condition.PANIC: _("call for help"),
    Condition.SMOKE: _("smoke"),
    Condition.SOS: _("patrol's SOS"),
    Condition.CHECK_IN_OVERDUE: _("sign of life overdue"),
}

SEVERITIES = [(1, _("I red")), (2, _("II orange")), (3, _("III yellow")), (4, _("IV blue"))]


def condition_word(condition: str, title_zh: str = "", title_en: str = "") -> str:
    """What a condition is called; a stored rule's own one by the titles that its alarms have."""
    english = (get_language() or "").startswith("en")
    own = (title_en or title_zh) if english else (title_zh or title_en)
    return own or str(CONDITION_NAMES.get(condition, condition))


def severity_word(severity: int) -> str:
    """A severity's number and colour."""
    return str(dict(SEVERITIES).get(severity, severity))
