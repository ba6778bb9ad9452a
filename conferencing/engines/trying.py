"""A camera looked at from a media node, for who waits for the answer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack

from django.conf import settings
from django.utils.module_loading import import_string

from conferencing.engines.messages import CameraFacts, EngineProblem, Feed
from conferencing.engines.port import Engine, EngineError


def look_at(camera: Feed) -> CameraFacts:
    """What a camera sends, as the first node that answers sees it. Raises EngineError.

    For threads without a loop of their own; it takes as long as the camera does, half a minute at most.
    """
    build: Callable[..., Mapping[str, Engine]] = import_string(settings.MEDIA_ENGINES)
    return asyncio.run(_look_at(build(settings.ENVIRONMENT), camera))


async def _look_at(engines: Mapping[str, Engine], camera: Feed) -> CameraFacts:
    last = EngineError(EngineProblem.UNAVAILABLE, "there is no media node")
    async with AsyncExitStack() as stack:
        for engine in engines.values():
            stack.push_async_callback(engine.close)
        for engine in engines.values():
            try:
                return await engine.look_at(camera)
            except EngineError as error:
                last = error
    raise last
