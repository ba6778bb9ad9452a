"""The answer: ICE-lite (RFC 8445, section 2.5), one candidate, everything bundled (RFC 9143)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from conferencing.media.description.offer import Codec, Line, Offer
from conferencing.media.wire import rtp

_PRIORITY = 2130706431
_FEEDBACK = ("ccm fir", "nack", "nack pli", "goog-remb")
_OPUS = "minptime=10;useinbandfec=1;usedtx=1"
CNAME = "lingdun"


@dataclass(frozen=True, slots=True)
class Local:
    """The node's side of a connection."""

    ufrag: str
    password: str
    fingerprint: str
    address: str
    port: int
    session: int
    version: int


@dataclass(frozen=True, slots=True)
class Outgoing:
    """The stream that fills a receive slot."""

    ssrc: int
    rtx_ssrc: int
    stream: str
    """its msid: what the browser calls the stream"""


def taken(line: Line) -> tuple[Codec, ...]:
    """The codecs that the answer keeps of a line.

    What is sent comes in one codec, VP8 if there is a choice: every browser decodes it, H.264 not every one.
    """
    if not line.sends:
        return line.codecs
    keys = [one.key for one in line.codecs]
    best = next((key for key in ("vp8", "h264") if key in keys), keys[0])
    return (line.codecs[keys.index(best)],)


def answer(offer: Offer, local: Local, outgoing: Mapping[str, Outgoing]) -> str:
    """The answer to an offer; `outgoing` by mid, for the lines the browser receives on."""
    version = 6 if ":" in local.address else 4
    head = [
        "v=0",
        f"o=- {local.session} {local.version} IN IP{version} {local.address}",
        "s=-",
        "t=0 0",
        f"a=group:BUNDLE {' '.join(offer.bundle)}",
        "a=ice-lite",
        "a=msid-semantic: WMS *",
    ]
    lines = [text for line in offer.lines for text in _line(line, local, outgoing.get(line.mid))]
    return "\r\n".join([*head, *lines]) + "\r\n"


def _line(line: Line, local: Local, outgoing: Outgoing | None) -> list[str]:
    codecs = taken(line)
    formats = [
        number for one in codecs for number in (one.payload_type, one.rtx) if number is not None
    ]
    version = 6 if ":" in local.address else 4
    lines = [
        f"m={line.kind} {local.port} UDP/TLS/RTP/SAVPF {' '.join(map(str, formats))}",
        f"c=IN IP{version} {local.address}",
        f"a=rtcp:{local.port} IN IP{version} {local.address}",
        f"a=candidate:1 1 udp {_PRIORITY} {local.address} {local.port} typ host",
        "a=end-of-candidates",
        f"a=ice-ufrag:{local.ufrag}",
        f"a=ice-pwd:{local.password}",
        f"a=fingerprint:sha-256 {local.fingerprint}",
        "a=setup:passive",
        f"a=mid:{line.mid}",
        f"a={_direction(line, outgoing)}",
        "a=rtcp-mux",
        "a=rtcp-rsize",
    ]
    lines += [f"a=extmap:{number} {uri}" for uri, number in extensions(line).items()]
    for codec in codecs:
        lines += _codec(codec)
    if line.sends and line.rids:
        lines += [f"a=rid:{rid} recv" for rid in line.rids]
        lines.append(f"a=simulcast:recv {';'.join(line.rids)}")
    if outgoing is not None and line.receives:
        lines += _stream(line, codecs, outgoing)
    return lines


def _direction(line: Line, outgoing: Outgoing | None) -> str:
    if line.sends:
        return "recvonly"
    return "sendonly" if line.receives and outgoing is not None else "inactive"


def extensions(line: Line) -> dict[str, int]:
    """The header extensions that the answer keeps of a line: number by URI."""
    meant = {rtp.MID, rtp.RID, rtp.REPAIRED_RID, rtp.AUDIO_LEVEL} if line.sends else {rtp.SEND_TIME}
    if line.kind == "audio":
        meant -= {rtp.RID, rtp.REPAIRED_RID, rtp.SEND_TIME}
    else:
        meant -= {rtp.AUDIO_LEVEL}
    return {uri: number for uri, number in line.extensions.items() if uri in meant}


def _codec(codec: Codec) -> list[str]:
    number = codec.payload_type
    if codec.key == "opus":
        return [f"a=rtpmap:{number} opus/48000/2", f"a=fmtp:{number} {_OPUS}"]
    name = "VP8" if codec.key == "vp8" else "H264"
    lines = [f"a=rtpmap:{number} {name}/90000"]
    lines += [f"a=rtcp-fb:{number} {kind}" for kind in _FEEDBACK]
    if codec.parameters:
        lines.append(f"a=fmtp:{number} {codec.parameters}")
    if codec.rtx is not None:
        lines += [f"a=rtpmap:{codec.rtx} rtx/90000", f"a=fmtp:{codec.rtx} apt={number}"]
    return lines


def _stream(line: Line, codecs: tuple[Codec, ...], outgoing: Outgoing) -> list[str]:
    ssrcs = [outgoing.ssrc]
    lines = [f"a=msid:{outgoing.stream} {outgoing.stream}"]
    if line.kind == "video" and any(codec.rtx is not None for codec in codecs):
        ssrcs.append(outgoing.rtx_ssrc)
        lines.append(f"a=ssrc-group:FID {outgoing.ssrc} {outgoing.rtx_ssrc}")
    return lines + [
        f"a=ssrc:{ssrc} {text}"
        for ssrc in ssrcs
        for text in (f"cname:{CNAME}", f"msid:{outgoing.stream} {outgoing.stream}")
    ]
