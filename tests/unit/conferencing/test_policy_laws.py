"""What holds in every conference, whatever is asked of it in whatever order."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from conferencing.policy.audience import perceives, rooms_of
from conferencing.policy.commands import (
    ACTS,
    Act,
    Admit,
    Announce,
    AnswerRollCall,
    BringUp,
    CallAway,
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
    OUT,
    PRESENT,
    Conference,
    FloorRule,
    Presence,
    Seat,
    SeatRole,
)
from conferencing.policy.deciding import SYSTEM, decide
from conferencing.policy.rights import RANK, is_heard, may_speak, role_of, rules_over
from conferencing.policy.verdict import Decided, Refused
from tests.support.city import EAST, SOUTH
from tests.support.rooms import CHAIR, GUEST, NEWCOMER, PEOPLE, Room

SEATS = st.integers(1, 10)
CONNECTIONS = st.sampled_from([f"c{n}" for n in range(1, 6)])
ACT: st.SearchStrategy[Act] = st.one_of(
    st.builds(Hand, up=st.booleans()),
    st.builds(Microphone, on=st.booleans()),
    *(
        st.builds(kind, seat=SEATS)
        for kind in (
            GrantFloor,
            RevokeFloor,
            Mute,
            PermitMicrophone,
            Admit,
            Remove,
            Recall,
            RingAgain,
            BringUp,
            SendBack,
        )
    ),
    *(
        st.builds(kind, code=st.sampled_from([None, EAST.code, SOUTH.code]))
        for kind in (OpenSubRoom, OpenSubRoom, CloseSubRoom)
    ),
    st.builds(Announce, on=st.booleans()),
    st.builds(Spotlight, seat=st.one_of(st.none(), SEATS)),
    st.builds(
        SetRules,
        floor=st.one_of(st.none(), st.sampled_from(FloorRule)),
        locked=st.one_of(st.none(), st.booleans()),
        lobby=st.one_of(st.none(), st.booleans()),
    ),
    st.sampled_from(
        [
            MuteAll(),
            StartRollCall(),
            AnswerRollCall(),
            CloseRollCall(),
            Decline(),
            Say(text="x"),
            StartRecording(),
            StopRecording(),
        ]
    ),
)
BY_SEAT: st.SearchStrategy[Command] = st.one_of(
    ACT,
    ACT,
    st.builds(Join, connection=CONNECTIONS),
    st.builds(Join, connection=CONNECTIONS),
    st.builds(Leave, connection=st.one_of(st.none(), CONNECTIONS)),
    st.builds(Invite, people=st.tuples(st.sampled_from((*PEOPLE, NEWCOMER)))),
)
BY_SYSTEM: st.SearchStrategy[Command] = st.one_of(
    st.builds(
        Enter,
        who=st.sampled_from((*PEOPLE, NEWCOMER, GUEST)),
        connection=CONNECTIONS,
        lobby=st.one_of(st.none(), st.booleans()),
    ),
    st.builds(Lose, seat=SEATS, connection=CONNECTIONS),
    st.builds(Rang, seat=SEATS),
    st.builds(CallAway, seat=SEATS),
    st.just(Tick()),
)
STEPS = st.lists(
    st.tuples(
        st.one_of(
            st.tuples(SEATS, BY_SEAT),
            st.tuples(SEATS, BY_SEAT),
            st.tuples(st.just(SYSTEM), BY_SYSTEM),
        ),
        st.sampled_from([0, 1, 20, 50, 200]),
    ),
    min_size=20,
    max_size=40,
)


def begun() -> Room:
    room = Room()
    room.do(Invite(people=PEOPLE[1:]), CHAIR)
    return room


@settings(max_examples=150, deadline=None)
@given(STEPS)
def test_the_laws_of_a_conference(steps: list[tuple[tuple[int, Command], int]]) -> None:
    room = begun().join(*PEOPLE[:7])
    for (by, command), seconds in steps:
        room.wait(seconds=seconds)
        before = room.value
        verdict = decide(before, command, by, room.now)
        if isinstance(verdict, Refused):
            continue
        after = verdict.conference
        sound(after)
        nobody_is_ruled_from_outside(before, verdict, command, by)
        a_mute_from_above_lasts(before, after, command, by)
        nobody_is_overheard(after)
        only_a_chair_brings_up(before, after, by)
        room.value = after
        again = decide(after, command, by, room.now)
        if isinstance(again, Decided) and not isinstance(command, (Say, Invite, StartRollCall)):
            assert again.conference == after, f"{command} twice"


def sound(conference: Conference) -> None:
    """What is true of every single state."""
    numbers = [seat.number for seat in conference.seats]
    assert numbers == sorted(set(numbers))
    who = [(seat.user, seat.guest) for seat in conference.seats]
    assert len(who) == len(set(who))
    if conference.floor is FloorRule.SINGLE:
        for room in ("", EAST.code, SOUTH.code):
            there = [seat for seat in conference.seats if room in rooms_of(conference, seat)]
            assert sum(seat.floor for seat in there) <= 1, "two hold a single floor"
    for seat in conference.seats:
        if seat.presence not in PRESENT:
            assert not seat.floor
            assert seat.hand_at is None
            assert not seat.raised
            assert not may_speak(conference, seat)
        if seat.presence not in {Presence.JOINED, Presence.WAITING}:
            assert seat.connection == ""
        if seat.muted_by is not None:
            assert not is_heard(conference, seat)
            assert not seat.floor
    if conference.spotlight is not None:
        shown = conference.seat(conference.spotlight)
        assert shown is not None
        assert shown.presence in PRESENT
    if conference.ended_at is not None:
        assert not conference.at(PRESENT)


def nobody_is_ruled_from_outside(
    before: Conference, verdict: Decided, command: Command, by: int
) -> None:
    """A seat that a command changes is one's own, or ruled, or called within one's subtree."""
    if by == SYSTEM:
        return
    actor = before.seat(by)
    assert actor is not None, "a stranger changed something"
    assert actor.presence not in OUT or isinstance(command, Decline)
    for seat in verdict.conference.seats:
        old = before.seat(seat.number)
        if old == seat or seat.number == by:
            continue
        if isinstance(command, (Invite, RingAgain, Recall)):
            chair = role_of(before, actor) is SeatRole.CHAIR
            assert chair or seat.code.startswith(actor.code), f"{command} by {by}"
        elif isinstance(command, (SetRules, End, Announce)):
            assert role_of(before, actor) is SeatRole.CHAIR
        else:
            assert rules_over(before, actor, seat), f"{command} by {by} changes {seat.number}"
        if role_of(before, actor) is not SeatRole.CHAIR:
            assert seat.code.startswith(actor.code), f"{command} by {by} reaches {seat.code}"
            assert actor.commands, f"{command} by {by}, who takes part only"


def a_mute_from_above_lasts(
    before: Conference, after: Conference, command: Command, by: int
) -> None:
    """Only who rules the seat, and ranks as high as who muted it, lifts it."""
    for old in before.seats:
        new = after.seat(old.number)
        assert new is not None
        if old.muted_by is None or new.muted_by is not None:
            continue
        actor = before.seat(by)
        assert actor is not None
        assert isinstance(command, (PermitMicrophone, GrantFloor))
        assert rules_over(before, actor, old)
        assert RANK[role_of(before, actor)] >= RANK[old.muted_by]
        assert not is_heard(after, new), "lifting a mute is not opening the microphone"


def nobody_is_overheard(conference: Conference) -> None:
    """Whose pictures and voice one gets: of one's own group, of who was brought up, of a chair that announces."""
    divided = {room.code for room in conference.sub_rooms}

    def group(seat: Seat) -> str:
        chairs = seat.commands and seat.code == conference.code
        return seat.code[:9] if seat.code[:9] in divided and not chairs else ""

    for receiver in conference.seats:
        ear = "" if receiver.raised else group(receiver)
        for source in conference.seats:
            if not perceives(conference, receiver, source):
                continue
            brought_up = source.raised and ear == ""
            announces = conference.announcing == source.number and ear in divided
            assert group(source) == ear or brought_up or announces


