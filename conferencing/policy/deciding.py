"""What becomes of a conference by a command: the one place where that is decided."""

from __future__ import annotations

from datetime import datetime
from typing import assert_never

from conferencing.policy import cameras, rollcall, seating, speaking, subrooms, taping
from conferencing.policy.case import Case, NoError, require
from conferencing.policy.commands import (
    Act,
    AddCameras,
    Admit,
    Announce,
    AnswerRollCall,
    BringUp,
    CallAway,
    Caller,
    CloseRollCall,
    CloseSubRoom,
    Command,
    Decline,
    End,
    Enter,
    GrantFloor,
    Hand,
    Invite,
    Join,
    Leave,
    Lose,
    Microphone,
    Mute,
    MuteAll,
    OpenSubRoom,
    PermitMicrophone,
    Rang,
    Recall,
    RecordingFailed,
    Remove,
    RevokeFloor,
    RingAgain,
    Say,
    SendBack,
    SetRules,
    Spotlight,
    StartRecording,
    StartRollCall,
    StopRecording,
    Tick,
)
from conferencing.policy.conference import (
    CALLED,
    OUT,
    Conference,
    FloorRule,
    Presence,
    SeatRole,
)
from conferencing.policy.rights import role_of
from conferencing.policy.verdict import (
    Closed,
    Decided,
    EndReason,
    Noted,
    Outcome,
    Quieted,
    Refusal,
    Refused,
    RollCalled,
    Said,
    Verdict,
)

SYSTEM = 0
"""Asks for what services know: a lost connection, a page that rings, time that has gone by."""


def opened(
    *, code: str, severity: int, opener: Caller, floor: FloorRule, lobby: bool, now: datetime
) -> Conference:
    """A conference as it begins: its opener is called by itself, and takes the seat when the page is there."""
    seat = seating.seat_for(1, opener, Presence.INVITED, now)
    seat = seat.model_copy(update={"called_at": now, "called_by": 1})
    return Conference(
        code=code, severity=severity, opened_at=now, floor=floor, lobby=lobby, seats=(seat,)
    )


def decide(conference: Conference, command: Command, by: int, now: datetime) -> Verdict:
    """What follows from a command of a seat (or of `SYSTEM`). Changes nothing itself."""
    try:
        require(conference.ended_at is None, Refusal.ENDED)
        if by == SYSTEM:
            return _by_system(conference, command, now)
        return _by_seat(_case(conference, command, by, now), command)
    except NoError as no:
        return no.refused


def _by_system(conference: Conference, command: Command, now: datetime) -> Verdict:
    match command:
        case Enter():
            return seating.enter(conference, command, now)
        case Lose():
            return seating.lose(conference, command.seat, command.connection, now)
        case Rang():
            return seating.rang(conference, command.seat)
        case CallAway():
            return seating.call_away(conference, command.seat, now)
        case RecordingFailed():
            return taping.failed(conference, command.number, command.trouble)
        case Tick():
            return _tick(conference, now)
        case _:
            return Refused(Refusal.NOT_SEATED)


def _case(conference: Conference, command: Command, by: int, now: datetime) -> Case:
    """Who has no seat, or one that was taken away, asks for nothing; who declined may say so again."""
    actor = conference.seat(by)
    if actor is None:
        raise NoError(Refusal.NOT_SEATED)
    again = isinstance(command, Decline) and actor.presence is Presence.DECLINED
    require(actor.presence not in OUT or again, Refusal.NOT_SEATED)
    waits = actor.presence is Presence.WAITING and not isinstance(command, (Join, Leave))
    require(not waits, Refusal.NOT_PRESENT)
    return Case(conference, actor, now)


def _by_seat(case: Case, command: Command) -> Verdict:
    match command:
        case Invite():
            return seating.invite(case, command)
        case AddCameras():
            return cameras.add(case, command)
        case Join():
            return seating.join(case, command.connection)
        case Leave():
            return seating.leave(case, command.connection)
        case Enter() | Lose() | Rang() | CallAway() | RecordingFailed() | Tick():
            return Refused(Refusal.NOT_ALLOWED)
        case _:
            return _act(case, command)


def _act(case: Case, command: Act) -> Decided:
    match command:
        case Hand():
            return speaking.put_hand(case, command)
        case Microphone():
            return speaking.switch_microphone(case, command)
        case GrantFloor():
            return speaking.grant(case, command)
        case RevokeFloor():
            return speaking.revoke(case, command)
        case Mute():
            return speaking.mute(case, command)
        case MuteAll():
            return speaking.mute_all(case)
        case PermitMicrophone():
            return speaking.permit(case, command)
        case Spotlight():
            return speaking.spotlight(case, command)
        case Admit():
            return seating.admit(case, command)
        case Remove():
            return seating.remove(case, command)
        case Recall():
            return seating.recall(case, command)
        case RingAgain():
            return seating.ring_again(case, command)
        case SetRules():
            return _set_rules(case, command)
        case OpenSubRoom():
            return subrooms.open_(case, command)
        case CloseSubRoom():
            return subrooms.close(case, command)
        case BringUp():
            return subrooms.bring_up(case, command)
        case SendBack():
            return subrooms.send_back(case, command)
        case Announce():
            return subrooms.announce(case, command)
        case StartRollCall():
            return rollcall.start(case)
        case AnswerRollCall():
            return rollcall.answer(case)
        case CloseRollCall():
            return rollcall.close(case)
        case StartRecording():
            return taping.start(case)
        case StopRecording():
            return taping.stop(case)
        case Say():
            return _say(case, command)
        case Decline():
            return seating.decline(case)
        case End():
            return _end(case)
        case _:
            assert_never(command)


def _say(case: Case, command: Say) -> Decided:
    case.require_joined()
    return case.changed(case.conference, Said(case.actor.number, command.text))


def _set_rules(case: Case, command: SetRules) -> Decided:
    case.require_chair()
    before = case.conference
    after = before.changed(
        floor=before.floor if command.floor is None else command.floor,
        locked=before.locked if command.locked is None else command.locked,
        lobby=before.lobby if command.lobby is None else command.lobby,
    )
    if after == before:
        return case.unchanged()
    if after.floor is FloorRule.SINGLE:
        after = speaking.one_floor_in_each_room(after)
    return case.changed(after, case.note(Noted.RULES_SET))


def _end(case: Case) -> Decided:
    case.require_chair()
    return case.changed(
        seating.closed(case.conference, case.now),
        *_last_words(case.conference),
        case.note(Noted.ENDED),
        Closed(EndReason.ENDED),
    )


def _tick(conference: Conference, now: datetime) -> Decided:
    ticked = seating.tick(conference, now)
    if ticked.conference.ended_at is None:
        return ticked
    return Decided(ticked.conference, (*_last_words(conference), *ticked.outcomes))


def _last_words(conference: Conference) -> list[Outcome]:
    """What the end itself brings about: nothing rings any more, a roll call under way is on record, a recording is over."""
    called = tuple(seat.number for seat in conference.at(CALLED))
    found: list[Outcome] = [Quieted(called)] if called else []
    call = conference.roll_call
    if call is not None:
        found.append(RollCalled(call, rollcall.record_of(conference, call)))
    return [*found, *taping.last_words(conference)]


def chair_of(conference: Conference) -> int | None:
    """The seat that the layout `chair` shows: the first chair in the room."""
    chairs = (
        seat
        for seat in conference.at({Presence.JOINED})
        if role_of(conference, seat) is SeatRole.CHAIR
    )
    return next((seat.number for seat in chairs), None)
