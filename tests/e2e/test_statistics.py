"""The statistics at the console: charts, ranking, what each figure means, on paper too, and the files."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import expect

from tests.e2e.cases import closed_case, places, report
from tests.e2e.words import names, untranslated
from tests.support.browser import Sit
from tests.support.consoles import Session
from tests.support.served import Served

FILES = "XLSX CSV P50 P90"


def test_the_figures_are_drawn_ranked_defined_and_taken_along(
    quiet: Served, session_of: Callable[[str], Session], sit: Sit
) -> None:
    chief, second = session_of("city"), session_of("city2")
    township = places(chief, "township")[-1]  # where no other test closes anything
    closed_case(chief, second, score=4, code=township)
    report(chief, category="0501", code=township)
    desk = sit("city", locale="en", theme="light")
    page = desk.page
    page.keyboard.press("f")
    view = page.get_by_test_id("statistics")
    line = view.locator(f'[data-testid="statistics-line"][data-key="{township}"]')
    line.wait_for()
    assert line.locator('[data-figure="rank"]').inner_text().isdigit()
    expect(line.locator('[data-figure="evaluation"]')).to_have_text("4.00")
    assert view.locator(".chart svg path").count() > 4
    assert untranslated(desk, names(desk) + FILES, "en") == []
    assert desk.axe() == []
    # Paper opens nothing: the definitions stand there while it is printed, and only then.
    meaning = view.get_by_text("no stage ended later than it was due")
    expect(meaning).to_be_hidden()
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    meaning.wait_for()
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    meaning.wait_for(state="hidden")
    files = {}
    for name in ("Export XLSX", "Export CSV", "Definitions CSV"):
        with page.expect_download() as download:
            view.get_by_role("link", name=name).click()
        files[name] = Path(download.value.path()).read_bytes()
    with zipfile.ZipFile(io.BytesIO(files["Export XLSX"])) as book:
        assert "xl/worksheets/sheet2.xml" in book.namelist()
    header = next(csv.reader(io.StringIO(files["Export CSV"].decode("utf-8-sig"))))
    assert "satisfaction (1–5)" in header
    assert "satisfaction (1–5)" in files["Definitions CSV"].decode("utf-8-sig")
