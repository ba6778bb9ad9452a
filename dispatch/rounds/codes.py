"""Pictures of the codes that hang at checkpoints."""

from __future__ import annotations

import base64
import io

import qrcode
import qrcode.image.svg

from dispatch.rounds.checking import content_of


def picture_of(token: str) -> str:
    """A checkpoint's QR code as a data URI. Much of it may be scratched: a quarter is still read."""
    stream = io.BytesIO()
    made = qrcode.make(
        content_of(token),
        image_factory=qrcode.image.svg.SvgPathImage,
        error_correction=qrcode.constants.ERROR_CORRECT_Q,
        border=2,
    )
    made.save(stream)
    return "data:image/svg+xml;base64," + base64.b64encode(stream.getvalue()).decode()
