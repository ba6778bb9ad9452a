"""What each command of a conference does, for each of the three levels."""

import pytest

from conferencing.policy.commands import (
    Act,
    Admit,
    AnswerRollCall,
    CallAway,
    CloseRollCall,
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
    PermitMicrophone,
    Rang,
    Recall,
    Remove,
    RevokeFloor,
    RingAgain,
    Say,
    SetRules,
    Spotlight,
    StartRollCall,
    Tick,
)
from conferencing.policy.conference import Conference, FloorRule, Presence, SeatRole
from conferencing.policy.deciding import SYSTEM, chair_of
from conferencing.policy.rights import is_heard, may_speak, role_of, sees
from conferencing.policy.verdict import (
    Attendance,
    Called,
    Closed,
    EndReason,
    Note,
    Noted,
    Quieted,
    Refusal,
    RollCalled,
    Said,
)
from tests.support.rooms import (
    CHAIR,
    CHAIR2,
    GUEST,
    NEWCOMER,
    OTHER,
    PATROL,
    PEOPLE,
    TOWN,
    TOWN2,
    VILLAGE,
    VILLAGE_B,
    Room,
    full_room,
)


def test_roles_follow_level_and_jurisdiction() -> None:
    room = full_room()
    roles = [role_of(room.value, room.seat(who)) for who in PEOPLE]
    chair, moderator, rest = SeatRole.CHAIR, SeatRole.MODERATOR, SeatRole.PARTICIPANT
    assert roles == [chair, chair, moderator, moderator, rest, rest, rest, rest]


def test_a_conference_is_written_and_read_as_json() -> None:
    room = full_room()
    room.do(StartRollCall(), CHAIR)
    room.do(AnswerRollCall(), VILLAGE)
    assert Conference.model_validate_json(room.value.model_dump_json()) == room.value


def test_calling_ringing_answering_and_no_answer() -> None:
    room = Room()
    decided = room.do(Invite(people=(TOWN, VILLAGE, OTHER)), CHAIR)
    assert decided.outcomes[0] == Called((2, 3, 4))
    room.do(Rang(seat=2), SYSTEM)
    assert room.seat(TOWN).presence is Presence.RINGING
    room.join(CHAIR, TOWN)
    room.do(Decline(), VILLAGE)
    room.wait(seconds=44)
    assert room.do(Tick(), SYSTEM).outcomes == ()
    room.wait(seconds=2)
    decided = room.do(Tick(), SYSTEM)
    assert decided.outcomes == (Quieted((4,)), Note(Noted.NO_ANSWER, None, 4))
    assert [seat.presence for seat in room.value.seats] == [
        "joined",
        "joined",
        "declined",
        "no_answer",
    ]
    room.do(RingAgain(seat=4), CHAIR)
    room.do(Recall(seat=4), CHAIR)
    assert room.refusal(Join(connection="x"), OTHER) is Refusal.NOT_SEATED


def test_whom_one_may_call() -> None:
    room = Room()
    room.do(Invite(people=(TOWN,)), CHAIR)
    room.join(CHAIR, TOWN)
    assert room.refusal(Invite(people=(OTHER,)), TOWN) is Refusal.OUTSIDE
    room.do(Invite(people=(VILLAGE,)), TOWN)
    room.join(VILLAGE)
    assert room.refusal(Invite(people=(VILLAGE_B,)), VILLAGE) is Refusal.NOT_ALLOWED
    assert room.do(Invite(people=(VILLAGE,)), CHAIR).outcomes == ()


