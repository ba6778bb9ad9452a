"""A maker's fields to the canonical events of a kind: by declared rules, else by the names makers commonly use.

A device's `parameters.fields` names, for each signal of its kind, the maker's field and what in it counts:

    {"alarm": "smoke_state"}                              on, true, 1, open … of that field
    {"alarm": {"field": "contact", "is": [false]}}        exactly these values
    {"occupied": {"field": "distance_cm", "below": 60}}   a number beyond a limit

A signal without a rule is looked for under the names of SIGNALS, by the last part of a path and whatever its
case. Makers repeat a state with every report; only what differs from what is known becomes an event, the
rest is a sign of life. Pure.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from iot_bridge.codecs.base import CodecError, quoted
from iot_bridge.protocol.decoded import DeviceMessage, DeviceReading, Scalar
from iot_bridge.protocol.messages import STATE
from iot_bridge.protocol.reasons import DeadLetterReason
from iot_bridge.protocol.topics import Channel, Kind

FIELDS = "fields"
"""The key of a device's parameters under which the rules are."""

_YES = frozenset({
    "on", "true", "yes", "1", "alarm", "detected", "triggered", "occupied", "active", "open", "opened",
    "busy", "fire", "fault", "tampered", "smoke",
})  # fmt: skip
_NO = frozenset({
    "off", "false", "no", "0", "normal", "ok", "clear", "cleared", "idle", "inactive", "vacant", "free",
    "closed", "none", "safe", "", "not_detected",
})  # fmt: skip
_RELEASED = _NO | {"release", "released", "hold_release", "long_release", "up"}


class Shape(StrEnum):
    """What a signal is: lasting or momentary, a number, a charge, a defect."""

    SWITCH = "switch"
    PRESS = "press"
    NUMBER = "number"
    CHARGE = "charge"
    DEFECT = "defect"


@dataclass(frozen=True, slots=True)
class Signal:
    """One thing a kind can report.

    `on` and `off` are canonical event types (`off` "": the type itself with `active` false). `known` is
    the word by which the rules know that it lasts. `names` are what makers call it.
    """

    shape: Shape
    names: tuple[str, ...]
    on: str = ""
    off: str = ""
    known: str = ""


def _flag(type_: str, *names: str) -> Signal:
    return Signal(Shape.SWITCH, names, on=type_, known=type_)


def _press(type_: str, *names: str) -> Signal:
    return Signal(Shape.PRESS, names, on=type_)


_CHARGE = Signal(
    Shape.CHARGE, ("battery", "battery_level", "batterylevel", "battery_percent"), on="battery"
)
_DEFECTS = ("fault", "trouble", "sensor_fault", "malfunction", "battery_low", "low_battery")
_FAULT = Signal(Shape.DEFECT, _DEFECTS, on="fault", known="fault")
# Kinds without a tamper event report an opened housing as a fault.
_FAULT_OR_TAMPER = Signal(Shape.DEFECT, (*_DEFECTS, "tamper"), on="fault", known="fault")
_TAMPER = _flag("tamper", "tamper")
_SMOKE_NAMES = ("smoke", "smoke_alarm", "gas", "carbon_monoxide", "fire", "fire_alarm", "alarm")
_LANE_NAMES = ("occupied", "occupancy", "presence", "parking", "vehicle")

SIGNALS: dict[Kind, dict[str, Signal]] = {
    Kind.FACE_GATE: {
        "forced_open": _flag("forced_open", "forced_open"),
        "door_held": _flag("door_held", "door_held"),
        "tailgating": _press("tailgating", "tailgating"),
        "denied": _press("denied", "denied"),
        "pass": _press("pass", "pass"),
        "tamper": _TAMPER,
        "fault": _FAULT,
        "battery": _CHARGE,
    },
    Kind.WIFI_PROBE: {
        "count": Signal(Shape.NUMBER, ("count", "people_count", "people"), on="count"),
        "fault": _FAULT_OR_TAMPER,
        "battery": _CHARGE,
    },
    Kind.FIRE_LANE: {
        "occupied": Signal(Shape.SWITCH, _LANE_NAMES, "occupied", "vacated", known="occupied"),
        "tamper": _TAMPER,
        "fault": _FAULT,
        "battery": _CHARGE,
    },
    Kind.PANIC_BUTTON: {
        "pressed": _press("pressed", "action", "sos", "panic", "emergency", "pressed", "button"),
        "fault": _FAULT_OR_TAMPER,
        "battery": _CHARGE,
    },
    Kind.SMOKE: {
        "alarm": Signal(Shape.SWITCH, _SMOKE_NAMES, "alarm", "normal", known="smoke"),
        "fault": _FAULT_OR_TAMPER,
        "battery": _CHARGE,
    },
    Kind.CAMERA: {
        "motion": _press("motion", "motion", "occupancy", "presence"),
        "tamper": _TAMPER,
        "fault": _FAULT,
        "battery": _CHARGE,
    },
    Kind.PATROL_TERMINAL: {
        "sos": _press("sos", "sos", "action", "panic", "emergency"),
        "fault": _FAULT_OR_TAMPER,
        "battery": _CHARGE,
    },
}
"""What each kind can report through a mapping."""

