"""Pictures as phones make them: with the place, the camera and a preview written beside the pixels."""

from __future__ import annotations

import io

from PIL import Image
from PIL.ExifTags import IFD, Base

SECRET = "serial-number-of-a-camera"


def photo(
    *, kind: str = "JPEG", size: tuple[int, int] = (64, 48), rotated: bool = False, shade: int = 90
) -> bytes:
    """A picture whose left half is lighter than its right half; `rotated` is told in EXIF only."""
    image = Image.new("RGB", size, (shade, shade, shade))
    image.paste((250, 250, 250), (0, 0, size[0] // 2, size[1]))
    exif = Image.Exif()
    exif[Base.Make] = SECRET
    exif[Base.Orientation] = 6 if rotated else 1
    exif.get_ifd(IFD.GPSInfo)[2] = (38.0, 6.0, 12.0)
    out = io.BytesIO()
    image.save(out, format=kind, exif=exif)
    return out.getvalue()
