"""The life of an alarm, as in ISA-18.2 (IEC 62682). Pure functions over an alarm's flags.

Two flags stand alone: active/cleared × unacknowledged/acknowledged. A condition that latches stays after it
has cleared until somebody resets it. Three things keep an alarm from being annunciated, each by itself:
shelved by a person for a time, its device out of service, suppressed by design while a cause is active. It
lives on meanwhile; when the last of them ends, whatever is still active wants an acknowledgement anew.

An alarm is open while it is active, unacknowledged, latched or shelved, and closed for good when it is none
of these. That a shelved one stays open is what keeps the shelf on the condition and not on the occurrence:
a re-occurrence, a graver one too, stays shelved. The alarm service loads the open alarm of (device,
condition), applies an effect and publishes it.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

from iot_bridge.rules.conditions import spec_of
from iot_bridge.rules.evaluate import Clear, Decision, Settle


class Effect(StrEnum):
    """What happens to the alarm; with `alarm.` before it, the feed event's kind."""

    RAISED = "raised"
    REPEATED = "repeated"
    SETTLED = "settled"
    CLEARED = "cleared"
    ACKNOWLEDGED = "acknowledged"
    RESET = "reset"
    SHELVED = "shelved"
    UNSHELVED = "unshelved"
    OUT_OF_SERVICE = "out_of_service"
    IN_SERVICE = "in_service"
    SUPPRESSED = "suppressed"
    UNSUPPRESSED = "unsuppressed"
    ASSIGNED = "assigned"
    COMMENTED = "commented"
    REMINDED = "reminded"
    ESCALATED = "escalated"
    CLOSED = "closed"


class Refusal(StrEnum):
    """Why a step is not possible now."""

    CLOSED = "alarm_closed"
    STILL_ACTIVE = "alarm_still_active"
    NOT_LATCHED = "alarm_not_latched"
    NOT_SHELVED = "alarm_not_shelved"
    NEVER_SHELVED = "alarm_never_shelved"
    GRAVE = "alarm_grave"
    UNCONFIRMED = "alarm_unconfirmed"


class RefusedError(Exception):
    """The alarm's state does not allow this step."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal)
        self.refusal = refusal


@dataclass(frozen=True, slots=True)
class AlarmFlags:
    """The part of an alarm its life depends on.

    `latching`: its condition latches; `latched`: it has cleared and waits for its reset. `announced`: it was
    annunciated at some time, so that somebody may have seen it.
    """

    active: bool
    acknowledged: bool
    count: int
    latching: bool = False
    latched: bool = False
    shelved: bool = False
    out_of_service: bool = False
    suppressed: bool = False
    announced: bool = False

    @property
    def open(self) -> bool:
        """Whether it is still on the lists."""
        return self.active or not self.acknowledged or self.latched or self.shelved

    @property
    def annunciated(self) -> bool:
        """Whether it may stand in the active queue, sound and be escalated."""
        return not (self.shelved or self.out_of_service or self.suppressed)


@dataclass(frozen=True, slots=True)
class Transition:
    """What happens and the flags after it."""

    effect: Effect
    flags: AlarmFlags


def decide(current: AlarmFlags | None, decision: Decision) -> Transition | None:
    """Apply a rule's decision to the open alarm of its condition, or to none. None: it changes nothing."""
    if isinstance(decision, Clear):
        if decision.folded:
            return _fold(current)
        return None if current is None or not current.active else _clear(current)
    if isinstance(decision, Settle):
        counted = (
            None if current is None else replace(current, count=current.count + decision.times)
        )
        return None if counted is None else Transition(Effect.SETTLED, counted)
    if current is None or not current.open:
        flags = AlarmFlags(
            active=True, acknowledged=False, count=decision.times, latching=decision.latched
        )
        return Transition(Effect.RAISED, flags)
    again = replace(
        current,
        active=True,
        acknowledged=current.acknowledged and current.active,
        latching=decision.latched,
        latched=False,
        count=current.count + decision.times,
    )
    return Transition(Effect.REPEATED, again)