OPENS = "opens"
OUTPUTS: dict[Kind, tuple[str, ...]] = {Kind.FACE_GATE: (OPENS,)}
"""What a kind can be made to do through an output that only who wired it can name (`{"opens": "POWER2"}`)."""
_OUTPUT = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,31}")

_GUESSES: tuple[tuple[Kind, frozenset[str]], ...] = (
    (Kind.SMOKE, frozenset(_SMOKE_NAMES) - {"alarm"}),
    (Kind.PANIC_BUTTON, frozenset({"action", "sos", "panic", "emergency"})),
    (Kind.FIRE_LANE, frozenset({"occupied", "parking", "vehicle"})),
    (Kind.CAMERA, frozenset({"motion", "occupancy", "presence"})),
    (Kind.WIFI_PROBE, frozenset({"people_count", "people"})),
)

_Value = bool | int | float | Annotated[str, Field(max_length=120)]


class FieldRule(BaseModel):
    """Where a signal comes from. Without `is`, `below` or `above` the usual words for yes and no count."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    field: Annotated[str, Field(min_length=1, max_length=120)]
    values: Annotated[list[_Value], Field(min_length=1, max_length=32)] | None = Field(
        default=None, validation_alias="is"
    )
    below: float | None = Field(default=None, allow_inf_nan=False)
    above: float | None = Field(default=None, allow_inf_nan=False)


class MappingError(ValueError):
    """Declared rules that cannot work; `errors` maps each key to what is wrong with it."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__("; ".join(f"{key}: {text}" for key, text in errors.items()))
        self.errors = errors


Rules = Mapping[str, FieldRule]


def rules_for(kind: Kind, declared: object) -> Rules:
    """The rules of `parameters.fields`. Raises MappingError naming every wrong key."""
    if not isinstance(declared, dict):
        raise MappingError({FIELDS: "must be an object of signal: field"})
    rules: dict[str, FieldRule] = {}
    errors: dict[str, str] = {}
    outputs = OUTPUTS.get(kind, ())
    for name, rule in declared.items():
        if name in outputs and not (isinstance(rule, str) and _OUTPUT.fullmatch(rule)):
            errors[name] = "must be the name of an output, such as POWER1 or state"
            continue
        if name not in SIGNALS[kind] and name not in outputs:
            errors[str(name)] = f"unknown; the signals are {', '.join((*SIGNALS[kind], *outputs))}"
            continue
        try:
            given = {"field": rule} if isinstance(rule, str) else rule
            rules[name] = FieldRule.model_validate(given)
        except ValidationError as error:
            first = error.errors(include_url=False, include_context=False, include_input=False)[0]
            where = ".".join(str(part) for part in first["loc"])
            errors[name] = f"{where}: {first['msg']}" if where else first["msg"]
    if errors:
        raise MappingError(errors)
    return rules


def split_parameters(parameters: Mapping[str, Any]) -> tuple[dict[str, Any], object]:
    """A device's thresholds, and its declared rules."""
    rest = {key: value for key, value in parameters.items() if key != FIELDS}
    return rest, parameters.get(FIELDS, {})


def output_of(parameters: Mapping[str, Any]) -> str:
    """The maker's name of the output that opens a gate; empty where nobody has declared one."""
    declared = split_parameters(parameters)[1]
    output = declared.get(OPENS, "") if isinstance(declared, dict) else ""
    return output if isinstance(output, str) else ""


def guess_kind(values: Mapping[str, Scalar]) -> Kind | None:
    """What a device might be, by the names of its fields; a proposal for the officer who registers it."""
    leaves = set(_by_leaf(values))
    return next((kind for kind, names in _GUESSES if names & leaves), None)


def interpret(
    reading: DeviceReading, kind: Kind, rules: Rules, known: Collection[str], *, fresh: bool = True
) -> list[DeviceMessage]:
    """The canonical messages of a reading; at least one, for every reading is a sign of life.

    `known` holds what lasts already, by the words of Signal.known. `fresh` False: the message was
    retained by the broker, so a button in it was pressed some other time.
    Raises CodecError (bad_data) when a signal's field holds what cannot be read.
    """
    if not reading.online:
        return [_message(reading, kind, Channel.STATE, STATE, {"online": False})]
    leaves = _by_leaf(reading.values)
    events: list[tuple[str, dict[str, Any]]] = []
    battery: int | None = None
    for name, signal in SIGNALS[kind].items():
        found = _find(name, signal, rules.get(name), reading.values, leaves)
        if not found:
            continue
        if signal.shape is Shape.CHARGE:
            battery = _charge(name, found, declared=name in rules)
        elif signal.shape is not Shape.PRESS or fresh:
            events += _events(name, signal, rules.get(name), found, known)
    extra = {} if battery is None else {"battery": battery}
    if not events:
        return [_message(reading, kind, Channel.STATE, STATE, {"online": True, **extra})]
    return [
        _message(reading, kind, Channel.EVENT, type_, {**data, **extra}) for type_, data in events
    ]


