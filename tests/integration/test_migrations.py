"""Installations of before: databases with a row in every table come through every later migration."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.apps.registry import Apps
from django.db import connection, connections, models
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.utils import ConnectionHandler

from tests.support.postgres import DATABASE, USER, running_postgres

Node = tuple[str, str]

PACKAGES = ("command_center.", "iot_bridge.", "dispatch.", "conferencing.")
NOW = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)
OF_A_KIND: dict[type[models.Field[Any, Any]], Any] = {
    models.BooleanField: False,
    models.DateField: date(2026, 11, 22),
    models.TimeField: time(8),
    models.FloatField: 1.0,
    models.IntegerField: 1,
    models.CharField: "1",
    models.TextField: "1",
    models.BinaryField: b"1",
    models.JSONField: [],
}
PARTICULAR: dict[str, dict[str, Any]] = {
    "incidents.incident": {"stage": "suspended", "before_suspension": "accepted", "left_s": 2400.0,
                 "returned": 3, "severity": 3, "code": "640181", "owner": "640181"},
    "incidents.category": {"code": "0302"},
    "incidents.allowance": {"stage": "accepted", "minutes": 60},
    "incidents.entry": {"kind": "reopen"},
}  # fmt: skip
"""What is no row of its table otherwise, and what the asserts are about."""
OF_TWO = {"incidents.link", "incidents.notduplicate"}
"""Tables of which a row names two others that differ."""


@contextmanager
def _default(settings: dict[str, Any]) -> Iterator[None]:
    """Another database as the default one, for the time of a block."""
    before = connections["default"]
    settings = {**connections.settings["default"], "TEST": {}, **settings}
    connections["default"] = ConnectionHandler({"default": settings})["default"]
    try:
        yield
    finally:
        connections["default"].close()
        connections["default"] = before


@contextmanager
def _database(engine: str, folder: Path) -> Iterator[None]:
    if engine == "sqlite":
        with _default({"NAME": str(folder / "before.sqlite3")}):
            yield
        return
    with running_postgres() as server:
        place = {"HOST": "127.0.0.1", "PORT": str(server.port), "USER": USER, "NAME": DATABASE}
        with _default({"ENGINE": "django.db.backends.postgresql", "OPTIONS": {}, **place}):
            yield


def _value(field: models.Field[Any, Any], apps: Apps) -> Any:
    if isinstance(field, models.ForeignKey):
        related = field.related_model
        assert not isinstance(related, str)
        return (related._default_manager.first() or _fill(related, apps)).pk
    if isinstance(field, models.DateTimeField):
        # What ends stands below what begins, and ends later.
        return NOW + timedelta(minutes=field.creation_counter)
    if field.choices:
        return next(value for value, _name in field.flatchoices)
    return next(value for kind, value in OF_A_KIND.items() if isinstance(field, kind))


def _fill(model: type[models.Model], apps: Apps) -> models.Model:
    """One row of a table, with what it must have."""
    values = dict(PARTICULAR.get(model._meta.label_lower, {}))
    for field in model._meta.concrete_fields:
        must = not (field.null or field.has_default() or isinstance(field, models.AutoField))
        if must and field.name not in values:
            values[field.attname] = _value(field, apps)
    known = {field.name for field in model._meta.concrete_fields} | values.keys()
    row = model(**{name: value for name, value in values.items() if name in known})
    row.save(force_insert=True)
    return row


def _fill_empty(apps: Apps, ours: set[str]) -> None:
    """A row in every table of ours that has none."""
    for model in apps.get_models():
        meta = model._meta
        wanted = meta.app_label in ours and meta.managed and meta.label_lower not in OF_TWO
        if wanted and not model._default_manager.exists():
            _fill(model, apps)


def _ours(loader: MigrationLoader) -> dict[str, list[Node]]:
    """The migrations of each app of ours, in their order."""
    found: dict[str, list[Node]] = {}
    for label, name in sorted(loader.graph.nodes):
        if type(loader.disk_migrations[label, name]).__module__.startswith(PACKAGES):
            found.setdefault(label, []).append((label, name))
    return found


def _begin(executor: MigrationExecutor, nodes: list[Node]) -> Apps:
    """The tables of a state, made at once: step by step it takes as long as all that follows."""
    loader = executor.loader
    apps = loader.project_state(nodes).apps
    executor.recorder.ensure_schema()
    with connection.schema_editor() as editor:
        for model in apps.get_models():
            editor.create_model(model)
    for label, name in {step for node in nodes for step in loader.graph.forwards_plan(node)}:
        executor.recorder.record_applied(label, name)
    loader.build_graph()
    return apps


def _go(executor: MigrationExecutor, nodes: list[Node]) -> Apps:
    """Apply these and what they stand on, and nothing else; the models as they are then."""
    loader = executor.loader
    steps = dict.fromkeys(step for node in nodes for step in loader.graph.forwards_plan(node))
    wanted = [step for step in steps if step not in loader.applied_migrations]
    state = executor.migrate(nodes, plan=[(loader.get_migration(*step), False) for step in wanted])
    loader.build_graph()
    return state.apps


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_what_earlier_versions_wrote_comes_through(
    engine: str, tmp_path: Path, django_db_blocker: Any
) -> None:
    with django_db_blocker.unblock(), _database(engine, tmp_path):
        executor = MigrationExecutor(connection)
        ours = _ours(executor.loader)
        _fill_empty(_begin(executor, [steps[0] for steps in ours.values()]), set(ours))
        before_last = [steps[-2:][0] for steps in ours.values()]
        _fill_empty(_go(executor, before_last), set(ours))
        _check(_go(executor, executor.loader.graph.leaf_nodes()))


def _check(apps: Apps) -> None:
    """What the steps that carry rows over have made of them."""
    incident = apps.get_model("incidents", "Incident").objects.get()
    # Of an hour 40 minutes were left; one of three returns was a reopening.
    assert incident.clock == {"accepted": [1200.0, 0.0]}
    assert (incident.reopened, incident.returned) == (1, 2)
    assert apps.get_model("incidents", "Category").objects.get().skills == ["sanitation"]
    assert apps.get_model("tasks", "AnswerTime").objects.filter(seconds=90, reminders=1).exists()
    assert set(apps.get_model("notices", "Notice").objects.values_list("why", flat=True)) == {
        "plan"
    }
