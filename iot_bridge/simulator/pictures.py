"""What a simulated camera sees: a lane, and something that stands on it. Drawn; nobody is in it."""

from __future__ import annotations

import base64
import io
import random

from PIL import Image, ImageDraw

SIZE = (480, 270)
_BOXES = ("#7a5a3a", "#5d6670", "#8a3f34", "#4c6a58")


def lane(chance: random.Random) -> str:
    """A JPEG of some kilobytes, in base64."""
    width, height = SIZE
    image = Image.new("RGB", SIZE, "#9aa6ae")
    draw = ImageDraw.Draw(image)
    horizon = height // 3
    for left in range(0, width, 96):
        top = horizon - chance.randint(30, 70)
        draw.rectangle((left, top, left + 88, horizon), fill="#6d757c")
    draw.rectangle((0, horizon, width, height), fill="#5a6a52")
    road = [(width * 2 // 5, horizon), (width * 3 // 5, horizon), (width, height), (0, height)]
    draw.polygon(road, fill="#4a4d51")
    for step in range(5):
        y = horizon + 14 + step * 34
        draw.line((width // 2, y, width // 2, y + 14), fill="#d9c34a", width=3 + step)
    size = chance.randint(40, 90)
    x, y = chance.randint(150, 280), height - 40 - chance.randint(0, 60)
    draw.rectangle((x, y - size, x + size * 2, y), fill=chance.choice(_BOXES), outline="#222222")
    out = io.BytesIO()
    image.save(out, format="JPEG", quality=70)
    return base64.b64encode(out.getvalue()).decode()
