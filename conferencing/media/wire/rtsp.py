"""RTSP 1.0 as cameras speak it (RFC 2326): requests, answers, login, and the video track of a description. Pure."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

MAX_HEAD = 16 * 1024
MAX_BODY = 64 * 1024
DEFAULT_PORT = 554
VERSION = "RTSP/1.0"
_STATUS = re.compile(r"RTSP/1\.\d (\d{3})(?: (.*))?")
_ADDRESS = re.compile(
    r"rtsp://(?P<host>[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])"
    r"(?::(?P<port>[0-9]{1,5}))?(?P<path>/[\x21-\x7e]*)?"
)
ADDRESS_LIMIT = 500


class BadRtspError(ValueError):
    """Bytes that are no RTSP, or an address that is none; the text says what is wrong."""


@dataclass(frozen=True, slots=True)
class Location:
    """Where a camera's stream is. No login in it, ever."""

    host: str
    port: int
    path: str

    @property
    def url(self) -> str:
        """As requests name it."""
        port = "" if self.port == DEFAULT_PORT else f":{self.port}"
        return f"rtsp://{self.host}{port}{self.path}"


def read_address(text: str) -> Location:
    """A plain rtsp address without a login. Raises BadRtspError.

    Stricter than RFC 3986 on purpose: nothing that two readers might read in two ways.
    """
    found = _ADDRESS.fullmatch(text)
    if found is None or len(text) > ADDRESS_LIMIT:
        raise BadRtspError("an address is rtsp://host[:port]/path, without a login")
    port = int(found["port"] or DEFAULT_PORT)
    if not 1 <= port <= 65535:
        raise BadRtspError("a port is a number from 1 to 65535")
    return Location(found["host"], port, found["path"] or "/")


@dataclass(frozen=True, slots=True)
class Answer:
    """The head of an answer; names of headers in lower case, of several the last."""

    status: int
    reason: str
    headers: Mapping[str, str]
    challenges: tuple[str, ...]

    @property
    def length(self) -> int:
        """How many bytes of body follow. Raises BadRtspError."""
        text = self.headers.get("content-length", "0")
        if not (text.isascii() and text.isdecimal()) or int(text[:9]) > MAX_BODY:
            raise BadRtspError("the answer is too long")
        return int(text)


