"""Parameters that several lists share."""

from __future__ import annotations

from typing import Annotated

from django.db.models import Q
from ninja import Query

from command_center.accounts.scope import Scope

CodePrefix = Annotated[
    str | None,
    Query(pattern=r"^[0-9]{1,15}$", description="beginning of a division code: that whole subtree"),
]


def under(prefix: str, *, field: str = "code") -> Q:
    """The rows whose code field begins with a prefix of digits."""
    return Scope((prefix,)).condition(field)
