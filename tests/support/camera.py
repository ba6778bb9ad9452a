"""A camera that looks at a QR code: a film of one picture, which Chromium plays as its fake camera."""

from __future__ import annotations

from pathlib import Path

import qrcode
from PIL import Image

SIZE = (640, 480)
FRAMES = 2


def flags(film: Path) -> tuple[str, ...]:
    """What makes Chromium take a film for its camera, and its person allow it."""
    return (
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        f"--use-file-for-fake-video-capture={film}",
    )


def film_of(text: str, path: Path) -> Path:
    """A code on a sign, a little turned and off the middle, as YUV4MPEG2 (4:2:0, grey)."""
    code = qrcode.make(text, box_size=6, border=4).get_image().convert("L")
    sign = code.rotate(7, expand=True, fillcolor=255, resample=Image.Resampling.BICUBIC)
    picture = Image.new("L", SIZE, 110)
    picture.paste(sign, (250, 90))
    width, height = SIZE
    luma, chroma = picture.tobytes(), bytes([128]) * (width * height // 2)
    frame = b"FRAME\n" + luma + chroma
    head = f"YUV4MPEG2 W{width} H{height} F10:1 Ip A1:1 C420jpeg\n".encode()
    path.write_bytes(head + frame * FRAMES)
    return path
