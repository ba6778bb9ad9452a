"""How a simulated device takes commands, as the protocol asks for: each once, in time, and answered. Pure."""

from __future__ import annotations

import random
import zlib
from dataclasses import dataclass

from pydantic import ValidationError

from iot_bridge.protocol.actions import ACTIONS, CommandResult, DeviceAction
from iot_bridge.protocol.messages import CommandMessage, ReplyMessage
from iot_bridge.simulator.cast import Player

AHEAD_MS = 60_000
"""A command from further in the future says that this device's clock is wrong."""
STUBBORN_IN = 9
"""One device in so many is in maintenance and refuses to be opened or reset."""
_DELAY_S = (0.3, 1.8)


@dataclass(frozen=True, slots=True)
class Answer:
    """What the device answers, after how many seconds, and what it did (None: nothing)."""

    reply: ReplyMessage
    after_s: float
    done: DeviceAction | None = None


def is_stubborn(device_id: str) -> bool:
    """Whether a device refuses; the same one in every run."""
    return zlib.crc32(device_id.encode()) % STUBBORN_IN == 0


class Obedience:
    """One device's. It remembers nonces until their commands have expired."""

    def __init__(self, player: Player, chance: random.Random) -> None:
        self._player = player
        self._chance = chance
        self._seen: dict[str, int] = {}

    def hear(self, payload: bytes, now_ms: int) -> Answer | None:
        """Take a message of `cmd`; None if it is no command, which nobody can answer."""
        try:
            command = CommandMessage.model_validate_json(payload, strict=False)
        except ValidationError:
            return None
        why = self._objection(command, now_ms)
        self._seen = {nonce: until for nonce, until in self._seen.items() if until >= now_ms}
        self._seen[command.nonce] = command.expires_at
        result = CommandResult.REFUSED if why else CommandResult.DONE
        reply = ReplyMessage(
            command_id=command.command_id, nonce=command.nonce, result=result, detail=why
        )
        done = None if why else command.action
        return Answer(reply, self._chance.uniform(*_DELAY_S), done)

    def _objection(self, command: CommandMessage, now_ms: int) -> str | None:
        if command.nonce in self._seen:
            return "repeated"
        if now_ms >= command.expires_at:
            return "expired"
        if command.issued_at > now_ms + AHEAD_MS:
            return "clock_wrong"
        if command.action not in ACTIONS[self._player.kind]:
            return "unknown_action"
        if command.action is not DeviceAction.REQUEST_STATE and is_stubborn(self._player.id):
            return "maintenance"
        return None
