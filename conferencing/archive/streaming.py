"""A file as a player asks for it: whole, or a range of its bytes (RFC 9110, section 14)."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse

CHUNK = 256 * 1024
_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Span:
    """Bytes from `first` on, `count` of them."""

    first: int
    count: int


class UnsatisfiableError(ValueError):
    """A range that the file does not have."""


def span_of(header: str, size: int) -> Span | None:
    """The one range that a Range header asks for; None for the whole file: none, several, or what is no range.

    Raises UnsatisfiableError.
    """
    found = _RANGE.fullmatch(header.strip())
    if found is None or found.groups() == ("", ""):
        return None
    begin, end = found.groups()
    if not begin:  # the last so many bytes
        first, last = max(0, size - int(end)), size - 1
        if int(end) == 0:
            raise UnsatisfiableError(header)
    else:
        first, last = int(begin), min(int(end), size - 1) if end else size - 1
        if end and int(end) < first:
            return None
    if first >= size:
        raise UnsatisfiableError(header)
    return Span(first, last - first + 1)


def file_response(path: Path, range_header: str, *, content_type: str) -> HttpResponseBase:
    """The answer, read piece by piece as the player takes it. Raises FileNotFoundError."""
    size = path.stat().st_size
    try:
        span = span_of(range_header, size)
    except UnsatisfiableError:
        refused = HttpResponse(status=HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE)
        refused["Content-Range"] = f"bytes */{size}"
        return refused
    part = span or Span(0, size)
    answer = StreamingHttpResponse(
        _pieces(path, part),
        content_type=content_type,
        status=HTTPStatus.OK if span is None else HTTPStatus.PARTIAL_CONTENT,
    )
    answer["Accept-Ranges"] = "bytes"
    answer["Content-Length"] = str(part.count)
    if span is not None:
        answer["Content-Range"] = f"bytes {span.first}-{span.first + span.count - 1}/{size}"
    return answer


async def _pieces(path: Path, span: Span) -> AsyncIterator[bytes]:
    handle = await asyncio.to_thread(path.open, "rb")
    try:
        await asyncio.to_thread(handle.seek, span.first)
        left = span.count
        while left > 0:
            piece = await asyncio.to_thread(handle.read, min(CHUNK, left))
            if not piece:
                return
            left -= len(piece)
            yield piece
    finally:
        handle.close()
