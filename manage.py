#!/usr/bin/env python
"""Django's command line for this project."""

import os
import sys

if sys.version_info < (3, 11):  # noqa: UP036 - a sentence is kinder than a SyntaxError
    sys.exit("Lingdun needs Python 3.11 or newer.")

from command_center.sqlite import use_bundled_sqlite
from command_center.variables import ConfigurationError


def open_standard_streams() -> None:
    """Puts /dev/null where a standard stream is closed.

    Else the next file opened, the database perhaps, would take its number, and what is printed
    would be written into it.
    """
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)


def main() -> None:
    """Runs one management command."""
    open_standard_streams()
    use_bundled_sqlite()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "command_center.settings")
    try:
        from django.core.management import execute_from_command_line
    except ImportError:
        sys.exit("Django is not installed here; run `make run` once, or use .venv/bin/python.")
    try:
        execute_from_command_line(sys.argv)
    except ConfigurationError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
