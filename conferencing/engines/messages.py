"""The media node's control API: every request, answer and event, each a closed typed model.

HTTP/JSON over a Unix socket, or TLS with a shared secret (`Authorization: Bearer …`):

| method and path | body | answer |
|---|---|---|
| `GET /v1/node` | | `NodeState` |
| `PUT /v1/rooms/{room}` | | 204; idempotent |
| `DELETE /v1/rooms/{room}` | | 204; everybody in it is disconnected |
| `PUT /v1/rooms/{room}/peers/{peer}` | `Join` | `Joined`; a second time: an ICE restart, or a new peer if the DTLS fingerprint differs |
| `PUT /v1/rooms/{room}/peers/{peer}/accepted` | `Accept` | 204; the answer to the offer of a `Joined` that has one |
| `DELETE /v1/rooms/{room}/peers/{peer}` | | 204; the connection is closed and its keys forgotten |
| `PUT /v1/rooms/{room}/cameras/{peer}` | `Feed` | 204; a camera as a peer; the same again changes nothing |
| `POST /v1/cameras` | `Feed` | `CameraFacts`: what a camera sends, looked at for a moment |
| `PUT /v1/rooms/{room}/peers/{peer}/slots` | `SetSlots` | 204 |
| `PUT /v1/rooms/{room}/peers/{peer}/muted` | `SetMuted` | 204 |
| `PUT /v1/trunks/{boot}` | `OpenTrunk` | `TrunkOpened`; a trunk to the node of that boot, the same again if it is there |
| `DELETE /v1/trunks/{boot}` | | 204; also its links |
| `PUT /v1/rooms/{room}/trunks/{boot}` | | 204; the room goes on at the other end of that trunk |
| `DELETE /v1/rooms/{room}/trunks/{boot}` | | 204; it does not any more |
| `PUT /v1/rooms/{room}/audiences` | `SetAudiences` | 204; one that is older than what is known changes nothing |
| `GET /v1/rooms/{room}/stats` | | `RoomStats` |
| `PUT /v1/rooms/{room}/recording` | `StartRecording` | 204; idempotent, another name ends the one before |
| `DELETE /v1/rooms/{room}/recording` | | 204 |
| `GET /v1/events` | | an endless stream of `NodeEvent`, a JSON line each; an empty line each 5 s |

The stream of events begins with what is so now (who is connected, flows, speaks, is heard, what records), so that a caller who
comes back has missed nothing that still matters.

Errors are RFC 9457 problem details whose `code` is an `EngineProblem`. Names of rooms and peers are the
caller's, 1–64 characters of `A–Z a–z 0–9 . _ -`; they mean nothing to the node.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from conferencing.engines.troubles import CameraTrouble

Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,64}$")]
MAX_SDP = 128 * 1024
MAX_VIDEO_SLOTS = 25
MAX_AUDIO_SLOTS = 5
MAX_GROUPS = 256
MAX_BOUND_PEERS = 1000


class EngineModel(BaseModel):
    """Base of everything that crosses the control API: closed, and immutable once made."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class EngineProblem(StrEnum):
    """Why the node refuses."""

    NO_ROOM = "no_room"
    NO_PEER = "no_peer"
    NO_TRUNK = "no_trunk"
    """no trunk of that name, or the node takes none"""
    ROOM_FULL = "room_full"
    NODE_FULL = "node_full"
    BAD_OFFER = "bad_offer"
    """the SDP cannot be read, or asks for what no node gives; the detail says what"""
    NO_CODEC = "no_codec"
    """no codec in common: video needs VP8 or H.264, audio Opus"""
    BAD_REQUEST = "bad_request"
    CANNOT_RECORD = "cannot_record"
    """this engine does not record, or was not told where to"""
    UNSUPPORTED = "unsupported"
    """this kind of node cannot do that"""
    UNAVAILABLE = "unavailable"
    """the node does not answer (said by the adapter, never by the node)"""


class SourceKind(StrEnum):
    """What a peer sends. The offer's send-only lines, in order: video is the camera, then the screen."""

    CAMERA = "camera"
    MICROPHONE = "microphone"
    SCREEN = "screen"


class Join(EngineModel):
    """A browser's one offer: send-only camera, microphone and screen, then receive-only slots.

    All lines bundled, RTCP multiplexed. Simulcast by rid (RFC 8853) where the browser offers it.
    """

    offer: str = Field(max_length=MAX_SDP)


class Accept(EngineModel):
    """The browser's answer to the engine's own offer (`Joined.offer`)."""

    answer: str = Field(max_length=MAX_SDP)


class SlotLine(EngineModel):
    """A receive slot: its number among those of its kind, and the media line that carries it.

    The line is one of the browser's offer, or, if the engine made an offer of its own, one of that.
    """

    index: int
    mid: str


