"""Changing the tree. Admin, import and demo all come through here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.db.models import Model, ProtectedError
from django.utils.translation import gettext as _
from shapely.geometry.base import BaseGeometry

from command_center.audit.services import Action, record
from command_center.feed import services as feed
from command_center.feed.sections import RemovedByCode
from command_center.jurisdictions.codes import common_ancestor, level_of, parent_of
from command_center.jurisdictions.feed import jurisdiction_data
from command_center.jurisdictions.geometry import centre_of, to_geojson
from command_center.jurisdictions.importing import Row
from command_center.jurisdictions.models import Jurisdiction

if TYPE_CHECKING:
    from command_center.accounts.models import User

_WRITTEN = ("name", "level", "parent", "area", "illustrative", "longitude", "latitude")


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did."""

    created: int
    changed: int
    unchanged: int
    areas: int


def import_jurisdictions(
    *,
    rows: Iterable[Row],
    areas: Mapping[str, BaseGeometry] | None = None,
    illustrative: Mapping[str, BaseGeometry] | None = None,
    actor: User | None = None,
) -> Imported:
    """Add and rename jurisdictions, and give them areas (degrees WGS-84), in one transaction.

    Rows and areas come checked, from `importing`. Done twice, the second time changes nothing.
    Jurisdictions that the list does not name stay as they are.
    """
    with feed.transaction() as publication:
        tree = {row.code: row for row in Jurisdiction.objects.select_for_update()}
        before = {code: _state(row) for code, row in tree.items()}
        for row in rows:
            tree.setdefault(row.code, Jurisdiction(code=row.code)).name = row.name
        for given, invented in ((areas or {}, False), (illustrative or {}, True)):
            for code, area in given.items():
                _give_area(tree[code], area, illustrative=invented)
        _link(tree)
        created = [tree[code] for code in sorted(tree.keys() - before.keys())]
        changed = [tree[code] for code in sorted(before) if _state(tree[code]) != before[code]]
        Jurisdiction.objects.bulk_create(created)
        Jurisdiction.objects.bulk_update(changed, _WRITTEN, batch_size=100)
        for new in sorted([*created, *changed], key=lambda row: row.code):
            publication.emit("jurisdiction.changed", code=new.code, data=jurisdiction_data(new))
        result = Imported(
            created=len(created),
            changed=len(changed),
            unchanged=len(tree) - len(created) - len(changed),
            areas=len(areas or {}) + len(illustrative or {}),
        )
        if created or changed:
            record(
                action=Action.JURISDICTIONS_IMPORTED,
                actor=actor,
                code=common_ancestor(row.code for row in [*created, *changed]),
                detail={"created": result.created, "changed": result.changed},
            )
    return result


def _state(row: Jurisdiction) -> tuple[object, ...]:
    return tuple(getattr(row, "parent_id" if name == "parent" else name) for name in _WRITTEN)


def _give_area(row: Jurisdiction, area: BaseGeometry, *, illustrative: bool) -> None:
    row.area = to_geojson(area)
    row.illustrative = illustrative
    row.longitude, row.latitude = centre_of(area)


def _link(tree: Mapping[str, Jurisdiction]) -> None:
    """Derive levels and parents. The parent is the nearest ancestor that exists."""
    for code, row in tree.items():
        row.level = level_of(code)
        parent = parent_of(code)
        while parent and parent not in tree:
            parent = parent_of(parent)
        row.parent_id = parent


def save_jurisdiction(*, jurisdiction: Jurisdiction, actor: User | None) -> Jurisdiction:
    """Add a jurisdiction or change it; children that it now stands above are linked to it.

    Raises ValidationError naming the wrong field.
    """
    jurisdiction.full_clean()
    with feed.transaction() as publication:
        before = Jurisdiction.objects.select_for_update().filter(pk=jurisdiction.pk).first()
        jurisdiction.save()
        publication.emit(
            "jurisdiction.changed", code=jurisdiction.code, data=jurisdiction_data(jurisdiction)
        )
        if before is None:
            for child in _orphans(jurisdiction):
                child.parent = jurisdiction
                child.save(update_fields=["parent"])
                publication.emit(
                    "jurisdiction.changed", code=child.code, data=jurisdiction_data(child)
                )
        old = _state(before) if before else None
        names = [
            name
            for index, name in enumerate(_WRITTEN)
            if old is None or old[index] != _state(jurisdiction)[index]
        ]
        record(
            action=Action.JURISDICTION_CHANGED,
            actor=actor,
            subject=jurisdiction.name,
            code=jurisdiction.code,
            detail={"changed": names, "created": before is None},
        )
    return jurisdiction


def _orphans(jurisdiction: Jurisdiction) -> list[Jurisdiction]:
    """Rows below whose nearest ancestor the new jurisdiction is."""
    below = Jurisdiction.objects.filter(code__startswith=jurisdiction.code).exclude(
        pk=jurisdiction.pk
    )
    return [
        row
        for row in below.defer("area")
        if row.parent_id is None or len(row.parent_id) < len(jurisdiction.code)
    ]


def remove_jurisdiction(*, jurisdiction: Jurisdiction, actor: User | None) -> None:
    """Take a jurisdiction out of the tree; refused, in words, while anything belongs to it."""
    with feed.transaction() as publication:
        code, name = jurisdiction.code, jurisdiction.name
        try:
            jurisdiction.delete()
        except ProtectedError as error:
            found = Counter(str(_kind(thing)) for thing in error.protected_objects)
            what = ", ".join(f"{kind} {count}" for kind, count in sorted(found.items()))
            raise ValidationError(
                _("%(name)s cannot be removed while things belong to it: %(what)s.")
                % {"name": name, "what": what},
                code="in_use",
            ) from error
        publication.emit("jurisdiction.removed", code=code, data=RemovedByCode(code=code))
        record(action=Action.JURISDICTION_REMOVED, actor=actor, subject=name, code=code)


def _kind(thing: Model) -> object:
    """What sort of thing this is, in words and in the plural."""
    return type(thing)._meta.verbose_name_plural  # noqa: SLF001 - Django's documented name for it