def test_who_comes_without_a_call_waits_in_the_lobby_and_is_admitted_by_its_township() -> None:
    room = full_room(lobby=True)
    room.enter(NEWCOMER)
    number = room.seat(NEWCOMER).number
    assert room.seat(NEWCOMER).presence is Presence.WAITING
    assert room.refusal(Say(text="x"), NEWCOMER) is Refusal.NOT_PRESENT
    assert room.refusal(Admit(seat=number), TOWN) is Refusal.NO_SEAT  # not known to it at all
    newcomer = room.seat(NEWCOMER)
    assert [seat for seat in room.value.seats if sees(room.value, newcomer, seat)] == [newcomer]
    room.do(Admit(seat=number), TOWN2)
    assert room.seat(NEWCOMER).presence is Presence.JOINED


def test_who_left_knocks_again_where_there_is_a_lobby_also_at_a_locked_room() -> None:
    room = full_room(lobby=True)
    room.do(SetRules(locked=True), CHAIR)
    room.do(Leave(), VILLAGE)
    room.join(VILLAGE)
    assert room.seat(VILLAGE).presence is Presence.WAITING
    room.do(Admit(seat=5), TOWN)
    assert room.seat(VILLAGE).presence is Presence.JOINED


def test_a_guest_comes_in_as_the_link_says_and_does_not_pass_a_lock() -> None:
    room = full_room()
    room.enter(GUEST, lobby=True)
    assert room.seat(GUEST).presence is Presence.WAITING
    room.do(Lose(seat=9, connection="cNone"), SYSTEM)
    room.enter(GUEST, lobby=False)
    assert room.seat(GUEST).presence is Presence.JOINED
    assert role_of(room.value, room.seat(GUEST)) is SeatRole.PARTICIPANT
    assert room.refusal(RingAgain(seat=9), CHAIR) is Refusal.WRONG_STATE
    room.do(Leave(), GUEST)
    room.do(SetRules(locked=True), CHAIR)
    room.enter(GUEST, lobby=False)
    assert room.seat(GUEST).presence is Presence.WAITING
    room.do(Remove(seat=9), CHAIR)
    assert room.refusal(Enter(who=GUEST, connection="x"), SYSTEM) is Refusal.NOT_SEATED


def test_a_locked_room_takes_only_the_called_and_chairs() -> None:
    room = Room()
    room.do(Invite(people=(VILLAGE, OTHER)), CHAIR)
    room.join(CHAIR, OTHER)
    room.do(SetRules(locked=True), CHAIR)
    room.join(VILLAGE)
    room.do(Leave(), OTHER)
    assert room.refusal(Join(connection="x"), OTHER) is Refusal.LOCKED
    assert room.refusal(Enter(who=NEWCOMER, connection="x"), SYSTEM) is Refusal.LOCKED
    room.enter(CHAIR2)
    assert room.seat(CHAIR2).presence is Presence.JOINED


def test_the_floor_is_asked_for_granted_and_revoked() -> None:
    room = full_room()
    assert not may_speak(room.value, room.seat(VILLAGE))
    assert room.refusal(Microphone(on=True), VILLAGE) is Refusal.FLOOR_NEEDED
    room.do(Hand(up=True), VILLAGE)
    room.do(GrantFloor(seat=5), TOWN)
    assert is_heard(room.value, room.seat(VILLAGE))
    assert room.seat(VILLAGE).hand_at is None
    assert room.refusal(GrantFloor(seat=5), TOWN2) is Refusal.NOT_RULED
    room.do(RevokeFloor(seat=5), VILLAGE)
    assert not is_heard(room.value, room.seat(VILLAGE))


def test_who_did_not_ask_is_not_put_on_the_air() -> None:
    room = full_room()
    room.do(GrantFloor(seat=5), CHAIR)
    assert may_speak(room.value, room.seat(VILLAGE))
    assert not is_heard(room.value, room.seat(VILLAGE))
    room.do(Microphone(on=True), VILLAGE)
    assert is_heard(room.value, room.seat(VILLAGE))


def test_a_single_floor_passes_on_and_a_moderator_does_not_take_it_from_others() -> None:
    room = full_room(floor=FloorRule.SINGLE)
    room.do(GrantFloor(seat=5), CHAIR)
    assert room.refusal(GrantFloor(seat=7), TOWN2) is Refusal.FLOOR_TAKEN
    room.do(GrantFloor(seat=6), TOWN)
    assert [seat.number for seat in room.value.seats if seat.floor] == [6]


