"""Questions about the tree."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import shapely
from django.db.models.functions import Length
from shapely.geometry import shape

from command_center.accounts.scope import Scope
from command_center.jurisdictions.codes import Level
from command_center.jurisdictions.models import Jurisdiction


def root_code() -> str:
    """The code at the top of the tree (the shortest, then the smallest); empty while nothing is imported."""
    code = (
        Jurisdiction.objects.annotate(length=Length("code"))
        .order_by("length", "code")
        .values_list("code", flat=True)
        .first()
    )
    return code or ""


def deepest_known(code: str) -> str:
    """The longest known code that a code begins with; the root if there is none."""
    candidates = [code[:length] for length in (15, 12, 9, 6, 4) if len(code) >= length]
    known = Jurisdiction.objects.filter(code__in=candidates).values_list("code", flat=True)
    return max(known, key=len, default="") or root_code()


def known_codes() -> frozenset[str]:
    """Every code in the tree."""
    return frozenset(Jurisdiction.objects.values_list("code", flat=True))


def branches(scope: Scope) -> list[tuple[str, str]]:
    """Codes and names of the jurisdictions in scope down to townships; of a smaller scope, its own tops."""
    rows = Jurisdiction.objects.filter(scope.condition())
    wanted = rows.filter(level__in=[Level.PREFECTURE, Level.CITY, Level.TOWNSHIP]) | rows.filter(
        code__in=scope.prefixes
    )
    return list(wanted.order_by("code").values_list("code", "name"))


def names_in(scope: Scope) -> dict[str, str]:
    """Names by code of every jurisdiction in scope."""
    return dict(Jurisdiction.objects.filter(scope.condition()).values_list("code", "name"))


def names_above(codes: Iterable[str]) -> dict[str, str]:
    """Names by code of the jurisdictions that lie over these."""
    above = {code[:length] for code in codes for length in (4, 6, 9, 12) if length < len(code)}
    return dict(Jurisdiction.objects.filter(code__in=above).values_list("code", "name"))


def names_of(codes: Iterable[str]) -> dict[str, str]:
    """Names by code of these very jurisdictions, those that exist."""
    return dict(Jurisdiction.objects.filter(code__in=list(codes)).values_list("code", "name"))


def children_of(code: str) -> list[str]:
    """The codes of the jurisdictions next below one."""
    return list(
        Jurisdiction.objects.filter(parent_id=code).order_by("code").values_list("code", flat=True)
    )


def areas_in(scope: Scope) -> dict[str, Any]:
    """The areas in scope as a GeoJSON FeatureCollection (RFC 7946)."""
    rows = Jurisdiction.objects.filter(scope.condition(), area__isnull=False).order_by("code")
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "properties": {
                    "code": row.code,
                    "name": row.name,
                    "level": row.level,
                    "illustrative": row.illustrative,
                },
                "geometry": row.area,
            }
            for row in rows
        ],
    }


def top_codes() -> tuple[str, ...]:
    """The codes that nothing stands above: together they cover the whole tree."""
    return tuple(
        Jurisdiction.objects.filter(parent=None).order_by("code").values_list("code", flat=True)
    )


def at_point(longitude: float, latitude: float) -> str:
    """The code of the deepest jurisdiction whose area holds a point (degrees WGS-84); empty if none does."""
    point = shapely.Point(longitude, latitude)
    found, level = "", Jurisdiction.objects.filter(parent=None)
    while True:
        rows = level.filter(area__isnull=False).values_list("code", "area").order_by("code")
        holder = next((code for code, area in rows if area and shape(area).covers(point)), None)
        if holder is None:
            return found
        found, level = holder, Jurisdiction.objects.filter(parent=holder)


def exists(code: str) -> bool:
    """Whether a code is in the tree."""
    return Jurisdiction.objects.filter(pk=code).exists()


def name_of(code: str) -> str:
    """The name of a jurisdiction; empty if it is not in the tree."""
    return Jurisdiction.objects.filter(pk=code).values_list("name", flat=True).first() or ""
