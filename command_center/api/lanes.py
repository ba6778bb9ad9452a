"""Newest rows of long tables, whatever the filters: pages by key that no table's size slows down.

An index such as (code, kind, type, id) holds a lane for each combination of its first columns, and in
each lane the rows in order. A filter is a set of lanes; a page is the newest rows among them. First
every lane tells its newest row (one step in the index each); only the lanes that can be on the page
are read, each to the page's length. A set of so many lanes that this would take long is most often a
large part of the table, so the newest rows of the table itself are looked at before.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.core.exceptions import EmptyResultSet
from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.db.models import Model, QuerySet

from command_center.jurisdictions.codes import successor

M = TypeVar("M", bound=Model)

Key = tuple[Any, ...]

LOOKED_AT = 4_000
"""So many of the table's newest rows are looked at before its lanes."""
FEW_LANES = 256
"""So many lanes are read at once."""
TERMS = 400
"""SQLite takes 500 parts in one statement."""
CLOCK_SLACK = timedelta(minutes=10)
"""Rows come in the order of their times but for this much: bridges side by side, a clock set back."""


@dataclass(frozen=True, slots=True)
class Group:
    """Columns of an index and the values wanted of them."""

    columns: tuple[str, ...]
    values: Sequence[Key]


@dataclass(frozen=True, slots=True)
class Lanes:
    """Lanes of an index: every combination of the groups' values. The last column of the index is `id`.

    Without groups: an index of `id` alone, over some of the rows.
    """

    index: str
    groups: tuple[Group, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns in the order of a key."""
        return tuple(column for group in self.groups for column in group.columns)

    def __len__(self) -> int:
        count = 1
        for group in self.groups:
            count *= len(group.values)
        return count


@dataclass(frozen=True, slots=True)
class Where:
    """The conditions of a query on one table, as SQL."""

    table: str
    sql: str
    parameters: tuple[Any, ...]

    @classmethod
    def of(cls, rows: QuerySet[Any]) -> Where | None:
        """Those of a query; None if nothing can fulfil them. Conditions across tables are no use here."""
        query = rows.query
        compiler = query.get_compiler(using="default")
        try:
            sql, parameters = compiler.compile(query.where) if query.where else ("", [])
        except EmptyResultSet:
            return None
        table = rows.model._meta.db_table  # noqa: SLF001 - Django's documented name
        if any(used and alias != table for alias, used in query.alias_refcount.items()):
            raise ValueError("lanes are of one table")
        return cls(table, f"AND ({sql})" if sql else "", tuple(parameters))


def newest(
    rows: QuerySet[M], lanes: Lanes, *, below: int | None, limit: int, least: int = 0
) -> list[int]:
    """The ids of a query's newest rows, descending: `below` and at least `least`, at most `limit`.

    `rows` has every condition that a row must fulfil, the lanes' own among them.
    """
    where = Where.of(rows)
    if where is None or len(lanes) == 0:
        return []
    top = _top(where.table) + 1 if below is None else below
    if len(lanes) > FEW_LANES:
        found = _look(where, top, max(least, top - LOOKED_AT), limit)
        if len(found) == limit or top - LOOKED_AT <= least:
            return found
    if len(lanes) == 1:
        only = tuple(value for group in lanes.groups for value in group.values[0])
        return _merge(where, lanes, [only], top, least, limit)
    leaders = heads(where, lanes, below=top, least=least)
    leaders.sort(key=lambda leader: -leader[1])
    if len(leaders) >= limit:
        leaders = leaders[:limit]
        least = leaders[-1][1]
    return _merge(where, lanes, [key for key, _head in leaders], top, least, limit)


def heads(where: Where, lanes: Lanes, *, below: int, least: int = 0) -> list[tuple[Key, int]]:
    """The lanes that have rows between two ids, with the newest of each."""
    tables, parameters = [], []
    for number, group in enumerate(lanes.groups):
        one = f"({', '.join(['%s'] * len(group.columns))})"
        values = ", ".join([one] * len(group.values))
        tables.append(f"g{number} ({', '.join(group.columns)}) AS (VALUES {values})")
        parameters += [value for key in group.values for value in key]
    names = [
        (f"g{number}.{column}", column)
        for number, group in enumerate(lanes.groups)
        for column in group.columns
    ]
    sources = ", ".join(f"g{number}" for number in range(len(lanes.groups)))
    lane = _lane(where, lanes, [name for name, _column in names], limit=1)
    sql = (
        f"WITH {', '.join(tables)}, heads AS MATERIALIZED (SELECT "
        f"{', '.join(name for name, _column in names)}, ({lane}) AS head "
        f"FROM {sources}) SELECT * FROM heads WHERE head IS NOT NULL"
    )
    with _in_index_order() as cursor:
        cursor.execute(sql, [*parameters, *_between((), below, least), *where.parameters])
        return [(tuple(row[:-1]), row[-1]) for row in cursor.fetchall()]


def _merge(
    where: Where, lanes: Lanes, keys: Sequence[Key], below: int, least: int, limit: int
) -> list[int]:
    lane = _lane(where, lanes, ["%s"] * len(lanes.columns), limit=limit)
    found: list[int] = []
    with _in_index_order() as cursor:
        for start in range(0, len(keys), TERMS):
            part = keys[start : start + TERMS]
            parameters: list[Any] = []
            for key in part:
                parameters += [*_between(key, below, least), *where.parameters]
            one = f"SELECT * FROM ({lane}) AS lane"
            cursor.execute(
                f"{' UNION ALL '.join([one] * len(part))} ORDER BY 1 DESC LIMIT {limit:d}",
                parameters,
            )
            found += [row[0] for row in cursor.fetchall()]
    return sorted(found, reverse=True)[:limit]


def _lane(where: Where, lanes: Lanes, values: Sequence[str], *, limit: int) -> str:
    """The newest ids of one lane, `values` being what its columns are; its parameters are of `_between`, then `where`'s.

    SQLite is told the index. PostgreSQL takes no hints, and would for a rare lane rather walk back the whole table by
    its key: it is asked for a stretch of the index in the index's own order, and may not sort (`_in_index_order`).
    """
    columns = [f"{where.table}.{column}" for column in (*lanes.columns, "id")]
    if _by_stretch():
        names = ", ".join(columns)
        ends = [f"({names}) {sign} ({', '.join([*values, '%s'])})" for sign in ("<", ">=")]
        order = ", ".join(f"{column} DESC" for column in columns)
        hint = ""
    else:
        same = [f"{column} = {value}" for column, value in zip(columns, values, strict=False)]
        ends = [*same, f"{columns[-1]} < %s", f"{columns[-1]} >= %s"]
        order = f"{columns[-1]} DESC"
        hint = f" INDEXED BY {lanes.index}"
    return (
        f"SELECT {columns[-1]} FROM {where.table}{hint} WHERE {' AND '.join(ends)} {where.sql} "
        f"ORDER BY {order} LIMIT {limit:d}"
    )


@contextmanager
def _in_index_order() -> Iterator[CursorWrapper]:
    """A cursor for statements on lanes: what is asked for in an index's order is read in it, nothing is compiled for it."""
    if not _by_stretch():
        with connection.cursor() as cursor:
            yield cursor
        return
    names = ("enable_sort", "enable_incremental_sort", "jit")
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("; ".join(f"SET LOCAL {name} = off" for name in names))
        yield cursor
        cursor.execute("; ".join(f"SET LOCAL {name} TO DEFAULT" for name in names))


def _between(key: Key, below: int, least: int) -> list[Any]:
    return [*key, below, *key, least] if _by_stretch() else [*key, below, least]


def _by_stretch() -> bool:
    return connection.vendor != "sqlite"


def _look(where: Where, below: int, least: int, limit: int) -> list[int]:
    """The newest among a few thousand rows of the table, by its key alone."""
    by_key = " NOT INDEXED" if connection.vendor == "sqlite" else ""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {where.table}.id FROM {where.table}{by_key} WHERE {where.table}.id < %s "
            f"AND {where.table}.id >= %s {where.sql} ORDER BY {where.table}.id DESC LIMIT {limit:d}",
            [below, least, *where.parameters],
        )
        return [row[0] for row in cursor.fetchall()]


