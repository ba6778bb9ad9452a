"""CSV as people make it: UTF-8 or GB18030, a heading, blank lines; with the line of every row."""

# mypy: disallow-subclassing-any=False
# django-import-export ships no types.

from __future__ import annotations

import csv
import io

import tablib
from django.utils.translation import gettext as _
from import_export.formats.base_formats import CSV

COLUMNS = (
    "id",
    "name",
    "kind",
    "jurisdiction",
    "site",
    "longitude",
    "latitude",
    "codec",
    "external_id",
    "maker",
    "model",
    "parameters",
)
REQUIRED = COLUMNS[:4]
MOST_ROWS = 50_000


class TableError(ValueError):
    """A file whose rows cannot be read as rows; the text says where and why."""


def decode(content: bytes) -> str:
    """The text of a file in UTF-8, with or without a byte order mark, or GB18030."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise TableError(_("the file is not text in UTF-8 or GB18030"))


def read_table(text: str) -> tablib.Dataset:
    """The rows, with their lines in `dataset.lines`; raises `TableError`."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    dataset = tablib.Dataset()
    lines: list[int] = []
    line = 1
    try:
        for record in reader:
            values = [value.strip() for value in record]
            if dataset.headers is None:
                dataset.headers = _heading(values)
            elif any(values):
                lines.append(line)
                dataset.append(_row(values, len(dataset.headers), line))
            line = reader.line_num + 1
    except csv.Error as error:
        raise TableError(
            _("line %(line)d: %(reason)s") % {"line": line, "reason": error}
        ) from error
    if dataset.headers is None:
        raise TableError(_("the file is empty"))
    if not lines:
        raise TableError(_("the file has a heading and no rows"))
    if len(lines) > MOST_ROWS:
        raise TableError(_("the file has more than %(most)d rows") % {"most": MOST_ROWS})
    dataset.lines = lines
    return dataset


def _heading(values: list[str]) -> list[str]:
    names = [value.lower() for value in values]
    missing = [name for name in REQUIRED if name not in names]
    if missing:
        raise TableError(_("the heading lacks %(columns)s") % {"columns": ", ".join(missing)})
    wrong = sorted({name for name in names if name not in COLUMNS or names.count(name) > 1})
    if wrong:
        text = _("the heading has unknown or repeated columns: %(wrong)s; known are %(known)s")
        raise TableError(text % {"wrong": ", ".join(wrong), "known": ", ".join(COLUMNS)})
    return names


def _row(values: list[str], width: int, line: int) -> list[str]:
    if len(values) > width:
        reason = _("%(have)d fields, where the heading has %(want)d") % {
            "have": len(values),
            "want": width,
        }
        raise TableError(_("line %(line)d: %(reason)s") % {"line": line, "reason": reason})
    return values + [""] * (width - len(values))


class DeviceCSV(CSV):
    """The one format of import and export."""

    def get_title(self) -> str:
        """Its name in the form."""
        return "csv"

    def create_dataset(self, in_stream: str, **kwargs: object) -> tablib.Dataset:
        """Rows of an uploaded file."""
        return read_table(in_stream)