def test_muted_by_the_chair_means_muted_until_the_chair_permits() -> None:
    room = full_room(floor=FloorRule.OPEN)
    assert is_heard(room.value, room.seat(VILLAGE))
    room.do(Mute(seat=5), CHAIR)
    assert room.refusal(Microphone(on=True), VILLAGE) is Refusal.MUTED
    assert room.refusal(PermitMicrophone(seat=5), TOWN) is Refusal.NOT_RULED
    assert room.refusal(GrantFloor(seat=5), TOWN) is Refusal.MUTED
    room.do(Leave(), VILLAGE)
    room.join(VILLAGE)
    assert not is_heard(room.value, room.seat(VILLAGE))
    room.do(PermitMicrophone(seat=5), CHAIR)
    assert not is_heard(room.value, room.seat(VILLAGE))
    room.do(Microphone(on=True), VILLAGE)
    assert is_heard(room.value, room.seat(VILLAGE))


def test_mute_all_reaches_whom_one_rules() -> None:
    room = full_room(floor=FloorRule.OPEN)
    room.do(MuteAll(), TOWN)
    assert {seat.number for seat in room.value.seats if seat.muted_by} == {5, 6, 8}
    room.do(MuteAll(), CHAIR)
    assert {seat.number for seat in room.value.seats if seat.muted_by} == {3, 4, 5, 6, 7, 8}
    assert room.seat(VILLAGE).muted_by is SeatRole.CHAIR


def test_a_moderator_rules_its_own_subtree_only() -> None:
    room = full_room()
    for command in (Mute, Remove, Admit, GrantFloor, RevokeFloor, PermitMicrophone, Spotlight):
        assert room.refusal(command(seat=7), TOWN) is Refusal.NOT_RULED, command
        assert room.refusal(command(seat=1), TOWN) is Refusal.NOT_RULED, command
        assert room.refusal(command(seat=7), PATROL) is Refusal.NOT_ALLOWED, command
    for act in (SetRules(locked=True), End()):
        assert room.refusal(act, TOWN) is Refusal.NOT_ALLOWED


def test_whom_the_chair_put_out_the_moderator_does_not_call_back() -> None:
    room = full_room()
    room.do(Remove(seat=5), CHAIR)
    assert room.refusal(RingAgain(seat=5), TOWN) is Refusal.NOT_RULED
    assert room.refusal(Invite(people=(VILLAGE,)), TOWN) is Refusal.NOT_RULED
    assert room.refusal(Join(connection="x"), VILLAGE) is Refusal.NOT_SEATED
    assert room.refusal(Enter(who=VILLAGE, connection="x"), SYSTEM) is Refusal.NOT_SEATED
    room.do(RingAgain(seat=5), CHAIR)
    room.join(VILLAGE)


def test_a_lost_connection_keeps_the_seat_and_the_floor() -> None:
    room = full_room()
    room.do(Hand(up=True), VILLAGE)
    room.do(GrantFloor(seat=5), CHAIR)
    room.do(Lose(seat=5, connection="an older one"), SYSTEM)
    assert room.seat(VILLAGE).presence is Presence.JOINED
    room.do(Lose(seat=5, connection="c5"), SYSTEM)
    assert room.seat(VILLAGE).presence is Presence.AWAY
    room.wait(minutes=4)
    room.do(Tick(), SYSTEM)
    room.join(VILLAGE)
    assert room.seat(VILLAGE).floor
    room.do(Lose(seat=5, connection="c5"), SYSTEM)
    room.wait(minutes=5)
    room.do(Tick(), SYSTEM)
    assert room.seat(VILLAGE).presence is Presence.LEFT
    assert not room.seat(VILLAGE).floor


