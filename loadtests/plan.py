"""How thoroughly to measure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Plan:
    """`quick` makes every run short, and its figures less exact."""

    quick: bool = False
