"""The life of a command. Pure: values and `now` in, values out; times in epoch ms of the server.

queued → sent → succeeded, refused or failed (the device answered), unknown (it did not);
queued → expired (it never left, so it surely was not carried out) or failed (it could not be put in words).

`sent` is committed before the message leaves, so a bridge that dies in between leaves a command that ends as
unknown: it is never sent a second time. A late answer is still the truth, and turns unknown into what it says.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from iot_bridge.protocol.actions import CommandResult

GRACE_MS = 3_000
"""How long after its expiry a command waits for the answer that is on its way."""


class CommandState(StrEnum):
    """Where a command is in its life."""

    QUEUED = "queued"
    SENT = "sent"
    SUCCEEDED = "succeeded"
    REFUSED = "refused"
    FAILED = "failed"
    EXPIRED = "expired"
    UNKNOWN = "unknown"


PENDING = frozenset({CommandState.QUEUED, CommandState.SENT})
_ANSWERED = {
    CommandResult.DONE: CommandState.SUCCEEDED,
    CommandResult.REFUSED: CommandState.REFUSED,
    CommandResult.FAILED: CommandState.FAILED,
}


class ReplyFault(StrEnum):
    """Why a reply is not taken; the text of a dead letter."""

    NO_SUCH_COMMAND = "no such command of this device"
    WRONG_NONCE = "the nonce is not the command's"
    NEVER_SENT = "the command was never sent"
    CONTRADICTS = "it was answered otherwise before"


@dataclass(frozen=True, slots=True)
class Life:
    """What of a command decides about its future. `result` is the device's answer, if there was one."""

    state: CommandState
    nonce: str
    expires_ms: int
    result: CommandResult | None = None
    late: bool = False

    @property
    def pending(self) -> bool:
        """Whether it is still on its way."""
        return self.state in PENDING


def send(life: Life, *, now_ms: int) -> Life:
    """It is about to be published, unless its time is over."""
    if life.state is not CommandState.QUEUED:
        return life
    over = now_ms >= life.expires_ms
    return replace(life, state=CommandState.EXPIRED if over else CommandState.SENT)


def settle(life: Life, *, now_ms: int) -> Life:
    """Time goes by: what never left expires; what was sent and not answered ends as unknown."""
    if life.state is CommandState.QUEUED and now_ms >= life.expires_ms:
        return replace(life, state=CommandState.EXPIRED)
    if life.state is CommandState.SENT and now_ms >= life.expires_ms + GRACE_MS:
        return replace(life, state=CommandState.UNKNOWN)
    return life


def seen(life: Life, *, result: CommandResult, now_ms: int) -> Life:
    """What a maker's device reports shows what became of the command. Only of one that is on its way, and in time."""
    if life.state is not CommandState.SENT or now_ms >= life.expires_ms + GRACE_MS:
        return life
    return replace(life, state=_ANSWERED[result], result=result)


def answer(life: Life, *, nonce: str, result: CommandResult, now_ms: int) -> Life | ReplyFault:
    """A reply of the device that the command was for. A repeated one changes nothing."""
    if nonce != life.nonce:
        return ReplyFault.WRONG_NONCE
    if life.result is not None:
        return life if life.result is result else ReplyFault.CONTRADICTS
    if life.state not in (CommandState.SENT, CommandState.UNKNOWN):
        return ReplyFault.NEVER_SENT
    late = now_ms >= life.expires_ms + GRACE_MS
    return replace(life, state=_ANSWERED[result], result=result, late=late)