class Joined(EngineModel):
    """The answer (ICE-lite, one candidate) and which line is which."""

    answer: str
    sources: dict[str, SourceKind]
    """by mid"""
    video: list[SlotLine]
    audio: list[SlotLine]
    offer: str | None = None
    """for a second connection that carries the receive slots, where the engine keeps them apart (Janus)"""
    reach: str = ""
    """what a firewall has to let through, as `address:port` or `address:first-last`, UDP; "" is the candidate's"""


class Assignment(EngineModel):
    """What a video slot shows, and how tall the tile is, in pixels of the receiver's screen."""

    slot: int = Field(ge=0, lt=MAX_VIDEO_SLOTS)
    peer: Name
    source: Literal[SourceKind.CAMERA, SourceKind.SCREEN] = SourceKind.CAMERA
    height: int = Field(ge=1, le=4320, default=180)


class SetSlots(EngineModel):
    """All video slots of a receiver; one that is not named shows nothing.

    Audio slots are the node's own: the loudest who speak now, the receiver left out. Neither shows nor carries
    anybody whose media the receiver is not to get at all (`SetAudiences`).
    """

    video: list[Assignment] = Field(max_length=MAX_VIDEO_SLOTS)


class SetMuted(EngineModel):
    """What of a peer is dropped at the node, whatever its browser sends."""

    sources: list[SourceKind]


class StartRecording(EngineModel):
    """Write what everybody in the room sends, under a name of the caller's (engines/cues.py says what is written).

    The same name again changes nothing while it runs. What was recorded under a name is never overwritten.
    """

    name: Name


class TrunkEnd(EngineModel):
    """Where a node takes trunks: an IP address and a UDP port."""

    host: str
    port: int


TRUNK_KEY = r"^[0-9a-f]{56}$"
"""A master key of 16 bytes and a salt of 12 (RFC 7714, section 12), in hex."""


class OpenTrunk(EngineModel):
    """The other end, and the key that it sends with, once that is known.

    Unprotected, packets are plain RTP with a mark at their end: for loopback and networks that nobody else is on.
    """

    host: str = Field(max_length=64)
    port: int = Field(ge=1, le=65535)
    protected: bool
    key: str | None = Field(default=None, pattern=TRUNK_KEY)


class TrunkOpened(EngineModel):
    """The key that this end sends with. It is the end's own, made anew with each trunk, and no other end sends with it."""

    key: str = Field(pattern=TRUNK_KEY)


class TrunkStats(EngineModel):
    """How a trunk is; rates in bits per second, of the last second."""

    boot: str
    """the node at the other end"""
    host: str
    port: int
    protected: bool
    rooms: list[str]
    exported: int
    """streams that are sent"""
    imported: int
    """streams that come"""
    sent_bitrate: int
    received_bitrate: int
    lost: float
    """share of what was sent that the other end misses"""
    round_trip_ms: float | None
    alive: bool
    """whether the other end was heard lately"""


class Feed(EngineModel):
    """A camera that the node fetches itself. `address` is rtsp://host[:port]/path; the login is never in it."""

    address: str = Field(max_length=500)
    user: str = Field(max_length=100, default="")
    password: str = Field(max_length=200, default="", repr=False)


class CameraFacts(EngineModel):
    """What a camera sends: rates in pictures and bits a second, `key_every` in seconds (0: only one came).

    `passes`: browsers get it as it is; else it is encoded anew for all of them. `trouble` None: it plays.
    """

    trouble: CameraTrouble | None = None
    codec: str = ""
    width: int = 0
    height: int = 0
    rate: float = 0.0
    bitrate: int = 0
    key_every: float = 0.0
    passes: bool = False
    reorders: bool = False
    """it sends B pictures, which browsers do not take"""


class Audience(EngineModel):
    """The one group that a peer sees and hears, and the groups that see and hear it."""

    hears: Name
    reaches: Annotated[list[Name], Field(max_length=MAX_GROUPS)]


class SetAudiences(EngineModel):
    """Who gets whose media at all, whatever the slots ask for: for the whole room at once.

    A peer that is not named, as everybody before the first word, sees and hears `default`, and is seen and heard
    there; so no peers, no bounds. Of two callers the one that knows the higher `version` has the last word.
    """

    version: int
    default: Name = "whole"
    peers: Annotated[dict[Name, Audience], Field(max_length=MAX_BOUND_PEERS)] = {}


