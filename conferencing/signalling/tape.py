"""A conference's recording at its node: begun where the media is, as a further part where it moves to."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from conferencing.conferences import services
from conferencing.engines.cues import recording_name
from conferencing.engines.messages import (
    EngineProblem,
    RecordingFailed,
    RecordingStarted,
    RecordingStopped,
)
from conferencing.engines.port import EngineError
from conferencing.policy.conference import RecordingTrouble
from conferencing.signalling.database import ask

if TYPE_CHECKING:
    from conferencing.signalling.room import Read, Room

logger = logging.getLogger(__name__)

TRIES, RETRY_S = 20, 1.0
"""A node that refuses for so long does not record. One that has died is replaced sooner."""


def part_name(conference_id: int, now: Read) -> str | None:
    """What the node is to record under now; None if nothing, or while the media is nowhere."""
    recording = now.value.recording
    if recording is None or now.epoch == 0:
        return None
    name = recording_name(conference=conference_id, number=recording.number, since=recording.since)
    return f"{name}.e{now.epoch}"


class Tape:
    """See the module. Every process that has the conference open sees to it: all it asks is idempotent."""

    def __init__(self, room: Room, room_name: str) -> None:
        self._room = room
        self._name = room_name
        self._wanted: str | None = None
        self._telling = asyncio.Lock()

    def follow(self) -> None:
        """The conference is another, or its media is elsewhere."""
        wanted = part_name(self._room.id, self._room.now)
        if wanted == self._wanted:
            return
        self._wanted = wanted
        self._room.spawn(self._stop() if wanted is None else self._start(wanted))

    def happened(self, event: RecordingStarted | RecordingFailed | RecordingStopped) -> None:
        """Something at the node. What was written the worker finds by itself."""
        match event:
            case RecordingStarted():
                if event.name != self._wanted:
                    self._room.spawn(self._check(event.name))
            case RecordingFailed():
                logger.warning("recording %s: %s", event.name, event.detail)
                if event.name == self._wanted:
                    trouble = RecordingTrouble(event.trouble.value)
                    self._room.spawn(self._failed(event.name, trouble))
            case RecordingStopped():
                if event.name == self._wanted:
                    self._wanted = None  # the room was empty: it begins again with whoever comes

    async def _start(self, name: str) -> None:
        for _ in range(TRIES):
            async with self._telling:
                engine = self._room.engine
                if self._wanted != name or engine is None:
                    return
                try:
                    await engine.start_recording(self._name, name)
                except EngineError as error:
                    if error.problem is EngineProblem.CANNOT_RECORD:
                        logger.warning("conference %s: %s", self._room.id, error)
                        await self._failed(name, RecordingTrouble.CANNOT_RECORD)
                        return
                else:
                    return
            await asyncio.sleep(RETRY_S)
        await self._failed(name, RecordingTrouble.FAILED)

    async def _stop(self) -> None:
        async with self._telling:
            engine = self._room.engine
            if engine is None or self._wanted is not None:
                return
            try:
                await engine.stop_recording(self._name)
            except EngineError as error:
                if error.problem is not EngineProblem.NO_ROOM:
                    logger.warning("conference %s: %s", self._room.id, error)

    async def _check(self, name: str) -> None:
        """The node records what this process has not heard of, or nobody wants any more."""
        await self._room.refresh()
        if self._wanted is None and part_name(self._room.id, self._room.now) != name:
            await self._stop()

    async def _failed(self, name: str, trouble: RecordingTrouble) -> None:
        recording = self._room.now.value.recording
        if self._wanted == name and recording is not None:
            await ask(
                lambda: services.recording_failed(
                    conference_id=self._room.id, number=recording.number, trouble=trouble
                )
            )
