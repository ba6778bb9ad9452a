"""Division codes: the one scoping key of the whole system.

A code is 4 (prefecture), 6 (county-level city), 9 (township), 12 (village) or 15 (grid) digits,
after the statistical division codes of GB/T 10114 and the National Bureau of Statistics; a child's
code starts with its parent's. Subtree membership is therefore a prefix test, and a prefix test is a
range of an index: ``prefix <= code < successor(prefix)``.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum


class Level(StrEnum):
    """Depth of a jurisdiction in the tree."""

    PREFECTURE = "prefecture"
    CITY = "city"
    TOWNSHIP = "township"
    VILLAGE = "village"
    GRID = "grid"


LENGTHS: dict[Level, int] = {
    Level.PREFECTURE: 4,
    Level.CITY: 6,
    Level.TOWNSHIP: 9,
    Level.VILLAGE: 12,
    Level.GRID: 15,
}
_LEVELS = {length: level for level, length in LENGTHS.items()}
MAX_LENGTH = 15


class BadCodeError(ValueError):
    """A text that is not a division code."""


def level_of(code: str) -> Level:
    """The level that a code's length names; raises `BadCodeError` with the reason."""
    if not (code.isascii() and code.isdigit()):
        raise BadCodeError(f"code {code!r} must be digits only")
    level = _LEVELS.get(len(code))
    if level is None:
        raise BadCodeError(f"code {code!r} has {len(code)} digits; expected 4, 6, 9, 12 or 15")
    return level


def parent_of(code: str) -> str | None:
    """The code one level up, or None for a prefecture."""
    lengths = sorted(_LEVELS)
    position = lengths.index(len(code))
    return code[: lengths[position - 1]] if position else None


def within(code: str, prefixes: Iterable[str]) -> bool:
    """Whether a code lies in the subtree of any of the prefixes."""
    return code.startswith(tuple(prefixes))


def successor(prefix: str) -> str:
    """The smallest digit string of the same length above every code with this prefix.

    >>> successor("640181")
    '640182'
    """
    return str(int(prefix) + 1).zfill(len(prefix))


def minimal(prefixes: Iterable[str]) -> tuple[str, ...]:
    """The prefixes without those that another one already covers, sorted."""
    kept: list[str] = []
    for prefix in sorted(set(prefixes)):
        if not (kept and prefix.startswith(kept[-1])):
            kept.append(prefix)
    return tuple(kept)


def common_ancestor(codes: Iterable[str]) -> str:
    """The longest code that stands above, or is, every one of the codes; empty if there is none.

    >>> common_ancestor(["640181001003", "640181100"])
    '640181'
    """
    ordered = sorted(codes)
    if not ordered:
        return ""
    first, last = ordered[0], ordered[-1]
    fitting = (length for length in _LEVELS if first[:length] == last[:length] != "")
    return first[: max((length for length in fitting if length <= len(first)), default=0)]