def settle(flags: AlarmFlags) -> AlarmFlags:
    """The flags at the end of a transaction: what is annunciated by then, somebody may have seen."""
    return replace(flags, announced=flags.announced or flags.annunciated)


def acknowledge(current: AlarmFlags, condition: str) -> Transition | None:
    """Somebody has seen it. What nothing else keeps closes; so does one that clears by being seen.

    None: somebody had before.
    """
    if current.acknowledged:
        return None
    active = current.active and not spec_of(condition).clears_with_ack
    ended = current.active and not active
    flags = replace(
        current,
        active=active,
        acknowledged=True,
        latched=current.latched or (ended and current.latching),
    )
    return _or_closed(Effect.ACKNOWLEDGED, flags)


def reset(current: AlarmFlags) -> Transition:
    """Somebody has seen that the equipment is in order again. Raises RefusedError before it has cleared."""
    _must_be_open(current)
    if current.active:
        raise RefusedError(Refusal.STILL_ACTIVE)
    if not current.latched:
        raise RefusedError(Refusal.NOT_LATCHED)
    return _or_closed(Effect.RESET, replace(current, latched=False))


def shelve(
    current: AlarmFlags, condition: str, *, severity: int, grave: bool, confirmed: bool
) -> Transition:
    """Put it aside, or change for how long.

    Severity 1 wants somebody who may (`grave`) and who says so twice (`confirmed`); a person's call for help
    is never shelved. Raises RefusedError.
    """
    _must_be_open(current)
    if spec_of(condition).person:
        raise RefusedError(Refusal.NEVER_SHELVED)
    if severity == 1 and not grave:
        raise RefusedError(Refusal.GRAVE)
    if severity == 1 and not confirmed:
        raise RefusedError(Refusal.UNCONFIRMED)
    return Transition(Effect.SHELVED, replace(current, shelved=True))


def unshelve(current: AlarmFlags) -> Transition:
    """Take it up again, by hand or because its time is over. Raises RefusedError when it is not shelved."""
    if not current.shelved:
        raise RefusedError(Refusal.NOT_SHELVED)
    return _released(Effect.UNSHELVED, current, replace(current, shelved=False))


def put_out_of_service(current: AlarmFlags, out: bool) -> Transition | None:
    """Its device goes out of service, or comes back. None: it is so already."""
    if current.out_of_service == out:
        return None
    after = replace(current, out_of_service=out)
    if out:
        return Transition(Effect.OUT_OF_SERVICE, after)
    return _released(Effect.IN_SERVICE, current, after)


def suppress(current: AlarmFlags, suppressed: bool) -> Transition | None:
    """A cause that explains it begins, or ends. None: it is so already."""
    if current.suppressed == suppressed:
        return None
    after = replace(current, suppressed=suppressed)
    if suppressed:
        return Transition(Effect.SUPPRESSED, after)
    return _released(Effect.UNSUPPRESSED, current, after)


def _must_be_open(current: AlarmFlags) -> None:
    if not current.open:
        raise RefusedError(Refusal.CLOSED)


def _clear(current: AlarmFlags) -> Transition:
    return _or_closed(Effect.CLEARED, replace(current, active=False, latched=current.latching))


def _fold(current: AlarmFlags | None) -> Transition | None:
    """It became part of another alarm: whoever acknowledges that one has seen it. A shelf stays."""
    if current is None or not current.open:
        return None
    return _or_closed(
        Effect.CLEARED, replace(current, active=False, acknowledged=True, latched=False)
    )


def _released(effect: Effect, before: AlarmFlags, after: AlarmFlags) -> Transition:
    """Annunciated again: what is active wants to be seen anew; what came and went unannounced is over."""
    if after.annunciated and not before.annunciated:
        if after.active:
            after = replace(after, acknowledged=False)
        elif not after.announced and not after.latched:
            after = replace(after, acknowledged=True)
    return _or_closed(effect, after)


def _or_closed(effect: Effect, flags: AlarmFlags) -> Transition:
    return Transition(effect if flags.open else Effect.CLOSED, flags)
