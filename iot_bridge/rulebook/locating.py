"""Where in a JSON text a pointer leads, for who reads the text. Pure."""

from __future__ import annotations

import re

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+')


def line_of(text: str, pointer: str) -> int:
    """The line, from 1, on which a JSON pointer's value or its nearest container begins in a valid JSON text."""
    wanted = [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]
    found = _lines(text)
    for length in range(len(wanted), -1, -1):
        line = found.get(tuple(wanted[:length]))
        if line is not None:
            return line
    return 1


def _lines(text: str) -> dict[tuple[str, ...], int]:
    """The line of each key, or of each item of a list, by its path."""
    found: dict[tuple[str, ...], int] = {(): 1}
    path: list[str] = []
    counts: list[
        int | None
    ] = []  # per open container: the next index of a list, None for an object
    key: str | None = None
    for token in _TOKEN.finditer(text):
        mark = token.group()
        if mark in {"]", "}"}:
            counts.pop()
            if path:
                path.pop()
            continue
        if mark in {",", ":"}:
            continue
        line = text.count("\n", 0, token.start()) + 1
        if counts and counts[-1] is None and key is None:
            key = mark[1:-1]
            found[*path, key] = line
            continue
        name = key
        if counts and counts[-1] is not None:
            name, counts[-1] = str(counts[-1]), counts[-1] + 1
            found[*path, name] = line
        key = None
        if mark in {"{", "["}:
            if name is not None:
                path.append(name)
            counts.append(None if mark == "{" else 0)
    return found