def known_after(known: Collection[str], messages: Iterable[DeviceMessage]) -> frozenset[str]:
    """What lasts once these messages are taken in; for the next reading that comes before that is done."""
    after = set(known)
    for message in messages:
        for signal in SIGNALS[message.kind].values():
            if signal.known and message.type in (signal.on, signal.off):
                lasts = message.type == signal.on and message.data.get("active", True)
                (after.add if lasts else after.discard)(signal.known)
    return frozenset(after)


def _events(
    name: str,
    signal: Signal,
    rule: FieldRule | None,
    found: Mapping[str, Scalar],
    known: Collection[str],
) -> list[tuple[str, dict[str, Any]]]:
    if signal.shape is Shape.NUMBER:
        return [(signal.on, {"count": _whole(name, found)})]
    active = [leaf for leaf, value in found.items() if _holds(name, signal, rule, value)]
    if signal.shape is Shape.PRESS:
        return [(signal.on, {})] if active else []
    if bool(active) == (signal.known in known):
        return []
    if signal.shape is Shape.DEFECT:
        return [(signal.on, {"code": " ".join(active)[:64]} if active else {"active": False})]
    if not signal.off:
        return [(signal.on, {} if active else {"active": False})]
    type_ = signal.on if active else signal.off
    return [(type_, {"occupied": bool(active)} if signal.on == "occupied" else {})]


def _find(
    name: str,
    signal: Signal,
    rule: FieldRule | None,
    values: Mapping[str, Scalar],
    leaves: Mapping[str, Scalar],
) -> dict[str, Scalar]:
    """The fields that carry a signal, by what to call them."""
    if rule is not None:
        return {rule.field: values[rule.field]} if rule.field in values else {}
    return {leaf: leaves[leaf] for leaf in signal.names if leaf in leaves}


def _by_leaf(values: Mapping[str, Scalar]) -> dict[str, Scalar]:
    """Values by the last part of their path, in lower case; the first of several counts."""
    leaves: dict[str, Scalar] = {}
    for path, value in values.items():
        leaf = path.replace("/", ".").rpartition(".")[2].lower().replace(" ", "_")
        leaves.setdefault(leaf, value)
    return leaves


def _holds(name: str, signal: Signal, rule: FieldRule | None, value: Scalar) -> bool:
    if rule is not None and (rule.values or rule.below is not None or rule.above is not None):
        return _meets(name, rule, value)
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        return value != 0
    word = value.strip().lower()
    if signal.shape is Shape.PRESS:
        return word not in _RELEASED
    if word in _YES:
        return True
    if word in _NO:
        return False
    if rule is None:  # a common name, used for something else
        return False
    raise CodecError(
        DeadLetterReason.BAD_DATA, f"{name}: {quoted(value)} is neither yes nor no; declare `is`"
    )


def _meets(name: str, rule: FieldRule, value: Scalar) -> bool:
    if rule.values is not None and any(_same(value, wanted) for wanted in rule.values):
        return True
    if rule.below is None and rule.above is None:
        return False
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise CodecError(DeadLetterReason.BAD_DATA, f"{name}: {rule.field} must be a number")
    return (rule.below is not None and value < rule.below) or (
        rule.above is not None and value > rule.above
    )


def _same(value: Scalar, wanted: Scalar) -> bool:
    """Equal, and no number taken for a flag."""
    return value == wanted and isinstance(value, bool) == isinstance(wanted, bool)


def _whole(name: str, found: Mapping[str, Scalar]) -> int:
    value = next(iter(found.values()))
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise CodecError(DeadLetterReason.BAD_DATA, f"{name}: must be a number")
    if not 0 <= value <= 1_000_000:
        raise CodecError(DeadLetterReason.BAD_DATA, f"{name}: must be 0 to 1000000")
    return int(value)


def _charge(name: str, found: Mapping[str, Scalar], *, declared: bool) -> int | None:
    """A percentage; under a common name anything else is not told rather than refused."""
    value = next(iter(found.values()))
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 100:
        return round(value)
    if declared:
        raise CodecError(DeadLetterReason.BAD_DATA, f"{name}: must be 0 to 100")
    return None


def _message(
    reading: DeviceReading, kind: Kind, channel: Channel, type_: str, data: dict[str, Any]
) -> DeviceMessage:
    return DeviceMessage(
        device_ref=reading.device_ref,
        kind=kind,
        channel=channel,
        type=type_,
        data=data,
        event_id=f"{reading.event_id}:{type_}" if channel is Channel.EVENT else None,
        device_at_ms=reading.device_at_ms,
        stripped=reading.stripped,
    )
