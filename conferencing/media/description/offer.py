"""A browser's offer, read (RFC 8866, RFC 8829; simulcast by rid: RFC 8851, RFC 8853)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from conferencing.media.wire import h264, rtp

MAX_LINES = 64
MAX_LAYERS = 4
_TOKEN = re.compile(r"[A-Za-z0-9_-]{1,32}")
_PROFILE = re.compile(r"42(e0|00)|(4d|64|f4)[0-9a-f]{2}")
_MEDIA = re.compile(r"(audio|video) \d+ UDP/TLS/RTP/SAVPF((?: \d{1,3})+)")
EXTENSIONS = frozenset({rtp.MID, rtp.RID, rtp.REPAIRED_RID, rtp.AUDIO_LEVEL, rtp.SEND_TIME})


class BadOfferError(ValueError):
    """An offer that no node answers; the text says what is wrong with it."""


class NoCodecError(BadOfferError):
    """No codec in common."""


@dataclass(frozen=True, slots=True)
class Codec:
    """A codec that the node forwards: `key` is the same for peers that understand each other."""

    key: str
    name: str
    clock_rate: int
    payload_type: int
    rtx: int | None
    parameters: str


@dataclass(frozen=True, slots=True)
class Line:
    """A media line of the offer."""

    kind: str
    mid: str
    direction: str
    formats: tuple[int, ...]
    codecs: tuple[Codec, ...]
    extensions: dict[str, int]
    """number by URI, of those this node knows"""
    rids: tuple[str, ...] = ()
    """layers sent by simulcast, in the offer's order"""
    ssrcs: tuple[int, ...] = ()
    repairs: dict[int, int] = field(default_factory=dict)
    """SSRC of the repair stream by SSRC (FID)"""

    @property
    def sends(self) -> bool:
        """Whether the browser sends on it."""
        return self.direction == "sendonly"

    @property
    def receives(self) -> bool:
        """Whether the browser receives on it."""
        return self.direction == "recvonly"


@dataclass(frozen=True, slots=True)
class Offer:
    """All that an answer needs."""

    ufrag: str
    password: str
    fingerprint: tuple[str, str]
    """algorithm and value, in upper case"""
    lines: tuple[Line, ...]
    bundle: tuple[str, ...]


def parse_offer(text: str) -> Offer:
    """Read an offer. Raises BadOfferError, worded for who made the client."""
    session, sections = _sections(text)
    if not 1 <= len(sections) <= MAX_LINES:
        raise BadOfferError(
            f"the offer has {len(sections)} media lines; 1 to {MAX_LINES} are meant"
        )
    bundle = next(
        (tuple(v.split()[1:]) for n, v in session if n == "group" and v.startswith("BUNDLE ")), ()
    )
    lines = tuple(_line(head, attributes) for head, attributes in sections)
    mids = [line.mid for line in lines]
    if len(set(mids)) != len(mids):
        raise BadOfferError("two media lines have the same mid")
    if set(bundle) != set(mids):
        raise BadOfferError("all media lines must be in one BUNDLE group")
    shared = sections[[line.mid for line in lines].index(bundle[0])][1]
    attributes = [*shared, *session]
    if _value(attributes, "setup") not in ("actpass", "active"):
        raise BadOfferError("a=setup must let the browser be the DTLS client (actpass)")
    algorithm, _, value = (_value(attributes, "fingerprint") or "").partition(" ")
    if algorithm.lower() not in ("sha-256", "sha-384", "sha-512"):
        raise BadOfferError("no a=fingerprint with SHA-256, 384 or 512")
    if not re.fullmatch(r"[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2})+", value.strip()):
        raise BadOfferError("a=fingerprint is no fingerprint")
    ufrag, password = _value(attributes, "ice-ufrag"), _value(attributes, "ice-pwd")
    if not ufrag or not password or len(ufrag) > 256 or not 22 <= len(password) <= 256:
        raise BadOfferError("no a=ice-ufrag or no a=ice-pwd")
    return Offer(ufrag, password, (algorithm.lower(), value.strip().upper()), lines, bundle)


Attributes = list[tuple[str, str]]


def _sections(text: str) -> tuple[Attributes, list[tuple[str, Attributes]]]:
    """The session's attributes, and each media line with its own."""
    session: Attributes = []
    sections: list[tuple[str, Attributes]] = []
    for line in text.splitlines():
        if line.startswith("m="):
            sections.append((line[2:].strip(), []))
        elif line.startswith("a="):
            name, _, value = line[2:].strip().partition(":")
            (sections[-1][1] if sections else session).append((name, value))
    if not text.startswith("v=0"):
        raise BadOfferError("that is no SDP")
    return session, sections


def _value(attributes: Iterable[tuple[str, str]], name: str) -> str | None:
    return next((value for key, value in attributes if key == name), None)


def _values(attributes: Attributes, name: str) -> list[str]:
    return [value for key, value in attributes if key == name]


