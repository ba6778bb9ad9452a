"""Chooses the SQLite library, in one place, before Django loads.

SQLite before 3.51.3 has a race around resetting the write-ahead log that can corrupt a database
which several processes write. Debian 12 has 3.40, so the `pysqlite3` wheel's own, newer SQLite
takes the place of the standard library's.
"""

import importlib
import sys

SAFE_VERSION = (3, 51, 3)


class UnsafeSQLiteError(RuntimeError):
    """The SQLite in use can corrupt a database that several processes write."""


def use_bundled_sqlite() -> None:
    """Puts pysqlite3 in the place of sqlite3; does nothing where that wheel is not installed."""
    try:
        bundled = importlib.import_module("pysqlite3")
        dbapi2 = importlib.import_module("pysqlite3.dbapi2")
    except ImportError:
        return
    sys.modules["sqlite3"] = bundled
    sys.modules["sqlite3.dbapi2"] = dbapi2


def sqlite_version() -> tuple[int, ...]:
    """The version of the SQLite library in use."""
    version: tuple[int, ...] = importlib.import_module("sqlite3").sqlite_version_info
    return version


def require_safe_sqlite() -> None:
    """Raises UnsafeSQLiteError, worded for the operator, on a SQLite with the race."""
    version = sqlite_version()
    if version < SAFE_VERSION:
        raise UnsafeSQLiteError(
            f"SQLite {'.'.join(map(str, version))} can corrupt a database that several processes "
            f"write and {'.'.join(map(str, SAFE_VERSION))} or newer is needed; "
            "install the pysqlite3 package or set DATABASE_URL to a PostgreSQL database."
        )
