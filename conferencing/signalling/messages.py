"""The frames of `/ws/conference/{id}` and `/ws/invitations`, each a closed typed model.

The protocol is told in docs/protocol/conference.md.
"""

from __future__ import annotations

from enum import IntEnum, StrEnum
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from command_center.feed.sections import FeedModel
from conferencing.conferences.shown import (
    ConferenceView,
    InvitationData,
    MessageData,
)
from conferencing.engines.messages import MAX_SDP, SourceKind
from conferencing.policy.commands import Act, SeatNumber
from conferencing.policy.conference import RecordingTrouble, SeatRole
from conferencing.policy.slots import Layout
from conferencing.policy.verdict import Refusal
from conferencing.quality.line import LineReport
from conferencing.quality.shown import SeatLineData

MOST_TILES = 25
Height = Annotated[int, Field(ge=1, le=4320)]
FrameId = Annotated[int, Field(ge=0, lt=2**31)]

# -- from the browser --------------------------------------------------------------------------------


class DeviceFacts(FeedModel):
    """What the browser has to send with."""

    camera: bool = False
    microphone: bool = False
    screen: bool = False


class JoinFrame(FeedModel):
    """The first word: take one's seat, or enter without a call. An offer follows when there is media."""

    type: Literal["join"]
    devices: DeviceFacts = DeviceFacts()


class OfferFrame(FeedModel):
    """The one offer: send-only camera, microphone and screen, then receive-only slots (engines/messages.py).

    Again after `rejoin` with a new connection, or with an ICE restart after the network changed.
    """

    type: Literal["offer"]
    sdp: Annotated[str, Field(max_length=MAX_SDP)]


class AcceptFrame(FeedModel):
    """The answer to the offer that came with `answer`: the receive slots have a connection of their own."""

    type: Literal["accept"]
    sdp: Annotated[str, Field(max_length=MAX_SDP)]


class TileView(FeedModel):
    """A tile that can be seen now, with its height on the screen in pixels."""

    seat: SeatNumber
    height: Height


class ViewFrame(FeedModel):
    """What the page shows. `tiles`: small tiles that can be seen, first things first; empty: the server chooses.

    `main_height` is the large tile's, 0 if the layout has none; `cells` is how many small tiles there are.
    """

    type: Literal["view"]
    layout: Layout = Layout.GRID
    pinned: SeatNumber | None = None
    main_height: Annotated[int, Field(ge=0, le=4320)] = 0
    cells: Annotated[int, Field(ge=0, le=MOST_TILES)] = 9
    tiles: Annotated[tuple[TileView, ...], Field(max_length=MOST_TILES)] = ()


class ActFrame(FeedModel):
    """A command. `id` comes back in `done` or `problem`; `version`: only if the conference is still at it."""

    type: Literal["act"]
    id: FrameId
    command: Annotated[Act, Field(discriminator="type")]
    version: Annotated[int, Field(ge=1)] | None = None


class LeaveFrame(FeedModel):
    """Leave the room for good; the server closes the socket."""

    type: Literal["leave"]


class BeatFrame(FeedModel):
    """The answer to a heartbeat. None for 20 s: the seat counts as away."""

    type: Literal["beat"]
    n: FrameId


class QualityFrame(FeedModel):
    """How one's own line has been since the last such frame: every half minute, and before leaving."""

    type: Literal["quality"]
    report: LineReport


ClientFrame = (
    JoinFrame
    | OfferFrame
    | AcceptFrame
    | ViewFrame
    | ActFrame
    | LeaveFrame
    | BeatFrame
    | QualityFrame
)
CLIENT_FRAME: TypeAdapter[ClientFrame] = TypeAdapter(
    Annotated[ClientFrame, Field(discriminator="type")]
)
CLIENT_FRAMES: tuple[type[FeedModel], ...] = (
    JoinFrame,
    OfferFrame,
    AcceptFrame,
    ViewFrame,
    ActFrame,
    LeaveFrame,
    BeatFrame,
    QualityFrame,
)

