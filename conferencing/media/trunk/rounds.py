"""Putting together what comes in parts, some of them lost, late or twice. Pure."""

from __future__ import annotations

from typing import Generic, TypeVar

_Item = TypeVar("_Item")


class Rounds(Generic[_Item]):
    """Only the newest round counts, and only when all of it is there."""

    def __init__(self) -> None:
        self.newest = -1
        self._parts: dict[int, tuple[_Item, ...]] = {}
        self._count = 0

    def late(self, number: int) -> bool:
        """Whether something newer has come already."""
        return number < self.newest

    def take(
        self, number: int, part: int, parts: int, items: tuple[_Item, ...]
    ) -> list[_Item] | None:
        """A part of a round; all items of it once it is whole, None until then, and again for what is over."""
        if number < self.newest or part >= parts:
            return None
        if number > self.newest:
            self.newest, self._parts, self._count = number, {}, parts
        if parts != self._count or part in self._parts:
            return None
        self._parts[part] = items
        if len(self._parts) < parts:
            return None
        return [item for at in range(parts) for item in self._parts[at]]
