"""What the live feed is made of.

A section is one keyed collection of the console's state (devices, alarms …) together with the kinds
of event that change it. The owning package describes its section once; snapshot, folding, scoping,
schema export and tests all follow from that description. `settings.FEED_SECTIONS` lists them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string
from pydantic import BaseModel, ConfigDict

from command_center.accounts.policy import Permission
from command_center.accounts.scope import Scope


class FeedModel(BaseModel):
    """Base of everything that crosses the feed: closed, and immutable once made."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class RemovedById(FeedModel):
    """An object left the console's state."""

    id: str | int


class RemovedByCode(FeedModel):
    """A jurisdiction left the console's state."""

    code: str


@dataclass(frozen=True, slots=True)
class Section:
    """One keyed collection of the console's state and the events that change it."""

    name: str
    item: type[FeedModel]
    key: str
    permission: Permission
    read: Callable[[Scope], Iterable[FeedModel]]
    upserts: frozenset[str]
    removals: Mapping[str, type[FeedModel]] = field(default_factory=dict)
    belongs: Callable[[Mapping[str, Any]], bool] = lambda _item: True
    downward: bool = False
    """Whether what concerns a jurisdiction is shown to the posts below it too."""
    plain: Callable[[Scope], Iterable[Mapping[str, Any]]] | None = None
    """What `read` tells, as plain data with the same keys in the same order: for a section of tens of thousands, where
    a model for each would be most of a snapshot's cost."""

    def seen_in(self, scope: Scope, code: str) -> bool:
        """Whether something of this section at a code exists for a scope."""
        return scope.touches(code) if self.downward else scope.covers(code)

    def fold(self, items: dict[Any, Mapping[str, Any]], kind: str, data: Mapping[str, Any]) -> None:
        """Apply one event of this section to its collection, in place. Idempotent."""
        if kind in self.upserts and self.belongs(data):
            items[data[self.key]] = data
        else:
            items.pop(data[self.key], None)


@cache
def sections() -> tuple[Section, ...]:
    """Every section, in the order of the snapshot."""
    return tuple(import_string(path) for path in settings.FEED_SECTIONS)


@cache
def section_of() -> dict[str, Section]:
    """Which section an event's kind belongs to."""
    return {
        kind: section
        for section in sections()
        for kind in (*sorted(section.upserts), *section.removals)
    }


def fold(
    state: dict[str, dict[Any, Mapping[str, Any]]], kind: str, data: Mapping[str, Any]
) -> None:
    """Apply one event to a state of the form {section: {key: item}}, in place."""
    section = section_of()[kind]
    section.fold(state[section.name], kind, data)
