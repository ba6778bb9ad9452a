"""Reading lists of jurisdictions (CSV) and their boundaries (GeoJSON). Pure: bytes in, values out.

Every problem is found, not only the first, and each names its line or feature.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _
from shapely.geometry.base import BaseGeometry

from command_center.jurisdictions.codes import LENGTHS, Level, parent_of
from command_center.jurisdictions.geometry import BadAreaError, read_area

COLUMNS = ("code", "name", "level", "parent")
NAME_LENGTH = 80
_TOP = frozenset({Level.PREFECTURE, Level.CITY})
_LEVEL_OF_LENGTH = {length: level for level, length in LENGTHS.items()}
_WGS84 = ("CRS84", "EPSG::4326", "EPSG:4326")


@dataclass(frozen=True, slots=True)
class Row:
    """One good line of a list."""

    line: int
    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong, and where: a line of the list (1 is the heading), or a feature of the boundaries."""

    reason: str
    line: int | None = None
    feature: int | None = None

    def __str__(self) -> str:
        if self.line is not None:
            return _("line %(line)d: %(reason)s") % {"line": self.line, "reason": self.reason}
        if self.feature is not None:
            return _("feature %(feature)d: %(reason)s") % {
                "feature": self.feature,
                "reason": self.reason,
            }
        return self.reason


