"""Names in a film's pictures, where the system has letters for them."""

from __future__ import annotations

from pathlib import Path

import pytest

from conferencing.archive.naming import FONTS, Names

SOME_FONT = next((one for one in FONTS if Path(one[0]).is_file()), None)


def test_without_a_font_or_a_name_nothing_is_drawn() -> None:
    names = Names({"seat-1": "城一村"}, fonts=[("/nowhere.ttc", 0)])
    assert not names.are_drawn
    assert names.label("seat-1", 1040) is None
    assert not Names({}).are_drawn


@pytest.mark.skipif(SOME_FONT is None, reason="no font with Chinese letters is installed")
def test_a_label_fits_its_picture_and_is_even_both_ways() -> None:
    names = Names({"seat-1": "城一村", "seat-2": "很长很长的名称" * 20})
    for peer, width in (("seat-1", 1040), ("seat-1", 224), ("seat-2", 224)):
        label = names.label(peer, width)
        assert label is not None
        height, wide = label.shape
        assert (height % 2, wide % 2) == (0, 0)
        assert wide <= width
        assert (label.min(), label.max() > 200) == (16, True)
    assert names.label("seat-3", 224) is None
