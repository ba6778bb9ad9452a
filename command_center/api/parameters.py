"""Shapes of parameters and fields that several routes share."""

from __future__ import annotations

from typing import Annotated

from django.db.models import Q
from ninja import Query
from pydantic import Field

from command_center.accounts.scope import Scope

Id = Annotated[int, Field(ge=1, lt=2**63, description="a key of this database")]
Longitude = Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False, description="WGS-84")]
Latitude = Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False, description="WGS-84")]

AgoMs = Annotated[
    int,
    Field(
        ge=0,
        description="how many milliseconds ago it happened, as the difference of two readings of the "
        "phone's own clock; 0: now",
    ),
]

CodePrefix = Annotated[
    str | None,
    Query(pattern=r"^[0-9]{1,15}$", description="beginning of a division code: that whole subtree"),
]


def under(prefix: str, *, field: str = "code") -> Q:
    """The rows whose code field begins with a prefix of digits."""
    return Scope((prefix,)).condition(field)