def only_a_chair_brings_up(before: Conference, after: Conference, by: int) -> None:
    """A township opens and closes its own room; whom the whole hears of it is the chair's to say."""
    actor = before.seat(by)
    chairs = actor is not None and role_of(before, actor) is SeatRole.CHAIR
    for seat in after.seats:
        old = before.seat(seat.number)
        assert chairs or not seat.raised or (old is not None and old.raised)
    changed = {room.code for room in before.sub_rooms} ^ {room.code for room in after.sub_rooms}
    if changed and after.ended_at is None:
        assert actor is not None
        assert chairs or changed == {actor.code}


@given(st.integers(11, 500), BY_SEAT)
def test_every_command_of_a_stranger_is_refused(number: int, command: Command) -> None:
    assert isinstance(decide(begun().value, command, number, begun().now), Refused)


@given(SEATS, BY_SYSTEM)
def test_what_only_the_system_knows_nobody_says(number: int, command: Command) -> None:
    assert isinstance(decide(begun().value, command, number, begun().now), Refused)


def test_every_act_is_drawn() -> None:
    """The laws are held against all commands that a person can send."""
    assert {Hand, Microphone, GrantFloor, RevokeFloor, Mute, MuteAll, PermitMicrophone, Spotlight,
            Admit, Remove, Recall, RingAgain, SetRules, StartRollCall, AnswerRollCall,
            CloseRollCall, StartRecording, StopRecording, Say, Decline, End, OpenSubRoom, CloseSubRoom,
            BringUp, SendBack, Announce} == set(ACTS)  # fmt: skip


@given(st.sampled_from(PEOPLE), st.sampled_from(PEOPLE))
def test_nobody_rules_who_rules_them(one: object, other: object) -> None:
    room = begun()
    seats: list[Seat] = [room.seat(who) for who in PEOPLE]
    for a in seats:
        assert not rules_over(room.value, a, a)
        for b in seats:
            assert not (rules_over(room.value, a, b) and rules_over(room.value, b, a))
