"""The rules that ship, as a list to look at: `rules.evaluate` is what carries them out."""

from __future__ import annotations

from iot_bridge.protocol.topics import Kind
from iot_bridge.rulebook.shapes import ShippedRule
from iot_bridge.rules.conditions import SPECS, Condition
from iot_bridge.rules.thresholds import KIND_DEFAULTS, Thresholds

_ALL = tuple(kind.value for kind in Kind)
_C = Condition

KINDS: dict[Condition, tuple[str, ...]] = {
    _C.FORCED_OPEN: (Kind.FACE_GATE,),
    _C.DOOR_HELD: (Kind.FACE_GATE,),
    _C.TAILGATING: (Kind.FACE_GATE,),
    _C.DENIED_BURST: (Kind.FACE_GATE,),
    _C.TAMPER: (Kind.FACE_GATE, Kind.FIRE_LANE, Kind.CAMERA),
    _C.CROWD_HIGH: (Kind.WIFI_PROBE,),
    _C.LANE_BLOCKED: (Kind.FIRE_LANE,),
    _C.PANIC: (Kind.PANIC_BUTTON,),
    _C.SMOKE: (Kind.SMOKE,),
    _C.SOS: (Kind.PATROL_TERMINAL,),
    _C.CHECK_IN_OVERDUE: (Kind.PATROL_TERMINAL,),
    _C.FAULT: _ALL,
    _C.BATTERY_LOW: tuple(one for one in _ALL if one != Kind.PATROL_TERMINAL),
    _C.DEVICE_OFFLINE: _ALL,
}
"""Which kinds report what a condition is made of."""

PARAMETERS: dict[Condition, tuple[str, ...]] = {
    _C.DENIED_BURST: ("denied_count", "denied_window_s"),
    _C.CROWD_HIGH: ("crowd_threshold",),
    _C.LANE_BLOCKED: ("lane_hold_s",),
    _C.BATTERY_LOW: ("battery_low_percent",),
    _C.DEVICE_OFFLINE: ("offline_after_s",),
}


def shipped_rules() -> list[ShippedRule]:
    """Every condition that is watched without a stored rule, with its defaults."""
    return [
        ShippedRule(
            condition=condition,
            kinds=list(KINDS.get(condition, _ALL)),
            severity=spec.severity,
            latching=spec.latched,
            parameters={name: _default(condition, name) for name in PARAMETERS.get(condition, ())},
        )
        for condition, spec in SPECS.items()
    ]


def _default(condition: Condition, name: str) -> int:
    kinds = KINDS.get(condition, _ALL)
    if len(kinds) == 1 and name in KIND_DEFAULTS.get(Kind(kinds[0]), {}):
        return KIND_DEFAULTS[Kind(kinds[0])][name]
    return int(Thresholds.model_fields[name].default)
