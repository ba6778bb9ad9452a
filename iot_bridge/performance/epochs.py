"""Columns as the database itself reckons with them, the same for rows and for what is added up of them."""

from __future__ import annotations

from typing import Any

from django.db.models import CharField, FloatField, Func, IntegerField

from iot_bridge.performance.figures import WINDOW_S


class WindowOf(Func):
    """Which ten minutes a time lies in, in whole windows since 1970."""

    output_field = IntegerField()

    def as_sqlite(self, compiler: Any, connection: Any, **more: Any) -> Any:
        template = f"unixepoch(%(expressions)s) / {WINDOW_S}"
        return self.as_sql(compiler, connection, template=template, **more)

    def as_postgresql(self, compiler: Any, connection: Any, **more: Any) -> Any:
        template = f"(floor(date_part('epoch', %(expressions)s) / {WINDOW_S})::integer)"
        return self.as_sql(compiler, connection, template=template, **more)


class Seconds(Func):
    """Whole seconds of a difference of epochs."""

    output_field = IntegerField()

    def as_sqlite(self, compiler: Any, connection: Any, **more: Any) -> Any:
        template = "CAST(%(expressions)s AS INTEGER)"
        return self.as_sql(compiler, connection, template=template, **more)

    def as_postgresql(self, compiler: Any, connection: Any, **more: Any) -> Any:
        template = "(floor(%(expressions)s)::integer)"
        return self.as_sql(compiler, connection, template=template, **more)


class Epoch(Func):
    """A time in seconds since 1970, with its milliseconds."""

    output_field = FloatField()

    def as_sqlite(self, compiler: Any, connection: Any, **more: Any) -> Any:
        template = "unixepoch(%(expressions)s, 'subsec')"
        return self.as_sql(compiler, connection, template=template, **more)

    def as_postgresql(self, compiler: Any, connection: Any, **more: Any) -> Any:
        template = "date_part('epoch', date_trunc('milliseconds', %(expressions)s))"
        return self.as_sql(compiler, connection, template=template, **more)


class Plain(Func):
    """A column of text that SQLite shall look for in no index: the times narrow more than places and devices do."""

    output_field = CharField()
    template = "%(expressions)s"

    def as_sqlite(self, compiler: Any, connection: Any, **more: Any) -> Any:
        return self.as_sql(compiler, connection, template="+%(expressions)s", **more)


def took() -> Seconds:
    """After how many whole seconds an alarm was acknowledged; NULL while it is not."""
    return Seconds(Epoch("acknowledged_at") - Epoch("raised_at"))
