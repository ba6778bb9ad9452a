"""What waits for a seat's loop: frames of the browser, and words that something may have changed.

A word waits at most once, however often it is posted.
"""

from __future__ import annotations

import asyncio
from enum import Enum, auto

from conferencing.signalling.messages import ClientFrame


class Word(Enum):
    """What may have changed."""

    ROOM = auto()
    SPEAKERS = auto()
    FLOWS = auto()
    HEARD = auto()
    REFILL = auto()
    LAYERS = auto()
    MEDIA_LOST = auto()
    MEDIA_UNAVAILABLE = auto()
    MEDIA_AVAILABLE = auto()
    TAKEN_OVER = auto()


class Posts:
    """See the module. Belongs to the event loop; nobody who posts waits."""

    def __init__(self) -> None:
        self._posts: asyncio.Queue[ClientFrame | Word] = asyncio.Queue()
        self._waiting: set[Word] = set()

    def frame(self, frame: ClientFrame) -> None:
        """A frame of the browser; the consumer bounds how many come."""
        self._posts.put_nowait(frame)

    def word(self, word: Word) -> None:
        """Something may have changed."""
        if word not in self._waiting:
            self._waiting.add(word)
            self._posts.put_nowait(word)

    async def next(self) -> ClientFrame | Word:
        """What was posted first. A word that comes while it is being heeded waits anew."""
        post = await self._posts.get()
        if isinstance(post, Word):
            self._waiting.discard(post)
        return post
