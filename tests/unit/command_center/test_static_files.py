"""The pages' own files as ASGI can send them: whole, a part, or not again."""

from __future__ import annotations

from http import HTTPStatus
from pathlib import Path

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from command_center.middleware import StaticFiles


def _elsewhere(_request: HttpRequest) -> HttpResponse:
    return HttpResponse(status=HTTPStatus.IM_A_TEAPOT)


@pytest.fixture
def files(tmp_path: Path) -> StaticFiles:
    (tmp_path / "page.js").write_text("0123456789")
    found = StaticFiles(_elsewhere)
    found.add_files(str(tmp_path), prefix="/static/")
    return found


def test_a_file_is_answered_in_one_piece(files: StaticFiles) -> None:
    request = RequestFactory()
    answer = files(request.get("/static/page.js"))
    assert (answer.status_code, answer.content, answer.streaming) == (200, b"0123456789", False)
    assert answer["Content-Type"].startswith("text/javascript")
    assert answer["Content-Length"] == "10"
    part = files(request.get("/static/page.js", headers={"range": "bytes=2-4"}))
    assert (part.status_code, part.content) == (206, b"234")
    same = files(
        request.get("/static/page.js", headers={"if-modified-since": answer["Last-Modified"]})
    )
    assert (same.status_code, same.content) == (304, b"")
    head = files(request.head("/static/page.js"))
    assert (head.content, head["Content-Length"]) == (b"", "10")
    assert files(request.get("/static/no.js")).status_code == HTTPStatus.IM_A_TEAPOT
