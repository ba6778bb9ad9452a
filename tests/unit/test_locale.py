"""Every string of the back end is in both catalogues, in Chinese too, with the same placeholders."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_file
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("command_center", "iot_bridge", "conferencing", "dispatch")
KEYWORDS = {**DEFAULT_KEYWORDS, "gettext_lazy": None, "ngettext_lazy": (1, 2)}
PLACEHOLDER = re.compile(r"%\(\w+\)[sdr]")
HINT = "run `manage.py makemessages -l zh_Hans -l en` and translate"


def catalogue(language: str) -> Catalog:
    with (ROOT / "locale" / language / "LC_MESSAGES" / "django.po").open("rb") as file:
        return read_po(file)


@pytest.mark.parametrize("language", ["zh_Hans", "en"])
def test_every_string_of_the_code_is_known(language: str) -> None:
    known = {
        text
        for message in catalogue(language)
        for text in (message.id if isinstance(message.id, tuple) else (message.id,))
    }
    missing = []
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            for _line, found, _comments, _context in extract_from_file(
                "python", path, keywords=KEYWORDS
            ):
                texts = found if isinstance(found, tuple) else (found,)
                missing += [f"{path.name}: {text}" for text in texts if text not in known]
    assert not missing, HINT


def test_every_string_is_in_chinese() -> None:
    for message in catalogue("zh_Hans"):
        if not message.id:
            continue
        single = message.id[-1] if isinstance(message.id, tuple) else message.id
        words = message.string if isinstance(message.string, tuple) else (message.string,)
        assert not message.fuzzy, single
        for text in words:
            assert text, f"{single}: {HINT}"
            assert sorted(PLACEHOLDER.findall(str(text))) == sorted(
                PLACEHOLDER.findall(str(single))
            ), single
