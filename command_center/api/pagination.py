"""Pages of lists: `{"items": […], "next": cursor|null}`, by key, so that page N costs what page 1 does."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from typing import Annotated, Any, Generic, TypeVar

import orjson
from django.db.models import Model, QuerySet
from ninja import Query, Schema

from command_center.api.lanes import Lanes, newest
from command_center.api.problems import FieldProblem, Problem, ProblemCode

M = TypeVar("M", bound=Model)
T = TypeVar("T")

DEFAULT_LIMIT = 50
MAX_LIMIT = 500

Limit = Annotated[int, Query(ge=1, le=MAX_LIMIT, description="items on a page")]
CursorText = Annotated[str | None, Query(description="`next` of the page before")]


class Page(Schema, Generic[T]):
    """One page of a list; `next` is null on the last one."""

    items: list[T]
    next: str | None = None


def _decode(cursor: str) -> Any:
    try:
        return orjson.loads(base64.urlsafe_b64decode(cursor.encode() + b"=" * (-len(cursor) % 4)))
    except (ValueError, binascii.Error) as error:
        raise _bad_cursor() from error


def _bad_cursor() -> Problem:
    problem = FieldProblem(field="cursor", message="not a cursor of this list", code="bad_cursor")
    return Problem(ProblemCode.VALIDATION_ERROR, "wrong: cursor", [problem])


def _encode(key: Any) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(key)).decode().rstrip("=")


def page(
    queryset: QuerySet[M],
    *,
    show: Callable[[M], T],
    limit: int,
    cursor: str | None,
    key: str = "pk",
    descending: bool = False,
) -> dict[str, Any]:
    """One page of a query ordered by a unique key.

    `show` turns a row into its schema. A cursor that this list did not give out is a 422.
    """
    ordered = queryset.order_by(f"-{key}" if descending else key)
    if cursor is not None:
        bound = _decode(cursor)
        if not isinstance(bound, (str, int)) or isinstance(bound, bool):
            bound = str(bound)
        try:
            ordered = ordered.filter(**{f"{key}__{'lt' if descending else 'gt'}": bound})
        except (ValueError, TypeError) as error:
            raise _bad_cursor() from error
    rows = list(ordered[: limit + 1])
    more = len(rows) > limit
    kept = rows[:limit]
    following = _encode(getattr(kept[-1], key)) if more and kept else None
    return {"items": [show(row) for row in kept], "next": following}


def lane_page(
    rows: QuerySet[M],
    lanes: Lanes,
    *,
    show: Callable[[M], T],
    limit: int,
    cursor: str | None,
    within: tuple[int, int | None] = (0, None),
) -> dict[str, Any]:
    """One page of a long table, newest first, read from the lanes of an index (see `lanes`).

    `within`: ids that enclose what is asked for, from the first and below the second.
    """
    least, below = within
    if cursor is not None:
        bound = _decode(cursor)
        if not isinstance(bound, int) or isinstance(bound, bool) or not 0 <= bound < 2**63:
            raise _bad_cursor()
        below = bound if below is None else min(bound, below)
    ids = newest(rows, lanes, below=below, least=least, limit=limit + 1)
    found = rows.model._default_manager.in_bulk(ids[:limit])  # noqa: SLF001 - Django's documented name
    items = [show(found[pk]) for pk in ids[:limit] if pk in found]
    return {"items": items, "next": _encode(ids[limit - 1]) if len(ids) > limit else None}
