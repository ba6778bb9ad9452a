"""What can be asked of a conference. Those of `ACTS` come from a person as they are; the rest from services."""

from __future__ import annotations

from typing import Annotated, Literal, get_args

from pydantic import Field, StringConstraints

from conferencing.policy.conference import (
    FloorRule,
    RecordingTrouble,
    SeatKind,
    SeatLevel,
    Value,
)

SeatNumber = Annotated[int, Field(ge=1, le=100_000)]
TownshipCode = Annotated[str, Field(pattern=r"^[0-9]{9}$")]
MOST_WORDS = 2000

# -- what a person asks ------------------------------------------------------------------------------


class Hand(Value):
    """Put one's hand up, or down."""

    type: Literal["hand"] = "hand"
    up: bool


class Microphone(Value):
    """Switch one's own microphone."""

    type: Literal["microphone"] = "microphone"
    on: bool


class GrantFloor(Value):
    """Give the floor: the seat may speak; its hand goes down, and a mute from above is lifted."""

    type: Literal["grant_floor"] = "grant_floor"
    seat: SeatNumber


class RevokeFloor(Value):
    """Take the floor back. One's own may always be given back."""

    type: Literal["revoke_floor"] = "revoke_floor"
    seat: SeatNumber


class Mute(Value):
    """Mute a seat on the server. It cannot undo that itself until it is permitted."""

    type: Literal["mute"] = "mute"
    seat: SeatNumber


class MuteAll(Value):
    """Mute every seat that one rules."""

    type: Literal["mute_all"] = "mute_all"


class PermitMicrophone(Value):
    """Lift a mute from above; the person switches the microphone on."""

    type: Literal["permit_microphone"] = "permit_microphone"
    seat: SeatNumber


class Spotlight(Value):
    """Show one seat large to everybody; null ends it."""

    type: Literal["spotlight"] = "spotlight"
    seat: SeatNumber | None


class Admit(Value):
    """Let somebody in from the lobby."""

    type: Literal["admit"] = "admit"
    seat: SeatNumber


class Remove(Value):
    """Put somebody out of the room, or not let them in."""

    type: Literal["remove"] = "remove"
    seat: SeatNumber


class Recall(Value):
    """Take back a call that nobody has answered."""

    type: Literal["recall"] = "recall"
    seat: SeatNumber


class RingAgain(Value):
    """Call again who is not in the room."""

    type: Literal["ring_again"] = "ring_again"
    seat: SeatNumber


class SetRules(Value):
    """Change the room's rules; null leaves one as it is."""

    type: Literal["set_rules"] = "set_rules"
    floor: FloorRule | None = None
    locked: bool | None = None
    lobby: bool | None = None


class OpenSubRoom(Value):
    """Give a township a room of its own (分组); null: every township that one may divide."""

    type: Literal["open_sub_room"] = "open_sub_room"
    code: TownshipCode | None


class CloseSubRoom(Value):
    """Bring a sub-room back into the whole (收回); null: every one that one may close."""

    type: Literal["close_sub_room"] = "close_sub_room"
    code: TownshipCode | None


class BringUp(Value):
    """Bring a seat of a sub-room up to the whole (上送): it has the floor there."""

    type: Literal["bring_up"] = "bring_up"
    seat: SeatNumber


class SendBack(Value):
    """Send it back to its sub-room (下回). Anybody may go back by themselves."""

    type: Literal["send_back"] = "send_back"
    seat: SeatNumber


class Announce(Value):
    """A chair speaks into every sub-room as well, or no longer."""

    type: Literal["announce"] = "announce"
    on: bool


class StartRollCall(Value):
    """Call the roll (点名) of every seat that one rules."""

    type: Literal["start_roll_call"] = "start_roll_call"


class AnswerRollCall(Value):
    """Answer the roll call."""

    type: Literal["answer_roll_call"] = "answer_roll_call"


class CloseRollCall(Value):
    """End the roll call; who has not answered was absent."""

    type: Literal["close_roll_call"] = "close_roll_call"


class StartRecording(Value):
    """Record the conference; everybody is told."""

    type: Literal["start_recording"] = "start_recording"


class StopRecording(Value):
    """Record no more."""

    type: Literal["stop_recording"] = "stop_recording"


class Say(Value):
    """Write to everybody in the room."""

    type: Literal["say"] = "say"
    text: Annotated[
        str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MOST_WORDS)
    ]


class Decline(Value):
    """Not come."""

    type: Literal["decline"] = "decline"


class End(Value):
    """End the conference for everybody."""

    type: Literal["end"] = "end"


Act = (
    Hand
    | Microphone
    | GrantFloor
    | RevokeFloor
    | Mute
    | MuteAll
    | PermitMicrophone
    | Spotlight
    | Admit
    | Remove
    | Recall
    | RingAgain
    | SetRules
    | OpenSubRoom
    | CloseSubRoom
    | BringUp
    | SendBack
    | Announce
    | StartRollCall
    | AnswerRollCall
    | CloseRollCall
    | StartRecording
    | StopRecording
    | Say
    | Decline
    | End
)
ACTS: tuple[type[Act], ...] = get_args(Act)

# -- what services ask -------------------------------------------------------------------------------


class Caller(Value):
    """Somebody who can have a seat: a person at one of their posts, or a guest by a chair's link."""

    kind: SeatKind = SeatKind.POST
    user: int | None
    guest: int | None = None
    name: str
    place: str = ""
    township: str = ""
    code: str
    level: SeatLevel
    commands: bool
    automatic: bool = False


class Invite(Value):
    """Call people."""

    people: tuple[Caller, ...]


class Equipment(Value):
    """A camera that can have a seat."""

    device: str
    name: str
    place: str = ""
    code: str
    level: SeatLevel


class AddCameras(Value):
    """Have cameras be shown in the room."""

    cameras: tuple[Equipment, ...]


class Join(Value):
    """Take one's seat through a socket; another socket that held it loses it."""

    connection: str


class Enter(Value):
    """Come in without having been called: into the room, or into its lobby."""

    who: Caller
    connection: str
    lobby: bool | None = None
    """whether to wait there, as a guest's link says; null: as the room has it"""


class Leave(Value):
    """Leave the room. None: whatever connection holds the seat."""

    connection: str | None = None


class Lose(Value):
    """A seat's connection is lost. One that another connection has taken over stays as it is."""

    seat: int
    connection: str


class Rang(Value):
    """A page of the person rings."""

    seat: int


class CallAway(Value):
    """A graver conference has the person."""

    seat: int


class RecordingFailed(Value):
    """A media node cannot record, or no more."""

    number: int
    trouble: RecordingTrouble


class Tick(Value):
    """Time has gone by."""


Command = (
    Act
    | Invite
    | AddCameras
    | Join
    | Enter
    | Leave
    | Lose
    | Rang
    | CallAway
    | RecordingFailed
    | Tick
)