def request(method: str, url: str, headers: Mapping[str, str]) -> bytes:
    """A request without a body."""
    lines = [f"{method} {url} {VERSION}", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode()


def parse_head(data: bytes) -> Answer:
    """The head of an answer, up to its empty line. Raises BadRtspError."""
    lines = data.decode("utf-8", "replace").replace("\r\n", "\n").strip("\n").split("\n")
    found = _STATUS.fullmatch(lines[0].strip())
    if found is None:
        raise BadRtspError("that is no RTSP")
    headers: dict[str, str] = {}
    challenges = []
    for line in lines[1:]:
        name, _, value = line.partition(":")
        name, value = name.strip().lower(), value.strip()
        headers[name] = value
        if name == "www-authenticate":
            challenges.append(value)
    return Answer(int(found[1]), (found[2] or "").strip()[:80], headers, tuple(challenges))


# -- login -----------------------------------------------------------------------------------------------

_HASHES = {"MD5": "md5", "SHA-256": "sha256"}
_PARAMETER = re.compile(r'([A-Za-z0-9_-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,]+))')


@dataclass(frozen=True, slots=True)
class Login:
    """A user of the camera."""

    user: str
    password: str


def authorization(
    challenges: tuple[str, ...],
    login: Login,
    method: str,
    url: str,
    *,
    nonce_count: int,
    cnonce: str,
) -> str | None:
    """The Authorization header for a challenge: Digest before Basic (RFC 7616, RFC 7617); None if there is neither."""
    for challenge in challenges:
        scheme, _, rest = challenge.partition(" ")
        given = {name.lower(): quoted or plain for name, quoted, plain in _PARAMETER.findall(rest)}
        algorithm = given.get("algorithm", "MD5").upper()
        if scheme.lower() == "digest" and algorithm in _HASHES and "nonce" in given:
            return _digest(given, algorithm, login, method, url, nonce_count, cnonce)
    if any(one.lower().startswith("basic") for one in challenges):
        pair = base64.b64encode(f"{login.user}:{login.password}".encode()).decode()
        return f"Basic {pair}"
    return None


def _digest(
    given: Mapping[str, str],
    algorithm: str,
    login: Login,
    method: str,
    url: str,
    nonce_count: int,
    cnonce: str,
) -> str:
    def hashed(text: str) -> str:
        return hashlib.new(_HASHES[algorithm], text.encode(), usedforsecurity=False).hexdigest()

    realm, nonce = given.get("realm", ""), given["nonce"]
    secret = hashed(f"{login.user}:{realm}:{login.password}")
    what = hashed(f"{method}:{url}")
    fields = {"username": login.user, "realm": realm, "nonce": nonce, "uri": url}
    plain = {}
    if "auth" in [one.strip() for one in given.get("qop", "").split(",")]:
        count = f"{nonce_count:08x}"
        fields["response"] = hashed(f"{secret}:{nonce}:{count}:{cnonce}:auth:{what}")
        fields["cnonce"] = cnonce
        plain = {"qop": "auth", "nc": count}
    else:
        fields["response"] = hashed(f"{secret}:{nonce}:{what}")
    if "opaque" in given:
        fields["opaque"] = given["opaque"]
    if "algorithm" in given:
        plain["algorithm"] = given["algorithm"]
    parts = [
        *(f'{name}="{_escaped(value)}"' for name, value in fields.items()),
        *(f"{name}={value}" for name, value in plain.items()),
    ]
    return "Digest " + ", ".join(parts)


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"')


# -- the description ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class VideoTrack:
    """The first video of a camera's description (RFC 8866, RFC 6184, RFC 7798)."""

    codec: str
    """as its rtpmap names it, in upper case: H264, H265, JPEG …"""
    payload_type: int
    control: str
    parameter_sets: tuple[bytes, ...]
    """what is sent before a key frame where the stream itself lacks it"""


def video_track(description: str, base: str) -> VideoTrack | None:
    """The first video of a description; `base` is what relative control addresses are relative to."""
    session = "*"
    section: list[str] | None = None
    for raw in description.splitlines():
        line = raw.strip()
        if line.startswith("m="):
            if section is not None:
                break
            if line.startswith("m=video"):
                section = [line]
        elif section is not None:
            section.append(line)
        elif line.startswith("a=control:"):
            session = line[10:]
    if section is None:
        return None
    root = base if session in ("*", "") else resolved(base, session)
    return _track(section, root)


def _track(section: list[str], root: str) -> VideoTrack | None:
    formats = section[0].split()[3:]
    if not formats or not formats[0].isdecimal():
        return None
    number = formats[0]
    values = {"rtpmap": "", "fmtp": "", "control": ""}
    for line in section[1:]:
        name, _, value = line.removeprefix("a=").partition(":")
        if name == "control":
            values[name] = value
        elif name in values and value.split(" ", 1)[0] == number:
            values[name] = value.partition(" ")[2]
    codec = values["rtpmap"].partition("/")[0].strip().upper()
    if not codec and number == "26":
        codec = "JPEG"
    control = values["control"]
    url = root if control in ("*", "") else resolved(root, control)
    return VideoTrack(codec, int(number), url, _parameter_sets(values["fmtp"]))


def resolved(base: str, control: str) -> str:
    """A control address; a relative one is put behind its base, as cameras mean it, not beside it."""
    if control.lower().startswith("rtsp://"):
        return control
    if control.startswith("/"):
        parts = urlsplit(base)
        return f"{parts.scheme}://{parts.netloc}{control}"
    return f"{base.rstrip('/')}/{control}"


def _parameter_sets(parameters: str) -> tuple[bytes, ...]:
    found = []
    for part in parameters.split(";"):
        name, _, value = part.strip().partition("=")
        if name.lower() in ("sprop-parameter-sets", "sprop-vps", "sprop-sps", "sprop-pps"):
            for one in value.split(","):
                try:
                    found.append(base64.b64decode(one, validate=True))
                except ValueError:
                    continue
    return tuple(one for one in found if one)


def session_of(answer: Answer) -> tuple[str, float]:
    """The session's name and after how many seconds it ends unless something is heard (RFC 2326, 12.37)."""
    name, _, rest = answer.headers.get("session", "").partition(";")
    found = re.search(r"timeout\s*=\s*(\d{1,5})", rest)
    return name.strip(), float(found[1]) if found else 60.0


def channel_of(answer: Answer) -> int:
    """The interleaved channel that carries RTP (RFC 2326, 10.12). Raises BadRtspError."""
    found = re.search(r"interleaved\s*=\s*(\d{1,3})", answer.headers.get("transport", ""))
    if found is None:
        raise BadRtspError(
            "the camera does not send over the connection it was asked on (RTP over TCP)"
        )
    return int(found[1])