class ImportRefusedError(Exception):
    """A file with problems: nothing of it was taken."""

    def __init__(self, problems: Collection[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = tuple(problems)


@dataclass(slots=True)
class _Lines:
    """What is known while the lines are checked."""

    known: frozenset[str]
    first_line: dict[str, int] = field(default_factory=dict)

    def exists(self, code: str) -> bool:
        return code in self.known or code in self.first_line


def read_list(content: bytes, *, known: Collection[str] = ()) -> list[Row]:
    """The rows of a CSV with columns code, name and, if given, level and parent; raises `ImportRefusedError`.

    UTF-8 with or without a byte order mark, or GB18030. `known` are the codes already in the tree.
    """
    records = list(_records(_decode(content)))
    lines = _Lines(frozenset(known))
    problems: list[Problem] = []
    for line, record in records:
        code = record.get("code", "")
        if not code_problem(code) and code in lines.first_line:
            text = _("code %(code)s is already on line %(first)d")
            problems.append(Problem(text % {"code": code, "first": lines.first_line[code]}, line))
        lines.first_line.setdefault(code, line)
    for line, record in records:
        problems += [Problem(reason, line) for reason in _reasons(record, lines)]
    if not records:
        problems.append(Problem(_("the list has no lines")))
    if problems:
        raise ImportRefusedError(sorted(problems, key=lambda problem: problem.line or 0))
    return [Row(line, record["code"], record["name"]) for line, record in records]


def _decode(content: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise ImportRefusedError([Problem(_("the file is not text in UTF-8 or GB18030"))])


def _records(text: str) -> Iterator[tuple[int, dict[str, str]]]:
    """Each line with its number, as a mapping of the known columns. Empty lines are passed over."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    heading: list[str] | None = None
    line = 1
    try:
        for fields in reader:
            values = [value.strip() for value in fields]
            if heading is None:
                heading = _heading(values)
            elif any(values):
                if len(values) > len(heading):
                    text = _("%(have)d fields, where the heading has %(want)d")
                    reason = text % {"have": len(values), "want": len(heading)}
                    raise ImportRefusedError([Problem(reason, line)])
                yield line, dict(zip(heading, values, strict=False))
            line = reader.line_num + 1
    except csv.Error as error:
        raise ImportRefusedError([Problem(str(error), line)]) from error
    if heading is None:
        raise ImportRefusedError([Problem(_("the file is empty"))])


def _heading(values: list[str]) -> list[str]:
    names = [value.lower() for value in values]
    missing = [name for name in ("code", "name") if name not in names]
    repeated = sorted({name for name in names if name in COLUMNS and names.count(name) > 1})
    problems = []
    if missing:
        text = _("the heading lacks %(columns)s; it should be code,name,level,parent")
        problems.append(Problem(text % {"columns": ", ".join(missing)}, 1))
    if repeated:
        text = _("the heading has %(columns)s more than once")
        problems.append(Problem(text % {"columns": ", ".join(repeated)}, 1))
    if problems:
        raise ImportRefusedError(problems)
    return names


def code_problem(code: str) -> str | None:
    """What is wrong with a text as a division code, in words; None if nothing is."""
    if not code:
        return _("the code is empty")
    if not (code.isascii() and code.isdigit()):
        return _("code %(code)s is not made of digits only") % {"code": repr(code)}
    if len(code) not in _LEVEL_OF_LENGTH:
        return _("code %(code)s has %(length)d digits, not 4, 6, 9, 12 or 15") % {
            "code": code,
            "length": len(code),
        }
    return None


def _reasons(record: dict[str, str], lines: _Lines) -> Iterator[str]:
    name = record.get("name", "")
    if not name:
        yield _("the name is empty")
    elif len(name) > NAME_LENGTH:
        yield _("the name has more than %(most)d characters") % {"most": NAME_LENGTH}
    code = record.get("code", "")
    problem = code_problem(code)
    if problem:
        yield problem
        return
    yield from _level_reasons(record.get("level", ""), code)
    yield from _parent_reasons(record.get("parent", ""), code, lines)


def _level_reasons(level: str, code: str) -> Iterator[str]:
    actual = _LEVEL_OF_LENGTH[len(code)]
    if level and level.lower() not in set(Level):
        yield _("level %(level)s is unknown; the levels are %(levels)s") % {
            "level": repr(level),
            "levels": ", ".join(Level),
        }
    elif level and level.lower() != actual:
        yield _(
            "level %(level)s does not fit code %(code)s: %(length)d digits are a %(actual)s"
        ) % {
            "level": level,
            "code": code,
            "length": len(code),
            "actual": actual,
        }


def _parent_reasons(parent: str, code: str, lines: _Lines) -> Iterator[str]:
    expected = parent_of(code)
    if parent and parent != expected:
        if not code.startswith(parent) or parent == code:
            yield _("parent %(parent)s is not the beginning of code %(code)s") % {
                "parent": parent,
                "code": code,
            }
        else:
            yield _("parent %(parent)s is not one level above %(code)s; that is %(expected)s") % {
                "parent": parent,
                "code": code,
                "expected": expected,
            }
        return
    needed = parent or _LEVEL_OF_LENGTH[len(code)] not in _TOP
    if expected and needed and not lines.exists(expected):
        yield _("parent %(parent)s is unknown: neither in this list nor imported before") % {
            "parent": expected
        }


def read_boundaries(content: bytes, *, known: Collection[str]) -> dict[str, BaseGeometry]:
    """Areas by code from a GeoJSON Feature or FeatureCollection, each with a `code` property.

    Degrees WGS-84. Raises `ImportRefusedError`.
    """
    areas: dict[str, BaseGeometry] = {}
    problems: list[Problem] = []
    for number, feature in enumerate(_features(content), start=1):
        try:
            code, area = _area(feature, known)
        except BadAreaError as error:
            problems.append(Problem(str(error), feature=number))
            continue
        if code in areas:
            reason = _("code %(code)s already has an area in this file") % {"code": code}
            problems.append(Problem(reason, feature=number))
        areas[code] = area
    if problems:
        raise ImportRefusedError(problems)
    return areas


def _features(content: bytes) -> list[Any]:
    try:
        document = json.loads(_decode(content))
    except json.JSONDecodeError as error:
        text = _("the boundary file is not JSON: line %(line)d, column %(column)d: %(error)s")
        values = {"line": error.lineno, "column": error.colno, "error": error.msg}
        raise ImportRefusedError([Problem(text % values)]) from error
    if isinstance(document, dict):
        _check_crs(document.get("crs"))
        if document.get("type") == "Feature":
            return [document]
        features = document.get("features")
        if document.get("type") == "FeatureCollection" and isinstance(features, list) and features:
            return features
    reason = _("the boundary file is not a GeoJSON Feature or FeatureCollection with features")
    raise ImportRefusedError([Problem(reason)])


def _check_crs(crs: Any) -> None:
    """RFC 7946 knows only WGS-84; older files may name another system, which we would misread."""
    if crs is not None and not str(crs).rstrip("'}").endswith(_WGS84):
        reason = _(
            "the boundary file names a coordinate system other than WGS-84; convert it first"
        )
        raise ImportRefusedError([Problem(reason)])


def _area(feature: Any, known: Collection[str]) -> tuple[str, BaseGeometry]:
    properties = feature.get("properties") if isinstance(feature, dict) else None
    code = str((properties if isinstance(properties, dict) else {}).get("code") or "")
    if not code:
        raise BadAreaError(_("it has no property `code`"))
    if code not in known:
        raise BadAreaError(_("jurisdiction %(code)s is unknown") % {"code": code})
    try:
        return code, read_area(feature.get("geometry"))
    except BadAreaError as error:
        text = _("jurisdiction %(code)s: %(reason)s")
        raise BadAreaError(text % {"code": code, "reason": error}) from error