# -- from the server ---------------------------------------------------------------------------------


class IceServer(FeedModel):
    """A TURN server with time-limited credentials, as RTCPeerConnection takes it."""

    urls: tuple[str, ...]
    username: str | None = None
    credential: str | None = None


class WelcomeFrame(FeedModel):
    """One is seated, or in the lobby (then an offer is refused until `state` says joined)."""

    type: Literal["welcome"] = "welcome"
    conference: int
    seat: int
    epoch: int
    """of the media; an offer answers for the one it was made in"""
    ice_servers: tuple[IceServer, ...] = ()


class ActName(StrEnum):
    """What one may do in this room by one's role; for a seat, see `rules`."""

    INVITE = "invite"
    SET_RULES = "set_rules"
    END = "end"
    ROLL_CALL = "roll_call"
    MUTE_ALL = "mute_all"
    RECORD = "record"
    BRING_UP = "bring_up"
    ANNOUNCE = "announce"


class SeatState(FeedModel):
    """The part of `state` that is this seat's alone."""

    type: Literal["state"] = "state"
    version: int
    you: int
    role: SeatRole
    may: tuple[ActName, ...]
    rules: tuple[int, ...]
    """the seats that one rules: mute, permit, grant, spotlight, admit, remove"""
    may_speak: bool
    """whether one is heard if one's microphone is on"""
    recording_trouble: RecordingTrouble
    """why the last recording broke off; told to who may record"""
    perceives: tuple[int, ...]
    """the seats whose pictures and voices one gets: those of the room that one hears"""
    divides: tuple[str, ...]
    """the townships whose sub-room one may open and close"""


class StateFrame(SeatState):
    """The whole conference as this seat may see it. Replaces what was known; a lower `version` is old."""

    conference: ConferenceView
    """the last field: all who may see the same share its encoding"""


class LineData(FeedModel):
    """A receive slot: its number and the media line (mid) that carries it, of the answer's `offer` if it has one."""

    index: int
    mid: str


class AnswerFrame(FeedModel):
    """The node's answer to the offer, and which line is which."""

    type: Literal["answer"] = "answer"
    epoch: int
    sdp: str
    sources: dict[str, SourceKind]
    """what one sends, by mid"""
    video: tuple[LineData, ...]
    audio: tuple[LineData, ...]
    offer: str | None = None
    """for a second peer connection, which has the receive slots; answered with `accept`. None: there is but one"""
    reach: str = ""
    """what a firewall has to let through (UDP), if it is not the one candidate of `sdp`"""


class SlotData(FeedModel):
    """What a video slot shows from now on; `seat` null: nothing."""

    index: int
    seat: int | None
    source: SourceKind | None


class SlotsFrame(FeedModel):
    """Which seat is in which slot. `main` is for the large tile; `heard` is whom the audio slots carry."""

    type: Literal["slots"] = "slots"
    main: SlotData | None
    video: tuple[SlotData, ...]
    heard: tuple[int | None, ...]


class SpeakingFrame(FeedModel):
    """Who speaks now, the loudest first."""

    type: Literal["speaking"] = "speaking"
    seats: tuple[int, ...]


class FlowData(FeedModel):
    """What arrives at the node from a seat."""

    seat: int
    sources: tuple[SourceKind, ...]


class FlowsFrame(FeedModel):
    """Every seat that sends media now: a tile of one that sends no camera shows its name."""

    type: Literal["flows"] = "flows"
    seats: tuple[FlowData, ...]


class LayersFrame(FeedModel):
    """Which simulcast layers of what one sends anybody is to see; the others may be paused (`active`).

    `rids` holds "" for a source without simulcast, and nothing while nobody watches.
    """

    type: Literal["layers"] = "layers"
    source: SourceKind
    rids: tuple[str, ...]


class MessagesFrame(FeedModel):
    """What was written: the last 50 on joining, then what is new. In order of `id`."""

    type: Literal["messages"] = "messages"
    messages: tuple[MessageData, ...]


