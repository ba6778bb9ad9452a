"""The numbers a device's rules use: its `parameters`, typed, over defaults."""

from collections.abc import Mapping
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
    offline_after_s: Whole = Field(
        default=90, ge=1, le=604_800, description="s of silence after which a device is offline"
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


KIND_DEFAULTS: dict[Kind, dict[str, int]] = {}
"""Where a kind differs from the model's defaults; none does yet."""


class ThresholdsError(ValueError):
    """Parameters that do not validate; `errors` maps each key to what is wrong with it."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__("; ".join(f"{key}: {text}" for key, text in errors.items()))
        self.errors = errors


def thresholds_for(
    kind: Kind, parameters: Mapping[str, Any], *, silence_s: int | None = None
) -> Thresholds:
    """A device's thresholds: the model's defaults, the kind's, its codec's `silence_s`, its own parameters.

    Raises ThresholdsError naming every wrong key.
    """
    merged: dict[str, Any] = dict(KIND_DEFAULTS.get(kind, {}))
    if silence_s is not None:
        merged["offline_after_s"] = silence_s
    try:
        return Thresholds.model_validate({**merged, **parameters})
    except ValidationError as error:
        problems = error.errors(include_url=False, include_context=False, include_input=False)
        raise ThresholdsError(
            {".".join(map(str, problem["loc"])): problem["msg"] for problem in problems}
        ) from None
