"""A camera's picture on its way from a message to the disk: checked, made anew, stored once."""

from __future__ import annotations

import logging
from collections import OrderedDict
from dataclasses import replace

from command_center.attachments.pictures import PDF, BadAttachmentError, read, size_of
from command_center.attachments.store import Store
from iot_bridge.protocol.decoded import DeviceMessage, KeptPicture, TransientPicture

logger = logging.getLogger(__name__)

STORE = Store("snapshots")
MOST_PIXELS = 4_200_000
"""2560 × 1600. A message of 64 KiB can unfold to more than the bridge has time for."""
EVERY_MS = 2_000
"""A camera that sends pictures faster than this has the others left out: unpacking them takes the bridge's time."""
KEPT = "kept"
TOO_OFTEN = "too_often"
NOT_STORED = "not_stored"
_REMEMBERED = 4_096


class PictureTaker:
    """Takes pictures out of messages. The event always counts; what became of its picture is told in its data."""

    def __init__(self) -> None:
        self._last: OrderedDict[str, int] = OrderedDict()

    def take(self, message: DeviceMessage, *, device_id: str, at_ms: int) -> DeviceMessage:
        """The message without the bytes of its picture, which lie on the disk when this returns."""
        picture = message.picture
        if not isinstance(picture, TransientPicture):
            return message
        kept: KeptPicture | None = None
        word = picture.fault
        if not word and not self._in_turn(device_id, at_ms):
            word = TOO_OFTEN
        if not word:
            try:
                kept, word = _keep(picture.reveal()), KEPT
            except BadAttachmentError as error:
                word = error.code
            except OSError as error:  # a full disk must not hold up what the event itself says
                logger.error("a snapshot of %s cannot be stored: %s", device_id, error.strerror)
                word = NOT_STORED
        return replace(message, picture=kept, data={**message.data, "snapshot": word})

    def _in_turn(self, device_id: str, at_ms: int) -> bool:
        last = self._last.get(device_id)
        if last is not None and 0 <= at_ms - last < EVERY_MS:
            return False
        self._last[device_id] = at_ms
        self._last.move_to_end(device_id)
        if len(self._last) > _REMEMBERED:
            self._last.popitem(last=False)
        return True


def _keep(data: bytes) -> KeptPicture:
    """Check a picture, make it anew without what was written beside its pixels, and store it. Raises BadAttachmentError."""
    content = read(data, most_pixels=MOST_PIXELS)
    if content.type == PDF:
        raise BadAttachmentError("bad_type", "a picture")
    width, height = size_of(content.data)
    return KeptPicture(
        sha256=STORE.keep(content.data),
        media_type=content.type,
        size=len(content.data),
        width=width,
        height=height,
    )
