"""The SQLite in use is the bundled one, and an old one is refused."""

import sqlite3
import sys

import pytest

from command_center import sqlite


def test_the_bundled_library_takes_the_place_of_the_old_one() -> None:
    sqlite.use_bundled_sqlite()
    sqlite.use_bundled_sqlite()
    assert sys.modules["sqlite3"].__name__ == "pysqlite3"
    assert sqlite.sqlite_version() >= sqlite.SAFE_VERSION
    sqlite.require_safe_sqlite()


def test_a_library_with_the_race_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite, "sqlite_version", lambda: (3, 40, 1))
    with pytest.raises(sqlite.UnsafeSQLiteError, match=r"3\.40\.1 .* 3\.51\.3 .* pysqlite3"):
        sqlite.require_safe_sqlite()


def test_without_the_wheel_nothing_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sqlite3", sqlite3)
    monkeypatch.setitem(sys.modules, "pysqlite3", None)
    sqlite.use_bundled_sqlite()
    assert sys.modules["sqlite3"] is sqlite3