class LinesFrame(FeedModel):
    """How the lines of the seats are by their own pages' word; said when one gets better or worse."""

    type: Literal["lines"] = "lines"
    seats: tuple[SeatLineData, ...]


class RejoinReason(StrEnum):
    """Why a new peer connection is needed."""

    MEDIA_MOVED = "media_moved"
    """the media node is another, or has been started again"""
    MEDIA_LOST = "media_lost"
    """the node no longer hears this browser"""


class RejoinFrame(FeedModel):
    """Make a new peer connection and offer again; the seat, the floor and the state are as they were."""

    type: Literal["rejoin"] = "rejoin"
    epoch: int
    reason: RejoinReason
    ice_servers: tuple[IceServer, ...] = ()
    """as in `welcome`, with fresh credentials"""


class DoneFrame(FeedModel):
    """A command was carried out; the state of this version, or a later one, shows it."""

    type: Literal["done"] = "done"
    id: int
    version: int


class FrameProblem(StrEnum):
    """Why a frame was of no use, where it is not the policy that refuses (`Refusal`)."""

    STALE = "stale"
    """the conference is no longer at that version"""
    NOT_JOINED = "not_joined"
    """join first"""
    WAITING = "waiting"
    """in the lobby: no media yet"""
    BAD_OFFER = "bad_offer"
    NO_CODEC = "no_codec"
    ROOM_FULL = "room_full"
    NODE_FULL = "node_full"
    MEDIA_UNAVAILABLE = "media_unavailable"
    """no media node answers; `rejoin` follows when one does"""


class ProblemFrame(FeedModel):
    """Something was refused. `id` is the command's; null for an offer or a join."""

    type: Literal["problem"] = "problem"
    id: int | None
    code: Refusal | FrameProblem
    detail: str = ""


class GoneReason(StrEnum):
    """Why one is no longer in the room."""

    ENDED = "ended"
    EMPTY = "empty"
    LEFT = "left"
    REMOVED = "removed"
    NOT_ADMITTED = "not_admitted"
    """refused at the door"""
    CALLED_AWAY = "called_away"
    """a graver conference has one now: `to`"""
    TAKEN_OVER = "taken_over"
    """the seat is held by another page of the same person"""


class EndedFrame(FeedModel):
    """The last frame; the socket closes with 4410 `ended`. Don't come back by itself."""

    type: Literal["ended"] = "ended"
    reason: GoneReason
    to: int | None = None


class BeatingFrame(FeedModel):
    """Every 5 s; answer with `beat` and the same `n`. None for 12 s: the socket is dead, open another."""

    type: Literal["heartbeat"] = "heartbeat"
    n: int
    now: str


SERVER_FRAMES: tuple[type[FeedModel], ...] = (
    WelcomeFrame,
    StateFrame,
    AnswerFrame,
    SlotsFrame,
    SpeakingFrame,
    FlowsFrame,
    LayersFrame,
    MessagesFrame,
    LinesFrame,
    RejoinFrame,
    DoneFrame,
    ProblemFrame,
    EndedFrame,
    BeatingFrame,
)

# -- the socket of invitations -----------------------------------------------------------------------


class InvitationsFrame(FeedModel):
    """All open conferences in which one has a seat; what rings is `invited` or `ringing`. Replaces the last."""

    type: Literal["invitations"] = "invitations"
    items: tuple[InvitationData, ...]


class InvitationsBeat(FeedModel):
    """Every 5 s; none for 12 s means that the socket is dead."""

    type: Literal["heartbeat"] = "heartbeat"
    now: str


INVITATION_FRAMES: tuple[type[FeedModel], ...] = (InvitationsFrame, InvitationsBeat)


class ConferenceClose(IntEnum):
    """Why the conference's socket is closed, beside the reasons of every socket (feed.md)."""

    NOT_FOUND = 4404
    ENDED = 4410

    @property
    def reason(self) -> str:
        """The word that goes with the code."""
        return self.name.lower()
