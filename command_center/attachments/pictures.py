"""What may be attached, told by its content and never by its name; pictures are made anew.

A picture leaves here without anything that was written beside its pixels: no place, no serial number of
a camera, no preview of what was cut away. Bytes in, bytes out.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any

from PIL import Image, ImageOps, UnidentifiedImageError

MOST_BYTES = 10 * 1024 * 1024
LONGEST_SIDE = 2560
"""Pixels. A photo of a phone is twice as long; this still shows a number plate across a street."""
MOST_PIXELS = 64_000_000
"""A picture of few bytes can unfold to more pixels than a server has memory for."""

PDF = "application/pdf"
_TYPES = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}
SUFFIXES = {
    "image/jpeg": (".jpg", ".jpeg"),
    "image/png": (".png",),
    "image/webp": (".webp",),
    PDF: (".pdf",),
}
_SAVED: dict[str, dict[str, Any]] = {
    "JPEG": {"quality": 85, "optimize": True},
    "PNG": {"optimize": True},
    "WEBP": {"quality": 85},
}


class BadAttachmentError(ValueError):
    """Content that cannot be attached. `code` is for programs."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Content:
    """What is kept of an attachment. `type` is its media type."""

    type: str
    data: bytes


def read(data: bytes, *, most_pixels: int = MOST_PIXELS) -> Content:
    """A JPEG, PNG or WebP picture, made anew, or a PDF as it is. Raises BadAttachmentError."""
    if len(data) > MOST_BYTES:
        raise BadAttachmentError("too_large", "at most 10 MiB")
    if data.startswith(b"%PDF-"):
        return Content(PDF, data)
    try:
        with Image.open(io.BytesIO(data), formats=list(_TYPES)) as image:
            return _made_anew(image, most_pixels)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise BadAttachmentError("too_many_pixels", "too many pixels") from error
    except UnidentifiedImageError as error:
        raise BadAttachmentError("bad_type", "a JPEG, PNG or WebP picture, or a PDF") from error
    except (OSError, SyntaxError, ValueError) as error:
        if isinstance(error, BadAttachmentError):
            raise
        raise BadAttachmentError("broken", "the picture cannot be read to its end") from error


def _made_anew(image: Image.Image, most_pixels: int) -> Content:
    kind = str(image.format)
    width, height = image.size
    if width * height > most_pixels:
        raise BadAttachmentError("too_many_pixels", "too many pixels")
    image.draft(
        "RGB", (LONGEST_SIDE, LONGEST_SIDE)
    )  # a large JPEG is decoded at a half or a quarter
    upright = ImageOps.exif_transpose(_plain(image))
    upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)
    pixels = Image.new(upright.mode, upright.size)
    pixels.paste(upright)
    out = io.BytesIO()
    pixels.save(out, format=kind, **_SAVED[kind])
    return Content(_TYPES[kind], out.getvalue())


def _plain(image: Image.Image) -> Image.Image:
    """Grey, colour, or colour with transparency: what every format here and every browser knows."""
    if image.format == "JPEG":
        return image if image.mode in ("L", "RGB") else image.convert("RGB")
    if image.mode in ("L", "RGB", "RGBA"):
        return image
    return image.convert("RGBA" if image.has_transparency_data else "RGB")


def size_of(data: bytes) -> tuple[int, int]:
    """Width and height in pixels of a picture that was read here before."""
    with Image.open(io.BytesIO(data), formats=list(_TYPES)) as image:
        return image.size


def thumbnail(data: bytes, *, side: int) -> bytes:
    """A JPEG of a picture that was read here before, at most `side` pixels long."""
    with Image.open(io.BytesIO(data), formats=list(_TYPES)) as image:
        image.draft("RGB", (side, side))
        small = _plain(image)
        small.thumbnail((side, side), Image.Resampling.LANCZOS)
        white = Image.new("RGB", small.size, "#ffffff")
        white.paste(small, mask=small.getchannel("A") if small.mode == "RGBA" else None)
    out = io.BytesIO()
    white.save(out, format="JPEG", quality=80, optimize=True)
    return out.getvalue()
