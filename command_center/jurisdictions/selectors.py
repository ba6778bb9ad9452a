"""Questions about the tree."""

from __future__ import annotations

from django.db.models.functions import Length

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
