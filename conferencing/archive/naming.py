"""Names in the pictures of a film, with a font of the system's that knows Chinese; without one there are none.

Fonts are the system's matter: Debian's is `fonts-noto-cjk`. What has no names is shown with them by the page.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

FONTS: Sequence[tuple[str, int]] = (
    ("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc", 2),
    ("/usr/share/fonts/google-noto-sans-cjk-fonts/NotoSansCJK-Regular.ttc", 2),
    ("/usr/share/fonts/noto-cjk/NotoSansCJK-Regular.ttc", 2),
    ("/usr/share/fonts/truetype/wqy/wqy-microhei.ttc", 0),
    ("/usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf", 0),
)
"""Files, and which face in it has the simplified forms."""
_LARGE, _SMALL = 20, 14
_LARGE_FROM = 500
_DARK, _LIGHT = 16, 235
"""Luma of the ground and of the letters."""

Luma = npt.NDArray[np.uint8]


class Names:
    """What is written on whose picture, by the recording's name for them. Each label is drawn once for a width."""

    def __init__(self, names: Mapping[str, str], fonts: Sequence[tuple[str, int]] = FONTS) -> None:
        self._names = names
        self._font = next((one for one in fonts if Path(one[0]).is_file()), None)
        self._drawn: dict[tuple[str, int], Luma | None] = {}

    @property
    def are_drawn(self) -> bool:
        """Whether there is a font for them."""
        return self._font is not None and bool(self._names)

    def label(self, peer: str, width: int) -> Luma | None:
        """Light letters on dark for a picture of this width in pixels, even both ways; None for who has no name."""
        key = peer, width
        if key not in self._drawn:
            self._drawn[key] = self._draw(self._names.get(peer, ""), width)
        return self._drawn[key]

    def _draw(self, text: str, width: int) -> Luma | None:
        if self._font is None or not text:
            return None
        size = _LARGE if width >= _LARGE_FROM else _SMALL
        font = _face(*self._font, size)
        room = width - size
        while text and font.getlength(text) > room:
            text = f"{text.removesuffix('…')[:-1]}…" if len(text.removesuffix("…")) > 1 else ""
        if not text:
            return None
        wide = int(font.getlength(text)) + size & ~1
        high = size * 8 // 5 & ~1
        image = Image.new("L", (wide, high), _DARK)
        ImageDraw.Draw(image).text((wide // 2, high // 2), text, _LIGHT, font, anchor="mm")
        return np.asarray(image, np.uint8)


@cache
def _face(path: str, index: int, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(path, size, index)
