"""The numbers a device's rules use: its `parameters`, typed, over defaults."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from iot_bridge.protocol.topics import Kind

Whole = Annotated[int, Field(strict=True)]


class Thresholds(BaseModel):
    """Every parameter a device may carry; the keys of `Device.parameters`. Unknown keys are an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    lane_hold_s: Whole = Field(
        default=180, ge=1, le=86_400, description="s a lane may be occupied before it is blocked"
    )
    crowd_threshold: Whole = Field(
        default=200, ge=1, le=1_000_000, description="heads at which a place is crowded"
    )
    denied_count: Whole = Field(
        default=5, ge=2, le=100, description="refusals within the window that make a burst"
    )
    denied_window_s: Whole = Field(default=60, ge=1, le=3_600, description="s, the burst's window")
    battery_low_percent: Whole = Field(
        default=15, ge=0, le=90, description="% below which a battery is low; 0: none ever is"
    )
    degraded_after_s: Whole = Field(
        default=30, ge=1, le=604_800, description="s of silence after which a device is late"
    )
    offline_after_s: Whole = Field(
        default=90, ge=1, le=604_800, description="s of silence after which a device is offline"
    )
    flap_changes: Whole = Field(
        default=6, ge=2, le=100, description="changes of being on or off line beyond which it flaps"
    )
    flap_window_s: Whole = Field(
        default=600, ge=10, le=86_400, description="s, in which those changes are counted"
    )
    flap_steady_s: Whole = Field(
        default=600, ge=1, le=86_400, description="s without a change after which it flaps no more"
    )

    chatter_count: Whole = Field(
        default=3, ge=2, le=1_000, description="beginnings within the window that make a chatterer"
    )
    chatter_window_s: Whole = Field(
        default=60, ge=1, le=3_600, description="s, the window of a chatterer's beginnings"
    )
    chatter_quiet_s: Whole = Field(
        default=60, ge=1, le=3_600, description="s without change after which chattering is over"
    )


KIND_DEFAULTS: dict[Kind, dict[str, int]] = {Kind.PATROL_TERMINAL: {"battery_low_percent": 0}}
"""Where a kind differs from the model's defaults. Who carries a terminal sees its battery, and charges it daily."""


@dataclass(frozen=True, slots=True)
class Timing:
    """How long a healthy device of some sort may say nothing, s: before it is late, before it is off line.

    `degraded_after_s` None: it reports so seldom that its silence tells nothing before it counts as off line.
    """

    degraded_after_s: int | None
    offline_after_s: int

    def as_parameters(self) -> dict[str, int]:
        """The two thresholds that it stands for."""
        late = self.offline_after_s if self.degraded_after_s is None else self.degraded_after_s
        return {"degraded_after_s": late, "offline_after_s": self.offline_after_s}


SELDOM_S = 3_600
"""Who may be silent for longer than this is not expected to report in between."""


def timing_of(silence_s: int, late_s: int | None) -> Timing:
    """The timing of a maker's codec: when it does not say what is late, two thirds of the silence; never for the seldom."""
    if late_s is None and silence_s <= SELDOM_S:
        late_s = silence_s * 2 // 3
    return Timing(late_s, silence_s)


class ThresholdsError(ValueError):
    """Parameters that do not validate; `errors` maps each key to what is wrong with it."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__("; ".join(f"{key}: {text}" for key, text in errors.items()))
        self.errors = errors


def thresholds_for(
    kind: Kind, parameters: Mapping[str, Any], *, timing: Timing | None = None
) -> Thresholds:
    """A device's thresholds: the model's defaults, the kind's, the `timing` of its sort, its own parameters.

    A device that is given its own silence alone is late after the same part of it as its sort. Raises
    ThresholdsError naming every wrong key.
    """
    merged: dict[str, Any] = dict(KIND_DEFAULTS.get(kind, {}))
    if timing is not None:
        merged |= timing.as_parameters()
    try:
        found = Thresholds.model_validate({**merged, **parameters})
    except ValidationError as error:
        problems = error.errors(include_url=False, include_context=False, include_input=False)
        raise ThresholdsError(
            {".".join(map(str, problem["loc"])): problem["msg"] for problem in problems}
        ) from None
    if "offline_after_s" not in parameters or "degraded_after_s" in parameters:
        return found
    usual = Thresholds.model_validate(merged)
    late = max(1, found.offline_after_s * usual.degraded_after_s // usual.offline_after_s)
    return found.model_copy(update={"degraded_after_s": late})
