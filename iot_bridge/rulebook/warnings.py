"""What an administrator ought to see to about rules, for the consoles' status line."""

from __future__ import annotations

from command_center.health.warnings import SystemWarning
from iot_bridge.rulebook.selectors import quarantined

RULE_QUARANTINED = "rule_quarantined"
SHOWN = 5


def rules() -> list[SystemWarning]:
    """Rules that failed at run time: they are put aside, and what they watch is not watched by them."""
    return [
        SystemWarning(
            RULE_QUARANTINED,
            {"rule": f"#{rule.pk}"},
        )
        for rule in quarantined()[:SHOWN]
    ]