def test_a_second_page_takes_the_seat_over() -> None:
    room = full_room()
    room.do(Join(connection="new"), VILLAGE)
    assert room.seat(VILLAGE).connection == "new"
    assert room.do(Leave(connection="c5"), VILLAGE).outcomes == ()
    assert room.seat(VILLAGE).presence is Presence.JOINED


def test_spotlight_of_the_room_and_of_a_township() -> None:
    room = full_room()
    room.do(Spotlight(seat=5), TOWN)
    assert room.refusal(Spotlight(seat=7), TOWN2) is Refusal.NOT_RULED
    room.do(Spotlight(seat=7), CHAIR)
    assert room.refusal(Spotlight(seat=5), TOWN) is Refusal.NOT_RULED
    room.do(Leave(), OTHER)
    assert room.value.spotlight is None


def test_a_roll_call_tells_present_late_and_absent() -> None:
    room = full_room()
    room.do(Leave(), OTHER)
    room.do(StartRollCall(), CHAIR)
    assert room.refusal(StartRollCall(), TOWN) is Refusal.WRONG_STATE
    room.wait(seconds=30)
    room.do(AnswerRollCall(), TOWN)
    room.wait(seconds=31)
    room.do(AnswerRollCall(), VILLAGE)
    room.do(AnswerRollCall(), VILLAGE)
    assert room.refusal(AnswerRollCall(), CHAIR2) is Refusal.WRONG_STATE
    assert room.refusal(CloseRollCall(), TOWN) is Refusal.NOT_RULED
    done = next(o for o in room.do(CloseRollCall(), CHAIR).outcomes if isinstance(o, RollCalled))
    kinds = {line.seat: line.attendance for line in done.lines}
    assert kinds[3] is Attendance.PRESENT
    assert kinds[5] is Attendance.LATE
    assert {seat for seat, kind in kinds.items() if kind is Attendance.ABSENT} == {4, 6, 7, 8}


def test_chat_is_for_who_is_in_the_room() -> None:
    room = full_room()
    assert room.do(Say(text="到了"), VILLAGE).outcomes == (Said(5, "到了"),)
    room.do(Lose(seat=5, connection="c5"), SYSTEM)
    assert room.refusal(Say(text="x"), VILLAGE) is Refusal.NOT_PRESENT


def test_the_end_by_a_chair_and_of_an_empty_room() -> None:
    room = full_room()
    room.do(StartRollCall(), CHAIR)
    outcomes = room.do(End(), CHAIR2).outcomes
    assert outcomes[-1] == Closed(EndReason.ENDED)
    assert any(isinstance(outcome, RollCalled) for outcome in outcomes)
    assert room.refusal(Say(text="x"), CHAIR) is Refusal.ENDED
    empty = Room().join(CHAIR)
    empty.do(Leave(), CHAIR)
    empty.do(Tick(), SYSTEM)
    empty.wait(minutes=2)
    assert empty.do(Tick(), SYSTEM).outcomes[-1] == Closed(EndReason.EMPTY)


def test_called_away_by_a_graver_conference() -> None:
    room = full_room()
    assert room.do(CallAway(seat=5), SYSTEM).outcomes == (Note(Noted.CALLED_AWAY, None, 5),)
    assert room.seat(VILLAGE).presence is Presence.LEFT
    room.join(VILLAGE)


def test_the_chair_that_a_layout_shows() -> None:
    room = full_room()
    assert chair_of(room.value) == 1
    room.do(Leave(), CHAIR)
    assert chair_of(room.value) == 2


@pytest.mark.parametrize(
    "command",
    [Hand(up=True), Mute(seat=5), End(), Say(text="x"), StartRollCall(), Decline(), Remove(seat=5)],
)
def test_a_stranger_is_refused(command: Act) -> None:
    assert full_room().refusal(command, NEWCOMER) is Refusal.NOT_SEATED