def _top(table: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT max(id) FROM {table}")
        return int(cursor.fetchone()[0] or 0)


def distinct(model: type[Model], column: str, prefixes: Sequence[str | None]) -> list[str]:
    """The values of an index's first column, one step each. With prefixes: those that begin so.

    Prefixes are of digits; None stands for every value.
    """
    table = model._meta.db_table  # noqa: SLF001 - Django's documented name
    found: list[str] = []
    with connection.cursor() as cursor:
        for prefix in prefixes:
            end = f" AND {column} < %s" if prefix else ""
            bounds = [successor(prefix)] if prefix else []
            cursor.execute(
                f"WITH RECURSIVE steps (value) AS (SELECT (SELECT min({column}) FROM {table} "
                f"WHERE {column} >= %s{end}) UNION ALL SELECT (SELECT min({column}) FROM {table} "
                f"WHERE {column} > steps.value{end}) FROM steps WHERE steps.value IS NOT NULL) "
                "SELECT value FROM steps WHERE value IS NOT NULL",
                [prefix or "", *bounds, *bounds],
            )
            found += [row[0] for row in cursor.fetchall()]
    return found


def first_at(model: type[Model], field: str, moment: datetime) -> int:
    """The id of the first row at or after a moment, by the index of the times; one past the last if none is."""
    manager = model._default_manager  # noqa: SLF001 - Django's documented name
    later = manager.filter(**{f"{field}__gte": moment}).order_by(field, "pk")
    found = later.values_list("pk", flat=True).first()
    return _top(model._meta.db_table) + 1 if found is None else int(found)  # noqa: SLF001 - the same


def last_before(model: type[Model], field: str, moment: datetime) -> int:
    """The id of the last row before a moment, by the index of the times; 0 if none is."""
    manager = model._default_manager  # noqa: SLF001 - Django's documented name
    rows = manager.filter(**{f"{field}__lt": moment}).order_by(f"-{field}")
    return rows.values_list("pk", flat=True).first() or 0


def bounds(
    model: type[Model], field: str, *, since: datetime | None, until: datetime | None
) -> tuple[int, int | None]:
    """Ids that enclose all rows of a time: from the first, below the second. The times decide in the end.

    What was there before is looked for, not what came first: of several that came within the slack after nothing had
    for long, the first by its time need not be the first by its id.
    """
    least = 0 if since is None else last_before(model, field, since - CLOCK_SLACK)
    below = None if until is None else first_at(model, field, until + CLOCK_SLACK)
    return least, below