def _line(head: str, attributes: Attributes) -> Line:
    found = _MEDIA.fullmatch(head)
    if found is None:
        raise BadOfferError(f"m={head[:60]}: only audio and video over UDP/TLS/RTP/SAVPF are taken")
    kind, formats = found.group(1), tuple(int(one) for one in found.group(2).split())
    mid = _value(attributes, "mid") or ""
    if not _TOKEN.fullmatch(mid):
        raise BadOfferError("a media line has no plain a=mid")
    names = {name for name, _ in attributes}
    if "rtcp-mux" not in names:
        raise BadOfferError(f"line {mid} has no a=rtcp-mux")
    directions = names & {"sendonly", "recvonly", "inactive", "sendrecv"}
    direction = directions.pop() if len(directions) == 1 else "sendrecv"
    if direction == "sendrecv":
        raise BadOfferError(f"line {mid} must be sendonly, recvonly or inactive")
    codecs = _codecs(kind, formats, attributes)
    if not codecs:
        wanted = "Opus" if kind == "audio" else "VP8 or H.264 (packetization-mode 1)"
        raise NoCodecError(f"line {mid} offers no {wanted}")
    ssrcs, repairs = _ssrcs(attributes)
    return Line(
        kind,
        mid,
        direction,
        formats,
        codecs,
        _extensions(attributes),
        _rids(attributes),
        ssrcs,
        repairs,
    )


def _codecs(kind: str, formats: tuple[int, ...], attributes: Attributes) -> tuple[Codec, ...]:
    names = {n: text.lower() for n, text in _numbered(attributes, "rtpmap") if n in formats}
    parameters = dict(_numbered(attributes, "fmtp"))
    repairs: dict[int, int] = {}
    for number, name in names.items():
        repaired = _number(parameters.get(number, "").removeprefix("apt="))
        if name == "rtx/90000" and repaired is not None:
            repairs[repaired] = number
    codecs: dict[str, Codec] = {}
    for number in formats:
        given = parameters.get(number, "")
        key = _key(kind, names.get(number, ""), given)
        if key is not None and key not in codecs and number < 128:
            name, rate = names[number].split("/")[:2]
            codecs[key] = Codec(key, name, int(rate), number, repairs.get(number), given)
    return tuple(codecs.values())


def _number(text: str) -> int | None:
    """A number of 32 bits at most, None if it is none."""
    if not (text.isascii() and text.isdecimal() and len(text) <= 10):
        return None
    return int(text) if int(text) < 2**32 else None


def _numbered(attributes: Attributes, name: str) -> list[tuple[int, str]]:
    """Attributes that begin with a number: `a=fmtp:96 …`."""
    found = []
    for value in _values(attributes, name):
        head, _, rest = value.partition(" ")
        number = _number(head)
        if number is not None:
            found.append((number, rest.strip()))
    return found


def _key(kind: str, name: str, parameters: str) -> str | None:
    if kind == "audio":
        return "opus" if name == "opus/48000/2" else None
    if name == "vp8/90000":
        return "vp8"
    if name == "h264/90000":
        given = dict(one.strip().partition("=")[::2] for one in parameters.lower().split(";"))
        # Constrained baseline, and baseline as browsers mean it, is what every browser decodes; the rest is for cameras.
        profile = given.get("profile-level-id", "")[:4]
        if given.get("packetization-mode") == "1" and _PROFILE.fullmatch(profile):
            return h264.key_of(int(profile[:2], 16))
    return None


def _extensions(attributes: Attributes) -> dict[str, int]:
    found = {}
    for value in _values(attributes, "extmap"):
        head, _, rest = value.partition(" ")
        number, uri = _number(head.partition("/")[0]), rest.split(" ")[0]
        if uri in EXTENSIONS and number is not None and 1 <= number <= 14:
            found[uri] = number
    return found


def _rids(attributes: Attributes) -> tuple[str, ...]:
    known = {
        words[0]
        for value in _values(attributes, "rid")
        if (words := value.split())[1:2] == ["send"]
    }
    send, _, listed = (_value(attributes, "simulcast") or "").partition(" ")
    if send != "send":
        return ()
    rids = [one.split(",")[0].lstrip("~") for one in listed.split(" ")[0].split(";")]
    found = tuple(rid for rid in rids if rid in known and _TOKEN.fullmatch(rid))
    return found[:MAX_LAYERS]


def _ssrcs(attributes: Attributes) -> tuple[tuple[int, ...], dict[int, int]]:
    repairs: dict[int, int] = {}
    for value in _values(attributes, "ssrc-group"):
        words = value.split()
        if len(words) == 3 and words[0] == "FID":
            media, repair = _number(words[1]), _number(words[2])
            if media is not None and repair is not None:
                repairs[media] = repair
    listed = dict.fromkeys(number for number, _ in _numbered(attributes, "ssrc"))
    return tuple(one for one in listed if one not in repairs.values())[:MAX_LAYERS], repairs