class NodeState(EngineModel):
    """How a node is. `boot` differs after every start: rooms of another boot are gone."""

    boot: str
    version: str
    rooms: list[str]
    peers: int
    max_peers: int
    address: str
    port: int
    cpu_share: float
    """of one core, over the last seconds"""
    dropped: int = 0
    """datagrams that found the socket full, since the start; what grows here is a machine too slow"""
    trunk: TrunkEnd | None = None
    """None: rooms on this node do not go on at others"""
    trunks: list[TrunkStats] = []


class SourceStats(EngineModel):
    """What arrives from a peer's source. Rates over the last second, loss as a share 0–1."""

    source: SourceKind
    packets: int
    lost: int
    bitrate: int
    width: int | None = None
    height: int | None = None
    keyframes: int = 0
    layers: int = 0


class PeerStats(EngineModel):
    """One peer's connection."""

    peer: str
    connected: bool
    join_ms: int | None
    """from the offer to the DTLS handshake's end"""
    round_trip_ms: float | None
    down_bitrate: int
    down_estimate: int | None
    """bits per second that the receiver's REMB allows"""
    down_lost: float
    """share of what was sent to it that its receiver reports missed"""
    sources: list[SourceStats]


class RecordingStats(EngineModel):
    """How a recording goes."""

    name: str
    seconds: float
    tracks: int
    octets: int
    missing: int
    """packets that never came"""
    dropped: int
    """frames that were left out because the disk was too slow"""


class RoomStats(EngineModel):
    """Everybody in a room."""

    room: str
    peers: list[PeerStats]
    recording: RecordingStats | None = None


# -- events ------------------------------------------------------------------------------------------


class PeerConnected(EngineModel):
    """Media can flow."""

    type: Literal["peer_connected"] = "peer_connected"
    room: str
    peer: str


class GoneReason(StrEnum):
    """Why a peer is gone."""

    LEFT = "left"
    """closed by the browser (DTLS close)"""
    SILENT = "silent"
    """no consent for 15 s (RFC 7675)"""
    NEVER_CAME = "never_came"
    """no ICE and DTLS within 20 s of the offer: a firewall, most likely"""
    REFUSED = "refused"
    """wrong keys or fingerprint"""
    REMOVED = "removed"
    """by the control API"""


class PeerGone(EngineModel):
    """A peer's connection is over."""

    type: Literal["peer_gone"] = "peer_gone"
    room: str
    peer: str
    reason: GoneReason


class Speaking(EngineModel):
    """Who is heard now, the loudest first; at most twice a second, when it changes."""

    type: Literal["speaking"] = "speaking"
    room: str
    peers: list[str]


class SourcesFlow(EngineModel):
    """Which sources of a peer send media now, and are not muted here; when it changes.

    A source that its page has paused because nobody watches (`LayersWanted`) does not flow either.
    """

    type: Literal["sources"] = "sources"
    room: str
    peer: str
    sources: list[SourceKind]


class AudioSlots(EngineModel):
    """Whom a receiver's audio slots carry, by slot; when it changes."""

    type: Literal["audio_slots"] = "audio_slots"
    room: str
    peer: str
    heard: list[str | None]


class LayersWanted(EngineModel):
    """Which simulcast layers of a source anybody is to see; when it changes.

    For the publisher's browser, which may pause the others (`RTCRtpSender.setParameters`, `active`): a node cannot
    from its side. `rids` holds "" for a source without simulcast, and nothing while nobody watches. A browser that
    does not listen just sends all. More is wanted at once, less only after five seconds.
    """

    type: Literal["layers_wanted"] = "layers_wanted"
    room: str
    peer: str
    source: SourceKind
    rids: list[str]


class RecordingStarted(EngineModel):
    """A recording runs: its folder is there and can be written."""

    type: Literal["recording_started"] = "recording_started"
    room: str
    name: str


class RecordingTrouble(StrEnum):
    """Why a recording came to nothing, or to an early end."""

    DISK_FULL = "disk_full"
    UNWRITABLE = "unwritable"
    """the folder for recordings cannot be written"""
    FAILED = "failed"
    """something else; the detail says what"""


class RecordingFailed(EngineModel):
    """A recording is over before anybody ended it. What was written until then stays."""

    type: Literal["recording_failed"] = "recording_failed"
    room: str
    name: str
    trouble: RecordingTrouble
    detail: str


class RecordingStopped(EngineModel):
    """A recording is over as it was meant to be, and all is written. `files` lie in the recording's folder."""

    type: Literal["recording_stopped"] = "recording_stopped"
    room: str
    name: str
    files: list[str]
    seconds: float
    octets: int
    dropped: int


NodeEvent = Annotated[
    PeerConnected
    | PeerGone
    | Speaking
    | SourcesFlow
    | AudioSlots
    | LayersWanted
    | RecordingStarted
    | RecordingFailed
    | RecordingStopped,
    Field(discriminator="type"),
]
